"""Loaded history equals what the actions would have written, step by step."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from linli.foundation.core import charter, ledger
from linli.foundation.core.models import CharterVersion, Clock, Event
from linli.foundation.core.rules.actor import Actor, public
from linli.foundation.core.rules.events import leaf_hash
from linli.work.cases import actions
from linli.work.cases.loading import NotPossible, PastCase, PastStep, load
from linli.work.cases.models import Assignment, Case, CaseHold, Entry
from linli.work.cases.tests.builders import Desk, open_desk

# A Thursday at 10:00 in the district.
START = datetime(2026, 11, 12, 2, 0, tzinfo=UTC)
STORIES = {
    "solved": ("dispatch sign contact answer confirm_solved", 1),
    "late": ("dispatch sign contact answer confirm_solved", 200),
    "reopened": ("dispatch sign contact answer reopen answer confirm_solved", 9),
    "unsolved three times": (
        "dispatch sign contact answer reopen answer to_conference rule_keep answer close_unsolved",
        9,
    ),
    "called back": ("dispatch sign contact progress answer take_callback confirm_solved", 7),
    "refused": ("refuse", 1),
    "half way": ("dispatch sign", 30),
    "closed by a conference": ("dispatch sign contact answer reopen answer to_conference rule_close", 9),
}


@pytest.fixture
def desk(work) -> Desk:
    found = open_desk(work)
    CharterVersion.objects.update(valid_from=START - timedelta(days=30))
    charter.forget()
    return found


def steps_of(desk: Desk, verbs: str, hours: int) -> list[PastStep]:
    clerk, handler, back = (desk.actor(n) for n in ("community.clerk", "property.handler", "callback.clerk"))
    called_back = "take_callback" in verbs
    caller: Actor = back if called_back else public(desk.cast.district)
    made = []
    for number, verb in enumerate(verbs.split(), 1):
        at = START + timedelta(hours=hours * number, minutes=7)
        told: dict[str, Any] = {"verb": verb, "at": at, "actor": handler}
        if verb == "dispatch":
            told |= {"actor": clerk, "body": desk.cast.bodies["company"].id}
        elif verb == "refuse":
            told |= {"actor": clerk, "text": "已进入诉讼。", "reason": "litigation"}
        elif verb in ("answer", "progress"):
            told |= {"text": "已处理，请查看。"}
        elif verb == "take_callback":
            told |= {"actor": back}
        elif verb.startswith("rule_"):
            told |= {"actor": desk.actor("district.clerk"), "text": "会商裁定如下。"}
        elif verb in ("confirm_solved", "reopen", "to_conference", "close_unsolved"):
            good = verb == "confirm_solved"
            told |= {
                "actor": caller,
                "solved": "yes" if good else "no",
                "rating": "basic" if good else "dissatisfied",
            }
        made.append(PastStep(**told))
    return made


def act(desk: Desk, receipt: actions.Receipt, step: PastStep) -> None:
    """The same step through the room's own action, at the same moment."""
    at = {"actor": step.actor, "context": replace(desk.context, now=step.at)}
    mine = {**at, "case": receipt.public_id}
    if step.verb == "dispatch":
        actions.dispatch(**mine, body=desk.cast.bodies["company"].public_id)
    elif step.verb == "refuse":
        actions.refuse(**mine, reason=step.reason, note=step.text)
    elif step.verb in ("answer", "progress"):
        getattr(actions, step.verb)(**mine, text=step.text)
    elif step.verb.startswith("rule_"):
        actions.rule_conference(**mine, outcome=step.verb.removeprefix("rule_"), text=step.text)
    elif step.verb in ("sign", "contact", "take_callback"):
        getattr(actions, step.verb)(**mine)
    elif step.actor.kind == "public":
        case = desk.case(receipt)
        actions.judge_by_caller(**at, case=case, solved=step.solved, rating=step.rating, key=f"j{case.seq}")
    else:
        actions.judge(**mine, solved=step.solved, rating=step.rating)


