"""Open311 GeoReport v2, what is sent: one request, once, with a key; or a token when it waits for a check."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from linli.foundation.core import charter, files, idempotency, ratelimit
from linli.foundation.core.context import Context
from linli.foundation.core.middleware import address_of, limited_first
from linli.foundation.core.models import IdempotencyKey
from linli.foundation.core.ratelimit import Limit, who_is
from linli.foundation.core.requests import context_of
from linli.foundation.core.rules.actor import public
from linli.foundation.places import queries as places
from linli.foundation.places.models import Place
from linli.work.cases.actions.held import hold_report
from linli.work.cases.actions.intake import PHOTO_DOOR, Receipt, Report, receive, replayed, usable_phone
from linli.work.cases.api import kinds
from linli.work.cases.api.answers import Problem, Problems, answer, door, known_as
from linli.work.cases.api.body import Sent, read
from linli.work.cases.api.keys import key_for
from linli.work.cases.api.reading import request_list
from linli.work.cases.models import ApiKey
from linli.work.cases.rules import open311 as rules
from linli.work.cases.rules.kinds import danger, read_answers

NEAREST_METRES = 500
SAME_BODY = timedelta(minutes=10)
DOOR, HELD_DOOR = "open311", "open311.held"
TOKEN = "token:"  # noqa: S105  # a word before a reference, no secret
LONGEST_SENDING_KEY = 200


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of what was sent: a case, or a token of a report that somebody looks at first."""

    receipt: Receipt | None
    token: str = ""


@dataclass(slots=True)
class Telling:
    """A report as far as it could be read."""

    report: Report
    place: Place
    sent: Sent


@limited_first("cases.open311")
@require_http_methods(["GET", "HEAD", "POST"])
@door
def requests(request: HttpRequest, form: str) -> HttpResponse:
    """GET service requests and POST service request share one address."""
    return create(request, form) if request.method == "POST" else request_list(request, form)


def create(request: HttpRequest, form: str) -> HttpResponse:
    """POST service request."""
    context = context_of(request)
    sent = read(request)
    known_as(request, sent.get("jurisdiction_id"))
    key = _key(request, context, sent)
    telling = tell(context, sent)
    taken = take_once(request, context, telling, key)
    row = token_row(taken.token) if taken.receipt is None else case_row(context, taken.receipt, sent)
    return answer(form, "service_requests", [row], 201)


def _key(request: HttpRequest, context: Context, sent: Sent) -> ApiKey | None:
    """The sender's key; None when the charter holds reports without one. Raises Problems, NotAllowed, TooMany."""
    secret = sent.get("api_key") or request.headers.get("X-Api-Key", "").strip()
    if secret:
        return key_for(request, context, secret, "report", hold=True)
    if charter.current(context.district, context.now)["cases.open311.without_key"] == "hold":
        return None
    raise Problems(
        Problem(
            403,
            _("api_key is missing. The discovery page says where a key is given: /open311/discovery.json."),
        )
    )


# --- what it says ------------------------------------------------------------------------------------------------


def tell(context: Context, sent: Sent) -> Telling:
    """The report in our words. Raises Problems with everything that is wrong, not only the first."""
    problems: list[Problem] = []
    kind = _kind(context, sent, problems)
    place, longitude, latitude = _where(context, sent, problems)
    phone = usable_phone(sent.get("phone"))
    if phone is None:
        problems.append(Problem(400, _("phone is not a phone number. Send 11 digits or leave it out.")))
    description = sent.get("description")
    if len(description) > rules.LONGEST_DESCRIPTION:
        problems.append(Problem(400, _("description has more than 4,000 characters.")))
    answers = _answers(context, kind, sent, problems)
    if problems or kind is None or place is None:
        raise Problems(*problems)
    # The standard lets the description be empty: the kind's name then says what it is about.
    name = " ".join(x for x in (sent.get("first_name"), sent.get("last_name")) if x)
    report = Report(
        place=place.public_id, text=description or kind["name"].zh, kind=kind["code"], name=name[:60], phone=phone or "", channel="open311",
        longitude=longitude, latitude=latitude, answers=answers,
    )  # fmt: skip
    return Telling(report, place, sent)


