"""Joint handling (协同办理): other bodies help, each with a turn of its own; the body that has the case stays responsible."""

from __future__ import annotations

from collections.abc import Sequence

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from linli.foundation.bodies import queries as bodies
from linli.foundation.core.context import Context
from linli.foundation.core.errors import Invalid, WrongStage
from linli.foundation.core.rules.actor import Actor
from linli.work.cases.actions.steps import Step, done, need_text, step
from linli.work.cases.models import Case, JointTurn


def add_joint(*, actor: Actor, context: Context, case: str, helpers: Sequence[str], note: str) -> Case:
    """Ask bodies that serve the place to help. `helpers` are public ids. Raises Invalid."""
    words = need_text(note, 1000)
    with step("add_joint", public_id=case, actor=actor, context=context) as at:
        serving = {b.public_id: b for b in bodies.handling_bodies(at.case.district, at.case.place)}
        chosen = [serving[h] for h in dict.fromkeys(helpers) if h in serving]
        helping = set(_open(at).values_list("body", flat=True))
        free = [b for b in chosen if b.id != at.case.handling_body_id and b.id not in helping]
        if not free or len(free) < len(set(helpers)):
            raise Invalid(
                "case.joint_body",
                _("Choose bodies that serve the place and do not take part yet. Nothing was changed."),
                fields={"helpers": _("Choose a body from the list.")},
            )
        for body in free:
            JointTurn.objects.create(
                district=at.case.district, case=at.case, body=body, asked_at=context.now, asked_by=actor.appointment
            )  # fmt: skip
        done(at, "joint_asked", data={"bodies": [b.id for b in free]}, text=words, entry_kind="note")
        return at.case


def _open(at: Step) -> QuerySet[JointTurn]:
    return JointTurn.objects.filter(district=at.case.district, case=at.case, ended_at=None)


def _mine(at: Step) -> JointTurn:
    return _open(at).get(body=at.actor.body)


def accept_joint(*, actor: Actor, context: Context, case: str) -> Case:
    """The assisting body says that it takes part."""
    with step("accept_joint", public_id=case, actor=actor, context=context) as at:
        turn = _mine(at)
        if turn.accepted_at is not None:
            raise WrongStage(
                "case.joint_accepted", _("Your body has accepted already. Write what it contributed.")
            )
        turn.accepted_at = context.now
        turn.save(update_fields=["accepted_at"])
        done(at, "joint_accepted", data={"body": turn.body_id})
        return at.case


def joint_report(*, actor: Actor, context: Context, case: str, text: str) -> Case:
    """What the assisting body did; its turn is over, and the body that has the case answers the caller."""
    words = need_text(text, 2000)
    with step("joint_report", public_id=case, actor=actor, context=context) as at:
        turn = _mine(at)
        turn.accepted_at = turn.accepted_at or context.now
        turn.contributed_at = turn.ended_at = context.now
        turn.outcome = "contributed"
        turn.save(update_fields=["accepted_at", "contributed_at", "ended_at", "outcome"])
        done(at, "joint_reported", data={"body": turn.body_id}, text=words, entry_kind="joint")
        return at.case
