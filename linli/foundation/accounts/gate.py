"""The gate of desk views: who acts, may they, and did they give their password lately."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme, urlencode
from django.utils.translation import gettext_lazy as _

from linli.foundation.accounts import flow
from linli.foundation.accounts.models import Grant, SignedIn, User
from linli.foundation.core.errors import NotAllowed
from linli.foundation.core.requests import actor_of
from linli.foundation.core.views import typed, wants_json

View = Callable[..., HttpResponse]


def acting(verb: str | None = None) -> Callable[[View], View]:
    """Let a view run only for an acting appointment that knows the verb.

    The public is sent to sign in and comes back; who has several appointments chooses one first. The view
    still calls an action or a query, which checks place and relation. Raises NotAllowed for a missing verb.
    """

    def mark(view: View) -> View:
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            actor = actor_of(request)
            if actor.kind != "staff":
                return to_sign_in(request)
            if actor.grant is None:
                return redirect(reverse("accounts:switch") + "?" + urlencode({"next": here(request)}))
            if verb is not None and not actor.may(verb):
                raise NotAllowed(
                    "verb.missing",
                    _(
                        "The appointment you act in may not do this. Switch to another of your appointments, or ask the office of your body."
                    ),
                )
            return view(request, *args, **kwargs)

        guarded.acting_verb = verb or ""  # type: ignore[attr-defined]  # read by the authorization matrix
        return guarded

    return mark


def signed_in(view: View) -> View:
    """Let a view run for anybody signed in, with or without an appointment (own devices, own password)."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if row_of(request) is None:
            return to_sign_in(request)
        return view(request, *args, **kwargs)

    guarded.acting_verb = ""  # type: ignore[attr-defined]  # read by the authorization matrix
    return guarded


def row_of(request: HttpRequest) -> SignedIn | None:
    """The sign-in of this request."""
    row: SignedIn | None = getattr(request, "linli_signed_in", None)
    return row


def grant_of(request: HttpRequest) -> Grant | None:
    """The grant this request acts under."""
    grant: Grant | None = getattr(request, "linli_acting", None)
    return grant


def user_of(request: HttpRequest) -> User:
    """The account of a request that passed the gate."""
    row = row_of(request)
    assert row is not None
    user: User = row.user
    return user


def to_sign_in(request: HttpRequest) -> HttpResponse:
    """To the sign-in page and back; a form sent after the session's end keeps what was typed."""
    back = here(request)
    if request.method == "POST" or wants_json(request):
        context = {"typed": typed(request), "again": back, "status": 401}
        return render(request, "core/errors/session_expired.html", context, status=401)
    return redirect(reverse("accounts:sign_in") + "?" + urlencode({"next": back}))


def here(request: HttpRequest) -> str:
    """The address to come back to: the page itself, or the page the form stood on."""
    if request.method == "GET":
        return request.get_full_path()
    came_from = request.headers.get("Referer", "")
    if url_has_allowed_host_and_scheme(came_from, allowed_hosts={request.get_host()}):
        return "/" + came_from.split("//", 1)[-1].partition("/")[2]
    return reverse(settings.LOGIN_REDIRECT_URL)


def is_fresh(request: HttpRequest, minutes: int) -> bool:
    """Whether the password was given on this device within the last `minutes`."""
    return flow.is_fresh(request, minutes)


def fresh_sign_in(minutes: int) -> Callable[[View], View]:
    """Ask for the password again when it was not given within `minutes`. Put it below `acting`.

    A form already sent is carried on the asking page and runs at once with the right password: nothing typed
    is lost and nothing is sent twice.
    """

    def mark(view: View) -> View:
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if flow.is_fresh(request, minutes):
                return view(request, *args, **kwargs)
            if request.method != "POST":
                return redirect(reverse("accounts:confirm") + "?" + urlencode({"next": here(request)}))
            wrong = False
            if "confirm_password" in request.POST:
                if flow.confirm(request, user_of(request), request.POST["confirm_password"]):
                    return view(request, *args, **kwargs)
                wrong = True
            return flow.confirm_page(request, wrong=wrong)

        return guarded

    return mark
