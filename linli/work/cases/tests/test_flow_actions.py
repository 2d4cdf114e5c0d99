"""The verbs of the flow around one body: to the last second of each limit, and that a refusal writes nothing."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from linli.foundation.core import clocks
from linli.foundation.core.errors import Conflict, Invalid, NotAllowed, OutOfScope, Refused, WrongStage
from linli.foundation.core.models import Clock, Event
from linli.work.cases import actions
from linli.work.cases.models import Assignment, Case, CaseHold, Entry
from linli.work.cases.tests.builders import Desk, open_desk
from linli.work.cases.tests.walking import Walk


@pytest.fixture
def desk(work) -> Desk:
    return open_desk(work)


@pytest.fixture
def walk(desk: Desk) -> Walk:
    return Walk(desk)


def second(**more: float) -> timedelta:
    return timedelta(seconds=1, **more)


EXTENSION = {"reason": "needs_parts", "amount": 10, "note": "配件下周到货。"}
PARKING = {"reason": "funding", "text": "维修资金正在申请，见会议纪要。"}

# --- intake: advice, merging, other channels ---------------------------------------------------------------------


@pytest.mark.parametrize("request_", ["question", "suggestion", "praise"])
def test_advice_ends_a_case_at_intake_without_clocks(desk: Desk, request_: str) -> None:
    walk = Walk(desk, kind_of_request=request_)
    case = walk.do("community.clerk", "answer_at_intake", text="老年饭桌每天11点半开。")
    assert (case.stage, case.ended_at is not None, case.next_due) == ("answered_at_intake", True, None)
    assert {c.state for c in clocks.of(case.district, ("case", case.id))} == {"stopped"}
    assert Entry.objects.get(case=case).public
    walk.refused(WrongStage, "community.clerk", "dispatch", body=desk.cast.bodies["company"].public_id)


@pytest.mark.parametrize("request_", ["help", "complaint"])
def test_what_needs_work_is_not_answered_at_intake(desk: Desk, request_: str) -> None:
    walk = Walk(desk, kind_of_request=request_)
    walk.refused(Invalid, "community.clerk", "answer_at_intake", text="已记下。")


def test_answering_at_intake_is_not_for_handlers(walk: Walk) -> None:
    walk.dispatch()
    walk.refused(NotAllowed, "property.handler", "answer_at_intake", text="已记下。")


def test_merge_ends_the_turn_and_unmerge_starts_over_from_receipt(desk: Desk, walk: Walk) -> None:
    other = Walk(desk, key="k-other")
    walk.handled()
    walk.do("property.handler", "ask_extension", **EXTENSION)
    case = walk.do("community.clerk", "merge", into=other.receipt.public_id)
    assert (case.stage, walk.holds(), case.next_due) == ("merged", set(), None)
    assert Assignment.objects.get(case=case).outcome == "merged"
    assert Event.objects.get(code="case.merged").data["other"] == other.case.id
    assert not Clock.objects.filter(subject_id=case.id, stopped_at=None).exists()
    later = walk.at(desk.context.now + timedelta(hours=3)).do("community.clerk", "unmerge")
    assert (later.stage, later.ended_at, later.handling_body_id) == ("received", None, None)
    assert {walk.clock(k).started_at for k in ("dispatch", "finish")} == {case.received_at}
    assert walk.dispatch().stage == "dispatched"


def test_merge_needs_another_open_case_within_reach(desk: Desk, walk: Walk) -> None:
    ended = Walk(desk, key="k-ended")
    ended.do("community.clerk", "transfer", to="emergency", note="已转119。")
    far = Walk(desk, key="k-far", place=desk.cast.places["other_compound"].public_id)
    for into, error in (
        (walk.receipt.public_id, Refused),
        (ended.receipt.public_id, Conflict),
        (far.receipt.public_id, OutOfScope),
        ("nothing", OutOfScope),
    ):
        walk.refused(error, "community.clerk", "merge", into=into)


@pytest.mark.parametrize("hold", ["return", "conference", "parked"])
def test_no_merging_while_somebody_is_deciding(desk: Desk, walk: Walk, hold: str) -> None:
    other = Walk(desk, key="k-other")
    walk.dispatch()
    if hold == "return":
        walk.do("property.handler", "ask_return", reason="not_our_duty", note="不归我们。")
    elif hold == "conference":
        walk.do("community.clerk", "call_conference", reason="stuck", note="议一议。")
    else:
        walk.do("property.handler", "sign")
        walk.do("property.handler", "contact")
        park(walk)
    walk.refused(WrongStage, "community.clerk", "merge", into=other.receipt.public_id)


@pytest.mark.parametrize("stage", ["received", "dispatched", "signed", "contacted", "handling"])
@pytest.mark.parametrize("way", ["refuse", "emergency", "petition"])
def test_another_channel_from_every_stage_before_the_answer(walk: Walk, stage: str, way: str) -> None:
    bring(walk, stage)
    if way == "refuse":
        case = walk.do(
            "community.clerk", "refuse", reason="litigation", note="已进入诉讼，请按法院程序办理。"
        )
        wanted = "not_accepted"
    else:
        case = walk.do("community.clerk", "transfer", to=way, note="已转办，请向其了解进度。")
        wanted = f"transferred_{way}"
    assert (case.stage, case.next_due) == (wanted, None)
    outcome = {"refuse": "refused"}.get(way, "transferred")
    assert [t.outcome for t in Assignment.objects.filter(case=case)] == (
        [] if stage == "received" else [outcome]
    )
    assert not Assignment.objects.filter(case=case, ended_at=None).exists()


def test_a_handler_may_not_send_a_case_to_another_channel(walk: Walk) -> None:
    walk.handled()
    walk.refused(NotAllowed, "property.handler", "refuse", reason="litigation", note="不办。")
    walk.refused(NotAllowed, "property.handler", "transfer", to="petition", note="不办。")


def bring(walk: Walk, stage: str) -> None:
    if stage == "received":
        return
    walk.dispatch()
    for verb, more in (("sign", {}), ("contact", {}), ("progress", {"text": "在办。"})):
        if walk.case.stage == stage:
            return
        walk.do("property.handler", verb, **more)


# --- return: to the last second ------------------------------------------------------------------------------------


@pytest.mark.parametrize(("late", "allowed"), [(timedelta(0), True), (timedelta(microseconds=1), False)])
def test_return_at_the_last_moment(walk: Walk, late: timedelta, allowed: bool) -> None:
    walk.dispatch()
    limit = Assignment.objects.get(case=walk.case).return_until
    assert limit is not None
    walk.at(limit + late)
    asked = {"reason": "not_our_duty", "note": "不归我们管。"}
    if allowed:
        walk.do("property.handler", "ask_return", **asked)
        assert walk.holds() == {"return"}
    else:
        walk.refused(Invalid, "property.handler", "ask_return", **asked)


def test_after_a_conference_nobody_returns_it_any_more(desk: Desk, walk: Walk) -> None:
    walk.dispatch()
    walk.do("property.handler", "ask_return", reason="not_our_duty", note="不归我们管。")
    walk.do("community.clerk", "call_conference", reason="return_disputed", note="请各方议定。")
    assert walk.holds() == {"conference"}
    walk.refused(WrongStage, "community.clerk", "accept_return")
    case = walk.do("district.clerk", "rule_conference", outcome="reassign", text="由街道重新派单。")
    assert (case.stage, case.ruled, case.handling_body_id) == ("received", True, None)
    assert Assignment.objects.get(case=case).outcome == "reassigned"
    walk.dispatch()
    walk.refused(Invalid, "property.handler", "ask_return", reason="not_our_duty", note="还是不归我们。")


# --- conference ----------------------------------------------------------------------------------------------------


def test_conference_keeps_and_the_same_body_goes_on(walk: Walk) -> None:
    walk.handled()
    walk.do("community.clerk", "call_conference", reason="stuck", note="久拖未决。")
    walk.refused(WrongStage, "property.handler", "answer", text="不等了。")
    walk.refused(WrongStage, "community.clerk", "call_conference", reason="stuck", note="再来一次。")
    assert walk.do("property.handler", "progress", text="会商期间继续办。").stage == "handling"
    case = walk.do("district.clerk", "rule_conference", outcome="keep", text="由物业继续办理。")
    assert (case.stage, case.ruled, walk.holds()) == ("handling", True, set())
    assert Entry.objects.get(case=case, kind="ruling").public
    assert walk.do("property.handler", "answer", text="已办结。").stage == "submitted"


def test_conference_does_not_judge_in_the_callers_place(walk: Walk) -> None:
    walk.handled()
    walk.do("community.clerk", "call_conference", reason="stuck", note="久拖未决。")
    walk.refused(Invalid, "district.clerk", "rule_conference", outcome="close", text="就这样吧。")
    walk.refused(Invalid, "district.clerk", "rule_conference", outcome="sleep", text="就这样吧。")
    walk.refused(NotAllowed, "property.handler", "rule_conference", outcome="keep", text="我们自己定。")


def test_second_no_goes_to_a_conference_that_may_close_it(walk: Walk) -> None:
    walk.handled()
    walk.do("property.handler", "answer", text="第一次。")
    assert (walk.judge().stage, walk.case.reopened) == ("handling", 1)
    walk.do("property.handler", "answer", text="第二次。")
    case = walk.judge()
    assert (case.stage, case.reopened, case.solved, case.judged_by) == ("handling", 2, "no", "caller")
    assert walk.holds() == {"conference"}
    assert (walk.clock("finish").round, walk.clock("finish").state) == (3, "running")
    case = walk.do("district.clerk", "rule_conference", outcome="close", text="现有办法已用尽。")
    assert (case.stage, case.solved, case.rating) == ("closed", "no", "dissatisfied")
    assert walk.codes()[-1] == "ruled_close"


def test_third_no_closes_unsolved_and_a_late_yes_closes_solved(desk: Desk) -> None:
    for number, (last, solved) in enumerate((("no", "no"), ("yes", "yes"))):
        walk = Walk(desk, key=f"k-third-{number}").handled()
        for _round in (1, 2):
            walk.do("property.handler", "answer", text="已处理。")
            walk.judge()
        walk.do("district.clerk", "rule_conference", outcome="keep", text="继续办理。")
        walk.do("property.handler", "answer", text="第三次。")
        case = walk.judge(last)
        assert (case.stage, case.solved) == ("closed", solved)


# --- extension -----------------------------------------------------------------------------------------------------


def test_extension_moves_the_promise_and_is_decided_by_another_body(walk: Walk) -> None:
    walk.handled()
    before = walk.case.promised_at
    walk.do("property.handler", "ask_extension", **EXTENSION)
    hold = CaseHold.objects.get(case=walk.case, kind="extension")
    assert (hold.amount, hold.unit, hold.round) == (10, "working_days", 1)
    walk.refused(NotAllowed, "property.handler", "grant_extension")
    case = walk.do("community.clerk", "grant_extension", note="同意。")
    assert (
        before is not None and case.promised_at is not None and case.promised_at > before + timedelta(days=9)
    )
    assert case.promised_at == walk.clock("finish").next_due == case.next_due
    assert walk.holds() == set()


@pytest.mark.parametrize(("amount", "allowed"), [(0, False), (1, True), (10, True), (11, False)])
def test_extension_up_to_the_charters_limit(walk: Walk, amount: int, allowed: bool) -> None:
    walk.handled()
    asked = {**EXTENSION, "amount": amount}
    if allowed:
        walk.do("property.handler", "ask_extension", **asked)
    else:
        assert "amount" in walk.refused(Invalid, "property.handler", "ask_extension", **asked).fields


@pytest.mark.parametrize("decided", ["grant_extension", "deny_extension"])
def test_extension_once_a_round(walk: Walk, decided: str) -> None:
    walk.handled()
    walk.do("property.handler", "ask_extension", **EXTENSION)
    walk.do("community.clerk", decided, note="已研究。")
    walk.refused(Invalid, "property.handler", "ask_extension", **EXTENSION)
    walk.do("property.handler", "answer", text="已办。")
    walk.judge()
    walk.do("property.handler", "ask_extension", **EXTENSION)
    assert CaseHold.objects.get(case=walk.case, closed_at=None).round == 2


@pytest.mark.parametrize(("late", "allowed"), [(timedelta(0), True), (timedelta(microseconds=1), False)])
def test_extension_is_asked_before_the_time_is_over(walk: Walk, late: timedelta, allowed: bool) -> None:
    walk.handled()
    due = walk.clock("finish").next_due
    assert due is not None
    walk.at(due + late)
    if allowed:
        walk.do("property.handler", "ask_extension", **EXTENSION)
    else:
        walk.refused(Invalid, "property.handler", "ask_extension", **EXTENSION)


def test_answer_closes_what_was_asked(walk: Walk) -> None:
    walk.handled()
    walk.do("property.handler", "ask_extension", **EXTENSION)
    walk.do("property.handler", "ask_caller", text="是哪一盏灯？")
    assert walk.holds() == {"extension", "question"}
    walk.do("property.handler", "answer", text="已全部更换。")
    assert walk.holds() == set()
    walk.refused(WrongStage, "community.clerk", "grant_extension")


# --- parked --------------------------------------------------------------------------------------------------------


def days_ahead(walk: Walk, days: int) -> Any:
    return walk.context.now.astimezone(walk.context.zone).date() + timedelta(days=days)


def park(walk: Walk, days: int = 90) -> Case:
    walk.do("property.handler", "ask_parking", until=days_ahead(walk, days), **PARKING)
    return walk.do("community.clerk", "approve_parking")


@pytest.mark.parametrize(("days", "allowed"), [(0, False), (1, True), (90, True), (91, False)])
def test_review_date_within_ninety_days(walk: Walk, days: int, allowed: bool) -> None:
    walk.handled()
    asked = {**PARKING, "until": days_ahead(walk, days)}
    if allowed:
        walk.do("property.handler", "ask_parking", **asked)
    else:
        assert "until" in walk.refused(Invalid, "property.handler", "ask_parking", **asked).fields


def test_parked_holds_the_clock_until_the_review_date_and_the_system_ends_it(walk: Walk) -> None:
    walk.handled()
    due = walk.clock("finish").next_due
    assert due is not None
    case = park(walk, days=30)
    assert walk.clock("finish").state == "paused" and case.next_due is None and walk.holds() == {"parked"}
    walk.refused(WrongStage, "property.handler", "answer", text="挂着也答。")
    walk.refused(WrongStage, "property.handler", "ask_extension", **EXTENSION)
    hold = CaseHold.objects.get(case=case, kind="parked")
    assert hold.until is not None and hold.approver == walk.desk.actor("community.clerk").appointment
    walk.at(hold.until - second())
    assert actions.review_parked(context=walk.context) == 0
    walk.at(hold.until)
    assert actions.review_parked(context=walk.context) == 1
    assert actions.review_parked(context=walk.context) == 0
    case = walk.case
    assert walk.holds() == set() and walk.clock("finish").state == "running"
    assert case.promised_at is not None and case.promised_at > due + timedelta(days=28)
    assert walk.do("property.handler", "answer", text="资金到位，已修好。").stage == "submitted"


def test_parking_is_approved_one_level_up_and_by_another_body(desk: Desk) -> None:
    walk = Walk(desk, place=desk.cast.places["second_compound"].public_id)
    walk.dispatch(body="office", who="subdistrict.clerk")
    # The office handles it itself, so its clerk decides nothing about it, and the community is below.
    handler = replace(desk.actor("property.handler"), body=desk.cast.bodies["office"].id)
    for verb, more in (
        ("sign", {}),
        ("contact", {}),
        ("ask_parking", {**PARKING, "until": days_ahead(walk, 9)}),
    ):
        walk.do(handler, verb, **more)
    walk.refused(Invalid, "community.clerk", "approve_parking")
    walk.refused(Invalid, "subdistrict.clerk", "approve_parking")
    assert walk.do("district.clerk", "approve_parking").stage == "contacted"
    walk.refused(Invalid, "community.clerk", "renew_parking", until=days_ahead(walk, 20), text="还没有资金。")


def test_parking_may_be_renewed_and_ended_by_hand(walk: Walk) -> None:
    walk.handled()
    park(walk, days=10)
    later = days_ahead(walk, 60)
    walk.do("community.clerk", "renew_parking", until=later, text="资金仍未到位，见批复。")
    hold = CaseHold.objects.get(case=walk.case, kind="parked")
    assert hold.until is not None and hold.until.astimezone(walk.context.zone).date() == later
    walk.refused(Invalid, "community.clerk", "renew_parking", until=days_ahead(walk, 91), text="再挂。")
    walk.do("community.clerk", "end_parking", note="资金已到位。")
    assert walk.holds() == set() and walk.clock("finish").state == "running"


def test_parking_that_is_refused_or_asked_twice(walk: Walk) -> None:
    walk.handled()
    walk.do("property.handler", "ask_parking", until=days_ahead(walk, 30), **PARKING)
    walk.refused(WrongStage, "property.handler", "ask_parking", until=days_ahead(walk, 30), **PARKING)
    walk.refused(NotAllowed, "property.handler", "approve_parking")
    walk.do("community.clerk", "deny_parking", note="可以先做临时处理。")
    assert walk.holds() == set() and walk.clock("finish").state == "running"
