"""What the caller does with number and code: judge, urge, add, withdraw. Every send carries its own key."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from linli.foundation.core import idempotency
from linli.foundation.core.context import Context
from linli.foundation.core.errors import Conflict
from linli.foundation.core.rules.actor import Actor
from linli.work.cases.actions.callback import EVENT_OF, apply_judgement, check_judgement
from linli.work.cases.actions.steps import caller_step, done, need_text
from linli.work.cases.models import Case
from linli.work.cases.rules.judging import verb_for


def once(context: Context, door: str, key: str, *parts: str) -> bool:
    """Whether this send is new; a repeated one changes nothing. Raises KeyReused for another body."""
    body = idempotency.digest(door, *parts)
    answer = idempotency.Answer(200, parts[0])
    slot = idempotency.take(
        district=context.district, door=door, key=key, body=body, now=context.now, answer=answer
    )
    return slot.replay is None


def judge_by_caller(
    *, actor: Actor, context: Context, case: Case, solved: str, rating: str, note: str = "", key: str
) -> Case:
    """The caller's own judgement: solved closes, not solved reopens once, then goes to a conference."""
    judgement = check_judgement(solved, rating)
    if not once(context, "cases.judge", key, case.public_id, solved, rating, note):
        return Case.objects.get(district=context.district, id=case.id)
    verb = verb_for(judgement, case.reopened)
    with caller_step(verb, case_id=case.id, actor=actor, context=context) as at:
        if verb != verb_for(judgement, at.case.reopened):
            raise Conflict("case.changed", _("The case changed a moment ago. Look at it again and repeat."))
        apply_judgement(at, verb, judgement, "caller")
        facts = {
            "solved": judgement.solved,
            "rating": judgement.rating,
            "by": "caller",
            "round": at.case.reopened,
        }
        done(at, EVENT_OF[verb], data=facts, text=note.strip(), entry_kind="judgement")
        return at.case


def urge_by_caller(*, actor: Actor, context: Context, case: Case, key: str) -> Case:
    """The caller asks to hurry; the body and the clerk see it."""
    if not once(context, "cases.urge", key, case.public_id):
        return case
    with caller_step("urge", case_id=case.id, actor=actor, context=context) as at:
        at.set(urged=at.case.urged + 1)
        done(at, "urged")
        return at.case


def add_by_caller(*, actor: Actor, context: Context, case: Case, text: str, key: str) -> Case:
    """The caller adds a fact."""
    words = need_text(text, 2000)
    if not once(context, "cases.add", key, case.public_id, words):
        return case
    with caller_step("add", case_id=case.id, actor=actor, context=context) as at:
        done(at, "added", text=words, public=True, entry_kind="added")
        return at.case


def withdraw_by_caller(*, actor: Actor, context: Context, case: Case, key: str) -> Case:
    """The caller takes the report back; it ends without a judgement."""
    if not once(context, "cases.withdraw", key, case.public_id):
        return case
    with caller_step("withdraw", case_id=case.id, actor=actor, context=context) as at:
        done(at, "withdrawn")
        return at.case
