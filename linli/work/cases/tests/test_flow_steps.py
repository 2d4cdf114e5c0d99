"""Warnings before a breach, steps to others after it, pages for what is urgent; property complaints climb by themselves."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from linli.foundation.bodies.actions import open_roster, set_shift
from linli.foundation.bodies.models import Appointment
from linli.foundation.core import charter, clocks
from linli.foundation.core.calendar import basis
from linli.foundation.core.db.blocks import reserve
from linli.foundation.core.models import CharterVersion, Clock, Event
from linli.foundation.core.rules.clocks import Basis, Span, due_at
from linli.foundation.messaging.models import Message
from linli.work.cases import actions, reactions
from linli.work.cases.actions.warning import warn
from linli.work.cases.models import Case, Told
from linli.work.cases.rules.steps import Step, is_open, passed_since, windows
from linli.work.cases.tests.builders import Desk, open_desk

# A Thursday, 10:00 in the district, and that night at 23:00.
MORNING = datetime(2026, 11, 12, 2, 0, tzinfo=UTC)
NIGHT = datetime(2026, 11, 12, 15, 0, tzinfo=UTC)


@pytest.fixture
def desk(work) -> Desk:
    found = open_desk(work)
    CharterVersion.objects.update(valid_from=MORNING - timedelta(days=30))
    charter.forget()
    Appointment.objects.update(valid_from=MORNING - timedelta(days=30))
    return at(found, MORNING)


def at(desk: Desk, moment: datetime) -> Desk:
    return replace(desk, context=replace(desk.context, now=moment))


def signed_over(desk: Desk, key: str = "k", **report: Any) -> Case:
    receipt = desk.report(key=key, **report)
    actions.dispatch(
        actor=desk.actor("community.clerk"), context=desk.context, case=receipt.public_id,
        body=desk.cast.bodies["company"].public_id,
    )  # fmt: skip
    return desk.case(receipt)


def told(desk: Desk) -> list[tuple[str, str]]:
    return sorted(Told.objects.values_list("step", "recipient"))


def messages(template: str = "") -> list[Message]:
    rows = Message.objects.filter(template__startswith="case").order_by("id")
    return list(rows.filter(template=template) if template else rows)


def basis_of(desk: Desk) -> Basis:
    return basis(desk.context.district, desk.context.zone, desk.context.now, "next_opening")


# --- the arithmetic ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "unit", ["minutes", "hours", "working_minutes", "working_hours", "working_days", "calendar_days"]
)
def test_what_passed_a_span_ago_is_exactly_that(desk: Desk, unit: Any) -> None:
    found = replace(basis_of(desk), starts="at_once")
    for hours in (0, 3, 13, 50):
        now = MORNING + timedelta(hours=hours)
        high = passed_since(now, Span(2, unit), found)
        assert due_at(high, Span(2, unit), found) <= now
        assert due_at(high + timedelta(seconds=2), Span(2, unit), found) > now or unit in (
            "working_days",
            "calendar_days",
        )


def test_outside_business_hours_only_what_is_urgent_is_told(desk: Desk) -> None:
    step = Step("x", ("finish",), ("P0", "P1", "P2", "PM"), "before", Span(1, "hours"), "body")
    found = basis_of(desk)
    assert is_open(MORNING, found) and not is_open(NIGHT, found)
    (by_day,) = windows((step,), MORNING, found, MORNING - timedelta(days=9))
    (by_night,) = windows((step,), NIGHT, found, NIGHT - timedelta(days=9))
    assert by_day.classes == ("P0", "P1", "P2", "PM") and by_night.classes == ("P0", "P1")
    assert windows((replace(step, classes=("P2",)),), NIGHT, found, NIGHT - timedelta(days=9)) == []


# --- before --------------------------------------------------------------------------------------------------------


def test_a_body_is_told_once_how_many_are_due_tomorrow(desk: Desk) -> None:
    for number in range(3):
        signed_over(desk, key=f"k-{number}")
    assert warn(context=desk.context) == 6  # sign-in and contact of each are due tomorrow
    company = desk.cast.bodies["company"].id
    assert {r for _s, r in told(desk)} == {f"body:{company}"}
    (message,) = messages("cases_due_soon")
    assert (message.recipient, message.data["count"]) == (company, 3)
    before = Event.objects.count()
    assert warn(context=desk.context) == 0 and Event.objects.count() == before
    # One message a day: what comes later the same day waits, and is told in the morning.
    later = at(desk, MORNING + timedelta(hours=5))
    signed_over(later, key="k-late")
    assert warn(context=later.context) == 0
    assert warn(context=at(desk, MORNING + timedelta(hours=13)).context) == 0
    assert warn(context=at(desk, MORNING + timedelta(days=1)).context) > 0
    assert len(messages("cases_due_soon")) == 2


def test_stopped_clocks_are_not_warned_and_extended_ones_again(desk: Desk) -> None:
    case = signed_over(desk)
    handler = {"actor": desk.actor("property.handler"), "context": desk.context, "case": case.public_id}
    actions.sign(**handler)
    actions.contact(**handler)
    assert warn(context=desk.context) == 0
    clock = Clock.objects.get(subject_id=case.id, kind="finish")
    assert clock.next_due is not None
    eve = at(desk, clock.next_due - timedelta(hours=8))
    assert warn(context=eve.context) == 1
    actions.ask_extension(
        **{**handler, "context": eve.context}, reason="needs_parts", amount=5, note="等配件。"
    )
    actions.grant_extension(actor=desk.actor("community.clerk"), context=eve.context, case=case.public_id)
    assert warn(context=at(desk, eve.context.now + timedelta(days=1)).context) == 0
    clock.refresh_from_db()
    assert clock.next_due is not None
    assert warn(context=at(desk, clock.next_due - timedelta(hours=8)).context) == 1
    assert Told.objects.filter(clock=clock.id, step="before").count() == 2


def test_a_case_handed_on_is_told_to_who_has_it_now(desk: Desk) -> None:
    case = signed_over(desk)
    due = Clock.objects.get(subject_id=case.id, kind="finish").next_due
    assert due is not None
    eve = at(desk, due - timedelta(hours=8))
    warn(context=eve.context)
    clerk = {"actor": desk.actor("community.clerk"), "context": eve.context, "case": case.public_id}
    actions.recall(**clerk, note="派错了。")
    actions.dispatch(**clerk, body=desk.cast.bodies["committee"].public_id)
    finish = Clock.objects.get(subject_id=case.id, kind="finish")
    warn(context=at(desk, eve.context.now + timedelta(minutes=5)).context)
    assert set(Told.objects.filter(clock=finish.id, step="before").values_list("recipient", flat=True)) == {
        f"body:{desk.cast.bodies[name].id}" for name in ("company", "committee")
    }


# --- after ---------------------------------------------------------------------------------------------------------


def test_after_a_breach_different_people_are_told_step_by_step(desk: Desk) -> None:
    case = signed_over(desk)
    due = Clock.objects.get(subject_id=case.id, kind="finish").next_due
    assert due is not None
    clocks.breach_due(at(desk, due + timedelta(days=30)).context)
    for days in range(1, 13):
        # Opening hours on each of the following days; rest days tell nobody.
        warn(context=at(desk, due.replace(hour=7) + timedelta(days=days)).context)
    finish = Clock.objects.get(subject_id=case.id, kind="finish")
    steps = list(Told.objects.filter(clock=finish.id).order_by("at", "step").values_list("step", flat=True))
    assert steps == ["after_head", "after_clerk", "after_subdistrict", "after_district"] or steps == [
        "after_clerk", "after_head", "after_subdistrict", "after_district"
    ]  # fmt: skip
    found = {m.recipient for m in messages("cases_late") if m.recipient_kind == "appointment"}
    for login in ("community.clerk", "subdistrict.clerk", "district.clerk"):
        assert desk.actor(login).appointment in found


def test_urgent_matters_are_told_one_by_one_at_night_and_call_the_roster(desk: Desk) -> None:
    night = at(desk, NIGHT)
    holder = Appointment.objects.get(user=desk.cast.users["property.handler"])
    roster = open_roster(actor=desk.system, body=desk.cast.bodies["company"], cover="always", now=NIGHT)
    shift = set_shift(
        actor=desk.system, roster=roster, kind="officer", appointment=holder, starts_at=NIGHT - timedelta(hours=1),
        ends_at=NIGHT + timedelta(hours=8), now=NIGHT - timedelta(hours=2), phone="13900001111",
    )  # fmt: skip
    case = signed_over(night, kind="local_gas_leak")
    event = Event.objects.get(code="case.dispatched", subject_id=case.id)
    reactions.order(event, night.context)
    kinds = {(m.recipient_kind, m.recipient) for m in messages("case_urgent_dispatched")}
    assert ("shift", shift.id) in kinds and all(m.urgent for m in messages("case_urgent_dispatched"))
    assert warn(context=at(desk, NIGHT + timedelta(minutes=11)).context) == 1
    (soon,) = {m.subject_id for m in messages("case_urgent_soon")}
    assert soon == case.id
    late = at(desk, NIGHT + timedelta(minutes=31))
    clocks.breach_due(late.context)
    assert warn(context=late.context) == 2  # head after 5 minutes, clerk after 15
    assert "case_urgent_late" in {m.template for m in messages()}


def test_urgent_receipt_pages_the_clerks_body(desk: Desk) -> None:
    receipt = at(desk, NIGHT).report(kind="local_gas_leak")
    event = Event.objects.get(code="case.received", subject_id=desk.case(receipt).id)
    reactions.receipt(event, at(desk, NIGHT).context)
    assert {m.recipient for m in messages("case_urgent_received")} == {desk.cast.bodies["committee"].id}
    plain = desk.report(key="k-lamp")
    reactions.receipt(Event.objects.get(code="case.received", subject_id=desk.case(plain).id), desk.context)
    assert len(messages("case_urgent_received")) == 1


# --- property complaints -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("missed", ["sign_in", "finish"])
def test_unmet_property_complaints_climb_to_the_subdistrict(desk: Desk, missed: str) -> None:
    case = signed_over(desk, kind="local_property_service")
    if missed == "finish":
        handler = {"actor": desk.actor("property.handler"), "context": desk.context, "case": case.public_id}
        actions.sign(**handler)
        actions.contact(**handler)
    clock = Clock.objects.get(subject_id=case.id, kind=missed)
    assert clock.next_due is not None
    last = at(desk, clock.next_due)
    assert [b for b in clocks.breach_due(last.context) if b.kind == missed] == []
    over = at(desk, clock.next_due + timedelta(seconds=1))
    for breach in clocks.breach_due(over.context):
        event = Event(
            district=case.district, id=1, code="clock.breached",
            data={"subject_type": "case", "subject": case.id, "kind": breach.kind},
        )  # fmt: skip
        reactions.overdue(event, over.context)
    case = Case.objects.get(id=case.id)
    assert (case.level, case.stage, case.handling_body_id) == ("subdistrict", "received", None)
    last_event = Event.objects.filter(subject_id=case.id, code="case.climbed").get()
    assert last_event.data["reason"] == f"unmet_{missed}" and last_event.actor_kind == "system"
    # Once there, it stays: the subdistrict has it.
    reactions.overdue(
        Event(district=case.district, id=1, code="clock.breached", data={"subject_type": "case", "subject": case.id, "kind": missed}),
        over.context,
    )  # fmt: skip
    assert Event.objects.filter(subject_id=case.id, code="case.climbed").count() == 1


# --- many ----------------------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_sweep_of_a_hundred_thousand_clocks(desk: Desk) -> None:
    case = signed_over(desk)
    model = Clock.objects.get(subject_id=case.id, kind="finish")
    rows = []
    for number, id_ in enumerate(reserve(case.district, "core_clock", 100_000)):
        rows.append(
            Clock(
                id=id_, district=case.district, subject_type="case", subject_id=case.id, kind="finish", round=0,
                amount=5, span_unit="working_days", starts="next_opening", started_at=MORNING, state="running",
                next_due=MORNING + timedelta(minutes=number), charter=model.charter, pauses=[], extensions=[],
            )
        )  # fmt: skip
    for number, row in enumerate(rows):
        row.round = number % 30_000 + 2
        row.kind = ("finish", "sign_in", "contact", "dispatch")[number // 30_000]
    Clock.objects.bulk_create(rows, batch_size=5_000)
    began = time.perf_counter()
    first = warn(context=desk.context)
    took = time.perf_counter() - began
    assert first > 1_000
    assert took < 5, f"{took:.1f} s"
