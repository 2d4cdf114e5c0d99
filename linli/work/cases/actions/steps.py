"""The one way a case moves: lock, scope, right, table, clocks, event, text."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from linli.foundation.core import charter, clocks, idempotency, ledger
from linli.foundation.core.context import Context
from linli.foundation.core.errors import Invalid, NotAllowed, OutOfScope, WrongStage
from linli.foundation.core.models import Event
from linli.foundation.core.rules.actor import Actor
from linli.foundation.core.rules.clocks import Span
from linli.foundation.core.rules.flows import Move
from linli.foundation.people.actions import keep_text
from linli.foundation.people.rules import mask_text
from linli.work.cases import access
from linli.work.cases.actions.intake import mirror, plans
from linli.work.cases.models import Assignment, Case, CaseHold, Entry, JointTurn, WhistleCall
from linli.work.cases.rules.flow import FINAL, FLOW


@dataclass(slots=True)
class Step:
    """A verb under way on a locked case."""

    case: Case
    move: Move
    actor: Actor
    context: Context
    holds: list[CaseHold]
    changed: set[str] = field(default_factory=set)
    extension: Span | None = None
    unit: int | None = None

    @property
    def subject(self) -> tuple[str, int]:
        return ("case", self.case.id)

    @property
    def rules(self) -> Any:
        return charter.current(self.context.district, self.context.now)

    def set(self, **values: Any) -> None:
        """Set fields of the case and remember to save them."""
        for name, value in values.items():
            setattr(self.case, name, value)
            self.changed.add(name)

    def open_hold(self, kind: str, reason: str = "", **more: Any) -> CaseHold:
        """Open a hold that the verb opens; `more` is what this kind of hold keeps."""
        return CaseHold.objects.create(
            district=self.case.district, case=self.case, kind=kind, opened_at=self.context.now,
            opened_by=self.actor.appointment, body=self.actor.body, reason=reason, **more,
        )  # fmt: skip

    def hold(self, kind: str) -> CaseHold:
        """The open hold of a kind that the table needed."""
        return next(h for h in self.holds if h.kind == kind)


def locked(actor: Actor, public_id: str) -> Case:
    """The case within reach, with its row locked. Raises OutOfScope."""
    found = access.visible_to(actor).filter(public_id=public_id)
    case = found.select_related("place").select_for_update(of=("self",)).first()
    if case is None:
        raise OutOfScope("case.not_found", _("There is no such case within your reach."))
    return case


@contextmanager
def step(verb: str, *, public_id: str, actor: Actor, context: Context) -> Iterator[Step]:
    """Lock the case and let the verb through, or refuse: 404 out of scope, 403 no right, 409 wrong stage."""
    with transaction.atomic(savepoint=False):
        case = locked(actor, public_id)
        yield _allowed(verb, case, actor, context, access.may)


def _allowed(
    verb: str, case: Case, actor: Actor, context: Context, may: Callable[[str, Actor, Case], bool]
) -> Step:
    if not may(verb, actor, case):
        if access.had_its_turn(verb, actor, case):
            raise _wrong_stage(case, verb)
        raise NotAllowed(
            "case.verb",
            _(
                "The appointment you act in may not do this to this case. Switch appointment, or leave it to the body it was given to."
            ),
        )
    holds = list(CaseHold.objects.filter(district=case.district, case=case, closed_at=None))
    move = FLOW.decide(case.stage, {h.kind for h in holds}, verb)
    if move is None:
        raise _wrong_stage(case, verb)
    return Step(case, move, actor, context, holds)


def _wrong_stage(case: Case, verb: str) -> WrongStage:
    return WrongStage(
        "case.stage", _("This is not possible at this stage of the case. The page shows how it stands now; choose from what it offers."),
        stage=case.stage, verb=verb,
    )  # fmt: skip


@contextmanager
def caller_step(verb: str, *, case_id: int, actor: Actor, context: Context) -> Iterator[Step]:
    """The caller's own door: who holds number and code acts on this case and no other."""
    with transaction.atomic(savepoint=False):
        rows = Case.objects.filter(district=context.district, id=case_id)
        case = rows.select_related("place").select_for_update(of=("self",)).get()
        yield _allowed(verb, case, actor, context, lambda _verb, _actor, _case: True)


def need_text(text: str, limit: int = 5000) -> str:
    """A text that must be there. Raises Invalid."""
    clean = text.strip()
    if not clean:
        raise Invalid(
            "case.text",
            _("Write a few words first. Nothing was changed."),
            fields={"text": _("Write a few words.")},
        )
    if len(clean) > limit:
        raise Invalid(
            "case.text_long", _("The text is too long; %(limit)d characters fit. Nothing was changed.") % {"limit": limit},
            fields={"text": _("Shorten the text.")},
        )  # fmt: skip
    return clean


def need_reason(step_: Step, key: str, reason: str) -> str:
    """A reason from the charter's list. Raises Invalid."""
    if reason not in {row["code"] for row in step_.rules[key]}:
        raise Invalid(
            "case.reason",
            _("Choose a reason from the list. Nothing was changed."),
            fields={"reason": _("Choose a reason.")},
        )
    return reason


