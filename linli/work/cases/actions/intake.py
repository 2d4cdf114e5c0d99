"""Intake: one transaction, one case, equal answers however often it is sent."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from linli.foundation.core import charter, clocks, files, idempotency, ledger, ratelimit
from linli.foundation.core.context import Context
from linli.foundation.core.db.blocks import COUNTER_BITS, next_id
from linli.foundation.core.db.together import Together
from linli.foundation.core.errors import Invalid, NotAllowed, OutOfScope
from linli.foundation.core.models import Clock
from linli.foundation.core.rules.actor import Actor
from linli.foundation.people.actions import keep_contact, keep_text
from linli.foundation.people.models import Person
from linli.foundation.people.rules import mask_text, normal_phone
from linli.foundation.places import queries as places
from linli.foundation.places.models import Place
from linli.work.cases.codes import follow_code
from linli.work.cases.models import REQUEST_KINDS, Answer, Case
from linli.work.cases.rules.kinds import Said, danger, raised, read_answers
from linli.work.cases.rules.levels import first_level
from linli.work.cases.rules.numbers import case_number

PHOTO_DOOR = "cases.photo"


@dataclass(frozen=True, slots=True)
class Kept:
    """Ids of the caller and the original text that the vault holds already: the report waited for a check."""

    contact: int | None
    original: int


@dataclass(frozen=True, slots=True)
class Report:
    """What a caller says: where, what, pictures uploaded beforehand, and how to reach them if they want."""

    place: str
    text: str
    kind: str
    kind_of_request: str = "complaint"
    name: str = ""
    phone: str = ""
    photos: Sequence[str] = field(default_factory=tuple)
    spot: str = ""
    spot_id: int | None = None
    longitude: float | None = None
    latitude: float | None = None
    channel: str = "public"
    received_at: datetime | None = None
    outside_number: str = ""
    line: str = ""
    answers: Mapping[str, str] = field(default_factory=dict)
    kept: Kept | None = None


@dataclass(frozen=True, slots=True)
class Receipt:
    """What the caller keeps: number and follow code. `replay` when the same send came before."""

    public_id: str
    number: str
    code: str
    promised_at: datetime | None
    replay: bool


def usable_phone(typed: str) -> str | None:
    """A phone as stored; empty when none was typed, None when it is not one."""
    if not typed.strip():
        return ""
    phone = normal_phone(typed)
    return phone.value if phone and phone.kind != "short" else None


def body_digest(report: Report) -> bytes:
    """Digest of everything sent: another text under the same key is another body."""
    parts = (
        report.place, report.text, report.kind, report.kind_of_request, report.name, report.phone,
        ",".join(report.photos), report.spot, str(report.spot_id or ""), str(report.longitude or ""),
        str(report.latitude or ""), report.channel, report.line,
        *(f"{code}={value}" for code, value in sorted(report.answers.items()) if value),
    )  # fmt: skip
    return idempotency.digest(*parts)


def kinds(context: Context) -> dict[str, Any]:
    """The charter's kinds by code."""
    return {row["code"]: row for row in charter.current(context.district, context.now)["cases.kinds"]}


def plans(context: Context, case_class: str, *names: str) -> list[clocks.Plan]:
    """Clock plans of a class by the charter."""
    rules = charter.current(context.district, context.now)
    starts = rules[f"cases.class.{case_class}.starts"]
    return [clocks.Plan(name, rules[f"cases.class.{case_class}.{name}"], starts) for name in names]


def receive(
    *,
    actor: Actor,
    context: Context,
    report: Report,
    key: str,
    door: str,
    who: str = "",
    limit: ratelimit.Limit | None = None,
) -> Receipt:
    """Take a report: one commit, at most twelve statements.

    `key` is the form's sending number; the same key and body give the same receipt, another body is refused.
    Raises Invalid with sentences by field, TooMany, KeyReused, NotAllowed, OutOfScope.
    """
    if actor.kind == "staff" and not actor.may("cases.record"):
        raise NotAllowed(
            "cases.record",
            _("Your appointment does not take reports. Switch appointment or use the public form."),
        )
    known = kinds(context)
    rules = charter.current(context.district, context.now)
    said = check(report, known, rules)
    with transaction.atomic(savepoint=False):
        case = _blank(
            actor, context, report, class_at_intake(rules, known[report.kind]["class"], report.text)
        )
        answer = idempotency.Answer(201, case.public_id)
        slot = idempotency.take(
            district=context.district,
            door=door,
            key=key,
            body=body_digest(report),
            now=context.now,
            answer=answer,
            limited=ratelimit.Try(door, who, limit) if limit else None,
        )
        if slot.replay is not None:
            return replayed(context, slot.replay.reference)
        return _write(case, actor, context, report, said)


