"""Due moments: the Civil Code's vectors and every unit at every boundary, on machines of three zones."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from linli.foundation.core.rules.clocks import (
    Basis,
    ClockFacts,
    OpeningHours,
    Span,
    due_at,
    last_day,
    next_opening,
    status,
    working_minutes_between,
)
from linli.foundation.core.rules.workdays import CalendarMissing
from linli.foundation.core.tests.clock_builders import (
    CLOSE,
    MIDNIGHT,
    NO_CALENDAR,
    OPENING,
    at,
    local,
    machine_zone,
)

__all__ = ["machine_zone"]  # a fixture is used by its name


def due(start: str, amount: int, unit: str, basis: Basis = MIDNIGHT) -> str | None:
    found = due_at(at(start), Span(amount, unit), basis)
    assert found.tzinfo is UTC
    return local(found)


# --- spans, hours, moments -------------------------------------------------------------------------


def test_a_span_is_read_from_the_charter() -> None:
    assert Span.parse({"amount": 5, "unit": "working_days"}) == Span(5, "working_days")


@pytest.mark.parametrize(
    ("value", "sentence"),
    [
        ("5 days", "written with amount and unit"),
        ({"amount": 5}, "written with amount and unit"),
        ({"amount": 5, "unit": "hours", "from": 1}, "nothing else"),
        ({"amount": 5, "unit": "weeks"}, "unit 'weeks' is not known; use one of minutes, hours"),
        ({"amount": 5, "unit": ["hours"]}, "is not known"),
        ({"amount": 0, "unit": "hours"}, "whole number from 1 to 87600"),
        ({"amount": -1, "unit": "months"}, "whole number from 1"),
        ({"amount": 1.5, "unit": "hours"}, "amount 1.5 is not a period"),
        ({"amount": True, "unit": "hours"}, "amount True is not a period"),
        ({"amount": "5", "unit": "hours"}, "amount '5' is not a period"),
        ({"amount": 121, "unit": "months"}, "from 1 to 120"),
    ],
)
def test_a_wrong_span_is_refused_with_a_sentence(value: object, sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        Span.parse(value)


def test_a_span_of_an_unknown_unit_cannot_be_built() -> None:
    with pytest.raises(ValueError, match="use one of"):
        Span(1, "weeks")  # type: ignore[arg-type]  # the refusal is what is tested


@pytest.mark.parametrize(
    "periods",
    [
        (),
        ((time(9), time(9)),),
        ((time(12), time(9)),),
        ((time(9), time(12)), (time(11), time(17))),
        ((time(14), time(17)), (time(9), time(12))),
        ((time(9), time(0)), (time(22), time(23))),
    ],
)
def test_impossible_opening_hours_are_refused(periods: tuple[tuple[time, time], ...]) -> None:
    with pytest.raises(ValueError, match=r"[Oo]pening hours"):
        OpeningHours(periods)


def test_touching_periods_and_midnight_as_closing_time() -> None:
    assert OpeningHours(((time(9), time(12)), (time(12), time(0)))).daily == timedelta(hours=15)
    late = replace(CLOSE, hours=OpeningHours(((time(9), time(0)),)))
    assert due("2026-03-02 10:00", 1, "working_days", late) == "2026-03-04 00:00"
    assert due("2026-03-02 23:00", 2, "working_hours", late) == "2026-03-03 10:00"


@pytest.mark.parametrize(
    "unit",
    ["minutes", "hours", "working_minutes", "working_hours", "working_days", "calendar_days", "months"],
)
@pytest.mark.parametrize("basis", [MIDNIGHT, OPENING], ids=["at_once", "next_opening"])
def test_a_moment_without_zone_is_refused(unit: str, basis: Basis) -> None:
    with pytest.raises(ValueError, match="no time zone"):
        due_at(datetime(2026, 3, 2, 9), Span(1, unit), basis)


# --- Civil Code 201-203 ----------------------------------------------------------------------------


@pytest.mark.usefixtures("machine_zone")
def test_vectors_of_the_civil_code() -> None:
    assert last_day(due_at(at("2026-03-01 10:00"), Span(30, "calendar_days"), MIDNIGHT), MIDNIGHT) == date(
        2026, 3, 31
    )
    assert last_day(due_at(at("2026-01-31 10:00"), Span(1, "months"), MIDNIGHT), MIDNIGHT) == date(
        2026, 2, 28
    )
    assert due("2026-03-01 10:00", 30, "calendar_days") == "2026-04-01 00:00"
    assert due("2026-03-01 10:00", 30, "calendar_days", CLOSE) == "2026-03-31 18:00"
    assert due("2026-01-31 10:00", 1, "months") == "2026-03-01 00:00"


@pytest.mark.usefixtures("machine_zone")
@pytest.mark.parametrize(
    ("start", "amount", "unit", "midnight", "close"),
    [
        # Received at 00:00, one minute before close, at close, late: the day of receipt is never counted.
        ("2026-03-02 00:00", 1, "working_days", "2026-03-04 00:00", "2026-03-03 18:00"),
        ("2026-03-02 17:59", 1, "working_days", "2026-03-04 00:00", "2026-03-03 18:00"),
        ("2026-03-02 18:00", 1, "working_days", "2026-03-04 00:00", "2026-03-03 18:00"),
        ("2026-03-02 23:59", 1, "working_days", "2026-03-04 00:00", "2026-03-03 18:00"),
        # Saturday 01:00 local is still Friday in UTC.
        ("2026-03-07 01:00", 1, "working_days", "2026-03-10 00:00", "2026-03-09 18:00"),
        # Make-up Saturday as day of receipt and as due day; a holiday; across the National Day week.
        ("2026-02-14 10:00", 1, "working_days", "2026-02-25 00:00", "2026-02-24 18:00"),
        ("2026-02-13 10:00", 1, "working_days", "2026-02-15 00:00", "2026-02-14 18:00"),
        ("2026-10-01 10:00", 1, "working_days", "2026-10-09 00:00", "2026-10-08 18:00"),
        ("2026-09-30 10:00", 3, "working_days", "2026-10-11 00:00", "2026-10-10 18:00"),
        ("2025-12-31 10:00", 1, "working_days", "2026-01-05 00:00", "2026-01-04 18:00"),
        # Calendar days: last day on a Sunday, on a make-up Sunday, in a holiday week.
        ("2026-03-06 10:00", 2, "calendar_days", "2026-03-10 00:00", "2026-03-09 18:00"),
        ("2026-09-18 10:00", 2, "calendar_days", "2026-09-21 00:00", "2026-09-20 18:00"),
        ("2026-09-24 18:00", 7, "calendar_days", "2026-10-09 00:00", "2026-10-08 18:00"),
        ("2026-03-02 17:59", 1, "calendar_days", "2026-03-04 00:00", "2026-03-03 18:00"),
        ("2025-12-25 10:00", 7, "calendar_days", "2026-01-05 00:00", "2026-01-04 18:00"),
        # Months: same date, end of month, leap year, rest day, year change.
        ("2026-03-10 10:00", 1, "months", "2026-04-11 00:00", "2026-04-10 18:00"),
        ("2024-01-31 10:00", 1, "months", "2024-03-01 00:00", "2024-02-29 18:00"),
        ("2026-02-28 10:00", 1, "months", "2026-03-31 00:00", "2026-03-30 18:00"),
        ("2025-12-05 10:00", 12, "months", "2026-12-08 00:00", "2026-12-07 18:00"),
        ("2025-12-31 10:00", 2, "months", "2026-03-01 00:00", "2026-02-28 18:00"),
    ],
)
def test_days_and_months(start: str, amount: int, unit: str, midnight: str, close: str) -> None:
    for basis, expected in ((MIDNIGHT, midnight), (CLOSE, close)):
        assert due(start, amount, unit, basis) == expected
        # The day of receipt stays that calendar day, whatever the start rule says.
        assert due(start, amount, unit, replace(basis, starts="next_opening")) == expected


@pytest.mark.usefixtures("machine_zone")
@pytest.mark.parametrize(
    ("start", "amount", "unit", "at_once", "opening"),
    [
        ("2026-03-02 17:59", 30, "minutes", "2026-03-02 18:29", "2026-03-02 18:29"),
        ("2026-03-02 18:00", 30, "minutes", "2026-03-02 18:30", "2026-03-03 09:00"),
        ("2026-03-02 08:29", 30, "minutes", "2026-03-02 08:59", "2026-03-02 09:00"),
        ("2026-03-02 08:30", 30, "minutes", "2026-03-02 09:00", "2026-03-02 09:00"),
        ("2026-03-02 12:00", 30, "minutes", "2026-03-02 12:30", "2026-03-02 15:00"),
        ("2026-03-07 03:00", 24, "hours", "2026-03-08 03:00", "2026-03-10 08:30"),
        ("2026-02-14 03:00", 2, "hours", "2026-02-14 05:00", "2026-02-14 10:30"),
        ("2026-10-01 12:00", 2, "hours", "2026-10-01 14:00", "2026-10-08 10:30"),
        ("2025-12-31 23:50", 15, "minutes", "2026-01-01 00:05", "2026-01-04 08:45"),
        # Working hours wait for the opening by their nature: both columns agree.
        ("2026-03-02 17:59", 1, "working_hours", "2026-03-03 09:29", "2026-03-03 09:29"),
        ("2026-03-02 18:00", 1, "working_hours", "2026-03-03 09:30", "2026-03-03 09:30"),
        ("2026-03-02 17:00", 1, "working_hours", "2026-03-02 18:00", "2026-03-02 18:00"),
        ("2026-03-02 11:00", 1, "working_hours", "2026-03-02 12:00", "2026-03-02 12:00"),
        ("2026-03-02 11:30", 1, "working_hours", "2026-03-02 15:00", "2026-03-02 15:00"),
        ("2026-03-06 17:30", 1, "working_hours", "2026-03-09 09:00", "2026-03-09 09:00"),
        ("2026-03-06 08:30", 7, "working_hours", "2026-03-06 18:00", "2026-03-06 18:00"),
        ("2026-03-06 08:30", 14, "working_hours", "2026-03-09 18:00", "2026-03-09 18:00"),
        ("2026-02-13 17:30", 1, "working_hours", "2026-02-14 09:00", "2026-02-14 09:00"),
        ("2026-10-03 10:00", 8, "working_hours", "2026-10-09 09:30", "2026-10-09 09:30"),
        ("2025-12-31 17:30", 1, "working_hours", "2026-01-04 09:00", "2026-01-04 09:00"),
        # Thirty minutes of business time: over closing, over the noon break, from a rest day.
        ("2026-03-02 17:50", 30, "working_minutes", "2026-03-03 08:50", "2026-03-03 08:50"),
        ("2026-03-02 17:30", 30, "working_minutes", "2026-03-02 18:00", "2026-03-02 18:00"),
        ("2026-03-02 11:45", 30, "working_minutes", "2026-03-02 14:45", "2026-03-02 14:45"),
        ("2026-03-07 10:00", 30, "working_minutes", "2026-03-09 09:00", "2026-03-09 09:00"),
    ],
)
def test_minutes_and_hours(start: str, amount: int, unit: str, at_once: str, opening: str) -> None:
    assert due(start, amount, unit, MIDNIGHT) == at_once
    assert due(start, amount, unit, OPENING) == opening


@pytest.mark.usefixtures("machine_zone")
def test_the_year_change_into_a_missing_year() -> None:
    for amount, unit in [(1, "working_days"), (1, "calendar_days"), (1, "months"), (7, "working_hours")]:
        with pytest.raises(CalendarMissing) as missing:
            due("2026-12-31 10:00", amount, unit)
        assert missing.value.year == 2027
    assert due("2026-12-30 10:00", 1, "working_days") == "2027-01-01 00:00"
    assert due("2026-12-31 17:00", 1, "working_hours") == "2026-12-31 18:00"
    assert due("2026-12-31 23:50", 15, "minutes") == "2027-01-01 00:05"
    with pytest.raises(CalendarMissing):
        due("2026-12-31 23:50", 15, "minutes", OPENING)


def test_a_clock_of_minutes_that_starts_at_once_needs_no_calendar() -> None:
    facts = ClockFacts(
        at("2031-05-03 02:00"), Span(15, "minutes"), ((at("2031-05-03 02:05"), at("2031-05-03 02:07")),)
    )
    assert due("2031-05-03 02:00", 2, "hours", NO_CALENDAR) == "2031-05-03 04:00"
    reading = status(facts, NO_CALENDAR, at("2031-05-03 02:10"))
    assert (reading.state, local(reading.due_at)) == ("running", "2031-05-03 02:17")
    assert (reading.remaining_seconds, reading.working_minutes_left) == (420, None)
    assert status(facts, NO_CALENDAR, at("2031-05-03 02:18")).state == "breached"


def test_a_zone_with_changing_clocks_keeps_its_opening_time() -> None:
    zone = ZoneInfo("Europe/Berlin")  # 2026-03-29: 02:00 becomes 03:00
    basis = replace(MIDNIGHT, zone=zone)
    start = datetime(2026, 3, 27, 17, tzinfo=zone).astimezone(UTC)
    assert due_at(start, Span(2, "working_hours"), basis) == datetime(2026, 3, 30, 9, 30, tzinfo=zone)
    assert due_at(start, Span(72, "hours"), basis) == datetime(2026, 3, 30, 18, tzinfo=zone)
    assert due_at(start, Span(1, "working_days"), basis) == datetime(2026, 3, 31, tzinfo=zone)


@pytest.mark.usefixtures("machine_zone")
def test_next_opening() -> None:
    for now, opening in [
        ("2026-03-02 08:29", "2026-03-02 08:30"),
        ("2026-03-02 08:30", "2026-03-02 08:30"),
        ("2026-03-02 11:59", "2026-03-02 11:59"),
        ("2026-03-02 12:00", "2026-03-02 14:30"),
        ("2026-03-06 18:00", "2026-03-09 08:30"),
        ("2026-02-13 18:00", "2026-02-14 08:30"),
    ]:
        assert local(next_opening(at(now), MIDNIGHT)) == opening


@pytest.mark.usefixtures("machine_zone")
def test_working_minutes_between() -> None:
    for a, b, minutes in [
        ("2026-03-02 08:00", "2026-03-02 19:00", 420),
        ("2026-03-02 11:50", "2026-03-02 14:40", 20),
        ("2026-03-06 17:00", "2026-03-09 09:00", 90),
        ("2026-02-13 17:00", "2026-02-25 09:00", 60 + 420 + 420 + 30),
        ("2026-03-07 09:00", "2026-03-08 09:00", 0),
        ("2026-03-03 09:00", "2026-03-02 09:00", 0),
        ("2026-01-01 00:00", "2026-12-31 23:59", 248 * 420),
    ]:
        assert working_minutes_between(at(a), at(b), MIDNIGHT) == minutes, (a, b)
    with pytest.raises(CalendarMissing):
        working_minutes_between(at("2026-12-31 10:00"), at("2027-01-01 10:00"), MIDNIGHT)