def _answers(context: Context, kind: Any, sent: Sent, problems: list[Problem]) -> dict[str, str]:
    """One answer a question; answers to what nobody asked are left aside."""
    if kind is None:
        return {}
    asked = charter.current(context.district, context.now)["cases.questions"]
    given = {code: texts[0] for code, texts in sent.attributes.items() if len(texts) == 1}
    several = [code for code, texts in sent.attributes.items() if len(texts) > 1]
    said, wrong = read_answers(kind["code"], asked, given)
    for code in [*wrong, *several]:
        words = _("attribute[%(code)s] cannot be used; see the service definition.")
        problems.append(Problem(400, words % {"code": code}))
    return {one.code: one.value for one in said}


def _kind(context: Context, sent: Sent, problems: list[Problem]) -> Any:
    code = sent.get("service_code")
    found = next((row for row in kinds.rows(context) if row["code"] == code), None)
    if not code:
        problems.append(Problem(400, _("service_code is missing. The list is at services.")))
    elif found is None:
        problems.append(Problem(404, _("service_code is not known here. The list is at services.")))
    return found


def _where(
    context: Context, sent: Sent, problems: list[Problem]
) -> tuple[Place | None, float | None, float | None]:
    """Place and position: by address_id (our public id), by lat and long, or by the words of address_string."""
    try:
        latitude = rules.coordinate(sent.get("lat"), 90)
        longitude = rules.coordinate(sent.get("long"), 180)
    except rules.Unusable:
        problems.append(Problem(400, _("lat and long are degrees with a point, as 36.1912 and 113.1187.")))
        return None, None, None
    place, words = _place(context, sent, longitude, latitude)
    if place is None:
        problems.append(Problem(400, words))
    return place, longitude, latitude


def _place(
    context: Context, sent: Sent, longitude: float | None, latitude: float | None
) -> tuple[Place | None, str]:
    named = sent.get("address_id")
    if named:
        return places.place(context.district, named), _("address_id is not known here.")
    if longitude is not None and latitude is not None:
        near = places.nearest(context.district, longitude, latitude, limit=1)
        if near and near[0].metres <= NEAREST_METRES:
            return near[0].place, ""
        return None, _("There is no compound of this district within 500 metres of lat and long.")
    words = sent.get("address_string")[:200]
    matches = places.search(context.district, words, limit=2) if words else []
    if len(matches) == 1 or (matches and matches[0].name == words):
        return matches[0], ""
    return None, _("Give address_id, lat and long, or an address_string that names exactly one compound.")


# --- once --------------------------------------------------------------------------------------------------------


def take_once(request: HttpRequest, context: Context, telling: Telling, key: ApiKey | None) -> Taken:
    """The report becomes a case or a held report; the same send again gives the same answer. Raises Refused."""
    body = _digest(telling, key)
    slot = idempotency.take(
        district=context.district,
        door=DOOR,
        key=_sending_key(request, context, key, body),
        body=body,
        now=context.now,
    )
    if slot.replay is not None:
        reference = slot.replay.reference
        if reference.startswith(TOKEN):
            return Taken(None, reference.removeprefix(TOKEN))
        return Taken(replayed(context, reference))
    report = replace(telling.report, photos=_pictures(context, telling.sent))
    held = _reason(context, report, key)
    if held:
        _limit_held(request, context, key)
        kept = hold_report(
            actor=public(context.district),
            context=context,
            report=report,
            place=telling.place,
            reason=held,
            key=key,
        )
        slot.answer(201, TOKEN + kept.public_id)
        return Taken(None, kept.public_id)
    receipt = receive(
        actor=public(context.district), context=context, report=report, key=f"o{slot.id}", door="open311.case",
        who=who_is("open311", str(key.id if key else 0)), limit=_limit(context, "open311"),
    )  # fmt: skip
    slot.answer(201, receipt.public_id)
    return Taken(receipt)


def _digest(telling: Telling, key: ApiKey | None) -> bytes:
    """Everything that was told, pictures by their content: another text under the same key is another body."""
    pictures = []
    for picture in telling.sent.pictures:
        pictures.append(hashlib.sha256(b"".join(picture.chunks())).hexdigest())
        picture.seek(0)
    return idempotency.digest(str(key.id if key else 0), repr(telling.report), *pictures)


