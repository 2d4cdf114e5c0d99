"""Judgement by call-back: another body than any that handled the case asks the caller."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from linli.foundation.core.context import Context
from linli.foundation.core.errors import Invalid
from linli.foundation.core.rules.actor import Actor
from linli.work.cases.actions.steps import Step, done, handled_by, step
from linli.work.cases.models import CallbackTry, Case
from linli.work.cases.rules.judging import RATINGS, Judgement, other_body, unreached_is_final, verb_for

EVENT_OF = {
    "confirm_solved": "closed", "reopen": "reopened", "to_conference": "to_conference", "close_unsolved": "closed",
}  # fmt: skip


def take_callback(*, actor: Actor, context: Context, case: str) -> Case:
    """Start asking the caller."""
    with step("take_callback", public_id=case, actor=actor, context=context) as at:
        _other(at)
        done(at, "callback_taken", data={"by": "callback"})
        return at.case


def _other(at: Step) -> None:
    if at.actor.kind != "system" and not other_body(at.actor.body, handled_by(at.case)):
        raise Invalid(
            "case.same_body",
            _("Your body has handled this case, so it may not judge it. Another body calls back."),
        )


def unreached(*, actor: Actor, context: Context, case: str) -> Case:
    """The caller did not answer. After the charter's tries and days the case ends as not judged."""
    with step("unreached", public_id=case, actor=actor, context=context) as at:
        _other(at)
        CallbackTry.objects.create(
            district=at.case.district, case=at.case, body=actor.body, at=context.now, reached=False
        )
        done(at, "unreached", data={"reached": False})
        tries = CallbackTry.objects.filter(district=at.case.district, case=at.case, reached=False)
        moments = [t.astimezone(context.zone) for t in tries.values_list("at", flat=True)]
        over = unreached_is_final(moments, at.rules["cases.callback.tries"], at.rules["cases.callback.days"])
        found = at.case
    if over:
        return _end_unjudged(context, found.public_id, actor, "unreached")
    return found


def _end_unjudged(context: Context, public_id: str, actor: Actor, reason: str) -> Case:
    by_system = Actor(district=actor.district, kind="system")
    with step("not_judge", public_id=public_id, actor=by_system, context=context) as at:
        at.set(not_judged_reason=reason)
        done(at, "not_judged", data={"reason": reason})
        return at.case


def not_judge(*, actor: Actor, context: Context, case: str) -> Case:
    """Nobody judged in the charter's time: ended, counted apart. Only the system's clock leads here."""
    with step("not_judge", public_id=case, actor=actor, context=context) as at:
        reason = "no_answer" if at.case.contact_id else "no_contact"
        at.set(not_judged_reason=reason)
        done(at, "not_judged", data={"reason": reason})
        return at.case


def apply_judgement(at: Step, verb: str, judgement: Judgement, by: str) -> None:
    """Write a judgement on a locked case; the verb is the table's."""
    if verb in ("reopen", "to_conference"):
        at.set(reopened=at.case.reopened + 1, answered_at=None)
    if verb != "reopen":
        at.set(solved=judgement.solved, rating=judgement.rating, judged_by=by)
    if verb == "to_conference":
        at.open_hold("conference", "judged_again")
    if by == "callback":
        CallbackTry.objects.create(
            district=at.case.district, case=at.case, body=at.actor.body, at=at.context.now, reached=True
        )


def check_judgement(solved: str, rating: str) -> Judgement:
    """A judgement from two answers. Raises Invalid."""
    if solved not in ("yes", "no") or rating not in RATINGS:
        raise Invalid(
            "case.judgement", _("Say whether it is solved and how satisfied the caller is. Nothing was changed."),
            fields={"solved": _("Choose one."), "rating": _("Choose one.")},
        )  # fmt: skip
    return Judgement("yes" if solved == "yes" else "no", rating)


def judge(*, actor: Actor, context: Context, case: str, solved: str, rating: str, note: str = "") -> Case:
    """What the caller said on the phone: closes the case, reopens it once, then takes it before a conference."""
    judgement = check_judgement(solved, rating)
    reopened = (
        Case.objects.filter(district=context.district, public_id=case)
        .values_list("reopened", flat=True)
        .first()
    )
    verb = verb_for(judgement, reopened or 0)
    with step(verb, public_id=case, actor=actor, context=context) as at:
        _other(at)
        if verb != verb_for(judgement, at.case.reopened):
            raise Invalid("case.changed", _("The case changed a moment ago. Look at it again and repeat."))
        apply_judgement(at, verb, judgement, "callback")
        facts = {
            "solved": judgement.solved,
            "rating": judgement.rating,
            "by": "callback",
            "round": at.case.reopened,
        }
        done(at, EVENT_OF[verb], data=facts, text=note.strip(), entry_kind="judgement")
        return at.case
