"""Parked (挂账): it cannot be solved now. Asked with evidence, approved one level up, reviewed on a stated date."""

from __future__ import annotations

from datetime import date, datetime

from django.utils.translation import gettext_lazy as _

from linli.foundation.core.context import Context
from linli.foundation.core.errors import Invalid, WrongStage
from linli.foundation.core.rules.actor import Actor, system
from linli.work.cases import access
from linli.work.cases.actions.conference import another_body
from linli.work.cases.actions.steps import Step, done, need_reason, need_text, step
from linli.work.cases.models import Case, CaseHold
from linli.work.cases.rules.waiting import may_park_until, review_moment


def _until(at: Step, day: date | None) -> datetime:
    today = at.context.now.astimezone(at.context.zone).date()
    most = at.rules["cases.parking_days"]
    if day is None or not may_park_until(day, today, most):
        raise Invalid(
            "case.review_date",
            _("A parked case needs a review date after today and within %(n)d days. Nothing was changed.") % {"n": most},
            fields={"until": _("Choose a date after today, within %(n)d days.") % {"n": most}},
        )  # fmt: skip
    return review_moment(day, at.context.zone)


def _one_level_up(at: Step) -> None:
    another_body(at)
    if not access.is_one_level_up(at.actor, at.case):
        raise Invalid(
            "case.one_level_up",
            _(
                "Parking is decided at least one level above the body that has the case. Leave it to a clerk of the level above yours."
            ),
        )


def ask_parking(
    *, actor: Actor, context: Context, case: str, reason: str, until: date | None, text: str
) -> Case:
    """Say why it cannot be solved now, what proves it and when it is looked at again (90 days at most)."""
    words = need_text(text, 2000)
    with step("ask_parking", public_id=case, actor=actor, context=context) as at:
        need_reason(at, "cases.parking_reasons", reason)
        at.open_hold("park_asked", reason, until=_until(at, until))
        facts = {"reason": reason, "hold": "park_asked"}
        done(at, "parking_asked", data=facts, text=words, entry_kind="evidence")
        return at.case


def approve_parking(*, actor: Actor, context: Context, case: str, note: str = "") -> Case:
    """One level up: the finish clock is held until the review date, and the caller is told until when and why."""
    with step("approve_parking", public_id=case, actor=actor, context=context) as at:
        _one_level_up(at)
        asked = at.hold("park_asked")
        if asked.until is None or asked.until <= context.now:
            raise Invalid(
                "case.review_passed",
                _("The review date that was asked for has come. Refuse the request, so that it can be asked anew."),
            )  # fmt: skip
        at.open_hold("parked", asked.reason, until=asked.until, approver=actor.appointment)
        facts = {"reason": asked.reason, "hold": "parked"}
        done(at, "parked", data=facts, text=note.strip(), entry_kind="note")
        return at.case


def deny_parking(*, actor: Actor, context: Context, case: str, note: str) -> Case:
    """One level up: the case is to be solved now."""
    words = need_text(note, 1000)
    with step("deny_parking", public_id=case, actor=actor, context=context) as at:
        _one_level_up(at)
        done(at, "parking_denied", text=words, entry_kind="note")
        return at.case


def renew_parking(*, actor: Actor, context: Context, case: str, until: date | None, text: str) -> Case:
    """Still not possible on review: parked on, with what proves it and a new date."""
    words = need_text(text, 2000)
    with step("renew_parking", public_id=case, actor=actor, context=context) as at:
        _one_level_up(at)
        hold = at.hold("parked")
        hold.until, hold.approver = _until(at, until), actor.appointment
        hold.save(update_fields=["until", "approver"])
        done(at, "parking_renewed", data={"reason": hold.reason}, text=words, entry_kind="evidence")
        return at.case


def end_parking(*, actor: Actor, context: Context, case: str, note: str = "") -> Case:
    """It can go on, or its review date has come: the finish clock runs on."""
    with step("end_parking", public_id=case, actor=actor, context=context) as at:
        done(at, "parking_ended", data={"by": actor.kind}, text=note.strip(), entry_kind="note")
        return at.case


def review_parked(*, context: Context, limit: int = 500) -> int:
    """End the parking of cases whose review date has come; returns how many."""
    due = CaseHold.objects.filter(
        district=context.district, kind="parked", closed_at=None, until__lte=context.now
    )
    ids = list(due.order_by("until", "id").values_list("case__public_id", flat=True)[:limit])
    ended = 0
    for public_id in ids:
        try:
            end_parking(actor=system(context.district), context=context, case=public_id)
            ended += 1
        except WrongStage:  # somebody ended it in the meantime
            continue
    return ended
