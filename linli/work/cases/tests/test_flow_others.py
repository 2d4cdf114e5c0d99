"""The verbs of the flow in which others take part: helpers, departments, higher levels, the caller."""

from __future__ import annotations

from dataclasses import replace

import pytest
from django.db import transaction

from linli.foundation.core.errors import Invalid, NotAllowed, OutOfScope, WrongStage
from linli.foundation.core.models import Clock, Event
from linli.foundation.core.rules.actor import Actor, public
from linli.work.cases import access, actions, queries
from linli.work.cases.models import Assignment, Case, Entry, JointTurn, WhistleCall, WhistleRating
from linli.work.cases.rules.flow import FINAL, FLOW, RESIDENT_VERBS
from linli.work.cases.tests.builders import Desk, department_handler, open_desk
from linli.work.cases.tests.walking import Walk


@pytest.fixture
def desk(work) -> Desk:
    return open_desk(work)


@pytest.fixture
def walk(desk: Desk) -> Walk:
    return Walk(desk)


# --- joint handling ------------------------------------------------------------------------------------------------


def test_assisting_bodies_take_their_turn_and_the_lead_answers(desk: Desk, walk: Walk) -> None:
    walk.handled()
    helper = department_handler(desk)
    with pytest.raises(OutOfScope):
        walk.do(helper, "accept_joint")
    assert queries.find(helper, walk.receipt.public_id) is None
    company, department = desk.cast.bodies["company"], desk.cast.bodies["department"]
    walk.refused(Invalid, "community.clerk", "add_joint", helpers=[company.public_id], note="请协助。")
    walk.refused(Invalid, "community.clerk", "add_joint", helpers=[], note="请协助。")
    walk.do("community.clerk", "add_joint", helpers=[department.public_id], note="请协助查看产权。")
    walk.refused(Invalid, "community.clerk", "add_joint", helpers=[department.public_id], note="再请一次。")
    assert queries.find(helper, walk.receipt.public_id) is not None
    walk.refused(NotAllowed, helper, "answer", text="我来答。")
    walk.do(helper, "accept_joint")
    walk.refused(WrongStage, helper, "accept_joint")
    case = walk.do(helper, "joint_report", text="产权属区里，已批维修。")
    assert case.handling_body_id == company.id
    turn = JointTurn.objects.get(case=case)
    assert (turn.outcome, turn.contributed_at, turn.ended_at) == (
        "contributed",
        walk.context.now,
        walk.context.now,
    )
    walk.refused(NotAllowed, helper, "joint_report", text="再报一次。")
    assert queries.find(helper, walk.receipt.public_id) is not None
    walk.do("property.handler", "answer", text="已修好。")
    # Who helped does not call back either.
    back = replace(desk.actor("callback.clerk"), body=department.id)
    walk.refused(Invalid, back, "take_callback")


def test_joint_turns_end_with_the_case(desk: Desk, walk: Walk) -> None:
    walk.handled()
    walk.do(
        "community.clerk", "add_joint", helpers=[desk.cast.bodies["department"].public_id], note="请协助。"
    )
    walk.do("community.clerk", "climb", reason="beyond_powers", note="超出权限。")
    assert JointTurn.objects.get(case=walk.case).outcome == "climbed"


# --- whistle -------------------------------------------------------------------------------------------------------


def whistle(desk: Desk, walk: Walk) -> Actor:
    helper = department_handler(desk)
    walk.do(
        "subdistrict.clerk",
        "call_whistle",
        department=desk.cast.bodies["department"].public_id,
        note="请到现场。",
    )
    return helper


