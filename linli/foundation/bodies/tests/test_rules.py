"""Kinds, levels, duty lists and gaps as pure functions."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linli.foundation.bodies import rules
from linli.foundation.core.rules.clocks import OpeningHours
from linli.foundation.core.rules.workdays import WorkCalendar

ZONE = ZoneInfo("Asia/Shanghai")
HOURS = OpeningHours(((time(8), time(12)), (time(14, 30), time(18))))
CALENDAR = WorkCalendar(
    off=frozenset({date(2026, 10, 1)}), work=frozenset({date(2026, 10, 10)}), years=frozenset({2026})
)


def at(day: int, hour: int = 0, minute: int = 0) -> datetime:
    return datetime(2026, 11, day, hour, minute, tzinfo=ZONE)


@pytest.mark.parametrize("kind", sorted(rules.KINDS))
def test_every_kind_has_names_seats_and_a_level(kind: str) -> None:
    known = rules.KINDS[kind]
    assert known.name.zh and known.name.en and known.seats
    assert all(rules.level_of(kind, seat) in rules.LEVELS for seat in known.seats)


def test_roles_are_given_downwards_only() -> None:
    assert rules.role_within("compound", "subdistrict") and rules.role_within("district", "district")
    assert not rules.role_within("district", "subdistrict") and not rules.role_within(
        "subdistrict", "community"
    )


def test_paths() -> None:
    assert rules.prefixes("1.17.203.") == ["1.", "1.17.", "1.17.203."]
    assert rules.prefixes("") == []
    assert rules.is_root("1.") and not rules.is_root("1.2.")


@pytest.mark.parametrize("text", ["0355-2031234", "12345", "+86 355 2031234", "(0355) 203 1234"])
def test_office_numbers(text: str) -> None:
    assert rules.is_office_phone(text)


@pytest.mark.parametrize("text", ["", "12", "call me", "0355–203", "1" * 21, "0355-"])
def test_not_office_numbers(text: str) -> None:
    assert not rules.is_office_phone(text)


@given(
    st.sampled_from(rules.LEVELS),
    st.sampled_from([None, "main", "assist"]),
    st.sampled_from([None, "main", "assist"]),
    st.booleans(),
)
def test_assist_never_becomes_main(
    level: str, own: str | None, listed: str | None, level_has_list: bool
) -> None:
    ok, reason = rules.assignable(
        level, own=own, listed=listed, level_has_list=level_has_list or listed is not None
    )
    decisive = own or listed
    if decisive == "assist":
        assert (ok, reason) == (False, "assist_only")
    elif decisive == "main":
        assert ok
    else:
        assert ok is (level in ("subdistrict", "district") or not level_has_list)


def test_who_does_not_handle_is_never_assigned() -> None:
    assert rules.assignable("district", own="main", listed="main", level_has_list=True, handles=False) == (
        False,
        "not_a_handler",
    )


moments = st.integers(0, 100).map(lambda n: at(1) + timedelta(minutes=15 * n))
intervals = st.tuples(moments, moments)


@given(st.lists(intervals, max_size=8), moments)
def test_subtracting_leaves_exactly_what_nobody_covers(
    covered: list[tuple[datetime, datetime]], moment: datetime
) -> None:
    wanted = (at(1), at(2))
    left = rules.subtract([wanted], covered)
    free = wanted[0] <= moment < wanted[1] and not any(a <= moment < b for a, b in covered)
    assert any(a <= moment < b for a, b in left) is free
    assert all(a < b for a, b in left)
    assert all(left[n][1] <= left[n + 1][0] for n in range(len(left) - 1))


def test_off_hours_of_a_working_day_a_weekend_and_an_unknown_year() -> None:
    duty = lambda day: rules.duty_time(day, "off_hours", calendar=CALENDAR, hours=HOURS, zone=ZONE)  # noqa: E731  # short
    assert duty(date(2026, 11, 23)) == [
        (at(23), at(23, 8)),
        (at(23, 12), at(23, 14, 30)),
        (at(23, 18), at(24)),
    ]
    assert duty(date(2026, 11, 22)) == [(at(22), at(23))]
    assert duty(date(2026, 10, 1)) == [
        (datetime(2026, 10, 1, tzinfo=ZONE), datetime(2026, 10, 2, tzinfo=ZONE))
    ]
    assert len(duty(date(2026, 10, 10))) == 3
    assert len(duty(date(2027, 3, 1))) == 1


def test_gaps_name_the_missing_kind() -> None:
    shifts = [("leader", at(23), at(24)), ("officer", at(23), at(23, 20))]
    found = rules.gaps([date(2026, 11, 23)], "always", shifts, calendar=CALENDAR, hours=HOURS, zone=ZONE)
    assert found == [rules.Gap("officer", at(23, 20), at(24))]


def test_months() -> None:
    assert rules.month_days(2026, 12)[-1] == date(2026, 12, 31)
    assert len(rules.month_days(2028, 2)) == 29


@pytest.mark.parametrize(
    ("today", "known", "missing"),
    [
        (date(2026, 10, 31), {2026}, None),
        (date(2026, 11, 1), {2026}, 2027),
        (date(2026, 11, 1), {2026, 2027}, None),
        (date(2027, 1, 1), {2026}, 2027),
    ],
)
def test_missing_year(today: date, known: set[int], missing: int | None) -> None:
    assert rules.missing_year(today, known) == missing
