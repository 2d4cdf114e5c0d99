"""The desk's accounts: list, open, end, new first password, clear second factors, link the single sign-on."""

from __future__ import annotations

import secrets
from collections.abc import Callable

from allauth.socialaccount.models import SocialAccount
from django.conf import settings
from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from linli.foundation.accounts import access, actions, flow, queries
from linli.foundation.accounts.forms import AccountForm, SubjectForm
from linli.foundation.accounts.gate import acting, fresh_sign_in
from linli.foundation.accounts.models import User
from linli.foundation.core.errors import Conflict, Invalid, OutOfScope, Refused
from linli.foundation.core.requests import actor_of, context_of
from linli.foundation.core.rules.actor import Actor

# Without letters and digits that look alike on paper.
ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"
FRESH_MINUTES = 15


def first_password() -> str:
    """A random password to be read out or written down once: 16 signs in groups of four, about 79 bits."""
    signs = "".join(secrets.choice(ALPHABET) for _n in range(16))
    return "-".join(signs[i : i + 4] for i in range(0, 16, 4))


@acting(access.MANAGE)
@require_safe
def accounts(request: HttpRequest) -> HttpResponse:
    """Accounts by sign-in name, twenty a page."""
    text = request.GET.get("q", "")[:40]
    page, cursor = queries.accounts(_actor(request), after=request.GET.get("after", "")[:40], text=text)
    grants = queries.grants_by_user(page, context_of(request).now)
    rows = [{"user": user, "grants": grants[user.id]} for user in page]
    return render(request, "accounts/list.html", {"rows": rows, "next_cursor": cursor, "q": text})


@never_cache
@acting(access.MANAGE)
@require_http_methods(["GET", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """Open an account; its first password is shown once."""
    form = AccountForm(flow.sent(request))
    if request.method == "POST" and form.is_valid():
        password = first_password()
        try:
            with transaction.atomic():
                user = actions.create_account(
                    actor=_actor(request), login_name=form.cleaned_data["login_name"], password=password,
                    phone=form.cleaned_data["phone"], now=context_of(request).now, must_change=True,
                )  # fmt: skip
        except (Invalid, Conflict) as refusal:
            _show(form, refusal)
        else:
            return render(request, "accounts/first_shown.html", {"subject": user, "password": password})
    status = 422 if form.errors else 200
    return render(request, "accounts/new.html", {"form": form}, status=status)


@never_cache
@acting(access.MANAGE)
@require_safe
def account(request: HttpRequest, name: str) -> HttpResponse:
    """One account: its grants, and what the office may do with it."""
    return _page(request, _found(request, name), SubjectForm())


def _page(request: HttpRequest, user: User, form: SubjectForm, status: int = 200) -> HttpResponse:
    grants = queries.grants_by_user([user], context_of(request).now)[user.id]
    linked = SocialAccount.objects.filter(provider=actions.OIDC, user_id=user.id).exists()
    context = {
        "subject": user, "grants": grants, "kinds": queries.factor_kinds(user), "linked": linked, "form": form,
        "oidc": bool(settings.SOCIALACCOUNT_PROVIDERS), "is_own": user.id == _actor(request).user,
    }  # fmt: skip
    return render(request, "accounts/account.html", context, status=status)


@never_cache
@require_POST
@acting(access.MANAGE)
@fresh_sign_in(FRESH_MINUTES)
def reset(request: HttpRequest, name: str) -> HttpResponse:
    """A new first password, shown once; the account's sessions end."""
    user, password = _found(request, name), first_password()
    actions.reset_password(actor=_actor(request), user=user, password=password, now=context_of(request).now)
    return render(request, "accounts/first_shown.html", {"subject": user, "password": password})


@never_cache
@require_POST
@acting(access.MANAGE)
@fresh_sign_in(FRESH_MINUTES)
def end(request: HttpRequest, name: str) -> HttpResponse:
    """End an account; the tick shows that the button was meant."""
    user = _found(request, name)
    if request.POST.get("sure") != "1":
        raise Invalid(
            "account.sure",
            _(
                "Ending an account cannot be taken back, so the box beside the button must be ticked. Nothing was changed; go back and tick it."
            ),
        )
    actions.end_account(actor=_actor(request), user=user, now=context_of(request).now)
    messages.success(request, _("The account is ended; its sign-ins are over."))
    return redirect("accounts:account", name=user.login_name)


def _step(verb: Callable[..., object], done: Callable[[], str]) -> Callable[..., HttpResponse]:
    """A button of the account's page that needs nothing typed."""

    @never_cache
    @require_POST
    @acting(access.MANAGE)
    @fresh_sign_in(FRESH_MINUTES)
    def view(request: HttpRequest, name: str) -> HttpResponse:
        user = _found(request, name)
        verb(actor=_actor(request), user=user, now=context_of(request).now)
        messages.success(request, done())
        return redirect("accounts:account", name=user.login_name)

    return view


reset_factors = _step(
    actions.reset_factors, lambda: _("The second factors are cleared; the next sign-in sets up a new one.")
)
unlink = _step(actions.unlink_subject, lambda: _("The link to the single sign-on is taken away."))


@never_cache
@require_POST
@acting(access.MANAGE)
@fresh_sign_in(FRESH_MINUTES)
def link(request: HttpRequest, name: str) -> HttpResponse:
    """Link the account to its subject at the single sign-on."""
    user, form = _found(request, name), SubjectForm(request.POST)
    if form.is_valid():
        try:
            with transaction.atomic():
                actions.link_subject(
                    actor=_actor(request), user=user, subject=form.cleaned_data["subject"], now=context_of(request).now
                )  # fmt: skip
        except (Invalid, Conflict) as refusal:
            _show(form, refusal)
        else:
            messages.success(request, _("The account is linked to the single sign-on."))
            return redirect("accounts:account", name=user.login_name)
    return _page(request, user, form, status=422)


def _show(form: AccountForm | SubjectForm, refusal: Refused) -> None:
    """A refusal stands at its field; what was typed stays."""
    shown = {name: text for name, text in refusal.fields.items() if name in form.fields}
    for name, text in shown.items():
        form.add_error(name, str(text))
    if not shown:
        form.add_error(None, str(refusal.message))


def _found(request: HttpRequest, name: str) -> User:
    user = access.visible_to(_actor(request)).filter(login_name=name).first()
    if user is None:
        raise OutOfScope("account.none", _("There is no such account here."))
    return user


def _actor(request: HttpRequest) -> Actor:
    return actor_of(request)
