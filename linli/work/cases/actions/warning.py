"""Warnings before a breach and steps after it, by set-based statements: each told once per clock, step and due moment.

Whoever is told, and when, stands in the charter (`cases.steps`). A clock that was stopped, parked or dropped is no
longer selected; an extended one has another due moment, a handed-on one another recipient, so both are told anew.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db import connection, transaction

from linli.foundation.bodies.models import Appointment
from linli.foundation.core import charter, ledger
from linli.foundation.core.calendar import basis
from linli.foundation.core.context import Context
from linli.foundation.core.db.blocks import reserve
from linli.foundation.core.models import Event
from linli.foundation.core.rules.actor import system
from linli.foundation.messaging.actions import send
from linli.work.cases.actions.clerks import clerks_of, heads_of
from linli.work.cases.models import Case, Told
from linli.work.cases.rules.steps import BUNDLED, URGENT, Step, Window, windows

# How long after a missed deadline somebody is still told of it for the first time.
LOOK_BACK = timedelta(days=60)

_DUE = """
WITH step AS (
  SELECT * FROM jsonb_to_recordset(%(windows)s::jsonb)
  AS w(code text, clocks jsonb, classes jsonb, low timestamptz, high timestamptz, whom text, side text)
), due AS (
  SELECT c.id AS clock, s.code, c.next_due, k.case_class, k.id AS subject,
    CASE s.whom
      WHEN 'body' THEN 'body:' || coalesce(CASE WHEN c.kind = 'whistle_ack' THEN c.unit ELSE k.handling_body_id END::text, '')
      WHEN 'body_head' THEN 'head:' || coalesce(CASE WHEN c.kind = 'whistle_ack' THEN c.unit ELSE k.handling_body_id END::text, '')
      WHEN 'clerk' THEN 'place:' || substring(p.path from '^(?:[^.]+[.]){1,3}')
      WHEN 'subdistrict' THEN 'place:' || substring(p.path from '^(?:[^.]+[.]){1,2}')
      ELSE 'place:' || substring(p.path from '^[^.]+[.]')
    END AS recipient,
    CASE WHEN k.case_class = ANY(%(bundled)s) THEN s.side ELSE '' END AS queue
  FROM core_clock c
  JOIN step s ON c.next_due > s.low AND c.next_due <= s.high AND s.clocks ? c.kind
  JOIN cases_case k ON k.id = c.subject_id AND k.district = c.district AND s.classes ? k.case_class
  JOIN places_place p ON p.id = k.place_id AND p.district = k.district
  WHERE c.district = %(district)s AND c.subject_type = 'case' AND c.state IN ('running', 'breached')
    AND c.stopped_at IS NULL AND c.next_due > %(low)s AND c.next_due <= %(high)s
)
SELECT d.clock, d.code, d.next_due, d.recipient, d.queue, d.case_class, d.subject FROM due d
WHERE d.recipient NOT LIKE '%%:'
  AND NOT EXISTS (
    SELECT FROM cases_told t WHERE t.district = %(district)s AND t.clock = d.clock AND t.step = d.code
      AND t.due_at = d.next_due AND t.recipient = d.recipient)
  AND (d.queue = '' OR NOT EXISTS (
    SELECT FROM cases_told t WHERE t.district = %(district)s AND t.day = %(today)s AND t.queue = d.queue
      AND t.recipient = d.recipient))
"""


@dataclass(frozen=True, slots=True)
class Due:
    """Something to tell: which clock, by which step, to whom; `queue` is empty for what is told at once."""

    clock: int
    step: str
    due_at: datetime
    recipient: str
    queue: str
    case_class: str
    case: int


def steps_of(context: Context) -> tuple[Step, ...]:
    """The charter's steps."""
    rows = charter.current(context.district, context.now)["cases.steps"]
    return tuple(Step(r["code"], r["clocks"], r["classes"], r["when"], r["span"], r["to"]) for r in rows)


