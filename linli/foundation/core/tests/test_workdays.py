"""The working calendar against three independent calendars and a day-by-day model."""

import csv
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linli.foundation.core.rules.workdays import (
    CalendarMissing,
    WorkCalendar,
    calendar_from_rows,
    parse_holidays_csv,
)

DATA = Path(__file__).parents[1] / "data"
ROWS = parse_holidays_csv((DATA / "holidays.csv").read_text(encoding="utf-8"))
CALENDAR = calendar_from_rows(ROWS, range(2018, 2027))
KINDS = {day: kind for day, kind, _ in ROWS}


def golden_cases() -> list[dict[str, str]]:
    lines = (DATA / "workday_cases.csv").read_text(encoding="utf-8").splitlines()
    return list(csv.DictReader(line for line in lines if not line.startswith("#")))


def naive_is_workday(day: date) -> bool:
    if not 2018 <= day.year <= 2026:
        raise CalendarMissing(day.year)
    return KINDS.get(day, "work" if day.weekday() < 5 else "off") == "work"


def naive_add(day: date, n: int) -> date:
    while n:
        day += timedelta(days=1)
        n -= naive_is_workday(day)
    return day


def test_all_golden_cases_are_read() -> None:
    assert len(golden_cases()) == 27
    assert sum(case["due"].startswith("ERROR") for case in golden_cases()) == 1


@pytest.mark.parametrize(
    "case", golden_cases(), ids=lambda case: f"{case['received']}+{case['working_days']}"
)
def test_golden_case(case: dict[str, str]) -> None:
    received, count = date.fromisoformat(case["received"]), int(case["working_days"])
    if case["due"].startswith("ERROR"):
        with pytest.raises(CalendarMissing) as missing:
            CALENDAR.add_workdays(received, count)
        assert f"calendar {missing.value.year} missing" in case["due"]
        return
    due = date.fromisoformat(case["due"])
    assert CALENDAR.add_workdays(received, count) == due
    assert CALENDAR.workdays_between(received, due) == count


def test_every_known_day_equals_the_model() -> None:
    day = date(2018, 1, 1)
    while day.year < 2027:
        assert CALENDAR.is_workday(day) == naive_is_workday(day), day
        day += timedelta(days=1)


@given(st.dates(date(2018, 1, 1), date(2025, 6, 1)), st.integers(0, 250))
def test_counting_equals_the_model(day: date, n: int) -> None:
    due = naive_add(day, n)
    assert CALENDAR.add_workdays(day, n) == due
    assert CALENDAR.workdays_between(day, due) == n


@given(st.dates(date(2018, 1, 1), date(2026, 12, 30)), st.dates(date(2018, 1, 1), date(2026, 12, 31)))
def test_between_is_open_on_the_left_and_zero_backwards(a: date, b: date) -> None:
    if b <= a:
        assert CALENDAR.workdays_between(a, b) == 0
    else:
        step = a + timedelta(days=1)
        assert CALENDAR.workdays_between(a, b) == naive_is_workday(step) + CALENDAR.workdays_between(step, b)


@pytest.mark.parametrize(
    ("ask", "year"),
    [
        (lambda c: c.is_workday(date(2027, 1, 4)), 2027),
        (lambda c: c.is_workday(date(2017, 12, 29)), 2017),
        (lambda c: c.next_workday(date(2026, 12, 31)), 2027),
        (lambda c: c.add_workdays(date(2027, 3, 1), 0), 2027),
        (lambda c: c.add_workdays(date(2030, 1, 1), 1), 2030),
        (lambda c: c.workdays_between(date(2026, 12, 1), date(2027, 1, 1)), 2027),
        (lambda c: c.workdays_between(date(2017, 12, 31), date(2018, 1, 5)), 2017),
    ],
)
def test_an_unknown_year_is_named_and_never_guessed(ask, year: int) -> None:
    with pytest.raises(CalendarMissing) as missing:
        ask(CALENDAR)
    assert missing.value.year == year
    assert f"working calendar of {year} is missing" in str(missing.value)
    assert isinstance(missing.value, LookupError)


def test_the_last_known_day_is_still_answered() -> None:
    assert CALENDAR.add_workdays(date(2026, 12, 30), 1) == date(2026, 12, 31)
    assert CALENDAR.is_workday(date(2026, 12, 31))


def test_a_gap_between_known_years_is_missing_not_jumped() -> None:
    gap = calendar_from_rows(ROWS, [2024, 2026])
    with pytest.raises(CalendarMissing) as missing:
        gap.next_workday(date(2024, 12, 31))
    assert missing.value.year == 2025
    with pytest.raises(CalendarMissing):
        gap.workdays_between(date(2024, 12, 1), date(2026, 1, 5))
    assert gap.next_workday(date(2026, 1, 1)) == date(2026, 1, 4)


def test_a_calendar_without_years_answers_nothing() -> None:
    empty = WorkCalendar(frozenset(), frozenset(), frozenset())
    with pytest.raises(CalendarMissing):
        empty.is_workday(date(2026, 1, 5))


def test_a_named_day_does_not_make_its_year_known() -> None:
    calendar = calendar_from_rows([(date(2027, 1, 1), "off"), (date(2026, 12, 31), "off")], [2026])
    assert not calendar.is_workday(date(2026, 12, 31))
    with pytest.raises(CalendarMissing):
        calendar.is_workday(date(2027, 1, 1))


def test_a_datetime_is_read_as_its_day() -> None:
    # datetime is a date to the type checker, but never equal to one: a set of dates would miss it.
    assert not CALENDAR.is_workday(datetime(2026, 10, 1, 9))
    assert CALENDAR.is_workday(datetime(2026, 10, 10, 9))
    assert CALENDAR.add_workdays(datetime(2026, 1, 5, 9), 0) == date(2026, 1, 5)


def test_negative_counts_are_refused() -> None:
    with pytest.raises(ValueError, match="counted forward"):
        CALENDAR.add_workdays(date(2026, 1, 5), -1)


def test_a_day_of_both_kinds_is_refused() -> None:
    with pytest.raises(ValueError, match="2026-01-01 is named both"):
        calendar_from_rows([(date(2026, 1, 1), "off"), (date(2026, 1, 1), "work")], [2026])


def test_an_unknown_kind_is_refused() -> None:
    with pytest.raises(ValueError, match="'off' or 'work'"):
        calendar_from_rows([(date(2026, 1, 1), "half")], [2026])


def test_calendars_compare_by_what_they_say() -> None:
    assert calendar_from_rows(reversed(ROWS), range(2018, 2027)) == CALENDAR
    assert calendar_from_rows(ROWS, range(2018, 2026)) != CALENDAR


def test_parser_skips_notes_and_blank_lines_and_a_byte_order_mark() -> None:
    text = "\ufeff# Source: a notice\ndate,name,kind\n\n2026-01-01,元旦,off\n# note\n2026-01-04,元旦,work\n"
    assert parse_holidays_csv(text) == [(date(2026, 1, 1), "off", "元旦"), (date(2026, 1, 4), "work", "元旦")]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "columns date,name,kind"),
        ("day,kind\n", "columns date,name,kind"),
        ("# note\ndate,name,kind\n2026-13-01,x,off\n", "Line 3 has the date '2026-13-01'"),
        ("date,name,kind\n2026-01-01,x,rest\n", "Line 2 has the kind 'rest'"),
        ("date,name,kind\n2026-01-01,off\n", "Line 2 has 2 cells"),
    ],
)
def test_parser_names_the_line(text: str, sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        parse_holidays_csv(text)
