"""`/api/v1`: a small JSON door for connected systems. Same actions and the same public view as Open311.

A key travels as `Authorization: Bearer <key>`. Refusals are JSON with a code and a sentence (core makes them).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_safe

from linli.foundation.core import charter, ledger
from linli.foundation.core.context import Context
from linli.foundation.core.errors import Invalid, OutOfScope, Refused
from linli.foundation.core.middleware import limited_first
from linli.foundation.core.requests import context_of, hang
from linli.foundation.places import queries as places
from linli.foundation.places.models import Place
from linli.work.cases import queries
from linli.work.cases.actions.intake import Report, check, usable_phone
from linli.work.cases.api import kinds, openapi
from linli.work.cases.api.answers import Problems, limited_read
from linli.work.cases.api.body import Sent, json_object, plain
from linli.work.cases.api.keys import key_for
from linli.work.cases.api.sending import LONGEST_SENDING_KEY, Taken, Telling, take_once
from linli.work.cases.models import ApiKey, Case, HeldReport
from linli.work.cases.queries import open as open_cases
from linli.work.cases.queries.changes import Changes, changed_since
from linli.work.cases.rules import open311 as rules
from linli.work.cases.rules.kinds import questions_of
from linli.work.cases.templatetags.cases import stage_words

MOST = 100
MOST_PLACES = 20


class NoKey(Refused):
    """No key was sent at all."""

    status = 401


class NotReadable(Refused):
    """A body or a parameter that cannot be read."""

    status = 400


View = Callable[..., HttpResponse]


def _secret(request: HttpRequest) -> str:
    word, _sep, secret = request.headers.get("Authorization", "").partition(" ")
    return secret.strip() if word.lower() == "bearer" else request.headers.get("X-Api-Key", "").strip()


def keyed(scope: str) -> Callable[[View], View]:
    """Let a view run for a key with this scope, which it finds as `request.linli_key`. Sending needs `report`."""

    def mark(view: View) -> View:
        @csrf_exempt
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            context = context_of(request)
            sending = request.method == "POST"
            if not sending:
                limited_read(request, context)
            secret = _secret(request)
            if not secret:
                raise NoKey(
                    "cases.no_key",
                    _("Send a key: Authorization: Bearer and the key. The district administrator gives one."),
                )
            hang(
                request,
                linli_key=key_for(request, context, secret, "report" if sending else scope, hold=sending),
            )
            return view(request, *args, **kwargs)

        return guarded

    return mark


def _json(value: Mapping[str, Any], status: int = 200) -> HttpResponse:
    return JsonResponse(value, status=status, json_dumps_params={"ensure_ascii": False, "allow_nan": False})


def _at(context: Context, moment: datetime | None) -> str | None:
    return moment.astimezone(context.zone).isoformat(timespec="seconds") if moment else None


# --- what is read ------------------------------------------------------------------------------------------------


@require_safe
def document(request: HttpRequest) -> HttpResponse:
    """The OpenAPI document of this door."""
    return _json(openapi.document(request.build_absolute_uri(reverse("cases:v1")).rstrip("/")))


@require_safe
def page(request: HttpRequest) -> HttpResponse:
    """The same document for people."""
    told = openapi.document(request.build_absolute_uri(reverse("cases:v1")).rstrip("/"))
    rows = [
        {"path": path, "method": method.upper(), **operation}
        for path, methods in told["paths"].items()
        for method, operation in methods.items()
    ]
    return render(request, "cases/api.html", {"document": told, "rows": rows})


def _question(row: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "code": row["code"], "question": kinds.here(row["question"]), "type": row["type"], "low": row["low"], "high": row["high"],
        "options": [{"code": o["code"], "name": kinds.here(o["name"])} for o in row["options"] or ()],
    }  # fmt: skip


@require_safe
@keyed("read_public")
def kind_list(request: HttpRequest) -> HttpResponse:
    """Every kind of the charter with its questions."""
    context = context_of(request)
    asked = charter.current(context.district, context.now)["cases.questions"]
    rows = [
        {
            "code": row["code"], "standard": row["standard"], "name": kinds.here(row["name"]), "class": row["class"],
            "public": row["public"], "danger": bool(row["danger"]),
            "questions": [_question(q) for q in questions_of(row["code"], asked)],
        }
        for row in kinds.rows(context)
    ]  # fmt: skip
    return _json({"kinds": rows})


def _place(place: Place) -> dict[str, Any]:
    return {
        "id": place.public_id,
        "name": place.name,
        "level": place.level,
        "lat": place.latitude,
        "long": place.longitude,
    }


@require_safe
@keyed("read_public")
def place_list(request: HttpRequest) -> HttpResponse:
    """Compounds and communities by words, or compounds around a position, nearest first."""
    context = context_of(request)
    words = request.GET.get("q", "").strip()[:60]
    try:
        latitude = rules.coordinate(request.GET.get("lat", ""), 90)
        longitude = rules.coordinate(request.GET.get("long", ""), 180)
    except rules.Unusable as problem:
        raise NotReadable(
            "cases.coordinate", _("lat and long are degrees with a point, as 36.1912 and 113.1187.")
        ) from problem
    if latitude is not None and longitude is not None:
        near = places.nearest(context.district, longitude, latitude, limit=MOST_PLACES)
        return _json({"places": [{**_place(one.place), "metres": one.metres} for one in near]})
    found = places.search(context.district, words, limit=MOST_PLACES) if words else []
    return _json({"places": [_place(one) for one in found]})


def as_case(
    request: HttpRequest, context: Context, row: open_cases.Shown, names: Mapping[str, str]
) -> dict[str, Any]:
    """A case as everybody may read it."""
    case = row.case
    return {
        "id": case.public_id, "open": case.ended_at is None, "stage": case.stage, "stage_words": stage_words(case),
        "kind": case.kind, "kind_name": names[case.kind], "text": row.text, "answer": row.answer,
        "responsible": row.agency or None, "received_at": _at(context, case.received_at),
        "updated_at": _at(context, row.updated_at), "promised_at": _at(context, case.promised_at),
        "ended_at": _at(context, case.ended_at), "place": _place(row.place),
        "pictures": [request.build_absolute_uri(reverse("cases:open311_photo", args=[p])) for p in row.photos],
    }  # fmt: skip


def _names(context: Context) -> dict[str, str]:
    return {row["code"]: kinds.here(row["name"]) for row in kinds.rows(context)}


@limited_first("cases.open311")
@require_http_methods(["GET", "HEAD", "POST"])
@keyed("read_public")
def cases(request: HttpRequest) -> HttpResponse:
    """Public cases that changed since a moment or a cursor; or a new report."""
    return create(request) if request.method == "POST" else _changes(request)


def _changes(request: HttpRequest) -> HttpResponse:
    context = context_of(request)
    get = request.GET
    size = get.get("limit", "").strip() or str(MOST)
    if not size.isascii() or not size.isdigit() or not 1 <= int(size[:5]) <= MOST:
        raise NotReadable("cases.limit", _("limit is a whole number from 1 to 100."))
    since = get.get("updated_since", "").strip()
    try:
        start = rules.moment(since, context.zone)[0] if since else None
        found: Changes = changed_since(context, get.get("cursor", "").strip(), start, int(size))
    except rules.Unusable as problem:
        words = {
            "cursor": _("This cursor is none of ours. Begin again with updated_since."),
            "moment": _("updated_since is a W3C moment with its zone, as 2026-11-01T00:00:00+08:00."),
        }
        raise NotReadable("cases.query", words[problem.code]) from problem
    names = _names(context)
    rows = [as_case(request, context, row, names) for row in open_cases.shown(context, found.cases)]
    return _json({"cases": rows, "cursor": found.cursor, "more": found.more})


def _public_case(context: Context, public_id: str) -> Case:
    case = queries.by_public_id(context.district, public_id)
    if case is None or not open_cases.is_public(context, case):
        raise OutOfScope("case.not_found", _("There is no public case with this id."))
    return case


@require_safe
@keyed("read_public")
def case_one(request: HttpRequest, public_id: str) -> HttpResponse:
    """One public case."""
    context = context_of(request)
    (row,) = open_cases.shown(context, [_public_case(context, public_id)])
    return _json(as_case(request, context, row, _names(context)))


@require_safe
@keyed("read_public")
def entries(request: HttpRequest, public_id: str) -> HttpResponse:
    """What happened to one public case, in sentences; never what somebody wrote."""
    context = context_of(request)
    case = _public_case(context, public_id)
    known = ledger.event_types()
    events = [e for e in ledger.history(context.district, ("case", case.id)) if known[e.code].public]
    told = ledger.sentences(events, get_language() or "zh-hans")
    return _json(
        {"entries": [{"at": _at(context, e.at), "what": e.code, "words": words} for e, words in told]}
    )


@require_safe
@keyed("report")
def report_one(request: HttpRequest, token: str) -> HttpResponse:
    """What became of a report that waited for a check; only for the key that sent it."""
    context = context_of(request)
    key: ApiKey = vars(request)["linli_key"]
    rows = HeldReport.objects.filter(district=context.district, public_id=token, api_key=key)
    held = rows.select_related("case").first()
    if held is None:
        raise OutOfScope("cases.held", _("There is no report with this token from your key."))
    return _json(
        {"token": held.public_id, "state": held.state, "id": held.case.public_id if held.case else None}
    )


# --- what is sent ------------------------------------------------------------------------------------------------

TEXTS = ("place", "kind", "text", "kind_of_request", "name", "phone", "lat", "long")


def create(request: HttpRequest) -> HttpResponse:
    """A new report: 201 with number and follow code, or 202 with a token when somebody looks first."""
    context = context_of(request)
    given = request.headers.get("Idempotency-Key", "").strip()
    if not 1 <= len(given) <= LONGEST_SENDING_KEY:
        raise Invalid(
            "idempotency.key",
            _(
                "Send an Idempotency-Key of at most 200 characters, a new one for each report. Nothing was stored."
            ),
        )
    try:
        body = json_object(request)
    except Problems as problems:
        raise NotReadable("cases.body", problems.problems[0].words) from problems
    telling = _tell(context, body)
    taken = take_once(request, context, telling, vars(request)["linli_key"])
    return _taken(context, taken)


def _taken(context: Context, taken: Taken) -> HttpResponse:
    if taken.receipt is None:
        return _json({"token": taken.token, "state": "held"}, 202)
    receipt = taken.receipt
    return _json(
        {
            "id": receipt.public_id, "number": receipt.number, "follow_code": receipt.code,
            "promised_at": _at(context, receipt.promised_at), "replay": receipt.replay,
        },
        201,
    )  # fmt: skip


def _tell(context: Context, body: Mapping[str, Any]) -> Telling:
    """The report of a JSON body. Raises Invalid with a sentence per field."""
    fields: dict[str, Any] = {}
    told = {name: plain(body.get(name)) for name in TEXTS}
    for name, value in told.items():
        if value is None:
            fields[name] = _("Send a text or a number.")
    text = {name: (value or "").strip() for name, value in told.items()}
    place = places.place(context.district, text["place"]) if text["place"] else None
    if place is None:
        fields["place"] = _("Send the id of a place; /api/v1/places finds them.")
    if text["kind"] not in _names(context):
        fields["kind"] = _("Send the code of a kind; /api/v1/kinds lists them.")
    phone = usable_phone(text["phone"])
    if phone is None:
        fields["phone"] = _("This is no phone number. Send 11 digits or leave it out.")
    latitude, longitude = _position(text, fields)
    answers = _answers(body.get("answers"), fields)
    if fields or place is None:
        raise Invalid(
            "cases.report", _("The report cannot be used. Nothing was stored. See the fields."), fields=fields
        )
    report = Report(
        place=place.public_id, text=text["text"], kind=text["kind"], kind_of_request=text["kind_of_request"] or "complaint",
        name=text["name"][:60], phone=phone or "", channel="open311", longitude=longitude, latitude=latitude, answers=answers,
    )  # fmt: skip
    check(
        report,
        {row["code"]: row for row in kinds.rows(context)},
        charter.current(context.district, context.now),
    )
    return Telling(report, place, Sent())


def _position(text: Mapping[str, str], fields: dict[str, Any]) -> tuple[float | None, float | None]:
    try:
        return rules.coordinate(text["lat"], 90), rules.coordinate(text["long"], 180)
    except rules.Unusable:
        fields["lat"] = _("lat and long are degrees with a point, as 36.1912 and 113.1187.")
        return None, None


def _answers(given: Any, fields: dict[str, Any]) -> dict[str, str]:
    if given is None:
        return {}
    read = {str(k): plain(v) for k, v in given.items()} if isinstance(given, dict) else {"": None}
    if any(value is None for value in read.values()):
        fields["answers"] = _("Send answers as an object: question code and text or number.")
        return {}
    return {code: value or "" for code, value in read.items()}