def done(
    step_: Step,
    code: str,
    *,
    data: dict[str, Any] | None = None,
    text: str = "",
    public: bool = False,
    entry_kind: str = "",
) -> Event:
    """Move the stage, open and close holds, run the clock effects, record the event, keep the text."""
    case, context, actor = step_.case, step_.context, step_.actor
    _move(step_)
    _clock_effects(step_)
    step_.set(seq=case.seq + 1)
    facts: dict[str, Any] = {"stage": case.stage, **(data or {})}
    masked = mask_text(text) if text else ""
    if text:
        facts["text"] = idempotency.digest(masked).hex()
    event = ledger.record(
        f"case.{code}",
        actor=actor,
        subject=step_.subject,
        now=context.now,
        place=case.place_id,
        data=facts,
        seq=case.seq,
    )
    if text:
        original = keep_text(actor=actor, subject=step_.subject, text=text, now=context.now)
        Entry.objects.create(
            district=case.district, case=case, event=event.id, kind=entry_kind or code, text=masked,
            text_original=original, body=actor.body, public=public, at=context.now,
        )  # fmt: skip
    case.save(update_fields=sorted(step_.changed))
    return event


# How a turn ended, by the verb that ended it.
TURN_ENDS = {
    "recall": "recalled", "accept_return": "returned", "rule_reassign": "reassigned", "climb": "climbed",
    "climb_unmet": "climbed", "merge": "merged", "transfer_emergency": "transferred", "transfer_petition": "transferred",
    "refuse": "refused", "withdraw": "withdrawn", "not_judge": "not_judged",
}  # fmt: skip


def _move(step_: Step) -> None:
    case, move, now = step_.case, step_.move, step_.context.now
    if move.to is not None and move.to != case.stage:
        step_.set(stage=move.to, ended_at=now if move.to in FINAL else None)
    for hold in step_.holds:
        if hold.kind in move.closes:
            hold.closed_at, hold.outcome = now, move.verb
            hold.approver = hold.approver or step_.actor.appointment
            hold.save(update_fields=["closed_at", "outcome", "approver"])
            if hold.kind == "whistle" and move.verb != "whistle_done":
                open_call = WhistleCall.objects.filter(district=case.district, case=case, ended_at=None)
                open_call.update(stage="ended", ended_at=now)
    if move.to is not None and (move.to == "received" or move.to in FINAL):
        _end_turns(step_)


def _end_turns(step_: Step) -> None:
    """The case is over or goes to somebody else: the body's turn ends, and what others did beside it."""
    case, now = step_.case, step_.context.now
    outcome = TURN_ENDS.get(step_.move.verb, "closed")
    for rows in (Assignment.objects, JointTurn.objects):
        rows.filter(district=case.district, case=case, ended_at=None).update(ended_at=now, outcome=outcome)
    if step_.move.to == "received" and case.handling_body_id is not None:
        step_.set(handling_body=None)


def _clock_effects(step_: Step) -> None:
    case, context = step_.case, step_.context
    for effect in step_.move.clocks:
        what, _sign, name = effect.partition(":")
        names = [name] if name else []
        if what in ("stop", "drop", "pause", "resume"):
            CLOCKS[what](step_.subject, names, context=context)
        elif what == "extend":
            if step_.extension is None:
                raise ValueError(f"{step_.move.verb} extends a clock by nothing.")
            clocks.extend(step_.subject, names, step_.extension, context=context)
        else:
            _start(step_, name, since=case.received_at if what == "anew" else context.now)
    if step_.move.clocks:
        held = clocks.of(case.district, step_.subject)
        mirror(case, held)
        step_.changed |= {"next_due", "due_kind", "awaits_calendar"}
        if any(e in ("resume:finish", "extend:finish") for e in step_.move.clocks):
            finish = [c for c in held if c.kind == "finish"][-1]
            step_.set(promised_at=finish.next_due or case.promised_at)


CLOCKS: dict[str, Callable[..., object]] = {
    "stop": clocks.stop, "drop": clocks.drop, "pause": clocks.pause, "resume": clocks.resume,
}  # fmt: skip
OWN_SPAN = {"judge": "cases.judge", "whistle_ack": "cases.whistle.ack"}


def _start(step_: Step, name: str, since: datetime) -> None:
    """Start a clock in its next round: a second dispatch or a reopening judges anew, the old round stays."""
    case, context = step_.case, step_.context
    rounds = [c.round for c in clocks.of(case.district, step_.subject) if c.kind == name]
    if name in OWN_SPAN:
        plan = [clocks.Plan(name, step_.rules[OWN_SPAN[name]], "at_once")]
    else:
        plan = plans(context, case.case_class, name)
    started = clocks.start(
        step_.subject, plan, context=context, unit=step_.unit or case.handling_body_id, round_=max(rounds, default=0) + 1,
        started_at=since,
    )  # fmt: skip
    if name == "finish":
        step_.set(promised_at=started[0].next_due)


def open_assignment(step_: Step) -> Assignment:
    """The turn of the body that has the case now."""
    return Assignment.objects.get(district=step_.case.district, case=step_.case, ended_at=None)


def handled_by(case: Case) -> set[int]:
    """Every body that has had the case, helped with it or was called to it."""
    here = {"district": case.district, "case": case}
    had = Assignment.objects.filter(**here).order_by().values_list("body")
    helped = JointTurn.objects.filter(**here).order_by().values_list("body")
    called = WhistleCall.objects.filter(**here).order_by().values_list("department")
    return {row[0] for row in had.union(helped, called)}
