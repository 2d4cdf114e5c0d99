"""Many past cases at once, each a walk through the flow's table: for the demonstration and for migrations.

What is written is what the actions would have written: stages by the table, clocks by the same arithmetic,
one event with a valid leaf per step. No reactions are queued: what followed then has followed.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from linli.foundation.core import charter, clocks, idempotency, ledger
from linli.foundation.core.context import Context
from linli.foundation.core.db.blocks import reserve
from linli.foundation.core.db.fields import COUNTER_BITS
from linli.foundation.core.models import Clock, Event
from linli.foundation.core.rules.actor import Actor, public
from linli.foundation.core.rules.flows import Move
from linli.foundation.people.loading import TextRow, load_texts
from linli.foundation.people.rules import mask_text
from linli.foundation.places.models import Place
from linli.work.cases.actions.intake import mirror, plans
from linli.work.cases.actions.steps import TURN_ENDS
from linli.work.cases.models import Assignment, Case, CaseHold, Entry
from linli.work.cases.rules.flow import FINAL, FLOW
from linli.work.cases.rules.levels import first_level
from linli.work.cases.rules.numbers import case_number


@dataclass(frozen=True, slots=True)
class PastStep:
    """One verb at a moment by an actor, with its text for the story."""

    verb: str
    at: datetime
    actor: Actor
    text: str = ""
    body: int | None = None
    reason: str = ""
    solved: str = ""
    rating: str = ""


@dataclass(frozen=True, slots=True)
class PastCase:
    """A report and what became of it."""

    place: Place
    kind: str
    kind_of_request: str
    text: str
    channel: str
    received_at: datetime
    contact: int | None
    steps: Sequence[PastStep] = field(default_factory=tuple)
    line: str = ""


EVENT_OF = {
    "dispatch": "dispatched", "sign": "signed", "contact": "contacted", "progress": "progressed", "answer": "answered",
    "take_callback": "callback_taken", "confirm_solved": "closed", "close_unsolved": "closed", "reopen": "reopened",
    "not_judge": "not_judged", "refuse": "refused", "urge": "urged", "withdraw": "withdrawn",
    "to_conference": "to_conference", "rule_keep": "ruled_keep", "rule_close": "ruled_close",
}  # fmt: skip
PUBLIC_ENTRIES = {
    "answer": "answer", "progress": "progress", "refuse": "answer", "rule_keep": "ruling", "rule_close": "ruling",
}  # fmt: skip


class NotPossible(ValueError):
    """A past case whose steps the flow's table does not allow."""


@dataclass(slots=True)
class _Batch:
    """Rows of many cases, written table by table."""

    cases: list[Case] = field(default_factory=list)
    turns: list[Assignment] = field(default_factory=list)
    holds: list[CaseHold] = field(default_factory=list)
    clocks: list[Clock] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)
    entries: list[Entry] = field(default_factory=list)
    texts: list[tuple[Case | Entry, TextRow]] = field(default_factory=list)
    event_ids: list[int] = field(default_factory=list)


def load(context: Context, past: Sequence[PastCase]) -> int:
    """Write past cases with their histories in one transaction; returns how many. Raises NotPossible."""
    steps = sum(1 + len(p.steps) for p in past)
    batch = _Batch(event_ids=list(reserve(context.district, Event._meta.db_table, steps))[::-1])
    ids = reserve(context.district, Case._meta.db_table, len(past))
    for id_, told in zip(ids, past, strict=True):
        _walk(batch, context, id_, told)
    _write(context.district, batch)
    return len(past)


def _write(district: int, batch: _Batch) -> None:
    originals = load_texts(district, [row for _owner, row in batch.texts])
    for (owner, _row), id_ in zip(batch.texts, originals, strict=True):
        owner.text_original_id = id_
    Case.objects.bulk_create(batch.cases, batch_size=1000)
    Assignment.objects.bulk_create(batch.turns, batch_size=2000)
    CaseHold.objects.bulk_create(batch.holds, batch_size=2000)
    Clock.objects.bulk_create(batch.clocks, batch_size=2000)
    Event.objects.bulk_create(batch.events, batch_size=2000)
    Entry.objects.bulk_create(batch.entries, batch_size=2000)


