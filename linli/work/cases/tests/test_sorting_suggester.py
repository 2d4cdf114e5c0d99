"""The district's suggester: what it learns from, what it must not learn, how right it was."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest

from linli.foundation.core import charter
from linli.foundation.core.context import begin
from linli.foundation.core.models import CharterVersion, Event
from linli.foundation.core.rules.actor import Actor, public
from linli.foundation.core.rules.charter import Charter
from linli.work.cases import learning, queries
from linli.work.cases.loading import PastCase, PastStep, load
from linli.work.cases.models import Assignment, Case, Proposal, Suggester
from linli.work.cases.rules import suggesting
from linli.work.cases.tests.builders import Desk, open_desk

SAID = {
    "gb_part_01037": ("路灯不亮晚上黑", "路灯坏了", "楼前的灯全灭了", "路灯一闪一闪"),
    "gb_event_06010": ("垃圾没人清", "楼后堆了垃圾", "装修垃圾一大堆", "垃圾味道很大"),
    "local_no_water_power": ("早上起停水", "家里没水做饭", "又停电了", "停水没有通知"),
}


@pytest.fixture
def desk(work) -> Desk:
    """The cast at work, with a charter that was in force when the past happened."""
    found = open_desk(work)
    CharterVersion.objects.update(valid_from=found.context.now - timedelta(days=90))
    charter.forget(found.context.district)
    return found


@pytest.fixture
def small(monkeypatch) -> None:
    """A charter that lets a model be learnt from few cases."""
    true = charter.current

    def fewer(district: int, now):
        found = true(district, now)
        rules = dict(found.rules)
        for key, value in (("cases.suggester.least", 20), ("cases.suggester.shown", 25)):
            rules[key] = replace(rules[key], value=value)
        return Charter(rules, found.digest)

    monkeypatch.setattr(charter, "current", fewer)


def past(
    desk: Desk,
    said: Sequence[tuple[str, str]],
    *,
    body: str = "company",
    request: str = "complaint",
    days: int = 30,
) -> None:
    """Closed cases of these kinds and words, handled by one body."""
    received = desk.context.now - timedelta(days=days)
    handler = Actor(district=desk.cast.district, kind="staff", body=desk.cast.bodies[body].id)
    caller = public(desk.cast.district)
    rows = []
    for number, (kind, text) in enumerate(said):
        begun = received + timedelta(minutes=number)
        hours = [begun + timedelta(hours=h) for h in range(1, 6)]
        rows.append(
            PastCase(
                desk.cast.places["compound"], kind, request, text, "public", begun, None,
                (
                    PastStep("dispatch", hours[0], desk.system, body=desk.cast.bodies[body].id), PastStep("sign", hours[1], handler),
                    PastStep("contact", hours[2], handler), PastStep("answer", hours[3], handler, "已处理"),
                    PastStep("confirm_solved", hours[4], caller, solved="yes", rating="very"),
                ),
            )
        )  # fmt: skip
    load(desk.context, rows)


def lessons(times: int = 3) -> list[tuple[str, str]]:
    return [(kind, f"{n}号楼{text}") for n in range(times) for kind, texts in SAID.items() for text in texts]


def learnt(desk: Desk) -> Suggester | None:
    return learning.learn(actor=desk.system, context=desk.context)


def test_it_learns_from_closed_cases_and_says_what_it_is_made_of(desk: Desk, small) -> None:
    past(desk, lessons())
    row = learnt(desk)
    assert row is not None and row.cases == 36
    assert row.labels["kind"] == sorted(SAID)
    assert row.charter_digest == charter.current(desk.cast.district, desk.context.now).digest
    assert row.digest == suggesting.digest(bytes(row.weights))
    assert row.first_received < row.last_received < row.trained_at
    event = Event.objects.get(code="cases.suggester_learnt")
    assert event.data == {"cases": 36, "kinds": 3, "digest": row.digest}
    told = learning.suggest(desk.context, "小区里的路灯又不亮了", case_class="P2")
    assert (told.suggester, told.kind) == (row.id, "gb_part_01037")
    assert told.because and told.kind_share > 33


def test_equal_cases_make_no_second_model_and_no_second_event(desk: Desk, small) -> None:
    past(desk, lessons())
    first = learnt(desk)
    assert (
        learning.learn(
            actor=desk.system, context=replace(desk.context, now=desk.context.now + timedelta(days=1))
        )
        == first
    )
    assert (Suggester.objects.count(), Event.objects.filter(code="cases.suggester_learnt").count()) == (1, 1)


def test_too_few_cases_teach_nothing(desk: Desk) -> None:
    past(desk, lessons())
    assert learnt(desk) is None
    assert Suggester.objects.count() == 0 and not Event.objects.filter(code="cases.suggester_learnt").exists()
    told = learning.suggest(desk.context, "路灯不亮", case_class="P2")
    assert told == learning.Suggestion()


def test_open_cases_and_misconduct_teach_nothing(desk: Desk, small) -> None:
    past(desk, lessons())
    past(desk, [("local_other", f"工作人员收了好处{n}") for n in range(12)], request="misconduct")
    for n in range(8):
        desk.report(f"k-{n}", kind="gb_event_06028", text=f"半夜噪声{n}")
    row = learnt(desk)
    assert row.cases == 36 and row.labels["kind"] == sorted(SAID)


def test_wrong_units_are_not_learnt(desk: Desk, small) -> None:
    past(desk, lessons())
    past(desk, lessons(), body="committee", days=20)
    company, committee = (desk.cast.bodies[name] for name in ("company", "committee"))
    assert learnt(desk).labels["body"] == sorted({company.kind, committee.kind})
    for case in Case.objects.filter(handling_body=committee):
        Assignment.objects.create(
            district=case.district, case=case, body=company, dispatched_at=case.received_at, ended_at=case.ended_at, outcome="returned",
        )  # fmt: skip
    later = replace(desk.context, now=desk.context.now + timedelta(days=1))
    row = learning.learn(actor=desk.system, context=later)
    assert "body" not in row.labels
    assert row.labels["kind"] == sorted(SAID)


def test_it_never_lowers_a_class_and_words_of_danger_raise_it(desk: Desk, small) -> None:
    past(desk, lessons())
    learnt(desk)
    order = ["P0", "P1", "P2", "P3"]
    for text in ("路灯不亮", "又停水了", "路灯电线着火", "万一着火怎么办", "随便说说", ""):
        for given in order:
            told = learning.suggest(desk.context, text, case_class=given).urgency
            assert told == "" or order.index(told) < order.index(given)
    assert learning.suggest(desk.context, "楼道着火了", case_class="P3").urgency == "P0"
    assert learning.suggest(desk.context, "一直停水没水做饭，早上停水", case_class="P3").urgency == "P1"


def test_proposals_are_kept_once_and_compared_with_what_people_decided(desk: Desk, small) -> None:
    past(desk, lessons())
    assert learning.propose_waiting(context=desk.context) == 0
    learnt(desk)
    right = desk.report("k-1", text="小区路灯坏了不亮")
    desk.report("k-2", kind="gb_event_06028", text="楼后垃圾没人清", channel="hotline")
    desk.report("k-3", kind_of_request="misconduct", text="垃圾站收钱")
    events = Event.objects.count()
    assert learning.propose_waiting(context=desk.context) == 2
    assert learning.propose_waiting(context=desk.context) == 0
    assert Event.objects.count() == events
    row = Proposal.objects.get(case=desk.case(right))
    assert (row.kind, row.suggester_id) == ("gb_part_01037", Suggester.objects.get().id)
    assert learning.proposed(desk.context, desk.case(right)).kind == "gb_part_01037"
    company = desk.cast.bodies["company"]
    Case.objects.filter(kind_of_request="complaint", stage="received").update(
        stage="closed", solved="yes", judged_by="caller", handling_body=company, ended_at=desk.context.now
    )
    found = {hit.channel: hit for hit in queries.hits(desk.actor("community.clerk"), desk.context)}
    assert {channel: (hit.cases, hit.kind_hits, hit.kind_share) for channel, hit in found.items()} == {
        "public": (1, 1, 100),
        "hotline": (1, 0, 0),
    }
    assert queries.hits(desk.actor("neighbour.clerk"), desk.context) == []


def test_the_other_district_s_model_says_nothing_here(other_work, desk: Desk, small) -> None:
    past(desk, lessons())
    learnt(desk)
    begin(other_work[0].district)
    other = open_desk(other_work)
    assert learning.suggest(other.context, "路灯不亮", case_class="P2").kind == ""
    assert queries.newest_suggester(other.context.district) is None


def test_only_the_newest_models_keep_their_weights(desk: Desk, small) -> None:
    for turn in range(6):
        past(desk, [*lessons(), ("gb_part_01037", f"第{turn}次")], days=30 - turn)
        later = replace(desk.context, now=desk.context.now + timedelta(days=turn))
        learning.learn(actor=desk.system, context=later)
    sizes = [
        len(bytes(w)) for w in Suggester.objects.order_by("trained_at").values_list("weights", flat=True)
    ]
    assert [size > 0 for size in sizes] == [False, False, True, True, True, True]
    assert learning.suggest(desk.context, "路灯不亮").kind == "gb_part_01037"
