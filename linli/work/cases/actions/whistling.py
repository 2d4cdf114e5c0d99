"""The whistle (吹哨报到): the subdistrict calls, the department reports, and each side says how the other did."""

from __future__ import annotations

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from linli.foundation.bodies import queries as bodies
from linli.foundation.bodies.models import Body
from linli.foundation.core.context import Context
from linli.foundation.core.errors import Invalid, NotAllowed, WrongStage
from linli.foundation.core.rules.actor import Actor
from linli.work.cases import access
from linli.work.cases.actions.steps import Step, done, locked, need_text, step
from linli.work.cases.models import Case, WhistleCall, WhistleRating
from linli.work.cases.rules.whistle import SCORES, WHISTLE, side_of


def _departments(case: Case) -> list[Body]:
    """Bodies of the district that a subdistrict may whistle for on a case."""
    serving = bodies.handling_bodies(case.district, case.place)
    return [b for b in serving if b.level == "district" and b.id != case.handling_body_id]


def call_whistle(*, actor: Actor, context: Context, case: str, department: str, note: str) -> Case:
    """A subdistrict calls a department to a case; it reports within the charter's time (one working day)."""
    words = need_text(note, 1000)
    with step("call_whistle", public_id=case, actor=actor, context=context) as at:
        called = next((b for b in _departments(at.case) if b.public_id == department), None)
        if called is None or actor.body is None or called.id == actor.body:
            raise Invalid(
                "case.whistle_body",
                _("A whistle calls a department of the district that does not have the case. Choose one from the list."),
                fields={"department": _("Choose a department from the list.")},
            )  # fmt: skip
        WhistleCall.objects.create(
            district=at.case.district, case=at.case, calling_body_id=actor.body, department=called,
            called_at=context.now, called_by=actor.appointment,
        )  # fmt: skip
        at.open_hold("whistle", "called")
        at.unit = called.id
        done(
            at,
            "whistle_called",
            data={"body": called.id, "hold": "whistle"},
            text=words,
            entry_kind="whistle",
        )
        return at.case


def _advance(at: Step, verb: str, moment: str) -> WhistleCall:
    """Take the open call one step on by its own table."""
    call = WhistleCall.objects.get(district=at.case.district, case=at.case, ended_at=None)
    move = WHISTLE.decide(call.stage, (), verb)
    if move is None or move.to is None:
        raise WrongStage(
            "case.whistle_step",
            _("The steps of a whistle call follow each other: report, visit, plan, done. The page shows which is next."),
        )  # fmt: skip
    call.stage = move.to
    setattr(call, moment, at.context.now)
    call.save(update_fields=["stage", moment])
    return call


def whistle_ack(*, actor: Actor, context: Context, case: str) -> Case:
    """The department reports that it heard and comes."""
    with step("whistle_ack", public_id=case, actor=actor, context=context) as at:
        call = _advance(at, "ack", "acked_at")
        done(at, "whistle_acked", data={"body": call.department_id})
        return at.case


def whistle_visit(*, actor: Actor, context: Context, case: str, text: str) -> Case:
    """Both were on the spot together."""
    return _reported("visit", "visited_at", "whistle_visited", actor, context, case, text)


def whistle_plan(*, actor: Actor, context: Context, case: str, text: str) -> Case:
    """Who does what until when."""
    return _reported("plan", "planned_at", "whistle_planned", actor, context, case, text)


def whistle_done(*, actor: Actor, context: Context, case: str, text: str) -> Case:
    """The department has done its part; now both sides rate each other."""
    return _reported("done", "ended_at", "whistle_done", actor, context, case, text)


def _reported(
    verb: str, moment: str, code: str, actor: Actor, context: Context, case: str, text: str
) -> Case:
    words = need_text(text, 2000)
    with step(f"whistle_{verb}", public_id=case, actor=actor, context=context) as at:
        call = _advance(at, verb, moment)
        done(at, code, data={"body": call.department_id}, text=words, entry_kind="whistle")
        return at.case


def end_whistle(*, actor: Actor, context: Context, case: str, note: str) -> Case:
    """The calling body takes its call back; nobody is rated."""
    words = need_text(note, 1000)
    with step("end_whistle", public_id=case, actor=actor, context=context) as at:
        done(at, "whistle_ended", text=words, entry_kind="whistle")
        return at.case


def rate_whistle(*, actor: Actor, context: Context, case: str, score: int, note: str = "") -> Case:
    """One side's rating of the other, 1 to 5, once per side. The stage of the case does not matter."""
    if score not in SCORES:
        raise Invalid(
            "case.score", _("Choose from 1 to 5. Nothing was changed."), fields={"score": _("Choose one.")}
        )
    with transaction.atomic(savepoint=False):
        found = locked(actor, case)
        if not access.may("rate_whistle", actor, found):
            raise NotAllowed("case.rating", _("Only the two sides of a whistle call rate each other."))
        call = WhistleCall.objects.filter(district=found.district, case=found).latest("called_at")
        move = WHISTLE.decide(call.stage, (), "rate")
        side = side_of(actor.body, call.calling_body_id, call.department_id)
        rated = WhistleRating.objects.filter(district=found.district, call=call, side=side).exists()
        if move is None or side is None or rated:
            raise WrongStage(
                "case.rating_over",
                _("A whistle call is rated after it is done, once by each side. Nothing was changed."),
            )
        WhistleRating.objects.create(
            district=found.district, call=call, side=side, body=actor.body, score=score, at=context.now
        )
        at = Step(found, move, actor, context, [])
        done(
            at,
            "whistle_rated",
            data={"score": score, "by": side},
            text=note.strip()[:1000],
            entry_kind="whistle",
        )
        return found
