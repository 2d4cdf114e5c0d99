"""Random walks through all verbs on a real database: whatever is tried, the invariants of a case hold."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, seed, settings
from hypothesis import strategies as st

from linli.foundation.core import clocks
from linli.foundation.core.errors import Refused
from linli.foundation.core.models import Event
from linli.foundation.core.rules.actor import Actor, public
from linli.work.cases import actions
from linli.work.cases.models import Assignment, Case, CaseHold, JointTurn, WhistleCall
from linli.work.cases.rules.flow import FINAL, FLOW, GIVEN
from linli.work.cases.rules.whistle import FINAL as CALL_ENDED
from linli.work.cases.tests.builders import Desk, department_handler, open_desk

WITH_BODY = {*GIVEN.split(), "submitted", "callback"}
TEXT = "按规定办理。"


class Walker:
    """Tries verbs as whoever they belong to, on two cases, and looks at both after each."""

    def __init__(self, desk: Desk, department: Actor, key: str) -> None:
        self.desk, self.department, self.context = desk, department, desk.context
        self.cases = [
            desk.report(key=f"{key}-{n}", kind=k).public_id
            for n, k in enumerate(("gb_part_01037", "local_property_service"))
        ]
        self.done: set[str] = set()

    def row(self, which: int) -> Case:
        return Case.objects.select_related("place").get(public_id=self.cases[which])

    def tries(self, which: int, number: int) -> dict[str, Callable[[], Any]]:
        case, other = self.cases[which], self.cases[1 - which]
        row, at = self.row(which), {"context": self.context, "case": case}
        bodies = self.desk.cast.bodies
        clerk, street, district, handler, back = (
            self.desk.actor(n) for n in ("community.clerk", "subdistrict.clerk", "district.clerk", "property.handler", "callback.clerk")
        )  # fmt: skip
        who = (clerk, street, district)[number % 3]
        body = bodies[("company", "committee", "department")[number % 3]].public_id
        day = self.context.now.date() + timedelta(days=1 + number % 95)
        mine = {
            "actor": public(row.district),
            "context": self.context,
            "case": row,
            "key": f"{row.id}-{row.seq}",
        }
        lead = (
            handler
            if row.handling_body_id in (None, handler.body)
            else replace(handler, body=row.handling_body_id)
        )
        return {
            "dispatch": lambda: actions.dispatch(actor=who, body=body, **at),
            "recall": lambda: actions.recall(actor=who, note=TEXT, **at),
            "refuse": lambda: actions.refuse(actor=who, reason="litigation", note=TEXT, **at),
            "transfer": lambda: actions.transfer(actor=who, to=("emergency", "petition")[number % 2], note=TEXT, **at),
            "advice": lambda: actions.answer_at_intake(actor=who, text=TEXT, **at),
            "merge": lambda: actions.merge(actor=who, into=other, **at),
            "unmerge": lambda: actions.unmerge(actor=who, **at),
            "sign": lambda: actions.sign(actor=lead, **at),
            "contact": lambda: actions.contact(actor=lead, **at),
            "progress": lambda: actions.progress(actor=lead, text=TEXT, **at),
            "answer": lambda: actions.answer(actor=lead, text=TEXT, **at),
            "ask_return": lambda: actions.ask_return(actor=lead, reason="not_our_duty", note=TEXT, **at),
            "accept_return": lambda: actions.accept_return(actor=who, **at),
            "refuse_return": lambda: actions.refuse_return(actor=who, note=TEXT, **at),
            "ask_extension": lambda: actions.ask_extension(actor=lead, reason="needs_parts", amount=number % 12, note=TEXT, **at),
            "grant_extension": lambda: actions.grant_extension(actor=who, **at),
            "deny_extension": lambda: actions.deny_extension(actor=who, note=TEXT, **at),
            "ask_parking": lambda: actions.ask_parking(actor=lead, reason="funding", until=day, text=TEXT, **at),
            "approve_parking": lambda: actions.approve_parking(actor=who, **at),
            "deny_parking": lambda: actions.deny_parking(actor=who, note=TEXT, **at),
            "renew_parking": lambda: actions.renew_parking(actor=who, until=day, text=TEXT, **at),
            "end_parking": lambda: actions.end_parking(actor=who, **at),
            "review": lambda: actions.review_parked(context=self.context),
            "call_conference": lambda: actions.call_conference(actor=who, reason="stuck", note=TEXT, **at),
            "rule": lambda: actions.rule_conference(actor=who, outcome=("keep", "reassign", "close")[number % 3], text=TEXT, **at),
            "add_joint": lambda: actions.add_joint(actor=who, helpers=[bodies["department"].public_id], note=TEXT, **at),
            "accept_joint": lambda: actions.accept_joint(actor=self.department, **at),
            "joint_report": lambda: actions.joint_report(actor=self.department, text=TEXT, **at),
            "call_whistle": lambda: actions.call_whistle(actor=street, department=bodies["department"].public_id, note=TEXT, **at),
            "whistle_ack": lambda: actions.whistle_ack(actor=self.department, **at),
            "whistle_visit": lambda: actions.whistle_visit(actor=self.department, text=TEXT, **at),
            "whistle_plan": lambda: actions.whistle_plan(actor=self.department, text=TEXT, **at),
            "whistle_done": lambda: actions.whistle_done(actor=self.department, text=TEXT, **at),
            "end_whistle": lambda: actions.end_whistle(actor=street, note=TEXT, **at),
            "rate_whistle": lambda: actions.rate_whistle(actor=(street, self.department)[number % 2], score=1 + number % 5, **at),
            "climb": lambda: actions.climb(actor=(lead, who)[number % 2], reason="beyond_powers", note=TEXT, **at),
            "climb_unmet": lambda: actions.climb_unmet(actor=self.desk.system, kind="sign_in", **at),
            "ask_caller": lambda: actions.ask_caller(actor=lead, text=TEXT, **at),
            "reply": lambda: actions.reply_by_caller(text=TEXT, **mine),
            "take_callback": lambda: actions.take_callback(actor=back, **at),
            "unreached": lambda: actions.unreached(actor=back, **at),
            "judge": lambda: actions.judge_by_caller(solved=("no", "no", "yes")[number % 3], rating="basic", **mine),
            "withdraw": lambda: actions.withdraw_by_caller(**mine) if number % 7 == 0 else None,
        }  # fmt: skip

    def go(self, which: int, verb: str, number: int) -> None:
        before = self.row(which)
        self.context = replace(self.context, now=self.context.now + timedelta(minutes=7 + number * 3))
        try:
            with transaction.atomic():
                self.tries(which, number)[verb]()
            self.done.add(verb)
        except Refused:
            assert self.row(which).seq == before.seq, f"{verb} was refused and wrote"
        for n in (0, 1):
            holds_together(self.row(n))


def holds_together(case: Case) -> None:
    """What is true of every case at every moment."""
    here = {"district": case.district, "case": case}
    events = list(Event.objects.filter(subject_type="case", subject_id=case.id).order_by("seq"))
    assert [e.seq for e in events] == list(range(1, case.seq + 1))
    assert events[-1].data["stage"] == case.stage
    turns = Assignment.objects.filter(**here, ended_at=None)
    assert (turns.count() == 1) == (case.stage in WITH_BODY)
    if case.stage in WITH_BODY:
        assert turns.get().body_id == case.handling_body_id
    held = set(CaseHold.objects.filter(**here, closed_at=None).values_list("kind", flat=True))
    if case.stage in FINAL or case.stage == "received":
        assert not held and not JointTurn.objects.filter(**here, ended_at=None).exists()
    assert not ({"parked", "conference"} <= held) and not ({"parked", "park_asked"} <= held)
    calls = WhistleCall.objects.filter(**here).exclude(stage__in=CALL_ENDED)
    assert (calls.count() == 1) == ("whistle" in held)
    if case.stage == "closed":
        assert case.solved in ("yes", "no") and events[-1].code in (
            "case.closed",
            "case.ruled_close",
            "case.whistle_rated",
        )
        assert any(e.code in ("case.closed", "case.to_conference") for e in events)
    _clocks(case, held)


def _clocks(case: Case, held: set[str]) -> None:
    rows = clocks.of(case.district, ("case", case.id))
    running = {c.kind for c in rows if c.stopped_at is None}
    assert len(running) == len([c for c in rows if c.stopped_at is None])
    wanted: set[str] = set()
    if case.stage not in FINAL:
        wanted = {"judge"} if case.stage in ("submitted", "callback") else {"finish"}
        wanted |= {"dispatch"} if case.stage == "received" else set()
        wanted |= {"sign_in", "contact"} if case.stage == "dispatched" else set()
        wanted |= {"contact"} if case.stage == "signed" else set()
    assert running - {"whistle_ack"} == wanted, (case.stage, running)
    assert "whistle" in held or "whistle_ack" not in running
    finish = [c for c in rows if c.kind == "finish"][-1]
    assert (finish.state == "paused") == ("parked" in held)
    open_due = [c.next_due for c in rows if c.stopped_at is None and c.next_due is not None]
    assert case.next_due == min(open_due, default=None)


# What each try asks of the table, where it is called otherwise.
ASKS = {
    "transfer": "transfer_petition", "advice": "answer_at_intake", "rule": "rule_keep", "reply": "reply_question",
    "judge": "confirm_solved", "review": "end_parking",
}  # fmt: skip
ENDS = {"refuse", "transfer", "withdraw", "merge", "advice"}


def chosen(walker: Walker, which: int, choice: int, number: int) -> str:
    """Mostly something the table allows now and that ends nothing; every fifth time whatever comes."""
    names = list(walker.tries(which, number))
    row = walker.row(which)
    held = set(CaseHold.objects.filter(case=row, closed_at=None).values_list("kind", flat=True))
    allowed = [n for n in names if ASKS.get(n, n) in FLOW.possible(row.stage, held) and n not in ENDS]
    return names[choice % len(names)] if choice % 5 == 0 or not allowed else allowed[choice % len(allowed)]


STEPS = st.lists(
    st.tuples(st.integers(0, 1), st.integers(0, 1000), st.integers(0, 100)), min_size=60, max_size=80
)


@pytest.fixture
def walkers(work) -> tuple[Desk, Actor]:
    desk = open_desk(work)
    return desk, department_handler(desk)


def test_random_walks_keep_every_invariant(walkers: tuple[Desk, Actor]) -> None:
    desk, department = walkers
    done: set[str] = set()
    steps = 0

    @seed(20261123)
    @settings(max_examples=8, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(STEPS)
    def run(walk: list[tuple[int, int, int]]) -> None:
        nonlocal steps
        walker = Walker(desk, department, f"walk-{steps}")
        for which, choice, number in walk:
            walker.go(which, chosen(walker, which, choice, number), number)
            steps += 1
        done.update(walker.done)

    run()
    assert steps >= 400
    # The walks got somewhere: most verbs were done at least once, not only refused.
    assert len(done) >= 25, sorted(done)
