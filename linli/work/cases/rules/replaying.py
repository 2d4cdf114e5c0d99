"""How many past cases would have met a limit: counted by the working calendar. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from linli.foundation.core.rules.clocks import Basis, Span, due_at
from linli.foundation.core.rules.workdays import CalendarMissing


@dataclass(frozen=True, slots=True)
class Past:
    """When a case came and when it was answered; None where the sheet has no moment."""

    received: datetime | None
    answered: datetime | None


@dataclass(frozen=True, slots=True)
class Replayed:
    """Cases by limit. `counted` is the denominator: also those without an answer, so that silence never helps."""

    counted: int
    unanswered: int
    unreadable: int
    backwards: int
    no_calendar: int
    within: dict[int, int]


def replayed(past: Sequence[Past], limits: Sequence[int], basis: Basis) -> Replayed:
    """How many cases were answered within each number of working days (民法典 201: the first day is not counted).

    Left out and counted apart: a moment that cannot be read, an answer before it, a year without a calendar.
    """
    counted = unanswered = unreadable = backwards = no_calendar = 0
    within = dict.fromkeys(limits, 0)
    for case in past:
        if case.received is None:
            unreadable += 1
        elif case.answered is not None and case.answered < case.received:
            backwards += 1
        else:
            try:
                due = [due_at(case.received, Span(n, "working_days"), basis) for n in limits]
            except CalendarMissing:
                no_calendar += 1
                continue
            counted += 1
            unanswered += case.answered is None
            for n, moment in zip(limits, due, strict=True):
                within[n] += case.answered is not None and case.answered <= moment
    return Replayed(counted, unanswered, unreadable, backwards, no_calendar, within)
