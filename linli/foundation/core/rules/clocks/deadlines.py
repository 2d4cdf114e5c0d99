"""Deadline arithmetic: from a start and a span to the due moment, and how a pause moves it."""

from calendar import monthrange
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta

from linli.foundation.core.rules.clocks.basis import DAY, Basis, Span, Unit, offset_of

MINUTE = timedelta(minutes=1)
_INSTANT = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Term:
    """A due moment with the unit that moves it; ``day`` is the last day before it moves off a rest day."""

    unit: Unit
    day: date
    instant: datetime


def due_at(start: datetime, span: Span, basis: Basis) -> datetime:
    """The moment (aware UTC) at which ``span`` from ``start`` is over (民法典 201-203).

    Raises CalendarMissing when an unknown year is needed, ValueError when ``start`` has no zone.
    """
    begin = begin_of(start, span.unit, basis)
    return term_of(begin, local_of(begin, basis).date(), span, basis).instant


def last_day(due: datetime, basis: Basis) -> date:
    """The local date to print for a due moment: 24:00 belongs to the day that it ends."""
    return local_of(due - _INSTANT, basis).date()


def working_minutes_between(a: datetime, b: datetime, basis: Basis) -> int:
    """Whole minutes of business time in [a, b], 0 when b is not after a. Raises CalendarMissing.

    Counted by days and edges, so a year costs as much as an hour.
    """
    return open_time(a, b, basis) // MINUTE


def next_opening(instant: datetime, basis: Basis) -> datetime:
    """``instant`` itself while business is open, otherwise the next opening. Raises CalendarMissing."""
    local = local_of(instant, basis)
    day, offset = local.date(), offset_of(local.time())
    if basis.calendar.is_workday(day):
        for start, end in basis.hours.offsets:
            if start <= offset < end:
                return instant
            if offset < start:
                return _instant(day, start, basis)
    return _instant(basis.calendar.next_workday(day), basis.hours.offsets[0][0], basis)


def pushed(term: Term, start: datetime, until: datetime, basis: Basis) -> Term:
    """The term after a pause [start, until] that began before it was over.

    Minutes and hours: later by the length. Working minutes and hours: later by the business time inside. Days and
    months: later by the days d with start day < d <= end day, working days for working_days, calendar
    days otherwise (as in 民法典 201 the day it begins is not counted). The last day is never over
    before the pause is: then it is the next working day, so that nobody resumes a lost clock.
    """
    if term.unit in ("minutes", "hours"):
        return replace(term, instant=term.instant + (until - start))
    if term.unit in ("working_minutes", "working_hours"):
        return replace(term, instant=_add_open_time(term.instant, open_time(start, until, basis), basis))
    first, last = local_of(start, basis).date(), local_of(until, basis).date()
    if term.unit == "working_days":
        counted = basis.calendar.workdays_between(first, last)
        day = basis.calendar.add_workdays(term.day, counted)
    else:
        # The pause may begin after term.day, on the rest days that the due day moved over.
        day = max(term.day + (last - first), last)
    end = _end_of(_rolled(day, basis), basis)
    if end <= until:  # no working day from this one to the end of the pause is still open
        day = basis.calendar.next_workday(day)
        end = _end_of(day, basis)
    return Term(term.unit, day, end)


def term_of(start: datetime, receipt: date, span: Span, basis: Basis) -> Term:
    """``span`` counted from the moment ``start`` or, for days and months, from the day ``receipt``."""
    match span.unit:
        case "minutes":
            return Term(span.unit, receipt, start + timedelta(minutes=span.amount))
        case "hours":
            return Term(span.unit, receipt, start + timedelta(hours=span.amount))
        case "working_minutes":
            return Term(span.unit, receipt, _add_open_time(start, timedelta(minutes=span.amount), basis))
        case "working_hours":
            return Term(span.unit, receipt, _add_open_time(start, timedelta(hours=span.amount), basis))
        case "working_days":
            day = basis.calendar.add_workdays(receipt, span.amount)
            return Term(span.unit, day, _end_of(day, basis))
        case "calendar_days":
            day = receipt + timedelta(days=span.amount)
        case "months":
            day = _months_after(receipt, span.amount)
    return Term(span.unit, day, _end_of(_rolled(day, basis), basis))


def begin_of(start: datetime, unit: Unit, basis: Basis) -> datetime:
    """The moment (UTC) from which a clock of this unit runs, by ``basis.starts``."""
    require_zone(start)
    if basis.starts == "next_opening" and unit in ("minutes", "hours", "working_minutes", "working_hours"):
        return next_opening(start, basis).astimezone(UTC)
    return start.astimezone(UTC)


def _rolled(day: date, basis: Basis) -> date:
    return day if basis.calendar.is_workday(day) else basis.calendar.next_workday(day)


def _months_after(day: date, months: int) -> date:
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def _end_of(day: date, basis: Basis) -> datetime:
    return _instant(day, DAY if basis.day_end == "midnight" else basis.hours.offsets[-1][1], basis)


def open_time(a: datetime, b: datetime, basis: Basis) -> timedelta:
    """The business time in [a, b] on the wall clock of the district. Raises CalendarMissing."""
    if b <= a:
        return timedelta(0)
    first, last = local_of(a, basis), local_of(b, basis)
    calendar, hours = basis.calendar, basis.hours
    # (first day, last day] holds the last day, which is added by its part, and lacks the first one.
    days = calendar.workdays_between(first.date(), last.date())
    total = days * hours.daily
    if calendar.is_workday(last.date()):
        total += hours.opened_by(offset_of(last.time())) - hours.daily
    if calendar.is_workday(first.date()):
        total += hours.daily - hours.opened_by(offset_of(first.time()))
    return total


def _add_open_time(start: datetime, amount: timedelta, basis: Basis) -> datetime:
    """The earliest moment by which business was open for ``amount`` since ``start``."""
    if not amount:
        return start
    local, hours = local_of(start, basis), basis.hours
    day = local.date()
    if basis.calendar.is_workday(day):
        opened = hours.opened_by(offset_of(local.time()))
        if opened + amount <= hours.daily:
            return _instant(day, hours.offset_after(opened + amount), basis)
        amount -= hours.daily - opened
    full_days, rest = divmod(amount - _INSTANT, hours.daily)
    day = basis.calendar.add_workdays(day, full_days + 1)
    return _instant(day, hours.offset_after(rest + _INSTANT), basis)


def require_zone(instant: datetime) -> None:
    """Refuse a moment without a zone (ValueError): it would be read in the zone of the machine."""
    if instant.tzinfo is None:
        raise ValueError(f"The moment {instant} has no time zone; give it in UTC.")


def local_of(instant: datetime, basis: Basis) -> datetime:
    """The same moment on the wall clock of the district."""
    return instant.astimezone(basis.zone)


def _instant(day: date, offset: timedelta, basis: Basis) -> datetime:
    # Added on the wall clock, then placed in the zone: 09:00 stays 09:00 where clocks change at night.
    wall = datetime.combine(day, time()) + offset
    return wall.replace(tzinfo=basis.zone).astimezone(UTC)
