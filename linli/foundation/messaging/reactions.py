"""What lower rooms report and an office must know."""

from __future__ import annotations

from linli.foundation.bodies import queries as bodies
from linli.foundation.bodies.rules import SHIFT_KINDS
from linli.foundation.core.context import Context
from linli.foundation.core.ledger import on
from linli.foundation.core.models import Event
from linli.foundation.messaging import actions


@on("roster.gap", name="messaging.roster_gap")
def tell_gap(event: Event, context: Context) -> None:
    """The body whose roster has a gap finds it in its inbox."""
    kind = SHIFT_KINDS[event.data["kind"]]
    actions.send(
        context=context, template="roster_gap", event=event, subject=("body", event.data["body"]),
        to_body=event.data["body"],
        data={
            "kind": {"zh": kind.zh, "en": kind.en}, "starts_at": event.data["starts_at"], "ends_at": event.data["ends_at"],
        },
    )  # fmt: skip


@on("calendar.missing", name="messaging.calendar_missing")
def tell_calendar(event: Event, context: Context) -> None:
    """Everybody who may load the calendar finds the reminder in the inbox."""
    for appointment in bodies.holders_of_verb(context.district, "calendar.load", context.now):
        actions.send(
            context=context, template="calendar_missing", event=event, subject=("calendar", event.data["year"]),
            to_appointment=appointment, data={"year": event.data["year"]},
        )  # fmt: skip
