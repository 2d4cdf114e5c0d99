"""A question back to the caller, and the caller's reply."""

from __future__ import annotations

from linli.foundation.core.context import Context
from linli.foundation.core.rules.actor import Actor
from linli.work.cases.actions.caller import once
from linli.work.cases.actions.steps import caller_step, done, need_text, step
from linli.work.cases.models import Case


def ask_caller(*, actor: Actor, context: Context, case: str, text: str) -> Case:
    """Ask what is missing; the caller reads it on the case's page and by message."""
    words = need_text(text, 1000)
    with step("ask_caller", public_id=case, actor=actor, context=context) as at:
        at.open_hold("question", "asked")
        done(at, "caller_asked", data={"hold": "question"}, text=words, public=True, entry_kind="question")
        return at.case


def reply_by_caller(*, actor: Actor, context: Context, case: Case, text: str, key: str) -> Case:
    """The caller's reply to the open question. A repeated send changes nothing."""
    words = need_text(text, 2000)
    if not once(context, "cases.reply", key, case.public_id, words):
        return case
    with caller_step("reply_question", case_id=case.id, actor=actor, context=context) as at:
        done(at, "caller_replied", text=words, public=True, entry_kind="reply")
        return at.case
