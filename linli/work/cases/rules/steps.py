"""Warnings before a deadline and steps to other people after it. Pure.

A step is a row of the charter: for these clocks and classes, so long before or after the due moment, tell these.
Instead of computing a moment per clock, each run computes per step between which due moments it applies, so that
the rest is one comparison in the database.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal

from linli.foundation.core.rules.clocks import Basis, Span, due_at, next_opening
from linli.foundation.core.rules.workdays import CalendarMissing

RECIPIENTS = ("body", "body_head", "clerk", "subdistrict", "district")
CLOCKS = ("dispatch", "sign_in", "contact", "finish", "whistle_ack")
# Day and night, at once, one by one.
URGENT = frozenset({"P0", "P1"})
# One message a day for each who is told: "n cases are due".
BUNDLED = frozenset({"P2", "P3"})
_LONGEST_BREAK = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Step:
    """One row of `cases.steps`."""

    code: str
    clocks: tuple[str, ...]
    classes: tuple[str, ...]
    when: Literal["before", "after"]
    span: Span
    to: str


@dataclass(frozen=True, slots=True)
class Window:
    """Due moments, after `low` and up to `high`, at which a step applies now."""

    step: Step
    classes: tuple[str, ...]
    low: datetime
    high: datetime


def is_open(now: datetime, basis: Basis) -> bool:
    """Whether business is open; where the year is not known, nothing is kept back."""
    try:
        return next_opening(now, basis) == now
    except CalendarMissing:
        return True


def windows(steps: tuple[Step, ...], now: datetime, basis: Basis, since: datetime) -> list[Window]:
    """What applies now. Outside business hours only for what is urgent; steps an unknown year decides wait for it.

    `since` is how far back a missed deadline is still looked at.
    """
    open_now = is_open(now, basis)
    # Minutes and hours of a step run from the moment, by night too; working time waits by its nature.
    basis = replace(basis, starts="at_once")
    found = []
    for step in steps:
        classes = tuple(c for c in step.classes if open_now or c in URGENT)
        if not classes:
            continue
        try:
            if step.when == "before":
                found.append(Window(step, classes, now, due_at(now, step.span, basis)))
            else:
                found.append(Window(step, classes, since, passed_since(now, step.span, basis)))
        except CalendarMissing:
            continue
    return found


def passed_since(now: datetime, span: Span, basis: Basis) -> datetime:
    """The latest due moment that is a whole span ago, to the second. Raises CalendarMissing."""
    if span.unit in ("minutes", "hours"):
        return now - timedelta(**{span.unit: span.amount})
    days = {"working_minutes": 0.02, "working_hours": 1, "working_days": 2, "calendar_days": 1, "months": 31}
    low = now - timedelta(days=days[span.unit] * span.amount) - _LONGEST_BREAK
    high = now
    while high - low > timedelta(seconds=1):
        middle = low + (high - low) / 2
        if due_at(middle, span, basis) <= now:
            low = middle
        else:
            high = middle
    return low
