"""Steps of a sign-in as the session carries them: password given, second factor given, done."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, QueryDict
from django.middleware.csrf import rotate_token
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme, urlencode
from django.utils.translation import gettext as _

from linli.foundation.accounts import actions, queries, rules
from linli.foundation.accounts.backends import passes
from linli.foundation.accounts.middleware import MARK
from linli.foundation.accounts.models import Grant, User
from linli.foundation.accounts.sessions import key_hash
from linli.foundation.core import charter
from linli.foundation.core.ratelimit import Limit, take, who_is
from linli.foundation.core.requests import context_of

PENDING = "linli_pending"
CONFIRMED = "linli_confirmed"


def sent(request: HttpRequest) -> QueryDict | None:
    """What a form sent; None when the page is only opened. An empty form counts as sent."""
    return request.POST if request.method == "POST" else None


def limit(request: HttpRequest, door: str, *who: str) -> None:
    """Take one try at a door, by the charter's limit. Raises TooMany."""
    context = context_of(request)
    value = charter.current(context.district, context.now)[f"limit.accounts.{door}"]
    take(
        f"accounts.{door}", who_is(*who), Limit(value["burst"], value["per_hour"]), district=context.district
    )


def safe_next(request: HttpRequest, address: str) -> str:
    """An address of this site and district to go on to, else the desk."""
    own = url_has_allowed_host_and_scheme(
        address, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    # Only paths: an address with a host could name another site behind the same name.
    return address if own and address.startswith("/") else reverse(settings.LOGIN_REDIRECT_URL)


def begin(request: HttpRequest, user: User, next_: str) -> HttpResponse:
    """The first step is done: fresh session, then whatever is still missing."""
    context = context_of(request)
    request.session.flush()
    request.session[PENDING] = {
        "district": context.district, "user": user.id, "at": context.now.timestamp(), "next": next_, "factor": False,
    }  # fmt: skip
    request.session.set_expiry(int(rules.PENDING.total_seconds()))
    return proceed(request)


def pending(request: HttpRequest) -> tuple[User, dict[str, Any]] | None:
    """The account between password and second factor, and what is known; None when there is none or it is over."""
    held = request.session.get(PENDING)
    context = context_of(request)
    if not isinstance(held, dict) or held.get("district") != context.district:
        return None
    if rules.is_pending_over(datetime.fromtimestamp(held["at"], UTC), context.now):
        return None
    user = queries.user(context.district, held["user"])
    return (user, held) if user is not None and user.ended_at is None else None


def give_factor(request: HttpRequest) -> None:
    """Note that the second factor was given in this sign-in."""
    request.session[PENDING] = {**request.session[PENDING], "factor": True}


def missing_factor(user: User, grants: list[Grant], held: dict[str, Any], now: datetime) -> str:
    """The page of the second step when it has not been taken yet, "" when nothing is missing."""
    if held["factor"]:
        return ""
    if queries.factor_kinds(user) - {"recovery_codes"}:
        return "accounts:factor"
    return "accounts:factor_setup" if queries.needs_factor(user, grants, now) else ""


def proceed(request: HttpRequest) -> HttpResponse:
    """To the next missing step: second factor, first password, then into the desk."""
    found = pending(request)
    if found is None:
        return redirect("accounts:sign_in")
    user, held = found
    now = context_of(request).now
    grants = queries.grants_of(user, now)
    missing = missing_factor(user, grants, held, now)
    if missing:
        return redirect(missing)
    if user.must_change_password:
        return redirect("accounts:first_password")
    return finish(request, user, grants, held)


def finish(request: HttpRequest, user: User, grants: list[Grant], held: dict[str, Any]) -> HttpResponse:
    """Store the sign-in under a new session key and go on; with several appointments the person chooses."""
    now = context_of(request).now
    grant = grants[0] if len(grants) == 1 else None
    sign_in_session(request, user, grant, factor=held["factor"], now=now)
    if grant is None:
        return redirect(reverse("accounts:switch") + "?" + urlencode({"next": held["next"]}))
    return redirect(safe_next(request, held["next"]))


def sign_in_session(
    request: HttpRequest, user: User, grant: Grant | None, *, factor: bool, now: datetime
) -> None:
    """A new session for a finished sign-in: new key, new form token, idle time running."""
    idle = rules.length(charter.current(user.district, now)["accounts.session.idle"])
    request.session.flush()
    request.session[MARK] = {"district": user.district, "seen": int(now.timestamp())}
    request.session[CONFIRMED] = now.timestamp()
    request.session.set_expiry(int(idle.total_seconds()))
    request.session.create()
    assert request.session.session_key is not None
    actions.begin_sign_in(
        user=user, key_hash=key_hash(request.session.session_key), grant=grant, second_factor=factor, now=now,
        device=rules.device_of(request.headers.get("User-Agent", "")),
    )  # fmt: skip
    rotate_token(request)


def is_fresh(request: HttpRequest, minutes: int) -> bool:
    """Whether the password was given on this device within the last `minutes`."""
    at = request.session.get(CONFIRMED)
    return rules.is_fresh(datetime.fromtimestamp(at, UTC) if at else None, context_of(request).now, minutes)


def confirm(request: HttpRequest, user: User, password: str) -> bool:
    """Check the password once more, behind the same lock-out as sign-in."""
    context = context_of(request)
    limit(request, "second_factor", "confirm", str(user.id))
    if not passes(
        district=context.district, typed=user.login_name, password=password, account=user, now=context.now
    ):
        return False
    request.session[CONFIRMED] = context.now.timestamp()
    return True


def to_confirm(request: HttpRequest) -> HttpResponse:
    """To the page that asks for the password, and back."""
    return redirect(reverse("accounts:confirm") + "?" + urlencode({"next": request.get_full_path()}))


def confirm_page(request: HttpRequest, *, wrong: bool) -> HttpResponse:
    """Ask for the password with the sent form carried along."""
    carried = [
        (name, value)
        for name, values in request.POST.lists()
        for value in values
        if name not in ("csrfmiddlewaretoken", "confirm_password")
    ]
    error = _("This password does not fit. Type it once more.") if wrong else ""
    # 200: the count of wrong tries must be stored, and a refusal would take it back.
    return render(
        request,
        "accounts/confirm.html",
        {"carried": carried, "error": error, "action": request.get_full_path()},
    )
