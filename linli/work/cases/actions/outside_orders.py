"""Orders of the city's hotline: a new one becomes a case or waits for its place, the same number updates.

The city's number is the order's key. Its deadline and ours bind one clock together: the stricter governs.
"""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime
from typing import Any

from django.db import transaction

from linli.foundation.core import clocks, ledger
from linli.foundation.core.context import Context
from linli.foundation.core.db.blocks import next_id
from linli.foundation.core.rules.actor import Actor, system
from linli.foundation.people import queries as people
from linli.foundation.people.actions import keep_contact, keep_text
from linli.foundation.people.models import Person
from linli.foundation.people.rules import mask_name, mask_text
from linli.foundation.places import queries as places
from linli.work.cases.actions.intake import Kept, Report, mirror, receive, usable_phone
from linli.work.cases.actions.outside_known import (
    CHANNEL,
    DOOR,
    REQUEST_WORDS,
    Known,
    case_of,
    locked_order,
    may_exchange,
    order_of,
    orders_of,
)
from linli.work.cases.actions.steps import Step, caller_step, done
from linli.work.cases.models import REQUEST_KINDS, Case, Entry, OutsideOrder
from linli.work.cases.rules.exchange import OutsideRow, RowProblem


def take_order(actor: Actor, context: Context, row: OutsideRow, known: Known) -> tuple[str, OutsideOrder]:
    order = locked_order(context, row.number)
    if order is None:
        return _new(actor, context, row, known)
    if order.case_id is None:
        return _new(actor, context, row, known, waiting=order)
    return _update(actor, context, row, known, order)


def _checked_phone(row: OutsideRow) -> str:
    phone = usable_phone(row.phone)
    if phone is None:
        raise RowProblem("phone", "phone")
    if len(row.name) > 60:
        raise RowProblem("name", "name")
    return phone


def _new(
    actor: Actor, context: Context, row: OutsideRow, known: Known, waiting: OutsideOrder | None = None
) -> tuple[str, OutsideOrder]:
    """A number that was never seen, or whose place was not found until now."""
    phone, place = _checked_phone(row), known.place(row.place)
    if waiting is not None:
        _same_caller(context.district, waiting.contact, row, phone)
    order = waiting or OutsideOrder(
        id=next_id(context.district, OutsideOrder._meta.db_table), district=context.district, number=row.number,
        public_id=secrets.token_urlsafe(12), recorded_at=context.now,
    )  # fmt: skip
    told = REQUEST_WORDS.get(row.request, row.request)
    order.digest, order.deadline, order.urges = row.digest(), row.deadline, row.urges
    order.received_at = row.received or context.now
    order.place_told = mask_text(row.place)[:400]
    order.kind, order.kind_of_request = known.kind(row.kind), told if told in REQUEST_KINDS else "complaint"
    if place is None:
        _wait_for_place(actor, context, order, row, phone, fresh=waiting is None)
        return "waiting", order
    report = Report(
        place=place.public_id, text=row.text, kind=order.kind, kind_of_request=order.kind_of_request, name=row.name,
        phone=phone, channel=CHANNEL, received_at=row.received, outside_number=row.number,
    )  # fmt: skip
    open_case(actor, context, order, report, fresh=waiting is None)
    return "taken", order


def _wait_for_place(
    actor: Actor, context: Context, order: OutsideOrder, row: OutsideRow, phone: str, *, fresh: bool
) -> None:
    """Keep everything in the vault until a clerk says where it is."""
    root = places.root(context.district)
    order.state, order.text = "place_missing", mask_text(row.text)
    if order.contact is None and (phone or row.name):
        order.contact = keep_contact(
            actor=actor, name=row.name, phone=phone, now=context.now, source="report", scope_path=root.path if root else "",
        )  # fmt: skip
    subject = ("outside_order", order.id)
    order.text_original = keep_text(
        actor=actor, subject=subject, text=row.text, now=context.now, person=order.contact
    )
    order.save(force_insert=fresh)
    ledger.record(
        "exchange.place_missing", actor=actor, subject=subject, now=context.now, data={"reason": "place"}
    )


def open_case(actor: Actor, context: Context, order: OutsideOrder, report: Report, *, fresh: bool) -> Case:
    """The order becomes a case, bound by the city's deadline."""
    key = f"number:{hashlib.sha256(order.number.encode()).hexdigest()[:40]}"
    receipt = receive(actor=actor, context=context, report=report, key=key, door=DOOR)
    case = Case.objects.select_for_update(of=("self",)).get(
        district=context.district, public_id=receipt.public_id
    )
    order.case, order.state, order.text, order.contact, order.text_original = case, "taken", "", None, None
    order.save(force_insert=fresh)
    if order.urges:
        case.urged = order.urges
        case.save(update_fields=["urged"])
    if order.deadline is not None:
        bind_case(actor=actor, context=context, case=case.id)
        case.refresh_from_db()
    return case