def test_whistle_step_by_step_and_both_sides_rate_once(desk: Desk, walk: Walk) -> None:
    walk.handled()
    helper = whistle(desk, walk)
    assert walk.holds() == {"whistle"} and walk.clock("whistle_ack").unit == helper.body
    walk.refused(WrongStage, helper, "whistle_visit", text="先到现场。")
    walk.refused(NotAllowed, "property.handler", "whistle_ack")
    walk.do(helper, "whistle_ack")
    assert walk.clock("whistle_ack").state == "met"
    walk.refused(WrongStage, helper, "rate_whistle", score=5)
    for verb in ("whistle_visit", "whistle_plan", "whistle_done"):
        walk.do(helper, verb, text="按步骤办理。")
    assert walk.holds() == set() and WhistleCall.objects.get(case=walk.case).stage == "done"
    walk.refused(NotAllowed, "property.handler", "rate_whistle", score=5)
    walk.refused(Invalid, helper, "rate_whistle", score=6)
    walk.do(helper, "rate_whistle", score=4)
    walk.refused(WrongStage, helper, "rate_whistle", score=1)
    walk.do("subdistrict.clerk", "rate_whistle", score=5, note="到场及时。")
    assert set(WhistleRating.objects.values_list("side", "score")) == {("department", 4), ("caller", 5)}
    assert walk.codes()[-2:] == ["whistle_rated", "whistle_rated"]


def test_only_the_subdistrict_whistles_and_only_for_a_department(desk: Desk, walk: Walk) -> None:
    walk.dispatch()
    department = desk.cast.bodies["department"].public_id
    for who in ("community.clerk", "property.handler"):
        walk.refused(NotAllowed, who, "call_whistle", department=department, note="请来。")
    for body in ("company", "office", "committee"):
        walk.refused(
            Invalid,
            "subdistrict.clerk",
            "call_whistle",
            department=desk.cast.bodies[body].public_id,
            note="请来。",
        )
    whistle(desk, walk)
    walk.refused(WrongStage, "subdistrict.clerk", "call_whistle", department=department, note="再吹一次。")


def test_whistle_ends_with_the_case_or_is_taken_back(desk: Desk, walk: Walk) -> None:
    walk.handled()
    whistle(desk, walk)
    walk.refused(NotAllowed, "district.clerk", "end_whistle", note="收回。")
    walk.do("subdistrict.clerk", "end_whistle", note="已自行解决。")
    assert (
        WhistleCall.objects.get(case=walk.case).stage == "ended"
        and walk.clock("whistle_ack").state == "stopped"
    )
    walk.do(
        "subdistrict.clerk",
        "call_whistle",
        department=desk.cast.bodies["centre"].public_id,
        note="请区中心到场。",
    )
    walk.do("property.handler", "answer", text="已修好。")
    assert walk.holds() == {"whistle"}
    walk.judge("yes")
    assert not WhistleCall.objects.filter(ended_at=None).exists() and walk.case.next_due is None


# --- climb ---------------------------------------------------------------------------------------------------------


def test_climb_level_by_level_and_who_gives_it_out(desk: Desk, walk: Walk) -> None:
    walk.handled()
    promised = walk.case.promised_at
    case = walk.do("property.handler", "climb", reason="beyond_powers", note="超出物业权限。")
    assert (case.level, case.stage, case.promised_at) == ("community", "received", promised)
    assert Assignment.objects.get(case=case).outcome == "climbed"
    assert walk.clock("finish").state == "running" and walk.clock("dispatch").round == 2
    assert case in queries.queue_page(desk.actor("community.clerk"), "new").rows
    walk.do("community.clerk", "climb", reason="needs_higher", note="需街道协调。")
    assert case not in queries.queue_page(desk.actor("community.clerk"), "new").rows
    assert case in queries.queue_page(desk.actor("subdistrict.clerk"), "new").rows
    walk.refused(NotAllowed, "community.clerk", "dispatch", body=desk.cast.bodies["company"].public_id)
    walk.refused(NotAllowed, "community.clerk", "climb", reason="needs_higher", note="再提。")
    walk.do("subdistrict.clerk", "climb", reason="needs_higher", note="需区里协调。")
    assert walk.case.level == "district"
    walk.refused(NotAllowed, "subdistrict.clerk", "refuse", reason="outside", note="不归我们。")
    walk.refused(Invalid, "district.clerk", "climb", reason="needs_higher", note="再提。")
    walk.refused(Invalid, "district.clerk", "climb", reason="made_up", note="再提。")
    assert walk.dispatch(body="department", who="district.clerk").stage == "dispatched"


