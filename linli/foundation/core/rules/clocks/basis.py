"""What a deadline is made of: a span, the opening hours, the calendar and the zone."""

from dataclasses import dataclass, field
from datetime import time, timedelta
from typing import Literal, cast, get_args
from zoneinfo import ZoneInfo

from linli.foundation.core.rules.workdays import WorkCalendar

Unit = Literal[
    "minutes", "hours", "working_minutes", "working_hours", "working_days", "calendar_days", "months"
]

# Ten years of each unit: more is a slip of the pen, and would overflow the calendar of the machine.
_MOST: dict[str, int] = {
    "minutes": 5_256_000,
    "hours": 87_600,
    "working_minutes": 5_256_000,
    "working_hours": 87_600,
    "working_days": 3_650,
    "calendar_days": 3_650,
    "months": 120,
}
DAY = timedelta(days=1)


def offset_of(wall: time) -> timedelta:
    """The distance of a wall-clock time from midnight."""
    return timedelta(hours=wall.hour, minutes=wall.minute, seconds=wall.second, microseconds=wall.microsecond)


@dataclass(frozen=True, slots=True)
class Span:
    """A length of time as a rule states it, e.g. 5 working_days. Raises ValueError unless 1 to ten years.

    minutes and hours run day and night from the moment; working_minutes and working_hours while business is open.
    """

    amount: int
    unit: Unit

    def __post_init__(self) -> None:
        if self.unit not in _MOST:
            raise ValueError(f"The unit {self.unit!r} is not known; use one of {', '.join(_MOST)}.")
        if type(self.amount) is not int or not 1 <= self.amount <= _MOST[self.unit]:
            raise ValueError(
                f"The amount {self.amount!r} is not a period in {self.unit}; "
                f"give a whole number from 1 to {_MOST[self.unit]}."
            )

    @classmethod
    def parse(cls, value: object) -> "Span":
        """A Span from {"amount": 5, "unit": "working_days"}; raises ValueError with a sentence."""
        if not isinstance(value, dict) or set(value) != {"amount", "unit"}:
            raise ValueError(
                f"A period is written with amount and unit and nothing else, not as {value!r}; "
                'for example {"amount": 5, "unit": "working_days"}.'
            )
        if value["unit"] not in get_args(Unit):
            raise ValueError(f"The unit {value['unit']!r} is not known; use one of {', '.join(_MOST)}.")
        return cls(value["amount"], cast(Unit, value["unit"]))


@dataclass(frozen=True, slots=True)
class OpeningHours:
    """The business hours of every working day: (open, close) pairs of local wall-clock times, in order.

    Open at ``open``, closed at ``close``. Periods may touch, not overlap; an end of 00:00 means 24:00.
    Raises ValueError when empty, unordered or overlapping.
    """

    periods: tuple[tuple[time, time], ...]
    # The same as distances from local midnight, and their sum.
    offsets: tuple[tuple[timedelta, timedelta], ...] = field(init=False, repr=False, compare=False)
    daily: timedelta = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        offsets = tuple((offset_of(start), offset_of(end) or DAY) for start, end in self.periods)
        if not offsets:
            raise ValueError("Opening hours need at least one period, for example 08:30 to 12:00.")
        before = timedelta(0)
        for (start, end), written in zip(offsets, self.periods, strict=True):
            if start < before or end <= start:
                raise ValueError(
                    f"The opening hours {written[0]:%H:%M} to {written[1]:%H:%M} end before they start or "
                    "overlap an earlier period. Write the periods of a day in order, without overlap."
                )
            before = end
        object.__setattr__(self, "offsets", offsets)
        object.__setattr__(self, "daily", sum((end - start for start, end in offsets), timedelta(0)))

    def opened_by(self, offset: timedelta) -> timedelta:
        """How long business has been open when ``offset`` has passed since midnight of a working day."""
        return sum(
            (min(offset, end) - start for start, end in self.offsets if offset > start),
            timedelta(0),
        )

    def offset_after(self, opened: timedelta) -> timedelta:
        """The earliest offset from midnight at which business has been open for 0 < ``opened`` <= daily."""
        for start, end in self.offsets:
            if opened <= end - start:
                return start + opened
            opened -= end - start
        raise ValueError("A working day is not open that long; count on from the next working day.")


@dataclass(frozen=True, slots=True)
class Basis:
    """Everything besides the span that a deadline needs.

    ``day_end``: a due day ends at the "close" of business or at "midnight" (民法典 203).
    ``starts``: "at_once", or with "next_opening" minutes, hours and working hours that would start while
    business is closed start at the next opening. Days and months do not need it: the day of receipt is
    the calendar day of receipt, even after closing time or on a rest day, and is not counted anyway.
    A clock in minutes or hours that starts at once never asks the calendar.
    """

    calendar: WorkCalendar
    hours: OpeningHours
    zone: ZoneInfo
    day_end: Literal["close", "midnight"]
    starts: Literal["at_once", "next_opening"]
