"""What the clerk of a place does: dispatch, take back, rule on returns, refuse, hand to other channels."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.utils.translation import gettext_lazy as _

from linli.foundation.bodies import queries as bodies
from linli.foundation.core import clocks, ledger
from linli.foundation.core.calendar import basis
from linli.foundation.core.context import Context
from linli.foundation.core.errors import Invalid
from linli.foundation.core.rules.actor import Actor
from linli.foundation.core.rules.clocks import due_at
from linli.foundation.core.rules.workdays import CalendarMissing
from linli.work.cases.actions.conference import another_body
from linli.work.cases.actions.intake import mirror
from linli.work.cases.actions.steps import (
    Step,
    done,
    need_reason,
    need_text,
    step,
)
from linli.work.cases.models import Assignment, Case


def dispatch(*, actor: Actor, context: Context, case: str, body: str, note: str = "", kind: str = "") -> Case:
    """Give a case to a body whose duty list has its kind; starts the body's sign-in and contact clocks.

    `body` is a public id. With `kind` the clerk corrects what it is about. Raises Invalid when the duty list
    does not have it, WrongStage, NotAllowed, OutOfScope.
    """
    with step("dispatch", public_id=case, actor=actor, context=context) as at:
        if kind and kind != at.case.kind:
            _correct_kind(at, kind)
        serving = bodies.handling_bodies(at.case.district, at.case.place)
        chosen = next((b for b in serving if b.public_id == body), None)
        if chosen is None:
            raise Invalid(
                "case.body", _("This body does not serve the place of the case. Choose one from the list."),
                fields={"body": _("Choose a body from the list.")},
            )  # fmt: skip
        fits, why = bodies.may_be_assigned(chosen, at.case.kind)
        if not fits:
            raise Invalid("case.duty_list", why, fields={"body": why})
        at.set(handling_body=chosen)
        Assignment.objects.create(
            district=at.case.district, case=at.case, body=chosen, dispatched_at=context.now,
            dispatched_by=actor.appointment, return_until=_return_until(at),
        )  # fmt: skip
        done(at, "dispatched", data={"body": chosen.id}, text=note.strip(), entry_kind="note")
        return at.case


def _correct_kind(at: Step, kind: str) -> None:
    known = {row["code"]: row for row in at.rules["cases.kinds"]}
    if kind not in known:
        raise Invalid(
            "case.kind",
            _("This kind is not in the charter's list."),
            fields={"kind": _("Choose from the list.")},
        )
    at.set(kind=kind)


def _return_until(at: Step) -> datetime | None:
    """Until when the body may ask to return it; unknown while the calendar year is missing."""
    span = at.rules["cases.return_limit"]
    try:
        return due_at(
            at.context.now, span, basis(at.case.district, at.context.zone, at.context.now, "next_opening")
        )
    except CalendarMissing:
        return None


def recall(*, actor: Actor, context: Context, case: str, note: str) -> Case:
    """Take back what was given to the wrong body before it was signed for."""
    words = need_text(note, 500)
    with step("recall", public_id=case, actor=actor, context=context) as at:
        done(at, "recalled", text=words, entry_kind="note")
        return at.case


def refuse(*, actor: Actor, context: Context, case: str, reason: str, note: str) -> Case:
    """Not accepted, with a reason of the charter that names the right legal channel; the caller reads it."""
    words = need_text(note, 1000)
    with step("refuse", public_id=case, actor=actor, context=context) as at:
        need_reason(at, "cases.refuse_reasons", reason)
        done(at, "refused", data={"reason": reason}, text=words, public=True, entry_kind="answer")
        return at.case


def transfer(*, actor: Actor, context: Context, case: str, to: str, note: str) -> Case:
    """Hand over to the emergency services or the petition channel; the case ends here with that answer."""
    if to not in ("emergency", "petition"):
        raise Invalid(
            "case.transfer", _("A case is handed to the emergency services or to the petition channel.")
        )
    words = need_text(note, 1000)
    with step(f"transfer_{to}", public_id=case, actor=actor, context=context) as at:
        done(at, f"transferred_{to}", text=words, public=True, entry_kind="answer")
        return at.case


def accept_return(*, actor: Actor, context: Context, case: str, note: str = "") -> Case:
    """The body was right: the case goes back to be given to another one."""
    with step("accept_return", public_id=case, actor=actor, context=context) as at:
        another_body(at)
        done(at, "return_accepted", text=note.strip(), entry_kind="note")
        return at.case


def refuse_return(*, actor: Actor, context: Context, case: str, note: str) -> Case:
    """A ruling: the body keeps the case and may not ask again (潍坊 12345 条例 22)."""
    words = need_text(note, 1000)
    with step("refuse_return", public_id=case, actor=actor, context=context) as at:
        another_body(at)
        at.set(ruled=True)
        done(at, "return_refused", text=words, entry_kind="note")
        return at.case


def mark_overdue(*, actor: Actor, context: Context, case_id: int, kind: str) -> None:
    """A deadline has passed: one event on the case, whatever its stage. Called by the clock's reaction."""
    case = Case.objects.select_for_update().get(district=context.district, id=case_id)
    case.seq += 1
    case.save(update_fields=["seq"])
    ledger.record(
        "case.overdue", actor=actor, subject=("case", case.id), now=context.now, place=case.place_id,
        data={"stage": case.stage, "reason": kind, "body": case.handling_body_id}, seq=case.seq,
    )  # fmt: skip


def refresh_waiting(*, context: Context, limit: int = 5000) -> int:
    """Mirror computed clocks onto the cases that wait for a calendar year; returns how many wait no longer.

    Records no event: the loaded year has its own, and nothing about the case was decided.
    """
    rows = Case.objects.filter(district=context.district, awaits_calendar=True).order_by("id")
    cases = list(rows.select_for_update(of=("self",), skip_locked=True)[:limit])
    for case in cases:
        _mirror_anew(case)
    return sum(not case.awaits_calendar for case in cases)


def mirror_moved(*, context: Context, ids: Sequence[int]) -> None:
    """Mirror clocks that a changed calendar moved onto their cases. Records no event, as `refresh_waiting`."""
    rows = Case.objects.filter(district=context.district, id__in=ids).order_by("id")
    for case in rows.select_for_update(of=("self",)):
        _mirror_anew(case)


def _mirror_anew(case: Case) -> None:
    held = clocks.of(case.district, ("case", case.id))
    mirror(case, held)
    finish = [c for c in held if c.kind == "finish"]
    if finish and finish[-1].stopped_at is None:
        # A held clock has no due moment; what was promised stands until it runs again.
        case.promised_at = finish[-1].next_due or case.promised_at
    case.save(update_fields=["next_due", "due_kind", "awaits_calendar", "promised_at"])
