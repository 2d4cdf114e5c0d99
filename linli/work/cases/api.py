"""Open311 GeoReport v2: receive a request, read one. Same actions, same clocks, same ledger as every other door.

Spec: http://wiki.open311.org/GeoReport_v2. Ids and codes are strings; times are ISO 8601 with zone. A second
send is known by `Idempotency-Key`, or by api key and body within ten minutes.
"""

from __future__ import annotations

import hashlib
from typing import Any
from xml.sax.saxutils import escape

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse, QueryDict
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST, require_safe

from linli.foundation.core import charter
from linli.foundation.core.context import Context
from linli.foundation.core.errors import Refused
from linli.foundation.core.middleware import limited_first
from linli.foundation.core.ratelimit import Limit, who_is
from linli.foundation.core.requests import context_of, hang
from linli.foundation.core.rules.actor import public
from linli.foundation.places import queries as places
from linli.work.cases import queries
from linli.work.cases.actions.intake import Receipt, Report, receive, usable_phone
from linli.work.cases.models import ApiKey, Case

NEAREST_METRES = 500
SAME_BODY_SECONDS = 600
LONGEST_ADDRESS = 100
PARAMETERS = (
    "api_key", "service_code", "description", "lat", "long", "address_id", "address_string", "phone", "first_name", "last_name",
)  # fmt: skip


def _xml(name: str, rows: list[dict[str, Any]], item: str) -> str:
    lines = ['<?xml version="1.0" encoding="utf-8"?>', f"<{name}>"]
    for row in rows:
        cells = "".join(f"<{k}>{escape(str(v)) if v is not None else ''}</{k}>" for k, v in row.items())
        lines.append(f"  <{item}>{cells}</{item}>")
    return "\n".join([*lines, f"</{name}>"])


def _answer(form: str, name: str, item: str, rows: list[dict[str, Any]], status: int = 200) -> HttpResponse:
    if form == "xml":
        return HttpResponse(
            _xml(name, rows, item), status=status, content_type="application/xml; charset=utf-8"
        )
    return JsonResponse(rows, safe=False, status=status, json_dumps_params={"ensure_ascii": False})


def _error(form: str, status: int, words: str) -> HttpResponse:
    return _answer(form, "errors", "error", [{"code": str(status), "description": words}], status)


def _form(form: str) -> str:
    if form not in ("json", "xml"):
        raise Http404
    return form


def key_of(district: int, raw: str, now: Any) -> ApiKey | None:
    """The living api key with this secret; only its digest is stored."""
    if not raw:
        return None
    digest = hashlib.sha256(raw.encode()).hexdigest()
    return ApiKey.objects.filter(district=district, digest=digest, ended_at=None).first()


@limited_first("cases.open311")
@csrf_exempt
@require_POST
def requests(request: HttpRequest, form: str) -> HttpResponse:
    """POST service request."""
    form = _form(form)
    context = context_of(request)
    post = request.POST
    given = post.get("api_key", "")
    key = key_of(context.district, given, context.now)
    if key is None:
        return _error(
            form, 403, "This door needs an api_key that is in force. Ask the district's office for one."
        )
    unclear = _unclear(post)
    report = unclear or _report(context, post)
    if isinstance(report, str):
        return _error(form, 400, report)
    sending = request.headers.get("Idempotency-Key", "") or _key_from_body(context, report, key)
    rule = charter.current(context.district, context.now)["limit.cases.open311"]
    try:
        receipt = receive(
            actor=public(context.district), context=context, report=report, key=sending, door="open311",
            who=who_is("open311", str(key.id)), limit=Limit(rule["burst"], rule["per_hour"]),
        )  # fmt: skip
    except Refused as refusal:
        return _refused(request, context, form, refusal)
    return _created(form, receipt)


def _unclear(post: QueryDict) -> str:
    """What is wrong with the parameters before anybody asks what they mean; empty when nothing is."""
    for name in PARAMETERS:
        values = post.getlist(name)
        if len(values) > 1:
            return f"{name} came {len(values)} times. Send it once."
        if any("\ufffd" in value for value in values):
            return f"{name} is not UTF-8 text. Send the form in UTF-8."
    return ""


def _refused(request: HttpRequest, context: Context, form: str, refusal: Refused) -> HttpResponse:
    """An error in the standard's form; the transaction is rolled back because the status is 4xx."""
    hang(request, linli_refusal=refusal)  # the middleware reads it for its notice
    words = " ".join([str(refusal.message), *(str(w) for w in refusal.fields.values())])
    return _error(form, refusal.status, words)


