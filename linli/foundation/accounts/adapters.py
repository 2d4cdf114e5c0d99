"""How the sign-in library meets our accounts: secrets sealed, no sign-up, no sign-in of its own."""

from __future__ import annotations

import base64
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core import context
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.models import SocialAccount
from django.contrib import messages
from django.http import HttpRequest
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from linli.foundation.accounts import flow
from linli.foundation.accounts.models import User
from linli.foundation.core.keys import keyring
from linli.foundation.core.requests import context_of

BOUND = b"accounts.factor"


class AccountAdapter(DefaultAccountAdapter):
    """No sign-up: accounts are opened by the office."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False


class MfaAdapter(DefaultMFAAdapter):
    """Secrets of second factors are sealed with the installation's key; the label names no person."""

    def encrypt(self, text: str) -> str:
        return base64.b64encode(keyring().wrap(text.encode(), BOUND)).decode()

    def decrypt(self, encrypted_text: str) -> str:
        return keyring().unwrap(base64.b64decode(encrypted_text), BOUND).decode()

    def get_totp_issuer(self) -> str:
        return str(context.request.linli_district.name_en)

    def _get_site_name(self) -> str:
        return str(context.request.linli_district.name_zh)

    def _get_user_identifier(self, user: User) -> str:
        return user.login_name


class SocialAdapter(DefaultSocialAccountAdapter):
    """The single sign-on opens linked accounts of the request's district and never makes one."""

    def is_open_for_signup(self, request: HttpRequest, sociallogin: Any) -> bool:
        return False

    def pre_social_login(self, request: HttpRequest, sociallogin: Any) -> None:
        """Take over after the subject is proven: the second factor and the appointment are our own steps."""
        user = sociallogin.user if sociallogin.is_existing else None
        # The library copies what the service said about the person into its table: nothing of it is kept.
        SocialAccount.objects.filter(
            provider=sociallogin.account.provider, uid=sociallogin.account.uid
        ).update(extra_data={})
        district = context_of(request).district
        if user is None or user.district != district or user.ended_at is not None:
            messages.error(
                request,
                _(
                    "The single sign-on knows you, but no account of this district is linked to it. Ask the office that opened your account."
                ),
            )
            raise ImmediateHttpResponse(redirect("accounts:sign_in"))
        raise ImmediateHttpResponse(flow.begin(request, user, sociallogin.get_redirect_url(request) or ""))

    def on_authentication_error(
        self,
        request: HttpRequest,
        provider: Any,
        error: Any = None,
        exception: Any = None,
        extra_context: Any = None,
    ) -> None:
        messages.error(
            request,
            _("The single sign-on did not answer as expected. Try again, or sign in with name and password."),
        )
        raise ImmediateHttpResponse(redirect("accounts:sign_in"))
