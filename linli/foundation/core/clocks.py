"""Deadlines as rows: started, stopped, paused, extended, restarted, swept. The arithmetic is in `rules.clocks`.

The caller holds the subject's row lock. `now` is the transaction's moment. A missing calendar year leaves a
clock `awaiting_calendar`; loading the year computes it, and all others that the year could move.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.db import connection
from django.db.models import Q

from linli.foundation.core.calendar import basis, forget
from linli.foundation.core.charter import current_digest
from linli.foundation.core.context import Context
from linli.foundation.core.db.blocks import next_id
from linli.foundation.core.db.together import Together
from linli.foundation.core.models import Clock
from linli.foundation.core.outbox import queue_job
from linli.foundation.core.rules.clocks import Basis, ClockFacts, Span, status

Subject = tuple[str, int]
OPEN_STATES = (Clock.State.RUNNING, Clock.State.PAUSED, Clock.State.BREACHED, Clock.State.AWAITING)


@dataclass(frozen=True, slots=True)
class Plan:
    """A clock to start: what it measures, how long, and whether it starts at once or at the next opening."""

    kind: str
    span: Span
    starts: str


def _facts(clock: Clock) -> ClockFacts:
    pauses = tuple((_at(a), _at(b) if b else None) for a, b in clock.pauses)
    extensions = tuple(Span.parse(e) for e in clock.extensions)
    span = Span.parse({"amount": clock.amount, "unit": clock.span_unit})
    return ClockFacts(clock.started_at, span, pauses, extensions)


def _at(text: str) -> datetime:
    return datetime.fromisoformat(text)


def _text(at: datetime) -> str:
    return at.astimezone(UTC).isoformat()


def _basis(clock: Clock, zone: ZoneInfo, now: datetime) -> Basis:
    return basis(clock.district, zone, now, clock.starts)


def _settle(clock: Clock, zone: ZoneInfo, now: datetime) -> None:
    """Set state and next due moment from the facts; a breach that has been recorded stays recorded.

    As `rules.clocks.status`, with two differences that a row needs: a held clock is paused even where the
    calendar is missing (nothing waits for it), and an overdue one is breached only once the sweep said so. With
    `latest` it is due then at the latest, also while it is held or waits for the calendar: that moment is not ours.
    """
    reading = status(_facts(clock), _basis(clock, zone, now), now)
    due, held = reading.due_at, any(until is None for _start, until in clock.pauses)
    if clock.latest is not None:
        due = clock.latest if due is None else min(due, clock.latest)
    clock.next_due = due
    if clock.stopped_at is not None:
        judged = due is not None and (Clock.State.MET if clock.stopped_at <= due else Clock.State.LATE)
        clock.state = judged or Clock.State.AWAITING
    elif due is None:
        clock.state = Clock.State.PAUSED if held else Clock.State.AWAITING
    elif due < now and clock.breached_at is not None:
        clock.state = Clock.State.BREACHED
    else:
        clock.state, clock.breached_at = Clock.State.RUNNING, None


def build(
    subject: Subject,
    plans: Sequence[Plan],
    *,
    context: Context,
    started_at: datetime,
    unit: int | None = None,
    round_: int = 1,
) -> list[Clock]:
    """Clocks of a subject, not yet written (bulk loads write many at once)."""
    digest = current_digest(context.district, context.now)
    clocks = []
    for plan in plans:
        clock = Clock(
            district=context.district, subject_type=subject[0], subject_id=subject[1], kind=plan.kind, round=round_,
            unit=unit, amount=plan.span.amount, span_unit=plan.span.unit, starts=plan.starts, started_at=started_at,
            pauses=[], extensions=[], charter=digest,
        )  # fmt: skip
        _settle(clock, context.zone, context.now)
        clocks.append(clock)
    return clocks


def start(
    subject: Subject,
    plans: Sequence[Plan],
    *,
    context: Context,
    started_at: datetime | None = None,
    unit: int | None = None,
    round_: int = 1,
    together: Together | None = None,
) -> list[Clock]:
    """Start clocks in one statement; with `together`, when that is written."""
    clocks = build(
        subject, plans, context=context, started_at=started_at or context.now, unit=unit, round_=round_
    )
    at_once = together or Together()
    for clock in clocks:
        clock.id = next_id(clock.district, Clock._meta.db_table)
        at_once.add(clock)
    if together is None:
        at_once.write()
    return clocks


def settled(clock: Clock, *, stopped_at: datetime, context: Context) -> Clock:
    """A built clock as it stands once the measured thing happened (bulk loads write history at once)."""
    due = clock.next_due
    clock.stopped_at = stopped_at
    _settle(clock, context.zone, context.now)
    if clock.state == Clock.State.LATE:
        clock.breached_at = due or clock.next_due
    return clock


def of(district: int, subject: Subject) -> list[Clock]:
    """All clocks of a subject, oldest round first."""
    rows = Clock.objects.filter(district=district, subject_type=subject[0], subject_id=subject[1])
    return list(rows.order_by("round", "kind"))


def _open(context: Context, subject: Subject, kinds: Iterable[str]) -> list[Clock]:
    rows = Clock.objects.filter(
        district=context.district,
        subject_type=subject[0],
        subject_id=subject[1],
        stopped_at=None,
        state__in=OPEN_STATES,
    )
    wanted = list(kinds)
    if wanted:
        rows = rows.filter(kind__in=wanted)
    return list(rows.order_by("id").select_for_update())


_FIELDS = [
    "pauses",
    "extensions",
    "state",
    "next_due",
    "stopped_at",
    "breached_at",
    "latest",
    "span_unit",
    "amount",
    "unit",
]


def _store(clocks: Sequence[Clock]) -> None:
    for clock in clocks:
        clock.save(update_fields=_FIELDS)


def stop(subject: Subject, kinds: Iterable[str], *, context: Context) -> list[Clock]:
    """The measured thing happened: met or met late, by the moment of this transaction."""
    clocks = _open(context, subject, kinds)
    for clock in clocks:
        if clock.pauses and clock.pauses[-1][1] is None:
            clock.pauses[-1][1] = _text(context.now)
        clock.stopped_at = context.now
        due_before = clock.next_due
        _settle(clock, context.zone, context.now)
        if clock.state == Clock.State.LATE and clock.breached_at is None:
            clock.breached_at = due_before or clock.next_due
    _store(clocks)
    return clocks


def drop(subject: Subject, kinds: Iterable[str], *, context: Context) -> list[Clock]:
    """End clocks without judging them (merged, not accepted, transferred)."""
    clocks = _open(context, subject, kinds)
    for clock in clocks:
        clock.stopped_at, clock.state, clock.next_due = context.now, Clock.State.STOPPED, None
    _store(clocks)
    return clocks


def pause(subject: Subject, kinds: Iterable[str] = (), *, context: Context) -> list[Clock]:
    """Hold the clocks from now on. Already held ones stay as they are."""
    clocks = [c for c in _open(context, subject, kinds) if not (c.pauses and c.pauses[-1][1] is None)]
    for clock in clocks:
        clock.pauses.append([_text(context.now), None])
        _settle(clock, context.zone, context.now)
    _store(clocks)
    return clocks


def resume(subject: Subject, kinds: Iterable[str] = (), *, context: Context) -> list[Clock]:
    """Let held clocks run on; the time held does not count."""
    clocks = [c for c in _open(context, subject, kinds) if c.pauses and c.pauses[-1][1] is None]
    for clock in clocks:
        clock.pauses[-1][1] = _text(context.now)
        _settle(clock, context.zone, context.now)
    _store(clocks)
    return clocks


def extend(subject: Subject, kinds: Iterable[str], span: Span, *, context: Context) -> list[Clock]:
    """Add a span from the present due moment."""
    clocks = _open(context, subject, kinds)
    for clock in clocks:
        clock.extensions.append({"amount": span.amount, "unit": span.unit})
        _settle(clock, context.zone, context.now)
    _store(clocks)
    return clocks


def bind(subject: Subject, kinds: Iterable[str], latest: datetime | None, *, context: Context) -> list[Clock]:
    """Let nothing be due after `latest`, somebody else's deadline for the same thing; None takes it away.

    The stricter of the two governs: an extension or a pause of ours moves our own deadline, never this one.
    """
    clocks = _open(context, subject, kinds)
    for clock in clocks:
        clock.latest = latest
        _settle(clock, context.zone, context.now)
    _store(clocks)
    return clocks


# Clocks whose arithmetic never asks which day is a working day.
_WITHOUT_CALENDAR = Q(span_unit__in=["minutes", "hours"], starts="at_once", extensions=[])
_mirrors: dict[str, str] = {}


def mirrored(subject_type: str, job: str) -> None:
    """Let a room that copies due moments say which job copies them anew; its payload is `{"ids": [...]}`."""
    _mirrors[subject_type] = job


def recompute(context: Context, *, after: int = 0, limit: int = 500) -> int | None:
    """Compute the next batch of clocks whose due moment a changed calendar could move, and those that wait for it.

    Running, held and overdue ones too: a loaded year can say that a day before it ends is a rest day. Returns
    the last id of a full batch, to go on after it; None at the end. Records no event: the loaded year has its own.
    """
    forget(context.district)  # the year was loaded elsewhere; what this process holds may lack it
    rows = Clock.objects.filter(district=context.district, id__gt=after).filter(
        Q(state=Clock.State.AWAITING) | Q(stopped_at=None, state__in=OPEN_STATES)
    )
    clocks = list(rows.exclude(_WITHOUT_CALENDAR).order_by("id").select_for_update()[:limit])
    moved = []
    for clock in clocks:
        before = (clock.state, clock.next_due, clock.breached_at)
        _settle(clock, context.zone, context.now)
        if clock.state == Clock.State.LATE:
            clock.breached_at = clock.next_due
        if (clock.state, clock.next_due, clock.breached_at) != before:
            moved.append(clock)
    if moved:
        Clock.objects.filter(district=context.district).bulk_update(
            moved, ["state", "next_due", "breached_at"]
        )
    for subject_type, job in _mirrors.items():
        ids = sorted({c.subject_id for c in moved if c.subject_type == subject_type})
        if ids:
            queue_job(job, district=context.district, now=context.now, payload=json.dumps({"ids": ids}))
    return clocks[-1].id if len(clocks) == limit else None


_BREACH = """
UPDATE core_clock SET state = 'breached', breached_at = next_due
WHERE district = %(district)s AND id IN (
  SELECT id FROM core_clock
  WHERE district = %(district)s AND state = 'running' AND next_due < %(now)s
  ORDER BY next_due LIMIT %(limit)s FOR UPDATE SKIP LOCKED)
RETURNING id, subject_type, subject_id, kind, round, unit, next_due
"""


@dataclass(frozen=True, slots=True)
class Breach:
    """A clock that ran out; `due_at` is the moment it should have been met, however late the sweep came."""

    clock: int
    subject: Subject
    kind: str
    round: int
    unit: int | None
    due_at: datetime


def breach_due(context: Context, limit: int = 2000) -> list[Breach]:
    """Mark running clocks whose moment has passed; each clock is returned once, whoever sweeps."""
    with connection.cursor() as cursor:
        cursor.execute(_BREACH, {"district": context.district, "now": context.now, "limit": limit})
        rows: list[Any] = cursor.fetchall()
    return [Breach(r[0], (r[1], r[2]), r[3], r[4], r[5], r[6]) for r in rows]