def replayed(context: Context, public_id: str) -> Receipt:
    """The receipt of a case that stands already."""
    case = Case.objects.get(district=context.district, public_id=public_id)
    return Receipt(
        case.public_id, case.number, follow_code(case.district, case.public_id), case.promised_at, True
    )


def class_at_intake(rules: Any, case_class: str, text: str) -> str:
    """The kind's class, raised when the words tell of danger; never lowered."""
    return raised(case_class, danger(text, rules["cases.danger_words"], rules["cases.danger_feared_words"]))


def check(report: Report, known: dict[str, Any], rules: Any) -> list[Said]:
    """What a report must have; the answers that can be used. Raises Invalid with sentences by field."""
    fields: dict[str, Any] = {}
    text, text_limit = report.text.strip(), rules["cases.text_limit"]
    if not text:
        fields["text"] = _("Say in a few words what happened.")
    elif len(text) > text_limit:
        fields["text"] = _("The text has %(n)d characters; %(limit)d fit. Shorten it a little.") % {
            "n": len(text),
            "limit": text_limit,
        }
    if report.kind not in known:
        fields["kind"] = _("Choose what it is about from the list.")
    if report.kind_of_request not in REQUEST_KINDS:
        fields["kind_of_request"] = _("Choose whether it is a question, a complaint or something else.")
    said, wrong = read_answers(report.kind, rules["cases.questions"], report.answers)
    fields |= {f"answer_{code}": ANSWER_PROBLEMS[problem] for code, problem in wrong.items()}
    if fields:
        raise Invalid(
            "case.incomplete",
            _("Something is missing. Nothing was sent yet; what you typed is still here."),
            fields=fields,
        )
    return said


ANSWER_PROBLEMS = {
    "choice": _("Choose one of the answers, or none."),
    "number": _("Write a number that can be true, such as 3 or 15.5, or leave it empty."),
    "long": _("At most 200 characters fit. Shorten it a little."),
}


def _place(actor: Actor, report: Report) -> places.PlaceKey:
    place = places.key_of(actor.district, report.place)
    if place is None or place.level not in (Place.Level.COMPOUND, Place.Level.COMMUNITY):
        raise Invalid(
            "case.place_unknown", _("This place is not known here. Choose the compound from the list or the map."),
            fields={"place": _("Choose the compound from the list or the map.")},
        )  # fmt: skip
    if place.closed:
        raise Invalid(
            "case.place_closed", _("This compound is closed in the register. Choose the one that took its place."),
            fields={"place": _("This compound is closed. Choose the one that took its place.")},
        )  # fmt: skip
    if actor.kind == "staff" and not actor.covers(place.path):
        raise OutOfScope("case.place_scope", _("This place is not within the reach of your appointment."))
    return place


def _blank(actor: Actor, context: Context, report: Report, case_class: str) -> Case:
    """The case with its id, number and public id, not yet written."""
    id_ = next_id(actor.district, Case._meta.db_table)
    counter = id_ & ((1 << COUNTER_BITS) - 1)
    received = report.received_at or context.now
    return Case(
        id=id_, district=actor.district, public_id=secrets.token_urlsafe(9).replace("-", "a").replace("_", "b"),
        number=case_number(counter, received.astimezone(context.zone).year), channel=report.channel,
        kind_of_request=report.kind_of_request, kind=report.kind, case_class=case_class, received_at=received,
        recorded_at=context.now, first_receiver=actor.body, longitude=report.longitude, latitude=report.latitude,
        spot=report.spot, spot_id=report.spot_id, outside_number=report.outside_number,
        line=report.line,
    )  # fmt: skip