CASE_FIELDS = (
    "stage", "kind", "case_class", "kind_of_request", "channel", "place_id", "handling_body_id", "received_at", "answered_at",
    "ended_at", "next_due", "due_kind", "promised_at", "reopened", "ruled", "level", "solved", "rating", "judged_by", "text", "seq", "privacy_notice",
)  # fmt: skip


def written(case: Case) -> dict[str, Any]:
    """Everything a case left behind, without ids and random names."""
    mine = {"subject_type": "case", "subject_id": case.id}
    clocks = Clock.objects.filter(**mine).order_by("kind", "round")
    turns = Assignment.objects.filter(case=case).order_by("dispatched_at")
    return {
        "case": {f: getattr(case, f) for f in CASE_FIELDS},
        "clocks": [
            (
                c.kind,
                c.round,
                c.state,
                c.unit,
                c.started_at,
                c.stopped_at,
                c.next_due,
                c.breached_at,
                c.amount,
            )
            for c in clocks
        ],
        "events": [
            (
                e.seq,
                e.code,
                e.actor,
                e.appointment,
                e.at,
                {k: v for k, v in e.data.items() if k not in ("contact", "original")},
            )
            for e in Event.objects.filter(**mine).order_by("seq")
        ],
        "turns": [
            (t.body_id, t.dispatched_at, t.signed_at, t.contacted_at, t.answered_at, t.ended_at, t.outcome)
            for t in turns
        ],
        "holds": [
            (h.kind, h.opened_at, h.opened_by, h.body, h.reason, h.closed_at, h.outcome, h.approver)
            for h in CaseHold.objects.filter(case=case).order_by("opened_at")
        ],
        "entries": [
            (e.kind, e.text, e.public, e.body, e.at)
            for e in Entry.objects.filter(case=case).order_by("at", "id")
        ],
    }


@pytest.mark.parametrize("story", STORIES)
def test_loaded_history_equals_the_actions(desk: Desk, story: str) -> None:
    verbs, hours = STORIES[story]
    steps = steps_of(desk, verbs, hours)
    now = desk.context.now
    early = replace(desk, context=replace(desk.context, now=START))
    receipt = early.report(phone="", name="")
    for step in steps:
        act(desk, receipt, step)
    by_actions = written(Case.objects.get(public_id=receipt.public_id))
    told = Case.objects.get(public_id=receipt.public_id)
    past = PastCase(told.place, told.kind, told.kind_of_request, told.text, "public", START, None, steps)
    load(replace(desk.context, now=max(now, steps[-1].at)), [past])
    loaded = written(Case.objects.exclude(public_id=receipt.public_id).get())
    for part in by_actions:
        swept = loaded[part]
        if (
            part == "clocks"
        ):  # the loader has swept what ran out until now; the actions leave that to the sweeper
            swept = [
                (k, r, "running" if s == "breached" else s, u, a, b, d, None if s == "breached" else x, n)
                for k, r, s, u, a, b, d, x, n in swept
            ]
        assert swept == by_actions[part], part


def test_leaves_of_loaded_events_are_valid(desk: Desk) -> None:
    place = desk.cast.places["compound"]
    load(
        desk.context,
        [
            PastCase(
                place,
                "local_other",
                "question",
                "问一下时间",
                "public",
                START,
                None,
                steps_of(desk, "dispatch sign", 2),
            )
        ]
        * 3,
    )
    events = list(Event.objects.filter(subject_type="case"))
    assert len(events) == 9
    for event in events:
        assert leaf_hash(ledger.leaf_record(event), bytes(event.salt)) == bytes(event.leaf)


def test_steps_the_table_does_not_allow_are_refused(desk: Desk) -> None:
    place = desk.cast.places["compound"]
    steps = steps_of(desk, "sign", 1)
    with pytest.raises(NotPossible):
        load(desk.context, [PastCase(place, "local_other", "question", "x", "public", START, None, steps)])