def test_after_a_ruling_the_body_does_not_climb_out_of_it(walk: Walk) -> None:
    walk.handled()
    walk.do("community.clerk", "call_conference", reason="stuck", note="议。")
    walk.do("district.clerk", "rule_conference", outcome="keep", text="继续办理。")
    walk.refused(Invalid, "property.handler", "climb", reason="beyond_powers", note="还是办不了。")
    assert (
        walk.do("community.clerk", "climb", reason="needs_higher", note="需街道协调。").level == "community"
    )


@pytest.mark.parametrize(("kind", "level"), [("gb_part_01037", "compound"), ("gb_event_06001", "community")])
def test_small_and_large_matters_start_at_their_level(desk: Desk, kind: str, level: str) -> None:
    assert Walk(desk, kind=kind).case.level == level


# --- property complaints -------------------------------------------------------------------------------------------


def test_property_complaints_have_their_class_in_business_hours(desk: Desk) -> None:
    walk = Walk(desk, kind="local_property_service")
    walk.dispatch()
    sign = walk.clock("sign_in")
    assert walk.case.case_class == "PM" and (sign.amount, sign.span_unit) == (30, "working_minutes")
    assert walk.clock("contact").span_unit == "working_hours"


def test_only_the_system_and_only_property_complaints_climb_unmet(desk: Desk) -> None:
    walk = Walk(desk, kind="local_property_service")
    walk.dispatch()
    walk.refused(NotAllowed, "community.clerk", "climb_unmet", kind="sign_in")
    case = walk.do(desk.system, "climb_unmet", kind="sign_in")
    assert (case.level, case.stage) == ("subdistrict", "received")
    other = Walk(desk, key="k-lamp")
    other.dispatch()
    other.refused(Invalid, desk.system, "climb_unmet", kind="sign_in")


# --- questions to the caller ---------------------------------------------------------------------------------------


def test_question_and_reply(desk: Desk, walk: Walk) -> None:
    walk.handled()
    walk.do("property.handler", "ask_caller", text="是哪一盏灯不亮？")
    walk.refused(WrongStage, "property.handler", "ask_caller", text="还有一问。")

    def reply(key: str) -> Case:
        return actions.reply_by_caller(
            actor=public(walk.case.district),
            context=walk.context,
            case=walk.case,
            text="东门第二盏。",
            key=key,
        )

    assert reply("r-1").stage == "handling"
    assert walk.holds() == set()
    before = Event.objects.count()
    reply("r-1")
    assert Event.objects.count() == before
    with pytest.raises(WrongStage), transaction.atomic():
        reply("r-2")
    assert [e.kind for e in Entry.objects.filter(case=walk.case, public=True).order_by("at", "id")][-2:] == [
        "question",
        "reply",
    ]


# --- rights --------------------------------------------------------------------------------------------------------


def test_every_verb_of_the_table_has_its_right_or_belongs_to_caller_or_system() -> None:
    without = set(FLOW.verbs) - set(access.VERB_NEEDS) - set(RESIDENT_VERBS)
    assert without == {"not_judge", "climb_unmet"}


def test_ended_cases_have_no_open_turn_hold_or_clock(desk: Desk, walk: Walk) -> None:
    walk.handled()
    whistle(desk, walk)
    walk.do("property.handler", "ask_caller", text="在家吗？")
    actions.withdraw_by_caller(
        actor=public(walk.case.district), context=walk.context, case=walk.case, key="w"
    )
    assert walk.case.stage in FINAL and walk.holds() == set()
    assert not Assignment.objects.filter(case=walk.case, ended_at=None).exists()
    assert not Clock.objects.filter(subject_id=walk.case.id, stopped_at=None).exists()
