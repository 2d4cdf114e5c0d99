"""Designed pages for refusals and faults, health and readiness, stored files, language and elder mode."""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Callable
from typing import Any, TypeVar
from urllib.parse import urlsplit

from django.conf import settings
from django.core.exceptions import RequestDataTooBig, TooManyFieldsSent, TooManyFilesSent
from django.db import connection
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from linli.foundation.core.errors import Refused, TooLarge

View = TypeVar("View", bound=Callable[..., HttpResponse])
PAGES = {400, 403, 404, 405, 409, 413, 422, 429, 500, 503}


def wants_json(request: HttpRequest) -> bool:
    """API doors answer JSON; pages answer pages."""
    path = request.path_info
    return path.startswith(("/api/", "/open311/")) or "application/json" in request.headers.get("Accept", "")


def refused_response(request: HttpRequest, refusal: Refused) -> HttpResponse:
    """One refusal as page or JSON, with what was typed kept on the page for copying or sending again."""
    status = refusal.status
    if wants_json(request):
        body: dict[str, Any] = {"code": refusal.code, "message": str(refusal.message)}
        if refusal.fields:
            body["fields"] = {name: str(text) for name, text in refusal.fields.items()}
        response: HttpResponse = JsonResponse(body, status=status, json_dumps_params={"ensure_ascii": False})
    else:
        response = error_page(request, status, str(refusal.message))
    if "retry_after" in refusal.facts:
        response["Retry-After"] = str(refusal.facts["retry_after"])
    elif status == 503:
        response["Retry-After"] = "30"
    return response


_SECRET_FIELDS = ("csrfmiddlewaretoken", "password", "code", "key", "otp")


def typed(request: HttpRequest) -> list[tuple[str, str]]:
    """What a person typed into a refused form, without secrets and machine fields."""
    if request.method != "POST":
        return []
    try:
        items = [(k, v) for k, v in request.POST.items() if isinstance(v, str)]
    except Exception:  # the body itself was refused (too large, broken): there is nothing to give back
        return []
    return [(k, v) for k, v in items if v.strip() and not any(s in k for s in _SECRET_FIELDS) and len(v) > 1]


def one_time(*names: str) -> Callable[[View], View]:
    """Mark a view whose form carries codes that are valid once: these fields are never put into a page again."""

    def mark(view: View) -> View:
        view.one_time_fields = frozenset(names)  # type: ignore[attr-defined]  # read by `resent`
        return view

    return mark


def resent(request: HttpRequest) -> list[tuple[str, str]]:
    """The whole form as it was sent, the sending key too, for sending it again with one tap.

    Without form token, passwords and codes valid once. Empty when another site sent the form: a tap here must
    never send what somebody else wrote.
    """
    if request.method != "POST" or not _sent_from_here(request):
        return []
    try:
        rows = [(name, text) for name, texts in request.POST.lists() for text in texts]
    except Exception:  # as in `typed`
        return []
    match = request.resolver_match
    once: frozenset[str] = getattr(match.func, "one_time_fields", frozenset()) if match else frozenset()
    left_out = {"csrfmiddlewaretoken", *once}
    return [
        (name, text)
        for name, text in rows
        if name not in left_out and "password" not in name and isinstance(text, str)
    ]


def _sent_from_here(request: HttpRequest) -> bool:
    origin = request.headers.get("Origin", "")
    if origin:
        return urlsplit(origin).netloc == request.get_host()
    return request.headers.get("Sec-Fetch-Site", "same-origin") in ("same-origin", "none")


def error_page(request: HttpRequest, status: int, message: str) -> HttpResponse:
    """A designed page for a status: what happened, which rule says so, what to do next."""
    template = f"core/errors/{status if status in PAGES else 500}.html"
    return render(
        request, template, {"message": message, "status": status, "typed": typed(request)}, status=status
    )


def wrong_method(request: HttpRequest, answered: HttpResponseBase) -> HttpResponseBase:
    """A page in place of the empty answer that a browser shows as its own failure, as after reloading a refused form."""
    if wants_json(request) or request.method != "GET":
        return answered
    page = error_page(request, 405, _("This address only receives a form, and no form came."))
    page["Allow"] = answered.headers.get("Allow", "POST")
    return page


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    if isinstance(exception, (RequestDataTooBig, TooManyFieldsSent, TooManyFilesSent)):
        _drain(request)
        return refused_response(request, TooLarge("body.too_large", _too_large_words(exception)))
    if wants_json(request):
        words = _("The address or the form was not in order. Go back and send it again.")
        return JsonResponse({"code": "not_readable", "message": words}, status=400)
    return error_page(request, 400, _("The address or the form was not in order. Go back and send it again."))


def _drain(request: HttpRequest) -> None:
    """Read the rest of a refused body away: a browser shows an answer only after it has sent everything."""
    left = settings.LINLI_MAX_DRAINED
    with contextlib.suppress(OSError):
        while left > 0 and (chunk := request.read(65536)):
            left -= len(chunk)


