"""A clock in use: its facts, the due moment after pauses and extensions, its state, hand-over, new round."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Literal

from linli.foundation.core.rules.clocks.basis import Basis, Span
from linli.foundation.core.rules.clocks.deadlines import (
    MINUTE,
    begin_of,
    last_day,
    local_of,
    open_time,
    pushed,
    require_zone,
    term_of,
    working_minutes_between,
)
from linli.foundation.core.rules.workdays import CalendarMissing

State = Literal["running", "paused", "met", "late_met", "breached", "awaiting_calendar"]
Pause = tuple[datetime, datetime | None]


@dataclass(frozen=True, slots=True)
class ClockFacts:
    """What happened to one clock. All instants aware; ``until`` None is a pause that is still open.

    Pauses may overlap (two holds at once): their union counts. Raises ValueError when something ends
    before it starts or an instant has no zone.
    """

    started_at: datetime
    span: Span
    pauses: tuple[Pause, ...] = ()
    extensions: tuple[Span, ...] = ()
    stopped_at: datetime | None = None

    def __post_init__(self) -> None:
        require_zone(self.started_at)
        for start, until in (*self.pauses, (self.started_at, self.stopped_at)):
            require_zone(start)
            if until is not None:
                require_zone(until)
                if until < start:
                    raise ValueError(
                        f"A clock or pause that starts at {start} cannot end earlier, at {until}."
                    )


@dataclass(frozen=True, slots=True)
class ClockReading:
    """How a clock stands.

    ``due_at`` is None while an open pause keeps it unknown, or while the calendar is missing
    (``missing_year`` then says which year to load). ``remaining_seconds`` (wall clock, rounded down) and
    ``working_minutes_left`` (opening hours, without planned pauses, rounded down) are None without a due
    moment or after the clock stopped, and negative when overdue; the latter is None too when only it
    would need a missing year.
    """

    state: State
    due_at: datetime | None = None
    remaining_seconds: int | None = None
    working_minutes_left: int | None = None
    missing_year: int | None = None


def next_due(facts: ClockFacts, basis: Basis) -> datetime | None:
    """The moment a sweeper must look at this clock; None when stopped, in an open pause, or awaiting."""
    if facts.stopped_at is not None:
        return None
    try:
        return _due(facts, basis)
    except CalendarMissing:
        return None


def status(facts: ClockFacts, basis: Basis, now: datetime) -> ClockReading:
    """How the clock stands at ``now``; a missing calendar year is a state, not an error.

    A pause that begins at or after the due moment changes nothing: the clock is already used up.
    """
    try:
        due = _due(facts, basis)
    except CalendarMissing as missing:
        return ClockReading("awaiting_calendar", missing_year=missing.year)
    if facts.stopped_at is not None and due is not None:
        return ClockReading("met" if facts.stopped_at <= due else "late_met", due)
    held = any(start <= now and (until is None or now < until) for start, until in facts.pauses)
    if due is None:
        return ClockReading("paused" if held else "running")
    state: State = "breached" if now > due else "paused" if held else "running"
    return ClockReading(
        state, due, (due - now) // timedelta(seconds=1), _minutes_left(facts, basis, now, due)
    )


def transfer(facts: ClockFacts, at: datetime) -> tuple[ClockFacts, ClockFacts]:
    """One unit's clock stops at ``at``, the next unit's starts with the full span, without extensions.

    A pause running at ``at``, or planned for later, belongs to the case: it goes on in the new clock. The
    total clock of the case is a clock of its own and is not transferred: it simply continues.
    Raises ValueError when the clock has stopped already or starts after ``at``.
    """
    if facts.stopped_at is not None:
        raise ValueError(f"This clock stopped at {facts.stopped_at}; a stopped clock cannot be handed on.")
    carried = tuple((max(start, at), until) for start, until in facts.pauses if until is None or until > at)
    kept = tuple(
        (start, at if until is None or until > at else until) for start, until in facts.pauses if start <= at
    )
    return replace(facts, pauses=kept, stopped_at=at), ClockFacts(at, facts.span, carried)


def reopen(facts: ClockFacts, at: datetime) -> ClockFacts:
    """A new round: the full span again from ``at``; the old round stays as it was judged.

    Raises ValueError when the clock has not stopped, or stopped after ``at``.
    """
    if facts.stopped_at is None:
        raise ValueError("Only a clock that has stopped can start a new round; stop it first.")
    if at < facts.stopped_at:
        raise ValueError(f"The last round stopped at {facts.stopped_at}; a new one cannot start earlier.")
    return ClockFacts(at, facts.span)


def _due(facts: ClockFacts, basis: Basis) -> datetime | None:
    """The due moment after pauses and extensions; None when an open pause began before it.

    The span comes first, then each extension from the due moment reached; at every step the pauses that
    begin before that moment push it on, in the unit of the step. An extension in days counts from the
    due day; one in minutes or hours goes on from the due moment itself, without a new opening.
    """
    begin = begin_of(facts.started_at, facts.span.unit, basis)
    pauses = list(_united(facts, begin))
    term = term_of(begin, local_of(begin, basis).date(), facts.span, basis)
    for extension in (None, *facts.extensions):
        if extension is not None:
            term = term_of(term.instant, last_day(term.instant, basis), extension, basis)
        while pauses and pauses[0][0] < term.instant:
            start, until = pauses.pop(0)
            if until is None:
                return None
            term = pushed(term, start, until, basis)
    return term.instant


def _united(facts: ClockFacts, begin: datetime) -> Iterator[Pause]:
    """The pauses in order, overlaps joined, cut to the life of the clock, without empty ones."""
    held: Pause | None = None
    for start, until in sorted(facts.pauses, key=lambda pause: pause[0]):
        start, until = max(start.astimezone(UTC), begin), until and until.astimezone(UTC)
        if facts.stopped_at is not None:
            until = facts.stopped_at if until is None else min(until, facts.stopped_at)
        if until is not None and until <= start:
            continue
        if held is None:
            held = (start, until)
        elif held[1] is None or start <= held[1]:
            held = (held[0], None if until is None or held[1] is None else max(until, held[1]))
        else:
            yield held
            held = (start, until)
    if held is not None:
        yield held


def _minutes_left(facts: ClockFacts, basis: Basis, now: datetime, due: datetime) -> int | None:
    try:
        if now > due:
            return -working_minutes_between(due, now, basis)
        left = open_time(now, due, basis)
        for start, until in _united(facts, max(now, facts.started_at)):
            left -= open_time(start, due if until is None else min(until, due), basis)
        return left // MINUTE
    except CalendarMissing:
        return None
