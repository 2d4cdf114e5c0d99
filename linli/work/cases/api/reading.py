"""Open311 GeoReport v2, what is read: discovery, services, requests, tokens, approved pictures."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from linli.foundation.core import charter, files
from linli.foundation.core.context import Context
from linli.foundation.core.models import CharterVersion
from linli.foundation.core.requests import context_of
from linli.work.cases import queries
from linli.work.cases.api import kinds
from linli.work.cases.api.answers import Problem, Problems, answer, context_for_reading, door
from linli.work.cases.models import Case, HeldReport
from linli.work.cases.queries import open as open_cases
from linli.work.cases.rules import open311 as rules
from linli.work.cases.templatetags.cases import stage_words

SPECIFICATION = "http://wiki.open311.org/GeoReport_v2"
BAD: dict[str, str | Promise] = {
    "moment": gettext_lazy("start_date and end_date are W3C moments with their zone, as 2026-11-01T00:00:00+08:00."),
    "order": gettext_lazy("end_date lies before start_date."),
    "window": gettext_lazy("start_date and end_date may lie 90 days apart at most."),
    "status": gettext_lazy("status is open, closed or both with a comma between them."),
    "page": gettext_lazy("page is a whole number from 1 to 1000."),
    "page_size": gettext_lazy("page_size is a whole number from 1 to 1000."),
}  # fmt: skip


def _moment(context: Context, at: datetime | None) -> str | None:
    return at.astimezone(context.zone).isoformat(timespec="seconds") if at else None


@require_safe
@door
def discovery(request: HttpRequest, form: str) -> HttpResponse:
    """Where the endpoints are, who helps, who gives keys."""
    context = context_of(request)
    rule = charter.current(context.district, context.now)
    adopted = CharterVersion.objects.filter(district=context.district, valid_from__lte=context.now)
    changed = _moment(context, adopted.order_by("-valid_from").values_list("valid_from", flat=True).first())
    endpoint = {
        "specification": SPECIFICATION,
        "url": request.build_absolute_uri(reverse("cases:open311_root")).rstrip("/"),
        "changeset": changed,
        "type": "production" if settings.LINLI_MODE == "production" else "test",
        "formats": ["text/xml", "application/json"],
    }
    told = {
        "changeset": changed,
        "contact": kinds.here(rule["cases.open311.contact"]),
        "key_service": kinds.here(rule["cases.open311.key_service"]),
        "endpoints": [endpoint],
    }
    return answer(form, "discovery", told)


@require_safe
@door
def services(request: HttpRequest, form: str) -> HttpResponse:
    """GET service list: every kind of the charter may be reported."""
    context = context_of(request)
    return answer(form, "services", [kinds.service(context, row) for row in kinds.rows(context)])


@require_safe
@door
def service(request: HttpRequest, code: str, form: str) -> HttpResponse:
    """GET service definition: the kind's own questions."""
    context = context_of(request)
    if code not in {row["code"] for row in kinds.rows(context)}:
        raise Problems(Problem(404, _("service_code is not known here. The list is at services.")))
    asked = enumerate(kinds.questions(context, code), 1)
    attributes = [kinds.attribute(order, question) for order, question in asked]
    return answer(form, "service_definition", {"service_code": code, "attributes": attributes})


def as_requests(request: HttpRequest, context: Context, cases: Sequence[Case]) -> list[dict[str, Any]]:
    """Cases in the standard's words: no caller, no spot, no text that nobody approved."""
    names = {row["code"]: kinds.here(row["name"]) for row in kinds.rows(context)}
    return [_as_request(request, context, row, names) for row in open_cases.shown(context, cases)]


def _as_request(
    request: HttpRequest, context: Context, row: open_cases.Shown, names: dict[str, str]
) -> dict[str, Any]:
    case = row.case
    notes = f"{stage_words(case)}：{row.answer}" if row.answer else stage_words(case)
    photo = (
        request.build_absolute_uri(reverse("cases:open311_photo", args=[row.photos[0]]))
        if row.photos
        else None
    )
    return {
        "service_request_id": case.public_id,
        "status": "closed" if case.ended_at else "open",
        "status_notes": notes,
        "service_name": names[case.kind],
        "service_code": case.kind,
        "description": (row.text or names[case.kind])[: rules.LONGEST_DESCRIPTION],
        "agency_responsible": row.agency or None,
        "service_notice": None,
        "requested_datetime": _moment(context, case.received_at),
        "updated_datetime": _moment(context, row.updated_at),
        "expected_datetime": _moment(context, case.promised_at),
        "address": row.place.name,
        "address_id": row.place.public_id,
        "zipcode": None,
        "lat": row.place.latitude,
        "long": row.place.longitude,
        "media_url": photo,
    }


def _unknown_request() -> Problems:
    return Problems(Problem(404, _("service_request_id is not known here.")))


def request_list(request: HttpRequest, form: str) -> HttpResponse:
    """GET service requests: by ids, or by kinds and statuses in a window of at most 90 days."""
    context = context_for_reading(request)
    ids = rules.items(request.GET.getlist("service_request_id"))
    if ids:
        found = open_cases.by_ids(context, ids[: rules.MOST_ROWS])
        if not found:
            raise _unknown_request()
    else:
        found = _windowed(request, context)
    return answer(form, "service_requests", as_requests(request, context, found))


def _windowed(request: HttpRequest, context: Context) -> list[Case]:
    """Raises Problems with everything that cannot be used, not only the first."""
    get, problems = request.GET, []

    def read(call: Any, *arguments: Any, **more: Any) -> Any:
        try:
            return call(*arguments, **more)
        except rules.Unusable as problem:
            problems.append(Problem(400, BAD[problem.code]))
            return None

    asked = read(
        rules.window, get.get("start_date", ""), get.get("end_date", ""), now=context.now, zone=context.zone
    )
    statuses = read(rules.statuses, get.getlist("status"))
    page = read(rules.page, get.get("page", ""), get.get("page_size", ""))
    codes = rules.items(get.getlist("service_code"))
    strangers = set(codes) - {row["code"] for row in kinds.rows(context)}
    if strangers:
        problems.append(Problem(404, _("service_code is not known here. The list is at services.")))
    if problems:
        raise Problems(*problems)
    return open_cases.in_window(context, asked, page, kinds=codes, statuses=statuses)


@require_safe
@door
def request_one(request: HttpRequest, public_id: str, form: str) -> HttpResponse:
    """GET one service request, as a list of one."""
    context = context_for_reading(request)
    case = queries.by_public_id(context.district, public_id)
    if case is None or not open_cases.is_public(context, case):
        raise _unknown_request()
    return answer(form, "service_requests", as_requests(request, context, [case]))


@require_safe
@door
def token(request: HttpRequest, token: str, form: str) -> HttpResponse:
    """GET service_request_id from a token: empty while a clerk has not looked, 404 when it was not taken."""
    context = context_for_reading(request)
    rows = HeldReport.objects.filter(district=context.district, public_id=token)
    held = rows.select_related("case").first()
    if held is None:
        raise Problems(Problem(404, _("token is not known here.")))
    if held.state == "refused":
        raise Problems(Problem(404, _("The report of this token was not taken after the abuse check.")))
    row = {"service_request_id": held.case.public_id if held.case else None, "token": held.public_id}
    return answer(form, "service_requests", [row])


@require_safe
def photo(request: HttpRequest, file: str) -> HttpResponse:
    """An approved picture of a public case."""
    found = open_cases.public_photo(context_of(request), file)
    if found is None:
        raise Http404
    response: HttpResponse = files.serve(found)  # type: ignore[assignment]  # a streaming response is one too
    return response