def _key_from_body(context: Context, report: Report, key: ApiKey) -> str:
    slot = int(context.now.timestamp()) // SAME_BODY_SECONDS
    text = f"{key.id}|{slot}|{report}"
    return "body-" + hashlib.sha256(text.encode()).hexdigest()[:40]


def _report(context: Context, post: Any) -> Report | str:
    description = post.get("description", "").strip()
    if not description:
        return "description is missing."
    place, words = _place(context, post)
    if place is None:
        return words
    phone = usable_phone(post.get("phone", ""))
    if phone is None:
        return "phone is not a phone number."
    name = " ".join(x for x in (post.get("first_name", "").strip(), post.get("last_name", "").strip()) if x)
    return Report(
        place=place, text=description, kind=post.get("service_code", ""), name=name[:60], phone=phone, channel="open311",
        longitude=_degree(post.get("long", ""), 180), latitude=_degree(post.get("lat", ""), 90),
    )  # fmt: skip


def _degree(text: str, most: float) -> float | None:
    """A coordinate in degrees; None for everything else, "nan" and "inf" too."""
    try:
        value = float(text)
    except ValueError:
        return None
    return value if -most <= value <= most else None


def _place(context: Context, post: Any) -> tuple[str | None, str]:
    """The place by address_id (our public id), by coordinates, or by the words of address_string."""
    named = post.get("address_id", "").strip()
    if named:
        found = places.place(context.district, named)
        return (found.public_id, "") if found else (None, "address_id is not known here.")
    longitude, latitude = _degree(post.get("long", ""), 180), _degree(post.get("lat", ""), 90)
    if longitude is not None and latitude is not None:
        near = places.nearest(context.district, longitude, latitude, limit=1)
        if near and near[0].metres <= NEAREST_METRES:
            return near[0].place.public_id, ""
        return None, "There is no compound of this district within 500 metres of lat and long."
    words = post.get("address_string", "").strip()
    searched = 0 < len(words) <= LONGEST_ADDRESS
    matches = places.search(context.district, words, limit=2) if searched else []
    if len(matches) == 1 or (matches and matches[0].name == words):
        return matches[0].public_id, ""
    return None, "Give address_id, lat and long, or an address_string that names exactly one compound."


def _created(form: str, receipt: Receipt) -> HttpResponse:
    row = {
        "service_request_id": receipt.public_id,
        "service_notice": f"{receipt.number} / {receipt.code}",
        "account_id": None,
    }
    return _answer(form, "service_requests", "request", [row], 201)


STATUS_OPEN, STATUS_CLOSED = "open", "closed"


def as_request(case: Case, kinds: dict[str, Any], zone: Any) -> dict[str, Any]:
    """A case in the standard's words: no caller, no free text, the compound's coordinates."""
    kind = kinds.get(case.kind)

    def moment(at: Any) -> str | None:
        return at.astimezone(zone).isoformat(timespec="seconds") if at else None

    return {
        "service_request_id": case.public_id,
        "status": STATUS_CLOSED if queries.is_final(case) else STATUS_OPEN,
        "status_notes": case.stage,
        "service_name": kind["name"].zh if kind else case.kind,
        "service_code": case.kind,
        "description": None,
        "agency_responsible": case.handling_body.name if case.handling_body else None,
        "service_notice": None,
        "requested_datetime": moment(case.received_at),
        "updated_datetime": moment(case.ended_at or case.answered_at or case.recorded_at),
        "expected_datetime": moment(case.promised_at),
        "address": case.place.name,
        "address_id": case.place.public_id,
        "zipcode": None,
        "lat": case.place.latitude,
        "long": case.place.longitude,
        "media_url": None,
    }


@require_safe
def request_one(request: HttpRequest, public_id: str, form: str) -> HttpResponse:
    """GET one service request: only kinds that the charter marks public."""
    form = _form(form)
    context = context_of(request)
    kinds = {row["code"]: row for row in charter.current(context.district, context.now)["cases.kinds"]}
    case = queries.by_public_id(context.district, public_id)
    if case is None or not kinds.get(case.kind, {}).get("public") or case.kind_of_request == "misconduct":
        return _error(form, 404, "service_request_id is not known here.")
    return _answer(form, "service_requests", "request", [as_request(case, kinds, context.zone)])