def _due(context: Context, found: list[Window], today: date) -> list[Due]:
    sent = [
        {
            "code": w.step.code, "clocks": list(w.step.clocks), "classes": list(w.classes), "low": w.low.isoformat(),
            "high": w.high.isoformat(), "whom": w.step.to, "side": w.step.when,
        }
        for w in found
    ]  # fmt: skip
    facts: dict[str, Any] = {
        "windows": json.dumps(sent), "district": context.district, "today": today, "bundled": sorted(BUNDLED),
        "low": min(w.low for w in found), "high": max(w.high for w in found),
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(_DUE, facts)
        return [Due(*row) for row in cursor.fetchall()]


_WRITE = """
INSERT INTO cases_told (id, district, clock, step, due_at, recipient, queue, day, at)
SELECT * FROM unnest(%s::bigint[], %s::int[], %s::bigint[], %s::text[], %s::timestamptz[], %s::text[], %s::text[], %s::date[],
  %s::timestamptz[])
ON CONFLICT DO NOTHING RETURNING id
"""


def _written(context: Context, due: list[Due], today: date) -> list[Due]:
    """Mark as told; what another run told in the meantime is left out."""
    ids = list(reserve(context.district, Told._meta.db_table, len(due)))
    n = len(due)
    columns: list[Any] = [
        ids, [context.district] * n, [d.clock for d in due], [d.step for d in due], [d.due_at for d in due],
        [d.recipient for d in due], [d.queue for d in due], [today] * n, [context.now] * n,
    ]  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(_WRITE, columns)
        kept = {row[0] for row in cursor.fetchall()}
    return [d for id_, d in zip(ids, due, strict=True) if id_ in kept]


def warn(*, context: Context) -> int:
    """Tell everybody whose step has come; returns how many clocks and steps were told. Safe to run at any time."""
    found = windows(
        steps_of(context), context.now,
        basis(context.district, context.zone, context.now, "next_opening"), context.now - LOOK_BACK,
    )  # fmt: skip
    if not found:
        return 0
    today = context.now.astimezone(context.zone).date()
    with transaction.atomic(savepoint=False):
        due = _due(context, found, today)
        told = _written(context, due, today) if due else []
        if told:
            sides = {w.step.code: w.step.when for w in found}
            event = ledger.record(
                "cases.warned", actor=system(context.district), subject=("told", told[0].clock), now=context.now,
                data={"told": len(told), "recipients": len({d.recipient for d in told})},
            )  # fmt: skip
            _bundles(context, event, [d for d in told if d.queue])
            _singles(context, event, [d for d in told if not d.queue], sides)
    return len(told)


def _bundles(context: Context, event: Event, told: list[Due]) -> None:
    """One message a day for each recipient and side: how many are due, how many are late."""
    groups: dict[tuple[str, str], set[int]] = defaultdict(set)
    for one in told:
        groups[one.queue, one.recipient].add(one.case)
    for (queue, recipient), cases in sorted(groups.items()):
        template = "cases_due_soon" if queue == "before" else "cases_late"
        for to in _recipients(context, recipient, urgent=False):
            send(
                context=context, template=template, event=event, subject=("cases_told", event.id),
                data={"count": len(cases)}, to_body=to.get("to_body"),
                to_appointment=to.get("to_appointment"),
            )  # fmt: skip


def _singles(context: Context, event: Event, told: list[Due], sides: Mapping[str, str]) -> None:
    """What cannot wait is told case by case; urgent classes call whoever is on duty."""
    numbers = dict(
        Case.objects.filter(district=context.district, id__in={d.case for d in told}).values_list(
            "id", "number"
        )
    )
    for one in told:
        urgent = one.case_class in URGENT
        name = f"case_{'urgent_' if urgent else ''}{'soon' if sides[one.step] == 'before' else 'late'}"
        recipients = list(_recipients(context, one.recipient, urgent=urgent))
        if not recipients:
            continue
        marked = _own_event(context, event, one)
        for to in recipients:
            send(
                context=context, template=name, event=marked, subject=("case", one.case),
                data={"number": numbers[one.case], "due": ledger.moment(one.due_at)}, to_body=to.get("to_body"),
                to_appointment=to.get("to_appointment"),
            )  # fmt: skip


def _own_event(context: Context, event: Event, one: Due) -> Event:
    """Messages are told apart by event, template and recipient; a recipient of several cases needs an event each."""
    return ledger.record(
        "case.warned", actor=system(context.district), subject=("clock", one.clock), now=context.now,
        data={"case": one.case, "step": one.step, "told": event.id},
    )  # fmt: skip


def _clerks_up(context: Context, path: str) -> list[Appointment]:
    """The clerks of a place, or of the nearest place above it that has any: a warning is never told to nobody."""
    while path:
        found = clerks_of(context, path)
        if found:
            return found
        path = path.rstrip(".").rpartition(".")[0]
        path = f"{path}." if path else ""
    return []


def _recipients(context: Context, recipient: str, *, urgent: bool) -> Iterable[dict[str, int]]:
    """Where a recipient's messages go: an inbox of a body, of its heads, or of the clerks of a place."""
    kind, _sign, name = recipient.partition(":")
    if kind == "body":
        return [{"to_body": int(name)}]
    found = heads_of(context, int(name)) if kind == "head" else _clerks_up(context, name)
    if urgent:
        # To the bodies, because an urgent message to a body calls its duty roster.
        bodies = {a.body_id for a in found} or ({int(name)} if kind == "head" else set())
        return [{"to_body": body} for body in sorted(bodies)]
    if not found and kind == "head":
        return [{"to_body": int(name)}]
    return [{"to_appointment": a.id} for a in found]
