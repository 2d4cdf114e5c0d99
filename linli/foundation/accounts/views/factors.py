"""The second factor: setting it up (forced at sign-in where an appointment needs it) and giving it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import segno
from allauth.mfa.adapter import get_adapter
from allauth.mfa.totp.internal.auth import generate_totp_secret
from allauth.mfa.webauthn.internal import auth as webauthn
from django.db import transaction
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from linli.foundation.accounts import actions, flow, queries
from linli.foundation.accounts.forms import CodeForm, FirstCodeForm, KeyNameForm
from linli.foundation.accounts.gate import fresh_sign_in, row_of, signed_in, user_of
from linli.foundation.accounts.models import User
from linli.foundation.core.errors import Invalid
from linli.foundation.core.requests import actor_of, context_of
from linli.foundation.core.rules.actor import Actor
from linli.foundation.core.rules.typed import whole_number
from linli.foundation.core.views import one_time

SECRET = "linli_app_secret"  # noqa: S105  # a key of the session, not a secret
FRESH_MINUTES = 10


@dataclass(frozen=True, slots=True)
class Subject:
    """Whose factor it is: somebody between password and desk, or somebody signed in."""

    user: User
    pending: bool

    @property
    def actor(self) -> Actor:
        return Actor(district=self.user.district, kind="staff", user=self.user.id)


def _subject(request: HttpRequest) -> Subject | HttpResponse:
    """Who sets a factor up here; signed-in people give their password first."""
    found = flow.pending(request)
    if found is not None:
        # With a factor enrolled, only that factor leads on: the password alone must not add another one.
        if queries.factor_kinds(found[0]) - {"recovery_codes"} and not found[1]["factor"]:
            return redirect("accounts:factor")
        return Subject(found[0], pending=True)
    row = row_of(request)
    if row is None:
        return redirect("accounts:sign_in")
    if not flow.is_fresh(request, FRESH_MINUTES):
        return flow.to_confirm(request)
    return Subject(row.user, pending=False)


@never_cache
@require_safe
def setup(request: HttpRequest) -> HttpResponse:
    """Which second factor: an app on the phone, or a passkey."""
    subject = _subject(request)
    if isinstance(subject, HttpResponse):
        return subject
    kinds = queries.factor_kinds(subject.user)
    return render(request, "accounts/factor_setup.html", {"subject": subject, "has_app": "totp" in kinds})


@never_cache
@require_http_methods(["GET", "POST"])
@one_time("code")
def setup_app(request: HttpRequest) -> HttpResponse:
    """Scan the code with an app, type what it shows."""
    subject = _subject(request)
    if isinstance(subject, HttpResponse):
        return subject
    adapter = get_adapter()
    secret = adapter.decrypt(request.session[SECRET]) if SECRET in request.session else generate_totp_secret()
    request.session.setdefault(SECRET, adapter.encrypt(secret))
    form = FirstCodeForm(flow.sent(request))
    if request.method == "POST" and form.is_valid():
        flow.limit(request, "second_factor", "setup", str(subject.user.id))
        try:
            with transaction.atomic():
                codes = actions.add_app(
                    actor=subject.actor, user=subject.user, secret=secret, code=form.cleaned_data["code"],
                    now=context_of(request).now,
                )  # fmt: skip
        except Invalid as refusal:
            form.add_error("code", str(refusal.message))
        else:
            del request.session[SECRET]
            return _done(request, subject, codes)
    url = adapter.build_totp_url(subject.user, secret)
    return render(
        request,
        "accounts/factor_app.html",
        {"form": form, "code": _picture(url), "secret": _in_fours(secret)},
    )


def _picture(url: str) -> str:
    """The address as an inline drawing: no picture address, so it stays within the page's security policy."""
    drawing = segno.make(url, error="m").svg_inline(
        scale=5, border=4, svgclass="factor-code", lineclass=None, omitsize=False
    )
    return mark_safe(str(drawing))  # noqa: S308  # drawn by us from our own address


def _in_fours(secret: str) -> str:
    return " ".join(secret[i : i + 4] for i in range(0, len(secret), 4))


@never_cache
@require_http_methods(["GET", "POST"])
def setup_passkey(request: HttpRequest) -> HttpResponse:
    """Name the passkey; the browser's answer comes with the form."""
    subject = _subject(request)
    if isinstance(subject, HttpResponse):
        return subject
    form = KeyNameForm(
        flow.sent(request),
        initial={"name": get_adapter().generate_authenticator_name(subject.user, "webauthn")},
    )
    if request.method == "POST" and form.is_valid():
        try:
            with transaction.atomic():
                codes = actions.add_passkey(
                    actor=subject.actor, user=subject.user, name=form.cleaned_data["name"],
                    credential=_answer(request), now=context_of(request).now,
                )  # fmt: skip
        except Invalid as refusal:
            form.add_error(None, str(refusal.message))
        else:
            return _done(request, subject, codes)
    return render(request, "accounts/factor_passkey.html", {"form": form})