def _too_large_words(exception: Exception) -> str:
    """The limit that a body went beyond, by name."""
    if isinstance(exception, TooManyFieldsSent):
        return _(
            "The form has more than %(limit)d fields. Nothing was stored. Open the page again and send its form."
        ) % {"limit": settings.DATA_UPLOAD_MAX_NUMBER_FIELDS}
    if isinstance(exception, TooManyFilesSent):
        return _("More than %(limit)d files came at once. Nothing was stored. Send fewer.") % {
            "limit": settings.DATA_UPLOAD_MAX_NUMBER_FILES
        }
    return _("What was sent is larger than the limit: %(text)d MB of text, %(files)d MB with pictures. Nothing was stored. Shorten it and send it again.") % {
        "text": settings.DATA_UPLOAD_MAX_MEMORY_SIZE // 2**20, "files": settings.LINLI_MAX_BODY // 2**20,
    }  # fmt: skip


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return error_page(
        request,
        403,
        _("The appointment you act in may not do this. Switch appointment or ask your body's office."),
    )


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    if wants_json(request):
        return JsonResponse({"code": "not_found", "message": _("There is nothing here.")}, status=404)
    return error_page(request, 404, _("There is nothing at this address, or it is not within your reach."))


def server_error(request: HttpRequest) -> HttpResponse:
    if wants_json(request):
        return JsonResponse(
            {"code": "fault", "message": _("A fault on our side. Nothing was stored; try again.")}, status=500
        )
    return error_page(
        request,
        500,
        _("A fault on our side. Nothing was stored. Try again; if it stays, call the number above."),
    )


def csrf_failed(request: HttpRequest, reason: str = "") -> HttpResponse:
    """An expired form token: what was typed stays on the page and can be sent again."""
    return render(
        request,
        "core/errors/form_token.html",
        {"typed": typed(request), "resend": resent(request), "again": request.get_full_path(), "status": 403},
        status=403,
    )


@require_safe
def healthz(request: HttpRequest) -> HttpResponse:
    """The process lives."""
    return JsonResponse({"ok": True})


LONGEST_LAG_SECONDS = 120
LEAST_FREE_MB = 200


def _outbox_lag(cursor: Any) -> float:
    """Seconds that the oldest due row of the outbox has waited; 0 when nothing waits."""
    cursor.execute(
        "SELECT coalesce(extract(epoch FROM clock_timestamp() - min(due_at)), 0) FROM core_outbox "
        "WHERE done_at IS NULL AND dead_at IS NULL AND due_at < clock_timestamp()"
    )
    return float(cursor.fetchone()[0])


@require_safe
def readyz(request: HttpRequest) -> HttpResponse:
    """Writes work and disk is left: 200, else 503 with the failing check named.

    An outbox that lags is said but does not make the answer 503: reports are still taken safely, and a load
    balancer that believed it would turn every caller away because messages go out late. Alarms watch
    `linli_outbox_lag_seconds` instead.
    """
    checks: dict[str, Any] = {}
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT NOT pg_is_in_recovery()")
            checks["database_writable"] = bool(cursor.fetchone()[0])
            lag = _outbox_lag(cursor)
            checks["outbox_lag_seconds"] = round(lag, 1)
            checks["outbox_keeps_up"] = lag < LONGEST_LAG_SECONDS
    except Exception:
        checks["database_writable"] = False
    free = shutil.disk_usage(settings.LINLI_DATA if settings.LINLI_DATA.exists() else "/").free
    checks["disk_free_mb"] = free // 2**20
    good = checks["database_writable"] and free > LEAST_FREE_MB * 2**20
    return JsonResponse({"ready": bool(good), **checks}, status=200 if good else 503)


@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """A few gauges in the text format that monitoring systems scrape."""
    lines = []
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FILTER (WHERE done_at IS NULL AND dead_at IS NULL), "
            "count(*) FILTER (WHERE dead_at IS NOT NULL) FROM core_outbox"
        )
        waiting, dead = cursor.fetchone()
        cursor.execute("SELECT count(*) FROM core_clock WHERE state = 'running'")
        running = cursor.fetchone()[0]
        lag = round(_outbox_lag(cursor), 1)
    gauges = (
        ("outbox_waiting", waiting), ("outbox_dead", dead), ("outbox_lag_seconds", lag), ("clocks_running", running),
    )  # fmt: skip
    for name, value in gauges:
        lines += [f"# TYPE linli_{name} gauge", f"linli_{name} {value}"]
    return HttpResponse("\n".join(lines) + "\n", content_type="text/plain; version=0.0.4")


@require_POST
def elder_mode(request: HttpRequest) -> HttpResponse:
    """Larger type and fewer choices, kept in a cookie of this device."""
    back = request.POST.get("next", "/")
    # Only paths of this site: anything else would be looked up as the name of a view.
    if not back.startswith("/") or not url_has_allowed_host_and_scheme(back, allowed_hosts=None):
        back = "/"
    response = redirect(back)
    on = request.COOKIES.get("linli_elder") != "1"
    response.set_cookie("linli_elder", "1" if on else "0", max_age=365 * 86400, samesite="Lax", httponly=True)
    return response