def _sending_key(request: HttpRequest, context: Context, key: ApiKey | None, body: bytes) -> str:
    """Known again by the sender's own number, or by key and body within ten minutes. Keys of two senders differ."""
    given = request.headers.get("Idempotency-Key", "").strip()
    sender = str(key.id) if key else who_is(address_of(request))
    if len(given) > LONGEST_SENDING_KEY:
        raise Problems(Problem(400, _("Idempotency-Key has more than 200 characters.")))
    if given:
        return "sent-" + hashlib.sha256(f"{sender}|{given}".encode()).hexdigest()
    slot = int(context.now.timestamp() // SAME_BODY.total_seconds())
    now_key, before = (
        f"body-{slot - n}-{hashlib.sha256(f'{sender}|'.encode() + body).hexdigest()[:48]}" for n in (0, 1)
    )
    # Ten minutes do not end where the clock's tens do.
    recent = IdempotencyKey.objects.filter(
        district=context.district, door=DOOR, key=before, at__gt=context.now - SAME_BODY
    )
    return before if recent.exists() else now_key


def _pictures(context: Context, sent: Sent) -> tuple[str, ...]:
    """Pictures of a multipart body, re-encoded without metadata. Raises Problems, Invalid, TooLarge."""
    most = charter.current(context.district, context.now)["cases.photos"]
    if len(sent.pictures) > most:
        raise Problems(Problem(400, _("At most %(n)d pictures fit.") % {"n": most}))
    limit = charter.current(context.district, context.now)["cases.photo_mb"] * files.MEGA
    kept = []
    for upload in sent.pictures:
        picture = files.read_picture(upload, size=upload.size or 0, max_bytes=limit)
        stored = files.store(
            picture.data, picture.media_type, actor=public(context.district), now=context.now, door=PHOTO_DOOR
        )
        kept.append(stored.public_id)
    return tuple(kept)


def _reason(context: Context, report: Report, key: ApiKey | None) -> str:
    """Why a person looks first; empty when nobody must. With a key, danger to life never waits."""
    rule = charter.current(context.district, context.now)
    row = next(row for row in kinds.rows(context) if row["code"] == report.kind)
    if key is None:
        return "no_key"
    if row["danger"] or danger(report.text, rule["cases.danger_words"], rule["cases.danger_feared_words"]):
        return ""
    return "words" if rules.held_by(report.text, rule["cases.open311.hold_words"]) else ""


def _limit(context: Context, name: str) -> Limit:
    rule = charter.current(context.district, context.now)[f"limit.cases.{name}"]
    return Limit(rule["burst"], rule["per_hour"])


def _limit_held(request: HttpRequest, context: Context, key: ApiKey | None) -> None:
    """Held reports are limited by key, or by address where there is none. Raises TooMany."""
    who = who_is("open311", str(key.id)) if key else who_is(address_of(request))
    name = "open311" if key else "open311_held"
    ratelimit.take(HELD_DOOR, who, _limit(context, name), district=context.district)


# --- what is answered --------------------------------------------------------------------------------------------


def case_row(context: Context, receipt: Receipt, sent: Sent) -> dict[str, Any]:
    """Id and what to tell the caller: number, follow code, promise."""
    words = [_("Number %(number)s, follow code %(code)s.") % {"number": receipt.number, "code": receipt.code}]
    if receipt.promised_at is not None:
        at = receipt.promised_at.astimezone(context.zone)
        words.append(_("An answer comes by %(day)s at the latest.") % {"day": f"{at:%Y-%m-%d %H:%M}"})
    if sent.get("media_url"):
        words.append(_("media_url was not fetched; send the picture itself as multipart/form-data."))
    return {"service_request_id": receipt.public_id, "service_notice": " ".join(words), "account_id": None}


def token_row(token: str) -> dict[str, Any]:
    """A report that somebody looks at first has a token and no id yet."""
    return {
        "token": token,
        "service_notice": _("Somebody looks at this report first. Ask at tokens for its id later."),
        "account_id": None,
    }
