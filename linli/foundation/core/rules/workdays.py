"""The working calendar: which day is a working day, and which is the n-th one after another.

A calendar knows whole years. Inside a known year Monday to Friday are working days, except the days
that the yearly notice of the State Council names: ``off`` (holiday or shifted rest day) and ``work``
(make-up working day, 调休). A year whose notice is not loaded is never guessed: every question that
touches it raises CalendarMissing. Source of the rule: 全国年节及纪念日放假办法 2 and 6, yearly notices.
"""

import csv
from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import Literal, cast, get_args

DayKind = Literal["off", "work"]
HolidayRow = tuple[date, DayKind, str]
_COLUMNS = ["date", "name", "kind"]


class CalendarMissing(LookupError):
    """A question needs the working days of a year that is not loaded; ``year`` says which one."""

    def __init__(self, year: int) -> None:
        super().__init__(year)
        self.year = year

    def __str__(self) -> str:
        return (
            f"The working calendar of {self.year} is missing. Working days are taken from the yearly notice "
            f"and never guessed; load the notice for {self.year}, then the date is computed."
        )


@dataclass(frozen=True, slots=True)
class WorkCalendar:
    """Working days of the known ``years``; ``off`` and ``work`` are the exceptions to Monday-Friday.

    A named day outside ``years`` is kept but answers nothing: its year is still unknown. Building one
    costs about a millisecond for ten years, every question afterwards about a microsecond, so keep it.
    Raises ValueError when a day is both off and work.
    """

    off: frozenset[date]
    work: frozenset[date]
    years: frozenset[int]
    # Ordinals of all working days, sorted: the n-th one is found by position, not by walking.
    _ordinals: tuple[int, ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        both = self.off & self.work
        if both:
            raise ValueError(
                f"{min(both)} is named both as a rest day and as a working day. "
                "A day has one kind; correct the list of holidays."
            )
        off = {day.toordinal() for day in self.off}
        work = {day.toordinal() for day in self.work}
        ordinals = [
            ordinal
            for year in sorted(self.years)
            for ordinal in range(date(year, 1, 1).toordinal(), date(year, 12, 31).toordinal() + 1)
            # Day 1 of the proleptic calendar was a Monday: remainders 1-5 are Monday to Friday.
            if ordinal in work or (ordinal not in off and 1 <= ordinal % 7 <= 5)
        ]
        object.__setattr__(self, "_ordinals", tuple(ordinals))

    def is_workday(self, day: date) -> bool:
        """Whether ``day`` is a working day. Raises CalendarMissing."""
        self._require(day.year, day.year)
        ordinal = day.toordinal()
        place = bisect_left(self._ordinals, ordinal)
        return place < len(self._ordinals) and self._ordinals[place] == ordinal

    def next_workday(self, day: date) -> date:
        """The first working day strictly after ``day``. Raises CalendarMissing."""
        return self.add_workdays(day, 1)

    def add_workdays(self, day: date, n: int) -> date:
        """The ``n``-th working day after ``day``, which itself is not counted (民法典 201).

        With n = 0 it is ``day``, working day or not. Raises CalendarMissing when a day from ``day`` to
        the result lies in an unknown year, ValueError when ``n`` is negative.
        """
        if n < 0:
            raise ValueError(f"Working days are counted forward; {n} is negative. Give 0 or more.")
        self._require(day.year, day.year)
        if n == 0:
            return date.fromordinal(day.toordinal())
        place = bisect_right(self._ordinals, day.toordinal()) + n - 1
        if place >= len(self._ordinals):
            raise CalendarMissing(self._first_unknown_after(day.year))
        found = date.fromordinal(self._ordinals[place])
        self._require(day.year, found.year)
        return found

    def workdays_between(self, a: date, b: date) -> int:
        """How many working days lie in (a, b]; 0 when b is not after a. Raises CalendarMissing."""
        self._require(min(a.year, b.year), max(a.year, b.year))
        upto = bisect_right(self._ordinals, b.toordinal())
        return max(0, upto - bisect_right(self._ordinals, a.toordinal()))

    def _require(self, first: int, last: int) -> None:
        for year in range(first, last + 1):
            if year not in self.years:
                raise CalendarMissing(year)

    def _first_unknown_after(self, year: int) -> int:
        while year in self.years:
            year += 1
        return year


def calendar_from_rows(
    rows: Iterable[tuple[date, DayKind, *tuple[object, ...]]], years: Iterable[int]
) -> WorkCalendar:
    """The calendar of ``years`` from rows (day, "off" | "work", ...); further columns are ignored.

    The years are explicit, because a notice may name days of the neighbouring year (2022-12-31 is off
    by the notice for 2023) without making that year known. Raises ValueError for another kind and for
    a day that is named with both kinds.
    """
    named: dict[DayKind, set[date]] = {"off": set(), "work": set()}
    for day, kind, *_ in rows:
        if kind not in named:
            raise ValueError(f"{day} has the kind {kind!r}; a day of the calendar is 'off' or 'work'.")
        named[kind].add(day)
    return WorkCalendar(frozenset(named["off"]), frozenset(named["work"]), frozenset(years))


def parse_holidays_csv(text: str) -> list[HolidayRow]:
    """Rows (day, kind, name) of a CSV with the columns date, name, kind; lines starting with # are notes.

    Raises ValueError with a sentence that names the line when a column, a date or a kind is wrong.
    """
    lines = [
        (number, line)
        for number, line in enumerate(text.removeprefix("\ufeff").splitlines(), start=1)
        if line.strip() and not line.startswith("#")
    ]
    table = list(zip((number for number, _ in lines), csv.reader(line for _, line in lines), strict=True))
    if not table or table[0][1] != _COLUMNS:
        raise ValueError(
            "A list of holidays starts with the columns date,name,kind. Add them as the first line."
        )
    return [_holiday(number, cells) for number, cells in table[1:]]


def _holiday(number: int, cells: list[str]) -> HolidayRow:
    if len(cells) != len(_COLUMNS):
        raise ValueError(f"Line {number} has {len(cells)} cells; a holiday has three: date, name, kind.")
    day, name, kind = cells
    if kind not in get_args(DayKind):
        raise ValueError(f"Line {number} has the kind {kind!r}; a day of the calendar is 'off' or 'work'.")
    try:
        parsed = date.fromisoformat(day)
    except ValueError:
        raise ValueError(f"Line {number} has the date {day!r}; write it as 2026-10-01.") from None
    return parsed, cast(DayKind, kind), name
