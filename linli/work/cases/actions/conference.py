"""The conference (会商): several bodies at one table decide who has a case, or that nothing more can be done."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from linli.foundation.core.context import Context
from linli.foundation.core.errors import Invalid
from linli.foundation.core.rules.actor import Actor
from linli.work.cases.actions.steps import Step, done, handled_by, need_reason, need_text, step
from linli.work.cases.models import Case
from linli.work.cases.rules.judging import other_body

OUTCOMES = {"keep": "rule_keep", "reassign": "rule_reassign", "close": "rule_close"}
EVENT_OF = {"keep": "ruled_keep", "reassign": "ruled_reassign", "close": "ruled_close"}


def another_body(at: Step) -> None:
    """Nobody decides on what their own body has handled or asked for. Raises Invalid."""
    if at.actor.kind != "system" and not other_body(at.actor.body, handled_by(at.case)):
        raise Invalid(
            "case.same_body", _("Nobody rules on what their own body asked for. Leave it to another body.")
        )


def call_conference(*, actor: Actor, context: Context, case: str, reason: str, note: str) -> Case:
    """Bring a case before a conference; a return that was asked for is decided there."""
    words = need_text(note, 1000)
    with step("call_conference", public_id=case, actor=actor, context=context) as at:
        need_reason(at, "cases.conference_reasons", reason)
        at.open_hold("conference", reason)
        done(
            at,
            "conference_called",
            data={"reason": reason, "hold": "conference"},
            text=words,
            entry_kind="note",
        )
        return at.case


def rule_conference(*, actor: Actor, context: Context, case: str, outcome: str, text: str) -> Case:
    """What the conference decided: `keep` it where it is, `reassign` it, or `close` it as the caller judged again.

    A ruling ends the right to return the case, whoever has it next (潍坊 22). Closing is only open when the
    caller said "not solved" a second time: no conference judges in the caller's place. Raises Invalid.
    """
    verb = OUTCOMES.get(outcome)
    if verb is None:
        raise Invalid(
            "case.outcome",
            _("Choose what the conference decided. Nothing was changed."),
            fields={"outcome": _("Choose one.")},
        )
    words = need_text(text, 2000)
    with step(verb, public_id=case, actor=actor, context=context) as at:
        another_body(at)
        if outcome == "close" and at.case.solved != "no":
            raise Invalid(
                "case.not_judged_again",
                _(
                    "Only the caller ends a case. A conference may end it after the caller has said “not solved” a second time; choose another outcome."
                ),
                fields={"outcome": _("The caller has not judged a second time.")},
            )
        at.set(ruled=True)
        done(at, EVENT_OF[outcome], text=words, public=True, entry_kind="ruling")
        return at.case