def opened_from(
    *, actor: Actor, context: Context, report: Report, contact: Person | None, key: str, door: str
) -> Receipt:
    """A case out of another one: the caller is known already, everything else is an intake like any other."""
    known = kinds(context)
    rules = charter.current(context.district, context.now)
    said = check(report, known, rules)
    case = _blank(actor, context, report, class_at_intake(rules, known[report.kind]["class"], report.text))
    slot = idempotency.take(
        district=context.district, door=door, key=key, body=body_digest(report), now=context.now,
        answer=idempotency.Answer(201, case.public_id),
    )  # fmt: skip
    if slot.replay is not None:
        return replayed(context, slot.replay.reference)
    return _write(case, actor, context, report, said, contact)


def _write(
    case: Case, actor: Actor, context: Context, report: Report, said: Sequence[Said], contact: Person | None = None
) -> Receipt:  # fmt: skip
    place = _place(actor, report)
    subject = ("case", case.id)
    text = report.text.strip()
    rules = charter.current(context.district, context.now)
    at_once = Together()
    case.place_id = place.id
    case.level = first_level(kinds(context)[case.kind].get("matter", "small"), place.level)
    case.text = mask_text(text)
    case.contact = contact
    if report.kept is not None:
        case.contact_id, case.text_original_id = report.kept.contact, report.kept.original
    else:
        _seal(case, actor, context, report, place.path, at_once)
    case.privacy_notice = rules["cases.privacy_notice_version"]
    wanted = plans(context, case.case_class, "dispatch", "finish")
    started = clocks.start(subject, wanted, context=context, started_at=case.received_at, together=at_once)
    mirror(case, started)
    case.promised_at = next((c.next_due for c in started if c.kind == "finish"), None)
    at_once.add(case)
    at_once.add_all(_answers(case, said))
    bound = files.bind(context.district, list(report.photos), door=PHOTO_DOOR, subject=subject)
    ledger.record(
        "case.received", actor=actor, subject=subject, now=context.now, place=place.id, seq=1, together=at_once,
        data={
            "stage": "received", "channel": case.channel, "kind": case.kind, "class": case.case_class, "level": case.level,
            "request": case.kind_of_request, "contact": case.contact_id, "original": case.text_original_id,
            "text": idempotency.digest(case.text).hex(), "photos": bound,
        },
    )  # fmt: skip
    at_once.write()
    return Receipt(
        case.public_id, case.number, follow_code(case.district, case.public_id), case.promised_at, False
    )


def _answers(case: Case, said: Sequence[Said]) -> list[Answer]:
    """Rows of the answers with their ids made; words are masked, their original is not kept."""
    rows = []
    for one in said:
        row = Answer(
            district=case.district, case=case, question=one.code,
            value=mask_text(one.value) if one.words else one.value,
        )  # fmt: skip
        row.id = Answer._meta.pk.get_pk_value_on_save(row)
        rows.append(row)
    return rows


def _seal(
    case: Case, actor: Actor, context: Context, report: Report, scope_path: str, at_once: Together
) -> None:
    """Caller and words as written go to the vault."""
    if report.phone or report.name:
        case.contact = keep_contact(
            actor=actor, name=report.name, phone=report.phone, now=context.now, source="report",
            scope_path=scope_path, together=at_once,
        )  # fmt: skip
    case.text_original = keep_text(
        actor=actor, subject=("case", case.id), text=report.text.strip(), now=context.now, person=case.contact,
        together=at_once,
    )  # fmt: skip


def mirror(case: Case, open_clocks: Sequence[Clock]) -> None:
    """Copy the earliest open due moment onto the case, so that queues sort by one indexed column."""
    running = [c for c in open_clocks if c.stopped_at is None and c.next_due is not None]
    first = min(running, key=lambda c: (c.next_due, c.id), default=None)
    case.next_due = first.next_due if first else None
    case.due_kind = first.kind if first else ""
    case.awaits_calendar = any(c.state == "awaiting_calendar" for c in open_clocks if c.stopped_at is None)
