"""Same issues: hints, joining, merging and taking apart, splitting, linking, hot issues; nothing crosses a district."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from hypothesis import given
from hypothesis import strategies as st

from linli.foundation.core.context import begin
from linli.foundation.core.errors import Conflict, Invalid, NotAllowed, OutOfScope, Refused, WrongStage
from linli.foundation.core.idempotency import KeyReused
from linli.foundation.core.models import Event
from linli.foundation.core.rules.actor import public
from linli.foundation.messaging.models import Message
from linli.foundation.people.registry import holds
from linli.work.cases import actions, queries, reactions, supporting
from linli.work.cases.models import Case, Entry, Link, Supporter
from linli.work.cases.rules import sameness
from linli.work.cases.rules.sameness import Candidate
from linli.work.cases.tests.builders import TEXT, Desk, open_desk

LIKE = "三号楼东边的路灯坏了一周，晚上看不清路。"
NOW = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)


@pytest.fixture
def desk(work) -> Desk:
    return open_desk(work)


def counts() -> tuple[int, ...]:
    return tuple(m.objects.count() for m in (Case, Event, Supporter, Link, Entry))


def refused(error: type[Refused], call, **more: object) -> Refused:
    before = counts()
    with pytest.raises(error) as caught, transaction.atomic():
        call(**more)
    assert counts() == before
    return caught.value


def hints(desk: Desk, text: str = LIKE, kind: str = "gb_part_01037", place: str = "compound", **more):
    return queries.same_open(desk.context, desk.cast.places[place], kind, text, **more)


def joined(desk: Desk, receipt: actions.Receipt, key: str = "j-1", **more: str) -> actions.JoinReceipt:
    told = {"text": "我家门口那盏也不亮", "name": "李四", "phone": "13900139000", **more}
    return actions.join(
        actor=public(desk.cast.district), context=desk.context, case=desk.case(receipt), key=key, door="cases.join", **told
    )  # fmt: skip


def by(desk: Desk, login: str, verb: str, **more: object):
    return getattr(actions, verb)(actor=desk.actor(login), context=desk.context, **more)


# --- the pure rule ----------------------------------------------------------------------------------------------


def candidate(id_: int, text: str, *, place: bool = True, kind: bool = True, days: int = 0) -> Candidate:
    return Candidate(id_, text, place, kind, NOW - timedelta(days=days))


def test_likely_by_hand() -> None:
    # 水电停了 against 水电: pieces of the first 4 + 3 + 2, of the second 3, in common 3: 3 / sqrt(9 * 3) = 0.577.
    (found,) = sameness.likely("水电停了", [candidate(1, "水电")], floor=57, most=3)
    assert (found.id, found.alike) == (1, 58)
    assert sameness.likely("水电停了", [candidate(1, "水电")], floor=58, most=3) == []
    # Elsewhere or of another kind the words must be a quarter more alike: 0.577 < 0.47 * 1.25.
    for other in (candidate(1, "水电", place=False), candidate(1, "水电", kind=False)):
        assert sameness.likely("水电停了", [other], floor=47, most=3) == []
        assert len(sameness.likely("水电停了", [other], floor=46, most=3)) == 1


def test_before_words_only_the_same_place_and_kind_is_shown_newest_first() -> None:
    rows = [
        candidate(1, "路灯", days=3),
        candidate(2, "路灯", days=1),
        candidate(3, "路灯", place=False),
        candidate(4, "路灯", kind=False),
    ]
    assert [one.id for one in sameness.likely("", rows, floor=99, most=3)] == [2, 1]


@given(
    st.lists(st.text(alphabet="路灯不亮水", min_size=1, max_size=8), max_size=8),
    st.integers(1, 100),
    st.integers(1, 4),
)
def test_likely_is_bounded_and_in_order(texts: list[str], floor: int, most: int) -> None:
    rows = [candidate(n, text) for n, text in enumerate(texts)]
    found = sameness.likely("路灯不亮了", rows, floor=floor, most=most)
    assert len(found) <= most
    assert [one.alike for one in found] == sorted((one.alike for one in found), reverse=True)
    assert all(one.alike >= floor - 1 for one in found)


def test_hot_by_hand() -> None:
    families = ({"code": "lifts", "kinds": ("stuck", "fault")},)
    rows = [
        (1, "stuck", 2, NOW),
        (1, "fault", 3, NOW - timedelta(days=1)),
        (1, "noise", 4, NOW),
        (2, "noise", 5, NOW),
    ]
    found = sameness.hot(rows, families, 5)
    assert [(row.place, row.family, row.reports, row.last) for row in found] == [
        (1, "lifts", 5, NOW),
        (2, "noise", 5, NOW),
    ]
    assert sameness.hot(rows, families, 6) == []


# --- hints ------------------------------------------------------------------------------------------------------


def test_the_same_lamp_is_offered_and_another_matter_is_not(desk: Desk) -> None:
    first = desk.report("k-1")
    desk.report("k-2", kind="gb_event_06010", text="楼后堆了装修垃圾没人清")
    found = hints(desk)
    assert [one.case.public_id for one in found] == [first.public_id]
    assert found[0].alike >= 22
    assert hints(desk, kind="gb_event_06028") == []
    assert [one.case.public_id for one in hints(desk, kind="")] == [first.public_id]


def test_a_kind_of_the_same_family_is_offered(desk: Desk) -> None:
    first = desk.report("k-1", kind="gb_event_10002", text="三号楼东侧路灯的电线掉下来了，晚上看不清")
    assert [one.case.public_id for one in hints(desk, text="三号楼东侧路灯电线掉下来了，看不清")] == [
        first.public_id
    ]


def test_what_is_not_public_is_not_offered_to_everybody(desk: Desk) -> None:
    desk.report("k-1", kind="local_neighbours", text="楼上半夜一直跑跳影响休息")
    desk.report("k-2", kind_of_request="misconduct")
    assert hints(desk, kind="local_neighbours", text="楼上半夜一直跑跳影响休息") == []
    assert hints(desk, text=TEXT) == []
    clerk = desk.actor("community.clerk")
    shown = hints(desk, kind="local_neighbours", text="楼上半夜一直跑跳影响休息", actor=clerk)
    assert len(shown) == 1
    assert hints(desk, text=TEXT, actor=clerk) == []
    assert (
        hints(
            desk,
            kind="local_neighbours",
            text="楼上半夜一直跑跳影响休息",
            actor=desk.actor("neighbour.clerk"),
        )
        == []
    )


def test_a_small_compound_is_shown_as_its_community(desk: Desk) -> None:
    desk.report("k-1")
    assert [one.place for one in hints(desk)] == [desk.cast.places["community"].name]


def test_ended_and_old_cases_are_not_offered(desk: Desk) -> None:
    receipt = desk.report("k-1")
    actions.withdraw_by_caller(
        actor=public(desk.cast.district), context=desk.context, case=desk.case(receipt), key="w-1"
    )
    assert hints(desk) == []
    desk.report("k-2")
    later = replace(desk.context, now=desk.context.now + timedelta(days=61))
    assert queries.same_open(later, desk.cast.places["compound"], "gb_part_01037", LIKE) == []


def test_the_other_district_sees_nothing(other_work, desk: Desk) -> None:
    receipt = desk.report("k-1")
    assert hints(desk) != []
    begin(other_work[0].district)
    other = open_desk(other_work)
    assert queries.same_open(other.context, other.cast.places["compound"], "gb_part_01037", TEXT) == []
    assert queries.joinable(other.context, desk.case(receipt).id) is None
    assert queries.supporter_by_code(other.context.district, receipt.number, receipt.code) is None


def test_hints_cost_a_constant_number_of_statements(desk: Desk) -> None:
    costs = []
    for start in (0, 10):
        for number in range(start, start + 4):
            desk.report(f"k-{number}")
        hints(desk)
        with CaptureQueriesContext(
            connection,
        ) as seen:
            hints(desk)
        costs.append(len(seen))
    assert costs[0] == costs[1] <= 6


# --- joining ----------------------------------------------------------------------------------------------------


def test_joining_makes_a_supporter_and_no_case(desk: Desk) -> None:
    receipt = desk.report()
    before = Case.objects.count()
    got = joined(desk, receipt)
    row = Supporter.objects.get()
    assert Case.objects.count() == before
    assert (got.number, row.case.public_id, row.public_id) == (
        receipt.number,
        receipt.public_id,
        got.public_id,
    )
    assert got.code != receipt.code and not got.replay
    assert row.contact_id not in (None, row.case.contact_id)
    event = Event.objects.get(code="case.supported")
    assert (event.seq, event.data["supporter"]) == (2, row.id)
    assert "13900139000" not in str(event.data) and "李四" not in str(event.data)


def test_the_own_code_opens_the_supporter_and_only_that(desk: Desk) -> None:
    receipt = desk.report()
    got, other = joined(desk, receipt), joined(desk, receipt, "j-2", phone="")
    district = desk.cast.district
    assert queries.supporter_by_code(district, got.number, got.code).public_id == got.public_id
    assert queries.supporter_by_code(district, other.number, other.code.lower()).public_id == other.public_id
    assert queries.supporter_by_code(district, got.number, receipt.code) is None
    assert queries.by_code(district, got.number, got.code) is None
    assert queries.supporter_by_code(140499, got.number, got.code) is None


def test_a_second_send_joins_once_and_another_body_is_refused(desk: Desk) -> None:
    receipt = desk.report()
    first = joined(desk, receipt)
    before = counts()
    again = joined(desk, receipt)
    assert (again.public_id, again.code, again.replay, counts()) == (
        first.public_id,
        first.code,
        True,
        before,
    )
    refused(KeyReused, joined, desk=desk, receipt=receipt, text="别的话")


def test_words_of_a_supporter_are_masked(desk: Desk) -> None:
    joined(desk, desk.report(), text="请打13700137000找我")
    assert "13700137000" not in Supporter.objects.get().text


def test_an_ended_case_cannot_be_joined(desk: Desk) -> None:
    receipt = desk.report()
    actions.withdraw_by_caller(
        actor=public(desk.cast.district), context=desk.context, case=desk.case(receipt), key="w-1"
    )
    refused(Conflict, joined, desk=desk, receipt=receipt)
    assert queries.joinable(desk.context, desk.case(receipt).id) is None


def test_too_long_words_are_refused(desk: Desk) -> None:
    refused(Invalid, joined, desk=desk, receipt=desk.report(), text="长" * 5001)


def test_supporters_are_told_of_the_answer_and_the_first_caller_judges(desk: Desk) -> None:
    receipt = desk.report()
    got = joined(desk, receipt)
    company = desk.cast.bodies["company"].public_id
    by(desk, "community.clerk", "dispatch", case=receipt.public_id, body=company)
    for verb, more in (("sign", {}), ("contact", {}), ("answer", {"text": "已修好"})):
        by(desk, "property.handler", verb, case=receipt.public_id, **more)
    event = Event.objects.get(code="case.answered")
    reactions.tell_supporters(event, desk.context)
    reactions.tell_supporters(event, desk.context)
    row = Supporter.objects.get(public_id=got.public_id)
    told = Message.objects.filter(template="case_supported_answer")
    assert [m.recipient for m in told] == [row.contact_id]
    reactions.supporter_receipt(Event.objects.get(code="case.supported"), desk.context)
    assert Message.objects.filter(template="case_supported", recipient=row.contact_id).count() == 1


def test_an_open_case_keeps_its_supporters_reachable(desk: Desk) -> None:
    receipt = desk.report()
    joined(desk, receipt)
    contact = Supporter.objects.get().contact_id
    district = desk.cast.district
    assert "cases.supported" in holds(district, contact, desk.context.now)
    (row,) = supporting.rows(district, contact)
    assert row["number"] == receipt.number
    assert supporting.subjects(district, contact) == [("supporter", Supporter.objects.get().id)]
    actions.withdraw_by_caller(
        actor=public(district), context=desk.context, case=desk.case(receipt), key="w-1"
    )
    assert "cases.supported" not in holds(district, contact, desk.context.now)


# --- staff ------------------------------------------------------------------------------------------------------


def two(desk: Desk) -> tuple[str, str]:
    return desk.report("k-1").public_id, desk.report(
        "k-2", text=LIKE, phone="13900139000", name="李四"
    ).public_id


def test_merging_ends_one_case_and_its_caller_supports_the_other(desk: Desk) -> None:
    first, second = two(desk)
    done = by(desk, "community.clerk", "merge", case=second, into=first)
    assert (done.stage, done.next_due) == ("merged", None)
    row = Supporter.objects.get()
    assert (row.case.public_id, row.contact_id, row.merged_from) == (first, done.contact_id, done.id)
    link = Link.objects.get()
    assert (link.kind, link.case_id, link.other.public_id, link.ended_at) == ("merged", done.id, first, None)
    assert Case.objects.get(public_id=first).stage == "received"
    assert supporting.waiting_for(desk.cast.district, row.case_id) == [done.contact_id]


def test_taking_a_merge_apart_opens_the_case_again_with_its_own_promise(desk: Desk) -> None:
    first, second = two(desk)
    promised = Case.objects.get(public_id=second).promised_at
    by(desk, "community.clerk", "merge", case=second, into=first)
    back = by(desk, "community.clerk", "unmerge", case=second)
    assert (back.stage, back.ended_at, back.promised_at) == ("received", None, promised)
    assert Supporter.objects.get().ended_at is not None and Link.objects.get().ended_at is not None
    assert supporting.waiting_for(desk.cast.district, Case.objects.get(public_id=first).id) == []
    assert by(desk, "community.clerk", "merge", case=second, into=first).stage == "merged"


def test_supporters_of_what_was_merged_wait_for_the_answer_too(desk: Desk) -> None:
    first, second = two(desk)
    receipt = actions.Receipt(second, "", "", None, False)
    joined(desk, receipt, phone="13700137000")
    by(desk, "community.clerk", "merge", case=second, into=first)
    assert len(supporting.waiting_for(desk.cast.district, Case.objects.get(public_id=first).id)) == 2


def test_merging_is_refused_where_it_must_be(desk: Desk) -> None:
    first, second = two(desk)
    clerk, context = desk.actor("community.clerk"), desk.context
    told = {"actor": clerk, "context": context}
    refused(Invalid, actions.merge, **told, case=first, into=first)
    refused(OutOfScope, actions.merge, **told, case=first, into="nothing")
    refused(
        OutOfScope,
        actions.merge,
        actor=desk.actor("neighbour.clerk"),
        context=context,
        case=second,
        into=first,
    )
    refused(
        NotAllowed,
        actions.merge,
        actor=desk.actor("property.handler"),
        context=context,
        case=second,
        into=first,
    )
    refused(NotAllowed, actions.merge, actor=desk.actor("auditor"), context=context, case=second, into=first)
    refused(WrongStage, actions.unmerge, **told, case=second)
    by(desk, "community.clerk", "merge", case=second, into=first)
    refused(WrongStage, actions.merge, **told, case=second, into=first)
    refused(Conflict, actions.merge, **told, case=first, into=second)


def test_a_report_of_misconduct_stays_by_itself(desk: Desk) -> None:
    first = desk.report("k-1").public_id
    sealed = desk.report("k-2", kind_of_request="misconduct").public_id
    told = {"actor": desk.actor("district.clerk"), "context": desk.context}
    refused(Invalid, actions.merge, **told, case=sealed, into=first)
    refused(Invalid, actions.link, **told, case=sealed, other=first)
    refused(
        OutOfScope,
        actions.link,
        actor=desk.actor("community.clerk"),
        context=desk.context,
        case=sealed,
        other=first,
    )


def test_linking_and_undoing(desk: Desk) -> None:
    first, second = two(desk)
    made = by(desk, "community.clerk", "link", case=first, other=second)
    before = counts()
    assert by(desk, "community.clerk", "link", case=second, other=first).id == made.id
    assert counts() == before
    clerk = desk.actor("community.clerk")
    (shown,) = queries.company(clerk, desk.context, Case.objects.get(public_id=first)).links
    assert shown[1].public_id == second
    refused(OutOfScope, actions.unlink, actor=clerk, context=desk.context, case="else", link=made.id)
    by(desk, "community.clerk", "unlink", case=first, link=made.id)
    assert queries.company(clerk, desk.context, Case.objects.get(public_id=first)).links == []
    by(desk, "community.clerk", "merge", case=second, into=first)
    merged = Link.objects.get(kind="merged")
    refused(Conflict, actions.unlink, actor=clerk, context=desk.context, case=first, link=merged.id)


def test_splitting_opens_a_second_case_of_the_same_caller_and_moment(desk: Desk) -> None:
    receipt = desk.report("k-1")
    later = replace(desk.context, now=desk.context.now + timedelta(hours=5))
    told = {
        "actor": desk.actor("community.clerk"),
        "context": later,
        "case": receipt.public_id,
        "kind": "gb_event_06010",
    }
    made = actions.split(**told, text="另外楼后垃圾没人清", key="s-1")
    old, fresh = desk.case(receipt), Case.objects.get(public_id=made.public_id)
    assert (fresh.contact_id, fresh.received_at, fresh.kind) == (
        old.contact_id,
        old.received_at,
        "gb_event_06010",
    )
    assert fresh.recorded_at == later.now and fresh.promised_at == old.promised_at
    link = Link.objects.get()
    assert (link.kind, link.case_id, link.other_id) == ("split", fresh.id, old.id)
    before = counts()
    assert actions.split(**told, text="另外楼后垃圾没人清", key="s-1").public_id == made.public_id
    assert counts() == before
    refused(Invalid, actions.split, **told, text=" ", key="s-2")
    refused(Invalid, actions.split, **{**told, "kind": "none"}, text="x", key="s-3")
    refused(NotAllowed, actions.split, **{**told, "actor": desk.actor("auditor")}, text="x", key="s-4")
    refused(
        OutOfScope, actions.split, **{**told, "actor": desk.actor("neighbour.clerk")}, text="x", key="s-5"
    )
    actions.withdraw_by_caller(
        actor=public(desk.cast.district), context=desk.context, case=desk.case(receipt), key="w-1"
    )
    refused(Conflict, actions.split, **told, text="x", key="s-6")


# --- hot issues -------------------------------------------------------------------------------------------------


def test_a_matter_becomes_hot_at_the_charter_s_number(other_work, desk: Desk) -> None:
    clerk = desk.actor("community.clerk")
    receipts = [desk.report(f"k-{n}", kind=("gb_part_01037", "gb_event_10002")[n % 2]) for n in range(4)]
    assert queries.hot_issues(clerk, desk.context) == []
    joined(desk, receipts[0])
    (found,) = queries.hot_issues(clerk, desk.context)
    assert (found.hot.family, found.hot.reports, found.place.id) == (
        "lighting",
        5,
        desk.cast.places["compound"].id,
    )
    assert len(found.cases) == 3
    assert queries.hot_issues(desk.actor("neighbour.clerk"), desk.context) == []
    week = replace(desk.context, now=desk.context.now + timedelta(days=8))
    assert queries.hot_issues(clerk, week) == []
    begin(other_work[0].district)
    other = open_desk(other_work)
    assert queries.hot_issues(other.actor("district.clerk"), other.context) == []


def test_a_merged_case_is_counted_once(desk: Desk) -> None:
    for n in range(4):
        desk.report(f"k-{n}")
    first, second = list(Case.objects.order_by("id").values_list("public_id", flat=True)[:2])
    by(desk, "community.clerk", "merge", case=second, into=first)
    assert queries.hot_issues(desk.actor("community.clerk"), desk.context) == []
