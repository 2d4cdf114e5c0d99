"""More time: asked by the body before its time is over, once a round, decided by another body."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from linli.foundation.core import clocks
from linli.foundation.core.context import Context
from linli.foundation.core.errors import Invalid
from linli.foundation.core.models import Clock
from linli.foundation.core.rules.actor import Actor
from linli.foundation.core.rules.clocks import Span
from linli.work.cases.actions.conference import another_body
from linli.work.cases.actions.steps import Step, done, need_reason, need_text, step
from linli.work.cases.models import Case, CaseHold
from linli.work.cases.rules.waiting import may_extend


def _finish(at: Step) -> Clock:
    """The finish clock of the present round."""
    return [c for c in clocks.of(at.case.district, at.subject) if c.kind == "finish"][-1]


def ask_extension(*, actor: Actor, context: Context, case: str, reason: str, amount: int, note: str) -> Case:
    """Ask for `amount` more of the charter's unit, at most its limit (山东: 10 working days). Raises Invalid."""
    words = need_text(note, 1000)
    with step("ask_extension", public_id=case, actor=actor, context=context) as at:
        need_reason(at, "cases.extension_reasons", reason)
        most: Span = at.rules["cases.extension_limit"]
        if not 1 <= amount <= most.amount:
            raise Invalid(
                "case.extension_long",
                _(
                    "An extension may be %(n)d long at most by the charter. Ask for less, or ask to park the case."
                )
                % {"n": most.amount},
                fields={"amount": _("From 1 to %(n)d.") % {"n": most.amount}},
            )
        finish = _finish(at)
        asked = CaseHold.objects.filter(
            district=at.case.district, case=at.case, kind="extension", round=finish.round
        ).exists()
        if not may_extend(finish.next_due, asked, context.now):
            raise Invalid(
                "case.extension_late",
                _(
                    "An extension is asked for once, and before the time is over. Go on handling the case and tell the caller why it takes longer."
                ),
            )
        at.open_hold("extension", reason, amount=amount, unit=most.unit, round=finish.round)
        done(
            at, "extension_asked", data={"reason": reason, "hold": "extension", "amount": amount, "unit": most.unit},
            text=words, entry_kind="note",
        )  # fmt: skip
        return at.case


def grant_extension(*, actor: Actor, context: Context, case: str, note: str = "") -> Case:
    """Another body grants what was asked; the promise moves and the caller is told."""
    with step("grant_extension", public_id=case, actor=actor, context=context) as at:
        another_body(at)
        hold = at.hold("extension")
        at.extension = Span.parse({"amount": hold.amount, "unit": hold.unit})
        facts = {"amount": hold.amount, "unit": hold.unit, "reason": hold.reason}
        done(at, "extension_granted", data=facts, text=note.strip(), entry_kind="note")
        return at.case


def deny_extension(*, actor: Actor, context: Context, case: str, note: str) -> Case:
    """Another body says why the first promise stands."""
    words = need_text(note, 1000)
    with step("deny_extension", public_id=case, actor=actor, context=context) as at:
        another_body(at)
        done(at, "extension_denied", text=words, entry_kind="note")
        return at.case
