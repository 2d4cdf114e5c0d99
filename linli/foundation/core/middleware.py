"""From the outside in: request id, district, language; innermost the one transaction of a request."""

from __future__ import annotations

import logging
import re
import secrets
import time
from collections.abc import Callable
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import OperationalError, transaction
from django.http import Http404, HttpRequest, HttpResponseBase, QueryDict
from django.urls import set_script_prefix
from django.utils import timezone, translation

from linli.foundation.core import charter
from linli.foundation.core.context import Context, begin, entered
from linli.foundation.core.errors import Refused, TooMany, Unavailable
from linli.foundation.core.idempotency import KeyReused
from linli.foundation.core.models import District
from linli.foundation.core.ratelimit import Limit, take, who_is
from linli.foundation.core.requests import actor_or_none, district_or_none, hang, request_id_of
from linli.foundation.core.rules.typed import is_printable, printable
from linli.foundation.core.security import notice
from linli.foundation.core.views import refused_response, wrong_method

log = logging.getLogger("linli.request")
GetResponse = Callable[[HttpRequest], HttpResponseBase]
REFRESH_SECONDS = 5.0


class RequestIdMiddleware:
    """Gives each request an id, returns it, and writes one log line without personal data."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        given = request.headers.get("X-Request-Id", "")
        own = given if re.fullmatch(r"[A-Za-z0-9-]{8,64}", given) else secrets.token_hex(8)
        hang(request, request_id=own)
        started = time.perf_counter()
        response = self.get_response(request)
        response.headers["X-Request-Id"] = own
        match = request.resolver_match
        log.info(
            "request",
            extra={
                "request": own,
                "method": request.method,
                "view": match.view_name if match else "",
                "status": response.status_code,
                "ms": round((time.perf_counter() - started) * 1000, 1),
            },
        )
        return response


_districts: tuple[float, list[District]] = (0.0, [])


def districts() -> list[District]:
    """All enrolled districts, held for a few seconds."""
    global _districts
    if time.monotonic() - _districts[0] > REFRESH_SECONDS or not _districts[1]:
        _districts = (time.monotonic(), list(District.objects.order_by("id")))
    return _districts[1]


def forget_districts() -> None:
    global _districts
    _districts = (0.0, [])


class DistrictMiddleware:
    """Finds the request's district: path prefix `/d/<slug>/`, else host name, else the only or first one."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        set_script_prefix("/")
        try:
            hang(request, linli_district=self._find(request))
            return self.get_response(request)
        finally:
            # The prefix belongs to this request: what runs next on the thread must not make addresses with it.
            set_script_prefix("/")

    def _find(self, request: HttpRequest) -> District | None:
        known = districts()
        match = re.match(r"/d/([a-z0-9-]+)(/.*)?$", request.path_info)
        if match:
            found = next((d for d in known if d.slug == match.group(1)), None)
            if found is not None:
                prefix = f"/d/{found.slug}"
                request.path_info = match.group(2) or "/"
                request.META["SCRIPT_NAME"] = prefix
                set_script_prefix(prefix + "/")
            return found
        host = request.get_host().split(":")[0]
        return next((d for d in known if d.host == host), None) or (known[0] if known else None)