def bind_case(*, actor: Actor, context: Context, case: int, ahead: bool = False) -> None:
    """Let the city's deadline govern a case from now on; one event on it. With `ahead` only one that lies ahead."""
    found = Case.objects.select_for_update(of=("self",)).get(district=context.district, id=case)
    deadline = govern(found, context, ahead=ahead)
    found.seq += 1
    found.save(update_fields=[*GOVERNED, "seq"])
    facts: dict[str, Any] = {"stage": found.stage}
    if deadline is not None:
        facts["due"] = ledger.moment(deadline)
    ledger.record(
        "case.outside_bound", actor=actor, subject=("case", found.id), now=context.now, place=found.place_id, data=facts,
        seq=found.seq,
    )  # fmt: skip


GOVERNED = ("next_due", "due_kind", "awaits_calendar", "promised_at")


def govern(case: Case, context: Context, *, ahead: bool = False) -> datetime | None:
    """Bind the finish clock by the strictest deadline of the orders that the case answers, and show what is due then.

    The caller has locked the case and saves `GOVERNED`.
    """
    told = [o.deadline for o in orders_of(case.district, case.id) if o.deadline is not None]
    deadline = min((at for at in told if not ahead or at > context.now), default=None)
    clocks.bind(("case", case.id), ["finish"], deadline, context=context)
    held = clocks.of(case.district, ("case", case.id))
    mirror(case, held)
    finish = [c for c in held if c.kind == "finish" and c.stopped_at is None]
    if finish:
        case.promised_at = finish[-1].next_due or case.promised_at
    return deadline


def choose_place(*, actor: Actor, context: Context, order: str, place: str) -> Case:
    """A clerk says where a waiting order is; its clocks run from when the city received it.

    Raises RowProblem when the order does not wait, Invalid for a place that cannot be used.
    """
    may_exchange(actor)
    with transaction.atomic(savepoint=False):
        rows = OutsideOrder.objects.filter(district=context.district, public_id=order, state="place_missing")
        found = rows.select_for_update().first()
        if found is None or found.text_original_id is None:
            raise RowProblem("not_placed")
        report = Report(
            place=place, text=found.text, kind=found.kind, kind_of_request=found.kind_of_request, channel=CHANNEL,
            received_at=found.received_at, outside_number=found.number, kept=Kept(found.contact_id, found.text_original_id),
        )  # fmt: skip
        return open_case(actor, context, found, report, fresh=False)


def _same_caller(district: int, contact: Person | None, row: OutsideRow, phone: str) -> None:
    """By the phone; by what is shown of the name where no phone is given. Raises RowProblem."""
    if phone and (contact is None or not people.phone_is(district, contact.id, phone)):
        raise RowProblem("other_caller", "phone")
    if row.name and not phone and (contact is None or contact.name_mask != mask_name(row.name)):
        raise RowProblem("other_caller", "name")


def _same_matter(case: Case, order: OutsideOrder, row: OutsideRow, known: Known) -> None:
    """Raises RowProblem when the row is about another caller or another place."""
    _same_caller(case.district, case.contact, row, _checked_phone(row))
    place = known.place(row.place)
    if place is not None and place.id != case.place_id:
        raise RowProblem("other_place", "place")
    if place is None and row.place and mask_text(row.place)[:400] != order.place_told:
        raise RowProblem("other_place", "place")


def _update(
    actor: Actor, context: Context, row: OutsideRow, known: Known, order: OutsideOrder
) -> tuple[str, OutsideOrder]:
    """Deadline, urges and words may change; caller and place may not. An ended case is refused by the table."""
    case = Case.objects.select_related("contact").get(district=context.district, id=case_of(order))
    _same_matter(case, order, row, known)
    more = row.urges - order.urges
    if more > 0:
        order.urges = row.urges
        _urge(context, order, more)
    with caller_step("add", case_id=case.id, actor=system(context.district), context=context) as at:
        words = row.text if mask_text(row.text) != at.case.text and not _said(at, row.text) else ""
        if row.deadline != order.deadline:
            order.deadline = row.deadline
            order.save(update_fields=["deadline"])
            govern(at.case, context)
            at.changed |= set(GOVERNED)
        facts: dict[str, Any] = {"order": order.id, "urges": row.urges}
        if row.deadline is not None:
            facts["due"] = ledger.moment(row.deadline)
        done(at, "outside_updated", data=facts, text=words, public=bool(words), entry_kind="added_by_city")
    order.digest = row.digest()
    order.save(update_fields=["digest", "deadline", "urges"])
    return "updated", order


def _said(at: Step, text: str) -> bool:
    """Whether the city's words stand on the case already."""
    said = Entry.objects.filter(district=at.case.district, case=at.case, kind="added_by_city")
    return said.filter(text=mask_text(text)).exists()


def _urge(context: Context, order: OutsideOrder, more: int, words: str = "") -> None:
    with caller_step("urge", case_id=case_of(order), actor=system(context.district), context=context) as at:
        at.set(urged=min(32_000, at.case.urged + more))
        done(at, "urged", text=words, entry_kind="added_by_city")


def take_urge(actor: Actor, context: Context, row: OutsideRow, known: Known) -> tuple[str, OutsideOrder]:
    order = order_of(context, row)
    _urge(context, order, 1, row.text)
    order.urges = max(order.urges + 1, row.urges)
    order.save(update_fields=["urges"])
    return "updated", order
