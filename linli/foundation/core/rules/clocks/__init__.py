"""Deadline clocks: when something is due, whether a clock runs, is paused, met or missed.

Rules (民法典 201-203):
  201  days and months: the day of receipt is not counted; hours (and minutes) count from the moment.
  202  months end on the same date, or on the last day of the month where that date does not exist.
  203  a last day that is a rest day moves to the next working day; it ends at 24:00, or, where there
       are business hours, when business closes (``Basis.day_end``).
Instants come in and go out as aware UTC; days, dates and opening hours are those of the district's zone,
whatever zone the machine has. Time is counted in whole microseconds, never in floats. An instant that is
exactly the due moment is still in time. 24:00 is the instant of local midnight that ends the day, so use
``last_day`` to print the date of such a deadline.
"""

from linli.foundation.core.rules.clocks.basis import Basis, OpeningHours, Span, Unit
from linli.foundation.core.rules.clocks.deadlines import (
    due_at,
    last_day,
    next_opening,
    working_minutes_between,
)
from linli.foundation.core.rules.clocks.running import (
    ClockFacts,
    ClockReading,
    Pause,
    State,
    next_due,
    reopen,
    status,
    transfer,
)

__all__ = [
    "Basis",
    "ClockFacts",
    "ClockReading",
    "OpeningHours",
    "Pause",
    "Span",
    "State",
    "Unit",
    "due_at",
    "last_day",
    "next_due",
    "next_opening",
    "reopen",
    "status",
    "transfer",
    "working_minutes_between",
]
