"""Showing: publish, publish at once for upper rooms, withdraw."""

from __future__ import annotations

from datetime import date

from django.db import transaction
from django.utils.translation import gettext as _

from linli.foundation.bodies.models import Body
from linli.foundation.core import ledger
from linli.foundation.core.calendar import calendar
from linli.foundation.core.context import Context
from linli.foundation.core.errors import Invalid
from linli.foundation.core.rules.actor import Actor
from linli.foundation.core.rules.clocks import Span
from linli.foundation.core.rules.workdays import CalendarMissing
from linli.foundation.notices import queries, rules
from linli.foundation.notices.actions.common import locked, publication_rule, stage_after, today
from linli.foundation.notices.actions.drafting import draft
from linli.foundation.notices.models import Notice
from linli.foundation.places.models import Place


def publish(*, actor: Actor, context: Context, notice: Notice) -> Notice:
    """Show a draft from now on: content frozen, days computed, digest kept, an older version replaced.

    Raises Invalid when the text names a person without a named law, or the calendar of the year is missing.
    """
    with transaction.atomic(savepoint=False):
        row = locked(actor, notice)
        stage = stage_after(row, "publish")
        old = _locked_old(actor, row)
        _refuse_personal(row)
        kept = publication_rule(actor, context, row.rule)
        if not rules.is_long_enough(Span(row.shown_amount, row.shown_unit), kept.shown):  # type: ignore[arg-type]  # stored units
            raise Invalid(
                "notices.days",
                _(
                    "The charter has changed since this draft was written and asks for more days. Open the draft and choose them."
                ),
            )
        first = today(context)
        row.stage, row.published_at, row.first_day = stage, context.now, first
        row.last_day = _day_after(actor, first, Span(row.shown_amount, row.shown_unit))  # type: ignore[arg-type]  # as above
        if row.kind == rules.CONSULTATION:
            row.objections_until = (
                _day_after(actor, first, kept.objections) if kept.objections else row.last_day
            )
        row.proved_on = first
        row.digest = queries.found_digest(row)
        row.save(update_fields=[
            "stage", "published_at", "first_day", "last_day", "objections_until", "proved_on", "digest",
        ])  # fmt: skip
        ledger.record(
            "notice.published", actor=actor, subject=("notice", row.id), place=row.place_id, now=context.now,
            data={
                "kind": row.kind, "rule": row.rule, "version": row.version, "last_day": row.last_day.isoformat(), "digest": row.digest,
            },
        )  # fmt: skip
        if old is not None:
            _supersede(actor, context, old, row)
    return row


def _locked_old(actor: Actor, row: Notice) -> Notice | None:
    return locked(actor, row.corrects) if row.corrects is not None else None


def _supersede(actor: Actor, context: Context, old: Notice, by: Notice) -> None:
    old.stage = stage_after(old, "supersede")
    old.ended_at = context.now
    old.save(update_fields=["stage", "ended_at"])
    ledger.record(
        "notice.superseded",
        actor=actor,
        subject=("notice", old.id),
        place=old.place_id,
        now=context.now,
        data={"by": by.id},
    )


def _refuse_personal(row: Notice) -> None:
    """Raises Invalid when title or text names a person and no law that needs it is named."""
    if row.personal_basis:
        return
    office = (row.body.phone,) if row.body is not None else ()
    found = [*rules.personal_lines(row.title, office), *rules.personal_lines(row.text, office)]
    if found:
        lines = "; ".join(found[:3])
        raise Invalid(
            "notices.personal",
            _("Not published: the text seems to name a person (%(lines)s). What is shown to everybody names nobody unless a law asks for it. Take it out, or name that law.") % {"lines": lines},
            fields={"text": _("These lines seem to name a person: %(lines)s") % {"lines": lines}},
        )  # fmt: skip


def _day_after(actor: Actor, first: date, span: Span) -> date:
    try:
        return rules.day_after(first, span, calendar(actor.district))
    except CalendarMissing as problem:
        raise Invalid(
            "notices.calendar",
            _(
                "Not published: the working days of the coming year are not loaded, so the last day cannot be computed. Ask the district's office to load the yearly notice of holidays."
            ),
        ) from problem


def publish_now(
    *, actor: Actor, context: Context, rule: str, place: Place, title: str, text: str, basis: str = "",
    personal_basis: str = "", shown_amount: int | None = None, body: Body | None = None,
    subject: tuple[str, int] | None = None,
) -> Notice:  # fmt: skip
    """Draft and publish in one: for upper rooms that must show something about a row of theirs (`subject`)."""
    with transaction.atomic(savepoint=False):
        written = draft(
            actor=actor, context=context, rule=rule, place=place, title=title, text=text, basis=basis,
            personal_basis=personal_basis, shown_amount=shown_amount, body=body, subject=subject,
        )  # fmt: skip
        return publish(actor=actor, context=context, notice=written)


def withdraw(*, actor: Actor, context: Context, notice: Notice, reason: str) -> Notice:
    """Take a shown notice back. Its text is not shown any more; title, reason and digest stay. Raises Invalid."""
    words = " ".join(reason.split())
    if not words or len(words) > rules.REASON_MOST or rules.personal_lines(words):
        raise Invalid(
            "notices.reason",
            _("Not withdrawn: residents are told why. Write a reason of at most %(most)d characters that names no person.") % {"most": rules.REASON_MOST},
            fields={"reason": _("Write a reason that names no person.")},
        )  # fmt: skip
    with transaction.atomic(savepoint=False):
        row = locked(actor, notice)
        row.stage = stage_after(row, "withdraw")
        row.withdrawn_reason, row.ended_at = words, context.now
        row.save(update_fields=["stage", "withdrawn_reason", "ended_at"])
        ledger.record(
            "notice.withdrawn", actor=actor, subject=("notice", row.id), place=row.place_id, now=context.now,
            data={"digest": row.digest},
        )  # fmt: skip
    return row
