"""The district's single sign-on (a setting): there and back; our own steps take over when the subject is proven."""

from __future__ import annotations

from allauth.socialaccount.models import SocialApp
from allauth.socialaccount.providers.openid_connect import views as openid
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from requests import RequestException

from linli.foundation.accounts import flow
from linli.foundation.core.middleware import address_of


@never_cache
@require_safe
def start(request: HttpRequest, provider_id: str) -> HttpResponse:
    """To the sign-on service."""
    return _ask(request, provider_id, openid.login)


@never_cache
@require_safe
def callback(request: HttpRequest, provider_id: str) -> HttpResponse:
    """Back from it with a proven subject, or with an error."""
    flow.limit(request, "sign_in", address_of(request))
    return _ask(request, provider_id, openid.callback)


def _ask(request: HttpRequest, provider_id: str, view: object) -> HttpResponse:
    try:
        answer: HttpResponse = view(request, provider_id)  # type: ignore[operator]  # an untyped view
    except SocialApp.DoesNotExist as problem:
        raise Http404 from problem
    except RequestException:
        messages.error(
            request,
            _("The single sign-on cannot be reached. Try again later, or sign in with name and password."),
        )
        return redirect("accounts:sign_in")
    return answer
