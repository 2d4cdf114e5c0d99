"""A case walks from report to judgement; whatever is not allowed writes nothing."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from linli.foundation.core import clocks
from linli.foundation.core.errors import Invalid, NotAllowed, OutOfScope, Refused, WrongStage
from linli.foundation.core.idempotency import KeyReused
from linli.foundation.core.models import Clock, Event, Outbox
from linli.foundation.people.models import KeptText, Person
from linli.work.cases import access, actions, queries
from linli.work.cases.models import Assignment, Case, CaseHold, Entry
from linli.work.cases.tests.builders import TEXT, Desk, open_desk


@pytest.fixture
def desk(work) -> Desk:
    return open_desk(work)


def run(desk: Desk, login: str, verb: str, receipt: actions.Receipt, **more: object) -> Case:
    actor = desk.actor(login)
    return getattr(actions, verb)(actor=actor, context=desk.context, case=receipt.public_id, **more)


def dispatched(desk: Desk) -> actions.Receipt:
    receipt = desk.report()
    run(desk, "community.clerk", "dispatch", receipt, body=desk.cast.bodies["company"].public_id)
    return receipt


def answered(desk: Desk) -> actions.Receipt:
    receipt = dispatched(desk)
    run(desk, "property.handler", "sign", receipt)
    run(desk, "property.handler", "contact", receipt)
    run(desk, "property.handler", "answer", receipt, text="路灯已更换，今晚可亮。")
    return receipt


def counts() -> tuple[int, ...]:
    return tuple(
        m.objects.count() for m in (Case, Event, Outbox, Clock, Assignment, CaseHold, Entry, Person, KeptText)
    )


def refused(error: type[Refused], call, *args: object, **more: object) -> Refused:
    before = counts()
    with pytest.raises(error) as caught, transaction.atomic():
        call(*args, **more)
    assert counts() == before
    return caught.value


def test_report_makes_one_case_with_clocks_leaf_and_vault(desk: Desk) -> None:
    before = counts()
    receipt = desk.report()
    case = desk.case(receipt)
    assert (case.stage, case.case_class, case.channel) == ("received", "P2", "public")
    assert {c.kind for c in clocks.of(case.district, ("case", case.id))} == {"dispatch", "finish"}
    assert case.next_due is not None and case.due_kind == "dispatch"
    event = Event.objects.get(subject_type="case", subject_id=case.id)
    assert (event.code, event.seq, event.place) == ("case.received", 1, case.place_id)
    assert TEXT not in str(event.data)
    assert [b - a for a, b in zip(before, counts(), strict=True)] == [1, 1, 1, 2, 0, 0, 0, 1, 0]
    # The vault shows kept texts to nobody here; that it has this one the case's own key proves.
    assert case.text_original_id is not None


def test_second_send_gives_the_same_receipt_and_another_body_is_refused(desk: Desk) -> None:
    first = desk.report()
    before = counts()
    again = desk.report()
    assert counts() == before
    assert (again.number, again.code, again.replay) == (first.number, first.code, True)
    refused(KeyReused, desk.report, text="别的事情")


def test_intake_costs_at_most_twelve_statements(desk: Desk) -> None:
    desk.report(key="warm")
    with CaptureQueriesContext(
        connection,
    ) as seen:
        desk.report(key="counted")
    statements = [q["sql"] for q in seen.captured_queries]
    assert len(statements) <= 6, "\n".join(statements)


def test_phone_numbers_in_the_text_are_masked_and_kept_in_the_vault_only(desk: Desk) -> None:
    case = desk.case(desk.report(text="我叫李小红，电话13912345678，三号楼漏水。"))
    assert "13912345678" not in case.text
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM cases_case WHERE text LIKE '%13912345678%'")
        assert cursor.fetchone() == (0,)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"text": "  "}, "text"),
        ({"kind": "none"}, "kind"),
        ({"place": "nowhere"}, "place"),
        ({"kind_of_request": "x"}, "kind_of_request"),
    ],
)
def test_incomplete_reports_name_the_field(desk: Desk, changes: dict, field: str) -> None:
    assert field in refused(Invalid, desk.report, **changes).fields


def test_closed_compound_and_foreign_place_are_refused(desk: Desk, other_work) -> None:
    compound = desk.cast.places["second_compound"]
    type(compound).objects.filter(id=compound.id).update(valid_to=desk.context.now)
    assert "place" in refused(Invalid, desk.report, place=compound.public_id).fields


def test_the_whole_way_and_only_the_caller_closes(desk: Desk) -> None:
    receipt = answered(desk)
    case = desk.case(receipt)
    assert case.stage == "submitted"
    finish = Clock.objects.get(subject_id=case.id, kind="finish")
    assert finish.state == Clock.State.MET
    refused(NotAllowed, run, desk, "property.handler", "judge", receipt, solved="yes", rating="very")
    closed = actions.judge_by_caller(
        actor=replace(desk.system, kind="public"),
        context=desk.context,
        case=case,
        solved="yes",
        rating="satisfied",
        key="j-1",
    )
    assert (closed.stage, closed.solved, closed.judged_by) == ("closed", "yes", "caller")
    codes = [e.code for e in Event.objects.filter(subject_type="case", subject_id=case.id).order_by("seq")]
    assert codes == [
        f"case.{c}" for c in ("received", "dispatched", "signed", "contacted", "answered", "closed")
    ]
    assert [e.seq for e in Event.objects.filter(subject_type="case", subject_id=case.id).order_by("seq")] == [
        1,
        2,
        3,
        4,
        5,
        6,
    ]


def test_call_back_by_another_body_closes_and_own_body_may_not(desk: Desk) -> None:
    receipt = answered(desk)
    run(desk, "callback.clerk", "take_callback", receipt)
    closed = run(desk, "callback.clerk", "judge", receipt, solved="yes", rating="basic")
    assert (closed.stage, closed.judged_by) == ("closed", "callback")


def test_body_that_handled_it_may_not_call_back(desk: Desk) -> None:
    receipt = desk.report()
    run(desk, "community.clerk", "dispatch", receipt, body=desk.cast.bodies["company"].public_id)
    Assignment.objects.update(body=desk.cast.bodies["office"])
    Case.objects.update(stage="submitted")
    refused(Invalid, run, desk, "callback.clerk", "take_callback", receipt)


def test_not_solved_reopens_once_then_goes_to_a_conference_then_closes_unsolved(desk: Desk) -> None:
    receipt = answered(desk)
    judge = {
        "actor": replace(desk.system, kind="public"),
        "context": desk.context,
        "solved": "no",
        "rating": "dissatisfied",
    }
    again = actions.judge_by_caller(case=desk.case(receipt), key="j-1", **judge)
    assert (again.stage, again.reopened, again.solved) == ("handling", 1, "")
    rounds = (
        Clock.objects.filter(subject_id=again.id, kind="finish")
        .values_list("round", "state")
        .order_by("round")
    )
    assert list(rounds) == [(1, "met"), (2, "running")]
    run(desk, "property.handler", "answer", receipt, text="再次处理完毕。")
    second = actions.judge_by_caller(case=desk.case(receipt), key="j-2", **judge)
    assert (second.stage, second.reopened, second.solved) == ("handling", 2, "no")
    assert CaseHold.objects.get(case=second, closed_at=None).kind == "conference"
    refused(WrongStage, run, desk, "property.handler", "answer", receipt, text="不等会商了。")
    run(desk, "district.clerk", "rule_conference", receipt, outcome="keep", text="由原单位在三日内办结。")
    last = run(desk, "property.handler", "answer", receipt, text="第三次处理完毕。")
    assert (last.stage, last.solved, last.rating) == ("submitted", "", "")
    ended = actions.judge_by_caller(case=desk.case(receipt), key="j-3", **judge)
    assert (ended.stage, ended.solved) == ("closed", "no")
    assert Assignment.objects.get(case=ended).outcome == "closed"


def test_judgement_sent_twice_counts_once_and_too_late_is_refused(desk: Desk) -> None:
    receipt = answered(desk)
    judge = {"actor": replace(desk.system, kind="public"), "context": desk.context, "rating": "very"}
    case = desk.case(receipt)
    actions.judge_by_caller(case=case, key="same", solved="yes", **judge)
    before = counts()
    actions.judge_by_caller(case=case, key="same", solved="yes", **judge)
    assert counts() == before
    refused(KeyReused, actions.judge_by_caller, case=case, key="same", solved="no", **judge)
    refused(WrongStage, actions.judge_by_caller, case=case, key="new", solved="no", **judge)


def test_return_is_asked_ruled_and_not_asked_again(desk: Desk) -> None:
    receipt = dispatched(desk)
    run(desk, "property.handler", "ask_return", receipt, reason="not_our_duty", note="路灯属市政")
    refused(WrongStage, run, desk, "property.handler", "sign", receipt)
    run(desk, "community.clerk", "refuse_return", receipt, note="合同中有此项")
    assert run(desk, "property.handler", "sign", receipt).stage == "signed"
    refused(Invalid, run, desk, "property.handler", "ask_return", receipt, reason="not_our_duty", note="再退")


def test_accepted_return_goes_back_and_the_next_body_gets_new_clocks(desk: Desk) -> None:
    receipt = dispatched(desk)
    run(desk, "property.handler", "ask_return", receipt, reason="not_our_place", note="不在服务范围")
    case = run(desk, "community.clerk", "accept_return", receipt)
    assert (case.stage, case.handling_body_id) == ("received", None)
    run(desk, "community.clerk", "dispatch", receipt, body=desk.cast.bodies["office"].public_id)
    rounds = (
        Clock.objects.filter(subject_id=case.id, kind="sign_in")
        .order_by("round")
        .values_list("round", "state")
    )
    assert list(rounds) == [(1, "stopped"), (2, "running")]
    assert Clock.objects.get(subject_id=case.id, kind="finish").round == 1


def test_late_return_is_refused(desk: Desk) -> None:
    receipt = dispatched(desk)
    Assignment.objects.update(return_until=desk.context.now - timedelta(seconds=1))
    refused(Invalid, run, desk, "property.handler", "ask_return", receipt, reason="not_our_duty", note="x")


@pytest.mark.parametrize(
    ("login", "verb", "more", "error"),
    [
        ("neighbour.clerk", "dispatch", {"body": "x"}, OutOfScope),
        ("other.handler", "sign", {}, OutOfScope),
        ("property.handler", "sign", {}, OutOfScope),
        ("auditor", "dispatch", {"body": "x"}, NotAllowed),
        ("callback.clerk", "dispatch", {"body": "x"}, NotAllowed),
        ("community.clerk", "sign", {}, NotAllowed),
        ("community.clerk", "accept_return", {}, WrongStage),
        ("community.clerk", "dispatch", {"body": "nobody"}, Invalid),
        ("community.clerk", "refuse", {"reason": "none", "note": "x"}, Invalid),
        ("district.admin", "dispatch", {"body": "x"}, OutOfScope),
    ],
)
def test_wrong_people_and_wrong_moments_write_nothing(
    desk: Desk, login: str, verb: str, more: dict, error: type[Refused]
) -> None:
    receipt = desk.report()
    refused(error, run, desk, login, verb, receipt, **more)


def test_companies_lose_sight_only_of_what_was_never_theirs(desk: Desk) -> None:
    receipt = dispatched(desk)
    case = desk.case(receipt)
    for login in (
        "property.handler",
        "community.clerk",
        "subdistrict.clerk",
        "district.clerk",
        "auditor",
        "callback.clerk",
    ):
        actor = desk.actor(login)
        assert access.may_read(actor, case), login
        assert access.visible_to(actor).filter(id=case.id).exists(), login
    for login in ("other.handler", "neighbour.clerk", "district.admin", "data.officer"):
        actor = desk.actor(login)
        assert not access.may_read(actor, case), login
        assert not access.visible_to(actor).filter(id=case.id).exists(), login


def test_unreached_three_times_on_two_days_ends_as_not_judged(desk: Desk) -> None:
    receipt = answered(desk)
    now = desk.context.now
    for hours in (0, 1, 24):
        later = replace(desk, context=replace(desk.context, now=now + timedelta(hours=hours)))
        run(later, "callback.clerk", "take_callback", receipt)
        case = run(later, "callback.clerk", "unreached", receipt)
    assert (case.stage, case.not_judged_reason) == ("not_judged", "unreached")


def test_caller_adds_urges_and_withdraws(desk: Desk) -> None:
    case = desk.case(desk.report())
    caller = {"actor": replace(desk.system, kind="public"), "context": desk.context, "case": case}
    actions.add_by_caller(text="昨晚又灭了一盏。", key="a-1", **caller)
    assert actions.urge_by_caller(key="u-1", **caller).urged == 1
    actions.urge_by_caller(key="u-1", **caller)
    assert actions.withdraw_by_caller(key="w-1", **caller).stage == "withdrawn"
    assert Case.objects.get(id=case.id).urged == 1
    assert not Clock.objects.filter(subject_id=case.id, state="running").exists()
    refused(WrongStage, actions.add_by_caller, text="又一次", key="a-2", **caller)


def test_number_and_code_open_one_case_only(desk: Desk) -> None:
    receipt = desk.report()
    other = desk.report(key="k-2", text="另一件事")
    assert (
        queries.by_code(desk.cast.district, receipt.number, receipt.code.lower()).public_id
        == receipt.public_id
    )
    assert queries.by_code(desk.cast.district, receipt.number, other.code) is None
    assert queries.by_code(140499, receipt.number, receipt.code) is None


def test_queue_costs_the_same_for_one_and_for_twenty(desk: Desk) -> None:
    actor = desk.actor("community.clerk")
    desk.report(key="first")

    def cost() -> int:
        with CaptureQueriesContext(connection) as seen:
            page = queries.queue_page(actor, "due")
            for row in page.rows:
                str(row.place.name)
        return len(seen.captured_queries)

    one = cost()
    for n in range(19):
        desk.report(key=f"k{n}")
    assert cost() == one == 1


def test_queue_pages_by_cursor_without_gaps(desk: Desk) -> None:
    actor = desk.actor("community.clerk")
    for n in range(7):
        desk.report(key=f"k{n}")
    for queue in ("due", "all"):
        seen: list[int] = []
        after = ""
        while True:
            page = queries.queue_page(actor, queue, after, size=3)
            assert len(page.rows) <= 3
            seen += [c.id for c in page.rows]
            after = page.next_cursor
            if not after:
                break
        assert len(seen) == len(set(seen)) == 7


def test_misconduct_is_sealed_within_a_scope(desk: Desk) -> None:
    case = desk.case(desk.report(kind_of_request="misconduct"))
    for login in ("community.clerk", "subdistrict.clerk", "callback.clerk", "auditor"):
        actor = desk.actor(login)
        assert not access.may_read(actor, case), login
        assert not access.visible_to(actor).filter(id=case.id).exists(), login
    clerk = desk.actor("district.clerk")
    assert access.may_read(clerk, case)
    assert access.visible_to(clerk).filter(id=case.id).exists()


def test_small_compounds_are_public_with_their_community_only(desk: Desk) -> None:
    desk.report(kind="local_leak_indoor")
    desk.report(key="2", kind="local_neighbours")
    elsewhere = desk.cast.places["neighbour_compound"]
    assert [c.kind for c in queries.near(desk.context, desk.cast.places["second_compound"])] == [
        "local_leak_indoor"
    ]
    assert queries.near(desk.context, elsewhere) == []
