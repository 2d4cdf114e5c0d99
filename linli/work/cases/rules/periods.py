"""Periods of the rates: a day, week, month, quarter, half-year or year of the district's own calendar. Pure.

A deadline belongs to the period `start < deadline <= end`: one at exactly 24:00 belongs to the day that it ends
(民法典 203), so a case due at midnight between two months counts in the month that is over.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

SPANS = ("day", "week", "month", "quarter", "half", "year")
_FORMS = {
    "day": re.compile(r"(\d{4})-(\d\d)-(\d\d)"),
    "week": re.compile(r"(\d{4})-W(\d\d)"),
    "month": re.compile(r"(\d{4})-(\d\d)"),
    "quarter": re.compile(r"(\d{4})-Q([1-4])"),
    "half": re.compile(r"(\d{4})-H([12])"),
    "year": re.compile(r"(\d{4})"),
}
_MONTHS = {"month": 1, "quarter": 3, "half": 6, "year": 12}


@dataclass(frozen=True, slots=True)
class Period:
    """One period by its name (`2026-10-05`, `2026-W41`, `2026-10`, `2026-Q4`, `2026-H2`, `2026`)."""

    span: str
    name: str
    first: date
    after: date  # the first day that does not belong to it

    def bounds(self, zone: ZoneInfo) -> tuple[datetime, datetime]:
        """Its edges as moments: a deadline belongs to it when `start < deadline <= end`."""
        return datetime.combine(self.first, time(), zone), datetime.combine(self.after, time(), zone)

    def months(self) -> tuple[Period, ...]:
        """The months it is made of; none for a day or a week."""
        if self.span not in _MONTHS:
            return ()
        return tuple(_of_months("month", self.first, n, 1) for n in range(_MONTHS[self.span]))

    def next(self) -> Period:
        return containing(self.span, self.after)

    def previous(self) -> Period:
        return containing(self.span, self.first - timedelta(days=1))


def _later(first: date, months: int) -> date:
    total = first.year * 12 + first.month - 1 + months
    return date(total // 12, total % 12 + 1, 1)


def _of_months(span: str, first: date, skip: int, length: int) -> Period:
    begin = _later(first, skip)
    part = (begin.month - 1) // length + 1
    tail = {"month": f"-{begin.month:02d}", "quarter": f"-Q{part}", "half": f"-H{part}", "year": ""}[span]
    return Period(span, f"{begin.year:04d}{tail}", begin, _later(begin, length))


def containing(span: str, day: date) -> Period:
    """The period of a span that a day lies in. Raises ValueError for an unknown span."""
    if span == "day":
        return Period("day", day.isoformat(), day, day + timedelta(days=1))
    if span == "week":
        monday = day - timedelta(days=day.weekday())
        year, week, _weekday = monday.isocalendar()
        return Period("week", f"{year:04d}-W{week:02d}", monday, monday + timedelta(days=7))
    if span not in _MONTHS:
        raise ValueError(f"{span!r} is not one of {', '.join(SPANS)}")
    length = _MONTHS[span]
    return _of_months(span, date(day.year, (day.month - 1) // length * length + 1, 1), 0, length)


def named(name: str) -> Period:
    """The period of a name. Raises ValueError with what names look like."""
    for span, form in _FORMS.items():
        match = form.fullmatch(name.strip())
        if match:
            parts = [int(p) for p in match.groups()]
            try:
                return containing(span, _first_day(span, parts))
            except ValueError:
                break
    raise ValueError(
        f"{name[:20]!r} is not a period. Write 2026-10-05, 2026-W41, 2026-10, 2026-Q4, 2026-H2 or 2026."
    )


def _first_day(span: str, parts: list[int]) -> date:
    if not 2000 <= parts[0] <= 2200:
        raise ValueError("the year is out of reach")
    if span == "day":
        return date(*parts)
    if span == "week":
        return date.fromisocalendar(parts[0], parts[1], 1)
    if span == "month":
        return date(parts[0], parts[1], 1)
    return date(parts[0], (parts[1] - 1) * _MONTHS[span] + 1, 1) if len(parts) > 1 else date(parts[0], 1, 1)
