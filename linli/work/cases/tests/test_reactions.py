"""What follows from events: messages once each, missed deadlines marked once, unjudged cases ended."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from linli.foundation.core import actions as core_actions
from linli.foundation.core import clocks, ledger, outbox
from linli.foundation.core.models import District, Event, Outbox
from linli.foundation.messaging import linking
from linli.foundation.messaging.models import Message
from linli.work.cases import actions
from linli.work.cases.models import Case
from linli.work.cases.tests.builders import Desk, open_desk
from linli.work.cases.tests.test_actions import answered

ZONE = ZoneInfo("Asia/Shanghai")


@pytest.fixture
def desk(work) -> Desk:
    Outbox.objects.all().update(done_at=work[0].now)
    return open_desk(work)


def drain() -> None:
    """Run everything that is queued, also what was queued under a later `now`."""
    for _ in range(20):
        Outbox.objects.filter(done_at=None).update(due_at=datetime(2020, 1, 1, tzinfo=UTC))
        claimed = outbox.claim(140403)
        if not claimed:
            return
        for row in claimed:
            assert outbox.run(row, "luzhou", ZONE), (row.handler, Outbox.objects.get(id=row.id).last_error)


def templates() -> list[str]:
    return sorted(Message.objects.filter(district=140403).values_list("template", flat=True))


def test_caller_and_body_are_told_once_each(desk: Desk) -> None:
    answered(desk)
    drain()
    Outbox.objects.filter(handler__startswith="cases.").update(
        done_at=None, lease_until=None, due_at=desk.context.now - timedelta(days=1)
    )
    drain()
    assert templates() == ["case_dispatched", "case_judge", "case_received"]


def test_a_message_of_a_case_leads_to_its_page(desk: Desk) -> None:
    case = desk.case(desk.report())
    subject = ("case", case.id)
    assert linking.addresses(140403, [subject]) == {subject: f"/desk/cases/{case.public_id}"}
    assert linking.addresses(140499, [subject]) == {}


def test_nobody_is_told_who_left_no_contact(desk: Desk) -> None:
    desk.report(phone="", name="")
    drain()
    assert templates() == []


def test_missed_deadline_is_marked_once_on_the_case(desk: Desk) -> None:
    receipt = desk.report()
    late = replace(desk.context, now=desk.context.now + timedelta(days=40))
    core_actions.sweep_clocks(late)
    core_actions.sweep_clocks(late)
    drain()
    case = desk.case(receipt)
    marks = Event.objects.filter(subject_type="case", subject_id=case.id, code="case.overdue")
    assert sorted(e.data["reason"] for e in marks) == ["dispatch", "finish"]
    assert Event.objects.filter(subject_type="case", subject_id=case.id).count() == case.seq == 3


def test_fourteen_days_without_judgement_end_the_case_apart(desk: Desk) -> None:
    receipt = answered(desk)
    core_actions.sweep_clocks(replace(desk.context, now=desk.context.now + timedelta(days=40)))
    drain()
    case = desk.case(receipt)
    assert (case.stage, case.not_judged_reason, case.solved) == ("not_judged", "no_answer", "")


def test_answer_by_message_judges_once(desk: Desk) -> None:
    receipt = answered(desk)
    drain()
    case = desk.case(receipt)
    asked = Message.objects.get(template="case_judge")
    for _ in range(2):
        ledger.record(
            "message.answered", actor=desk.system, subject=("message", asked.id), now=desk.context.now,
            data={"subject_type": "case", "subject": case.id, "template": "case_judge", "answer": 1, "inbound": 1},
        )  # fmt: skip
    drain()
    case = desk.case(receipt)
    assert (case.stage, case.rating, case.judged_by) == ("closed", "satisfied", "caller")
    assert Event.objects.filter(code="case.closed", subject_id=case.id).count() == 1


def test_case_into_a_year_without_calendar_is_taken_and_promised_later(desk: Desk) -> None:
    december = replace(desk, context=replace(desk.context, now=datetime(2026, 12, 30, 3, 0, tzinfo=UTC)))
    receipt = december.report()
    case = desk.case(receipt)
    assert (case.awaits_calendar, case.promised_at, receipt.promised_at) == (True, None, None)
    district = District.objects.get(id=desk.cast.district)
    core_actions.load_calendar(
        actor=desk.system,
        context=desk.context,
        district=district,
        rows=[(date(2027, 1, 1), "off", "元旦")],
        years=[2027],
        source="t",
    )
    drain()
    drain()
    case = desk.case(receipt)
    assert (case.awaits_calendar, case.promised_at) == (False, datetime(2027, 1, 7, 10, 0, tzinfo=UTC))
    assert {c.state for c in clocks.of(case.district, ("case", case.id))} == {"running"}


def test_a_changed_calendar_moves_the_promise_of_a_running_case(desk: Desk) -> None:
    early = replace(desk, context=replace(desk.context, now=datetime(2026, 12, 21, 3, 0, tzinfo=UTC)))
    case = desk.case(early.report())
    promised = case.promised_at
    assert promised is not None and not case.awaits_calendar
    district = District.objects.get(id=desk.cast.district)
    core_actions.load_calendar(
        actor=desk.system, context=desk.context, district=district, years=[2026], source="t",
        rows=[(date(2026, 12, day), "off", "调休") for day in range(22, 32)],
    )  # fmt: skip
    core_actions.load_calendar(
        actor=desk.system, context=desk.context, district=district, rows=[], years=[2027], source="t"
    )
    drain()
    moved = desk.case(early.report())  # takes the same days as a case received after the change
    case = Case.objects.get(id=case.id)
    assert case.promised_at == moved.promised_at and case.promised_at > promised
    assert case.next_due == moved.next_due


def test_closed_cases_are_not_touched_by_old_clocks(desk: Desk) -> None:
    case = desk.case(desk.report())
    actions.withdraw_by_caller(actor=desk.system, context=desk.context, case=case, key="w")
    core_actions.sweep_clocks(replace(desk.context, now=desk.context.now + timedelta(days=40)))
    drain()
    assert Case.objects.get(id=case.id).stage == "withdrawn"
    assert not Event.objects.filter(code="case.overdue").exists()
