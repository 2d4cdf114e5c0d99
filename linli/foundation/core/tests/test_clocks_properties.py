"""Laws of the clocks for any facts, and day-by-day models that know nothing of the fast arithmetic."""

import time as machine
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from linli.foundation.core.rules.clocks import (
    Basis,
    ClockFacts,
    Pause,
    Span,
    due_at,
    next_due,
    status,
    working_minutes_between,
)
from linli.foundation.core.tests.clock_builders import CLOSE, MIDNIGHT, SHANGHAI, at

UNITS = ("minutes", "hours", "working_minutes", "working_hours", "working_days", "calendar_days", "months")
LIMITS = {
    "minutes": 5000,
    "hours": 500,
    "working_minutes": 9_000,
    "working_hours": 200,
    "working_days": 60,
    "calendar_days": 90,
    "months": 6,
}
BASES = [
    replace(basis, starts=starts) for basis in (MIDNIGHT, CLOSE) for starts in ("at_once", "next_opening")
]

moments = st.datetimes(datetime(2019, 1, 1), datetime(2025, 1, 1)).map(lambda wall: wall.replace(tzinfo=UTC))
bases = st.sampled_from(BASES)
spans = st.sampled_from(UNITS).flatmap(
    lambda unit: st.integers(1, LIMITS[unit]).map(lambda amount: Span(amount, unit))
)
lengths = st.one_of(
    st.timedeltas(timedelta(0), timedelta(days=20)),
    st.integers(0, 20 * 48).map(lambda half: timedelta(minutes=30 * half)),
)


@st.composite
def clocks(draw: st.DrawFn) -> ClockFacts:
    """A running clock with up to three closed pauses, which may overlap, and up to two extensions."""
    start = draw(moments)
    pauses = []
    for _ in range(draw(st.integers(0, 3))):
        begin = start - timedelta(days=2) + draw(lengths)
        pauses.append((begin, begin + draw(lengths)))
    extensions = draw(st.lists(spans, max_size=2))
    return ClockFacts(start, draw(spans), tuple(pauses), tuple(extensions))


def reached(facts: ClockFacts, basis: Basis) -> datetime:
    found = next_due(facts, basis)
    assert found is not None
    return found


@given(moments, spans, bases)
def test_due_is_later_than_the_start_and_grows_with_the_amount(
    start: datetime, span: Span, basis: Basis
) -> None:
    first = due_at(start, span, basis)
    assert start < first <= due_at(start, Span(span.amount + 1, span.unit), basis)


@given(moments, lengths, spans, bases)
def test_a_later_start_is_never_due_earlier(
    start: datetime, later: timedelta, span: Span, basis: Basis
) -> None:
    assert due_at(start, span, basis) <= due_at(start + later, span, basis)


@given(clocks(), lengths, lengths, bases)
def test_a_pause_never_brings_the_due_moment_earlier(
    facts: ClockFacts, after: timedelta, length: timedelta, basis: Basis
) -> None:
    pause: Pause = (facts.started_at + after, facts.started_at + after + length)
    alone = replace(facts, pauses=())
    paused = reached(replace(alone, pauses=(pause,)), basis)
    assert reached(alone, basis) <= paused
    if pause[0] < reached(alone, basis):
        assert paused > pause[1]


@given(clocks(), lengths, lengths, lengths, bases)
def test_a_longer_pause_is_never_due_earlier_and_a_split_one_is_the_same(
    facts: ClockFacts, after: timedelta, length: timedelta, more: timedelta, basis: Basis
) -> None:
    begin = facts.started_at + after
    middle, end = begin + length, begin + length + more
    whole = reached(replace(facts, pauses=((begin, end),)), basis)
    assert reached(replace(facts, pauses=((begin, middle),)), basis) <= whole
    assert reached(replace(facts, pauses=((middle, end), (begin, middle))), basis) == whole


@given(clocks(), lengths, bases)
def test_a_pause_of_no_length_changes_nothing(facts: ClockFacts, after: timedelta, basis: Basis) -> None:
    moment = facts.started_at + after
    assert reached(replace(facts, pauses=(*facts.pauses, (moment, moment))), basis) == reached(facts, basis)


@given(clocks(), spans, bases)
def test_an_extension_is_always_later(facts: ClockFacts, more: Span, basis: Basis) -> None:
    assert reached(facts, basis) < reached(replace(facts, extensions=(*facts.extensions, more)), basis)


@given(clocks(), lengths, bases)
def test_readings_are_whole_and_agree_with_the_due_moment(
    facts: ClockFacts, after: timedelta, basis: Basis
) -> None:
    now = facts.started_at + after
    reading = status(facts, basis, now)
    assert reading.due_at == next_due(facts, basis)
    assert type(reading.remaining_seconds) is int
    assert type(reading.working_minutes_left) is int
    assert (reading.state == "breached") == (reading.remaining_seconds < 0)
    done = status(replace(facts, stopped_at=now), basis, now + timedelta(days=900))
    assert done.state == ("late_met" if reading.state == "breached" else "met")