class LanguageMiddleware:
    """Chinese first: English only when asked for by `?lang=en` or the cookie, never from the browser's list."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        asked = request.GET.get("lang", "")
        known = dict(settings.LANGUAGES)
        language = asked if asked in known else request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME, "")
        language = language if language in known else settings.LANGUAGE_CODE
        with translation.override(language):
            request.LANGUAGE_CODE = language
            response = self.get_response(request)
        response.headers.setdefault("Content-Language", language)
        if asked in known:
            response.set_cookie(
                settings.LANGUAGE_COOKIE_NAME, asked, max_age=365 * 86400, samesite="Lax",
                secure=settings.SESSION_COOKIE_SECURE, httponly=True,
            )  # fmt: skip
        return response


def limited_first(door: str, limit: Limit | None = None) -> Callable[[Any], Any]:
    """Mark a view whose tries must count even when they are refused (guessing a code, signing in).

    Without `limit` the charter's `limit.<door>` decides.
    """

    def mark(view: Any) -> Any:
        view.limited_first = (door, limit)
        return view

    return mark


def without_district(view: Any) -> Any:
    """Mark a view that answers before any district is found (health checks)."""
    view.without_district = True
    return view


def address_of(request: HttpRequest) -> str:
    """The sender's address as the nearest server saw it; a proxy's header counts only behind a proxy."""
    if settings.LINLI_MODE == "production" and getattr(settings, "SECURE_PROXY_SSL_HEADER", None):
        forwarded = request.headers.get("X-Forwarded-For", "")
        if forwarded:
            return forwarded.rsplit(",", 1)[-1].strip()
    return str(request.META.get("REMOTE_ADDR", ""))


def _make_printable(request: HttpRequest) -> None:
    """Take out what no keyboard types and no column holds, before any room reads it. Raises Http404 for a path."""
    if not is_printable(request.path_info):
        raise Http404
    request.GET = _clean(request.GET)  # type: ignore[assignment]  # views only read it
    if request.method == "POST":
        request.POST = _clean(request.POST)  # type: ignore[assignment]  # as above
    request.COOKIES = {name: printable(text) for name, text in request.COOKIES.items()}


def _clean(sent: QueryDict) -> QueryDict:
    if all(is_printable(text) for name, texts in sent.lists() for text in (name, *texts)):
        return sent
    made = QueryDict(mutable=True)
    for name, texts in sent.lists():
        made.setlist(printable(name), [printable(text) for text in texts])
    return made


class TransactionMiddleware:
    """One transaction per request: context for the policies, one `now`, rollback on every refusal.

    Security events and the page of a refusal are made after the rollback.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Any, args: Any, kwargs: Any
    ) -> HttpResponseBase | None:
        if getattr(view, "without_district", False):
            return None
        district = district_or_none(request)
        if district is None:
            return refused_response(
                request,
                Refused("district.none", translation.gettext("There is no district at this address.")),
            )
        _make_printable(request)
        try:
            self._limit_first(request, view, district)
            response = self._in_transaction(request, district, view, args, kwargs)
            answered = getattr(request, "linli_refusal", None)
            if answered is not None:  # a door that words its refusals in its own form
                self._notice(request, district, answered)
            return wrong_method(request, response) if response.status_code == 405 else response
        except Refused as refusal:
            self._notice(request, district, refusal)
            return refused_response(request, refusal)
        except OperationalError:
            log.exception("database", extra={"request": request_id_of(request)})
            return refused_response(request, Unavailable("database", translation.gettext(
                "The records cannot be reached at this moment. Nothing was lost; send the same form again in a minute."
            )))  # fmt: skip

    def _limit_first(self, request: HttpRequest, view: Any, district: District) -> None:
        marked = getattr(view, "limited_first", None)
        if marked is None or request.method in ("GET", "HEAD", "OPTIONS"):
            return
        door, limit = marked
        with transaction.atomic():
            now = begin(district.id)
            rule = charter.current(district.id, now)[f"limit.{door}"] if limit is None else None
            allowed = Limit(rule["burst"], rule["per_hour"]) if rule else limit
            take(door, who_is(address_of(request)), allowed, district=district.id)

    def _in_transaction(
        self, request: HttpRequest, district: District, view: Any, args: Any, kwargs: Any
    ) -> HttpResponseBase:
        zone = ZoneInfo(district.zone)
        with transaction.atomic(), timezone.override(zone):
            now = begin(district.id)
            context = Context(district.id, district.slug, zone, now, request_id_of(request))
            with entered(context):
                hang(request, linli=context)
                response: HttpResponseBase = view(request, *args, **kwargs)
                if hasattr(response, "render") and callable(response.render):
                    response = response.render()
            if response.status_code >= 400:
                transaction.set_rollback(True)
        return response

    def _notice(self, request: HttpRequest, district: District, refusal: Refused) -> None:
        match = request.resolver_match
        door = match.view_name if match else ""
        actor = actor_or_none(request)
        if isinstance(refusal, (KeyReused, TooMany)) or refusal.facts.get("security"):
            notice(
                refusal.code,
                district=district.id,
                actor=actor.user if actor else None,
                door=door,
                who=who_is(address_of(request)),
            )


__all__ = [
    "DistrictMiddleware",
    "LanguageMiddleware",
    "RequestIdMiddleware",
    "TransactionMiddleware",
    "address_of",
    "districts",
    "forget_districts",
    "limited_first",
    "without_district",
]