def _walk(batch: _Batch, context: Context, id_: int, told: PastCase) -> None:
    at = replace(context, now=told.received_at)
    case = _received(batch, at, id_, told)
    walk = _Walk(batch, context, case)
    for started in clocks.build(
        ("case", id_),
        plans(at, case.case_class, "dispatch", "finish"),
        context=at,
        started_at=told.received_at,
    ):
        walk.running[started.kind] = started
    case.promised_at = walk.running["finish"].next_due
    for step in told.steps:
        walk.take(step)
    _close_books(walk, context)


def _received(batch: _Batch, at: Context, id_: int, told: PastCase) -> Case:
    rows = {row["code"]: row for row in charter.current(at.district, at.now)["cases.kinds"]}
    case = Case(
        id=id_, district=at.district, public_id=secrets.token_urlsafe(9).replace("-", "a").replace("_", "b"),
        number=case_number(id_ & ((1 << COUNTER_BITS) - 1), told.received_at.astimezone(at.zone).year), channel=told.channel,
        kind_of_request=told.kind_of_request, kind=told.kind, case_class=rows[told.kind]["class"], stage="received",
        level=first_level(rows[told.kind].get("matter", "small"), told.place.level),
        place=told.place, text=mask_text(told.text), contact_id=told.contact, line=told.line, received_at=told.received_at,
        recorded_at=told.received_at, privacy_notice=charter.current(at.district, at.now)["cases.privacy_notice_version"],
    )  # fmt: skip
    batch.cases.append(case)
    batch.texts.append((case, TextRow("case", id_, told.text, told.received_at, told.contact)))
    facts = {
        "stage": "received", "channel": case.channel, "kind": case.kind, "class": case.case_class, "level": case.level,
        "request": case.kind_of_request, "contact": told.contact, "original": None,
        "text": idempotency.digest(case.text).hex(), "photos": 0,
    }  # fmt: skip
    _event(batch, "received", case, public(at.district), told.received_at, facts)
    return case


def _event(batch: _Batch, code: str, case: Case, actor: Actor, at: datetime, facts: dict[str, Any]) -> Event:
    event = ledger.build(
        f"case.{code}", actor=actor, subject=("case", case.id), place=case.place_id, now=at, data=facts, seq=case.seq,
        id_=batch.event_ids.pop(),
    )  # fmt: skip
    batch.events.append(event)
    return event