@never_cache
@require_POST
def setup_options(request: HttpRequest) -> HttpResponse:
    """What the browser needs to make a passkey."""
    subject = _subject(request)
    if isinstance(subject, HttpResponse):
        return _json_refusal()
    return JsonResponse(webauthn.begin_registration(subject.user, False))


@never_cache
@require_http_methods(["GET", "POST"])
@one_time("code", "credential")
def give(request: HttpRequest) -> HttpResponse:
    """The second step of signing in: a code, a passkey, or a recovery code."""
    found = flow.pending(request)
    if found is None:
        return redirect("accounts:sign_in")
    user, _held = found
    kinds = queries.factor_kinds(user)
    form = CodeForm(request.POST if request.method == "POST" and "credential" not in request.POST else None)
    if request.method == "POST":
        flow.limit(request, "second_factor", "give", str(user.id))
        if "credential" in request.POST:
            if actions.give_passkey(user=user, credential=_answer(request)):
                return _given(request)
            form = CodeForm({"code": ""})
            form.is_valid()
            form.errors.clear()
            form.add_error(
                None, _("The passkey did not answer as expected. Try it once more, or type a code.")
            )
        elif form.is_valid():
            if actions.give_code(user=user, code=form.cleaned_data["code"], now=context_of(request).now):
                return _given(request)
            form.add_error(
                "code",
                _(
                    "This code does not fit or was used already. Wait for the next one, or type a recovery code."
                ),
            )
    # 200 for a wrong code as well: its count must be stored, and a refusal would take it back.
    return render(
        request,
        "accounts/factor.html",
        {"form": form, "has_app": "totp" in kinds, "has_passkey": "webauthn" in kinds},
    )


@never_cache
@require_POST
def give_options(request: HttpRequest) -> HttpResponse:
    """What the browser needs to ask a passkey."""
    found = flow.pending(request)
    if found is None:
        return _json_refusal()
    return JsonResponse(webauthn.begin_authentication(found[0]))


@never_cache
@require_POST
def go_on(request: HttpRequest) -> HttpResponse:
    """After the recovery codes were written down: on into the desk, or back to one's own page."""
    return flow.proceed(request) if flow.pending(request) is not None else redirect("accounts:own")


@never_cache
@require_POST
@signed_in
@fresh_sign_in(FRESH_MINUTES)
def remove(request: HttpRequest) -> HttpResponse:
    """Take one of one's own factors away."""
    wanted = request.POST.get("factor", "")
    user = user_of(request)
    actions.remove_factor(
        actor=_actor(request), user=user, factor=whole_number(wanted) or 0,
        keep=row_of(request), now=context_of(request).now,
    )  # fmt: skip
    return redirect("accounts:own")


@never_cache
@require_POST
@signed_in
@fresh_sign_in(FRESH_MINUTES)
def new_codes(request: HttpRequest) -> HttpResponse:
    """New recovery codes, shown once."""
    codes = actions.renew_codes(actor=_actor(request), user=user_of(request), now=context_of(request).now)
    return render(request, "accounts/recovery_codes.html", {"codes": codes})


def _actor(request: HttpRequest) -> Actor:
    return actor_of(request)


def _given(request: HttpRequest) -> HttpResponse:
    flow.give_factor(request)
    return flow.proceed(request)


def _done(request: HttpRequest, subject: Subject, codes: list[str]) -> HttpResponse:
    """A factor was set up: recovery codes are shown once, then on."""
    row = row_of(request)
    if subject.pending:
        flow.give_factor(request)
    elif row is not None:
        actions.note_factor(row=row)
    if codes:
        return render(request, "accounts/recovery_codes.html", {"codes": codes})
    return go_on(request)


def _answer(request: HttpRequest) -> dict[str, Any]:
    """The browser's answer as it came; anything unreadable is an empty one and fits nothing."""
    try:
        answer = json.loads(request.POST.get("credential", ""))
    except (ValueError, RecursionError):
        return {}
    return answer if isinstance(answer, dict) else {}


def _json_refusal() -> JsonResponse:
    sentence = _("This step is over. Load the page again and start anew.")
    return JsonResponse(
        {"code": "factor.over", "message": sentence}, status=409, json_dumps_params={"ensure_ascii": False}
    )
