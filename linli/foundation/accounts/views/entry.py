"""Signing in and out, choosing the appointment to act in, giving the password once more."""

from __future__ import annotations

from django.conf import settings
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from linli.foundation.accounts import actions, flow, queries
from linli.foundation.accounts.backends import passes
from linli.foundation.accounts.forms import ConfirmForm, PasswordForm, SignInForm
from linli.foundation.accounts.gate import row_of, signed_in, user_of
from linli.foundation.core.errors import Invalid
from linli.foundation.core.middleware import address_of
from linli.foundation.core.requests import actor_of, context_of
from linli.foundation.core.rules.actor import Actor


@never_cache
@require_http_methods(["GET", "POST"])
def sign_in(request: HttpRequest) -> HttpResponse:
    """Name or phone, and password. One answer for unknown, wrong, locked and ended."""
    form = SignInForm(flow.sent(request), initial={"next": request.GET.get("next", "")})
    if request.method == "POST":
        flow.limit(request, "sign_in", address_of(request))
        if form.is_valid():
            context = context_of(request)
            name, password = form.cleaned_data["name"], form.cleaned_data["password"]
            user = queries.for_sign_in(context.district, name)
            if passes(
                district=context.district, typed=name, password=password, account=user, now=context.now
            ):
                assert user is not None
                _leave(request)
                return flow.begin(request, user, form.cleaned_data["next"])
            form.add_error(None, _(
                "Name and password do not fit, or too many wrong tries have closed this name for a while. Check both and try again; the office of your body helps."
            ))  # fmt: skip
    elif row_of(request) is not None:
        return redirect(flow.safe_next(request, request.GET.get("next", "")))
    # 200 for a wrong try as well: its count must be stored, and a refusal would take it back.
    oidc = bool(settings.SOCIALACCOUNT_PROVIDERS)
    return render(request, "accounts/sign_in.html", {"form": form, "oidc": oidc})


def _leave(request: HttpRequest) -> None:
    """Whoever signs in anew on this device ends the sign-in that stood here."""
    row = row_of(request)
    if row is not None:
        actions.sign_out(row=row, now=context_of(request).now)


@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    """End this sign-in and its session."""
    _leave(request)
    request.session.flush()
    return redirect("accounts:signed_out")


@require_safe
def signed_out(request: HttpRequest) -> HttpResponse:
    """What remains on the device after signing out, and where to go."""
    return render(request, "accounts/signed_out.html")


@never_cache
@signed_in
@require_http_methods(["GET", "POST"])
def switch(request: HttpRequest) -> HttpResponse:
    """Choose the one appointment to act in; rights of several are never merged."""
    context, row = context_of(request), row_of(request)
    assert row is not None
    grants = queries.grants_of(row.user, context.now)
    next_ = request.POST.get("next", request.GET.get("next", ""))
    if request.method == "POST":
        wanted = request.POST.get("grant", "")
        grant = next((g for g in grants if str(g.id) == wanted), None)
        if grant is not None:
            actor = actor_of(request)
            actions.act_under(actor=actor, row=row, grant=grant, now=context.now)
            return redirect(flow.safe_next(request, next_))
        error = _("Choose one of your appointments first.")
    else:
        error = ""
    return render(request, "accounts/switch.html", {"grants": grants, "next": next_, "error": error})


@never_cache
@signed_in
@require_http_methods(["GET", "POST"])
def confirm(request: HttpRequest) -> HttpResponse:
    """The password once more before a step that asks for it."""
    form = ConfirmForm(flow.sent(request), initial={"next": request.GET.get("next", "")})
    if request.method == "POST" and form.is_valid():
        if flow.confirm(request, user_of(request), form.cleaned_data["password"]):
            return redirect(flow.safe_next(request, form.cleaned_data["next"]))
        form.add_error("password", _("This password does not fit. Type it once more."))
    return render(request, "accounts/confirm.html", {"form": form})


@never_cache
@require_http_methods(["GET", "POST"])
def first_password(request: HttpRequest) -> HttpResponse:
    """The first sign-in changes the password that the office gave."""
    found = flow.pending(request)
    if found is None:
        return redirect("accounts:sign_in")
    user, held = found
    now = context_of(request).now
    # The password alone must not change the password where a second factor stands before it.
    if not user.must_change_password or flow.missing_factor(user, queries.grants_of(user, now), held, now):
        return flow.proceed(request)
    form = PasswordForm(flow.sent(request))
    if request.method == "POST" and form.is_valid():
        flow.limit(request, "second_factor", "password", str(user.id))
        if _change(request, form, user_actor=Actor(district=user.district, kind="staff", user=user.id)):
            return flow.proceed(request)
    return render(request, "accounts/first_password.html", {"form": form})


@never_cache
@signed_in
@require_http_methods(["GET", "POST"])
def password(request: HttpRequest) -> HttpResponse:
    """Change one's own password; other devices are signed out."""
    form = PasswordForm(flow.sent(request))
    if request.method == "POST" and form.is_valid():
        flow.limit(request, "second_factor", "password", str(user_of(request).id))
        actor = actor_of(request)
        if _change(request, form, user_actor=actor):
            return redirect("accounts:own")
    return render(request, "accounts/password.html", {"form": form})


def _change(request: HttpRequest, form: PasswordForm, *, user_actor: Actor) -> bool:
    context = context_of(request)
    assert user_actor.user is not None
    user = queries.user(context.district, user_actor.user)
    assert user is not None
    try:
        # A savepoint: the page is shown again after a refusal, and the count of tries must stay.
        with transaction.atomic():
            actions.change_password(
                actor=user_actor, user=user, old=form.cleaned_data["old"], new=form.cleaned_data["new"],
                keep=row_of(request), now=context.now,
            )  # fmt: skip
    except Invalid as refusal:
        for name, sentence in refusal.fields.items():
            form.add_error(name, str(sentence))
        return False
    return True