class _Walk:
    """One case on its way through the table."""

    def __init__(self, batch: _Batch, context: Context, case: Case) -> None:
        self.batch, self.context, self.case = batch, context, case
        self.running: dict[str, Clock] = {}
        self.turn: Assignment | None = None
        self.held: dict[str, CaseHold] = {}

    def take(self, step: PastStep) -> None:
        """Apply one verb as its action would. Raises NotPossible."""
        move = FLOW.decide(self.case.stage, self.held, step.verb)
        if move is None:
            raise NotPossible(f"{step.verb} is not possible in {self.case.stage}.")
        at = replace(self.context, now=step.at)
        if step.verb == "dispatch":
            self.case.handling_body_id = step.body
        self._turns(step)
        self._judgement(step)
        self._holds(step, move)
        if move.to is not None:
            self.case.stage = move.to
            self.case.ended_at = step.at if move.to in FINAL else None
        if move.to in FINAL and self.turn is not None:
            self.turn.ended_at, self.turn.outcome = step.at, TURN_ENDS.get(step.verb, "closed")
        self._clocks(move.clocks, at)
        self.case.seq += 1
        self._tell(step)

    def _turns(self, step: PastStep) -> None:
        if step.verb == "dispatch":
            if step.body is None:
                raise NotPossible("A dispatch names the body that gets the case.")
            self.turn = Assignment(
                district=self.case.district,
                case=self.case,
                body_id=step.body,
                dispatched_at=step.at,
                dispatched_by=step.actor.appointment,
            )
            self.batch.turns.append(self.turn)
        elif self.turn is not None and step.verb in ("sign", "contact", "answer"):
            setattr(
                self.turn,
                {"sign": "signed_at", "contact": "contacted_at", "answer": "answered_at"}[step.verb],
                step.at,
            )
        if step.verb == "answer":
            self.case.answered_at = step.at
            self.case.solved = self.case.rating = self.case.judged_by = ""

    def _holds(self, step: PastStep, move: Move) -> None:
        for kind in sorted(move.opens):
            self.held[kind] = CaseHold(
                district=self.case.district, case=self.case, kind=kind, opened_at=step.at, opened_by=step.actor.appointment,
                body=step.actor.body, reason=step.reason or "judged_again",
            )  # fmt: skip
            self.batch.holds.append(self.held[kind])
        for kind in move.closes & set(self.held):
            hold = self.held.pop(kind)
            hold.closed_at, hold.outcome, hold.approver = step.at, step.verb, step.actor.appointment

    def _judgement(self, step: PastStep) -> None:
        if step.verb in ("reopen", "to_conference"):
            self.case.reopened, self.case.answered_at = self.case.reopened + 1, None
        if step.verb in ("rule_keep", "rule_close"):
            self.case.ruled = True
        if step.verb in ("confirm_solved", "to_conference", "close_unsolved"):
            by = "caller" if step.actor.kind == "public" else "callback"
            self.case.solved, self.case.rating, self.case.judged_by = step.solved, step.rating, by
        elif step.verb == "not_judge":
            self.case.not_judged_reason = step.reason
        elif step.verb == "urge":
            self.case.urged += 1

    def _clocks(self, effects: Iterable[str], at: Context) -> None:
        for effect in effects:
            what, _sign, name = effect.partition(":")
            if what in ("stop", "drop"):
                for kind in [name] if name else list(self.running):
                    clock = self.running.pop(kind, None)
                    if clock is not None:
                        self._end(clock, what, at)
            else:
                self._start(name, at)

    def _end(self, clock: Clock, what: str, at: Context) -> None:
        if what == "stop":
            clocks.settled(clock, stopped_at=at.now, context=at)
        else:
            clock.stopped_at, clock.state, clock.next_due = at.now, Clock.State.STOPPED, None
        self.batch.clocks.append(clock)

    def _start(self, name: str, at: Context) -> None:
        rounds = [c.round for c in self.batch.clocks if c.subject_id == self.case.id and c.kind == name]
        if name == "judge":
            plan = [clocks.Plan("judge", charter.current(at.district, at.now)["cases.judge"], "at_once")]
        else:
            plan = plans(at, self.case.case_class, name)
        (clock,) = clocks.build(
            ("case", self.case.id),
            plan,
            context=at,
            started_at=at.now,
            unit=self.case.handling_body_id,
            round_=max(rounds, default=0) + 1,
        )
        self.running[name] = clock
        if name == "finish":
            self.case.promised_at = clock.next_due

    def _tell(self, step: PastStep) -> None:
        facts: dict[str, Any] = {"stage": self.case.stage}
        if step.verb in ("dispatch", "sign", "answer"):
            facts["body"] = self.case.handling_body_id
        if step.verb == "take_callback":
            facts["by"] = "callback"
        if step.verb == "contact":
            facts["reached"] = self.case.contact_id is not None
        if step.verb in ("refuse", "not_judge"):
            facts["reason"] = step.reason
        if step.solved:
            by = "caller" if step.actor.kind == "public" else "callback"
            facts |= {"solved": step.solved, "rating": step.rating, "by": by, "round": self.case.reopened}
        masked = mask_text(step.text) if step.text else ""
        if masked:
            facts["text"] = idempotency.digest(masked).hex()
        event = _event(self.batch, EVENT_OF[step.verb], self.case, step.actor, step.at, facts)
        if masked:
            entry = Entry(
                district=self.case.district, case=self.case, event=event.id, kind=PUBLIC_ENTRIES.get(step.verb, "note"), text=masked,
                body=step.actor.body, public=step.verb in PUBLIC_ENTRIES, at=step.at,
            )  # fmt: skip
            self.batch.entries.append(entry)
            self.batch.texts.append((entry, TextRow("case", self.case.id, step.text, step.at)))


def _close_books(walk: _Walk, context: Context) -> None:
    """Clocks that still run: breached where their moment has passed, and mirrored onto the case."""
    for clock in walk.running.values():
        if clock.state == Clock.State.RUNNING and clock.next_due is not None and clock.next_due < context.now:
            clock.state, clock.breached_at = Clock.State.BREACHED, clock.next_due
        walk.batch.clocks.append(clock)
    mirror(walk.case, [c for c in walk.batch.clocks[-12:] if c.subject_id == walk.case.id])