@given(moments, lengths, lengths, bases)
def test_working_minutes_add_up(start: datetime, first: timedelta, second: timedelta, basis: Basis) -> None:
    minute = start.replace(second=0, microsecond=0)
    middle = minute + first // timedelta(minutes=1) * timedelta(minutes=1)
    end = middle + second // timedelta(minutes=1) * timedelta(minutes=1)
    parts = working_minutes_between(minute, middle, basis) + working_minutes_between(middle, end, basis)
    assert parts == working_minutes_between(minute, end, basis)


# --- models: walk every day, look at every period ----------------------------------------------------


def open_periods(start: datetime, basis: Basis) -> Iterator[tuple[datetime, datetime]]:
    """What is left of every opening period from ``start`` on, day after day."""
    day = start.astimezone(SHANGHAI).date()
    while True:
        if basis.calendar.is_workday(day):
            for opens, closes in basis.hours.periods:
                begin = max(start, datetime.combine(day, opens, SHANGHAI))
                end = datetime.combine(day, closes, SHANGHAI)
                if begin < end:
                    yield begin, end
        day += timedelta(days=1)


def model_working_hours(start: datetime, hours: int, basis: Basis) -> datetime:
    left = timedelta(hours=hours)
    for begin, end in open_periods(start, basis):
        if left <= end - begin:
            return begin + left
        left -= end - begin
    raise AssertionError("open_periods never ends")


def model_working_days(start: datetime, count: int, basis: Basis) -> datetime:
    day = start.astimezone(SHANGHAI).date()
    while count:
        day += timedelta(days=1)
        count -= basis.calendar.is_workday(day)
    if basis.day_end == "midnight":
        return datetime.combine(day + timedelta(days=1), datetime.min.time(), SHANGHAI)
    return datetime.combine(day, basis.hours.periods[-1][1], SHANGHAI)


def model_minutes(start: datetime, end: datetime, basis: Basis) -> int:
    total = timedelta(0)
    for begin, close in open_periods(start, basis):
        if begin >= end:
            return total // timedelta(minutes=1)
        total += min(close, end) - begin
    raise AssertionError("open_periods never ends")


@given(moments, st.integers(1, 150), bases)
def test_working_hours_equal_the_model(start: datetime, hours: int, basis: Basis) -> None:
    assert due_at(start, Span(hours, "working_hours"), basis) == model_working_hours(start, hours, basis)


@given(moments, st.integers(1, 150), bases)
def test_working_days_equal_the_model(start: datetime, count: int, basis: Basis) -> None:
    assert due_at(start, Span(count, "working_days"), basis) == model_working_days(start, count, basis)


@given(moments, lengths, bases)
def test_working_minutes_equal_the_model(start: datetime, length: timedelta, basis: Basis) -> None:
    assert working_minutes_between(start, start + length, basis) == model_minutes(
        start, start + length, basis
    )


@settings(max_examples=60)
@given(moments, st.integers(1, 40), st.lists(st.tuples(lengths, lengths), min_size=1, max_size=3))
def test_paused_working_hours_equal_the_model(
    start: datetime, hours: int, cuts: list[tuple[timedelta, timedelta]]
) -> None:
    pauses = tuple((start + after, start + after + length) for after, length in cuts)
    left = timedelta(hours=hours)
    for begin, end in open_periods(start, MIDNIGHT):
        edges = sorted({begin, end, *(min(max(edge, begin), end) for pause in pauses for edge in pause)})
        for a, b in pairwise(edges):
            if any(held <= a and b <= until for held, until in pauses):
                continue
            if left <= b - a:
                assert next_due(ClockFacts(start, Span(hours, "working_hours"), pauses), MIDNIGHT) == a + left
                return
            left -= b - a


def best_of(repeats: int, run: object, count: int) -> int:
    """Nanoseconds a call, the best of some rounds: other work on the machine only adds."""
    best = 10**12
    for _ in range(repeats):
        begin = machine.perf_counter_ns()
        for _ in range(count):
            run()  # type: ignore[operator]  # any callable of the tests below
        best = min(best, (machine.perf_counter_ns() - begin) // count)
    return best


def test_a_deadline_costs_at_most_thirty_microseconds() -> None:
    start, span = at("03-02 09:00"), Span(20, "working_days")
    assert best_of(7, lambda: due_at(start, span, CLOSE), 300) <= 30_000


@pytest.mark.parametrize("end", ["03-03 09:00", "12-31 09:00"])
def test_a_year_of_working_minutes_costs_as_much_as_a_day(end: str) -> None:
    start, until = at("01-05 09:00"), at(end)
    assert best_of(7, lambda: working_minutes_between(start, until, CLOSE), 300) <= 60_000
