"""What the handling body does: sign, contact the caller, report progress, answer, ask to return. Never "solved"."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from linli.foundation.core.context import Context
from linli.foundation.core.errors import Invalid
from linli.foundation.core.rules.actor import Actor
from linli.work.cases.actions.steps import done, need_reason, need_text, open_assignment, step
from linli.work.cases.models import Case
from linli.work.cases.rules.judging import may_return


def sign(*, actor: Actor, context: Context, case: str) -> Case:
    """The body takes responsibility: stops its sign-in clock."""
    with step("sign", public_id=case, actor=actor, context=context) as at:
        turn = open_assignment(at)
        turn.signed_at = context.now
        turn.save(update_fields=["signed_at"])
        done(at, "signed", data={"body": turn.body_id})
        return at.case


def contact(*, actor: Actor, context: Context, case: str, note: str = "") -> Case:
    """The caller was contacted, or left no way to be: stops the contact clock."""
    with step("contact", public_id=case, actor=actor, context=context) as at:
        turn = open_assignment(at)
        turn.contacted_at = context.now
        turn.save(update_fields=["contacted_at"])
        done(
            at,
            "contacted",
            data={"reached": at.case.contact_id is not None},
            text=note.strip(),
            entry_kind="note",
        )
        return at.case


def progress(*, actor: Actor, context: Context, case: str, text: str) -> Case:
    """Something the caller should know before the answer."""
    words = need_text(text, 2000)
    with step("progress", public_id=case, actor=actor, context=context) as at:
        done(at, "progressed", text=words, public=True, entry_kind="progress")
        return at.case


def answer(*, actor: Actor, context: Context, case: str, text: str) -> Case:
    """The body's answer to the caller. It stops the finish clock; whether it is solved the caller says."""
    words = need_text(text, 5000)
    with step("answer", public_id=case, actor=actor, context=context) as at:
        turn = open_assignment(at)
        turn.answered_at = context.now
        turn.save(update_fields=["answered_at"])
        # What was said about an earlier answer stays in the story; this one is judged anew.
        at.set(answered_at=context.now, solved="", rating="", judged_by="")
        done(at, "answered", data={"body": turn.body_id}, text=words, public=True, entry_kind="answer")
        return at.case


def ask_return(*, actor: Actor, context: Context, case: str, reason: str, note: str) -> Case:
    """Wrong unit: said within the limit of the charter, with a reason; another body rules on it."""
    words = need_text(note, 500)
    with step("ask_return", public_id=case, actor=actor, context=context) as at:
        need_reason(at, "cases.return_reasons", reason)
        turn = open_assignment(at)
        limit = turn.return_until or context.now
        if not may_return(turn.dispatched_at, limit, context.now, at.case.ruled):
            raise Invalid(
                "case.return_late",
                _(
                    "This case cannot be returned any more: the time for it has passed, or a ruling has been made. Go on handling it, or ask the clerk of the place."
                ),
            )
        at.open_hold("return", reason)
        done(at, "return_asked", data={"reason": reason, "hold": "return"}, text=words, entry_kind="note")
        return at.case
