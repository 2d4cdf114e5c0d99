"""Stages, days, digests and lines that name a person."""

from __future__ import annotations

import re
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linli.foundation.core.rules.clocks import Span
from linli.foundation.core.rules.workdays import CalendarMissing, WorkCalendar
from linli.foundation.notices import rules

DAYS = st.dates(date(2000, 1, 1), date(2090, 1, 1))
NO_YEARS = WorkCalendar(off=frozenset(), work=frozenset(), years=frozenset())
YEAR_2026 = WorkCalendar(off=frozenset({date(2026, 10, 1)}), work=frozenset(), years=frozenset({2026}))


def test_every_stage_and_verb_is_decided() -> None:
    decided = {(stage, verb): rules.next_stage(stage, verb) for stage in rules.STAGES for verb in rules.VERBS}
    assert {pair: after for pair, after in decided.items() if after is not None} == dict(rules.FLOW)
    assert set(rules.FLOW.values()) <= set(rules.STAGES)


def test_nothing_leads_out_of_the_last_stages() -> None:
    for stage in (rules.WITHDRAWN, rules.DISCARDED):
        assert [verb for verb in rules.VERBS if rules.next_stage(stage, verb)] == []


def test_a_corrected_version_can_only_be_withdrawn() -> None:
    assert [verb for verb in rules.VERBS if rules.next_stage(rules.SUPERSEDED, verb)] == ["withdraw"]


def test_what_was_shown_never_becomes_a_draft_again() -> None:
    assert all(after != rules.DRAFT for (stage, _verb), after in rules.FLOW.items() if stage != rules.DRAFT)


@given(DAYS, st.integers(1, 400))
def test_shown_for_n_days_may_be_acted_on_when_today_is_after_d_plus_n(first: date, n: int) -> None:
    last = rules.day_after(first, Span(n, "calendar_days"), NO_YEARS)
    assert last == first + timedelta(days=n)
    assert not rules.may_act(last, last)
    assert rules.may_act(first + timedelta(days=n + 1), last)


def test_fifteen_days_from_the_third_of_march() -> None:
    last = rules.day_after(date(2026, 3, 3), Span(15, "calendar_days"), NO_YEARS)
    assert last == date(2026, 3, 18)
    assert [rules.may_act(day, last) for day in (date(2026, 3, 18), date(2026, 3, 19))] == [False, True]


@pytest.mark.parametrize(
    ("first", "months", "last"),
    [
        (date(2026, 1, 31), 1, date(2026, 2, 28)),
        (date(2026, 8, 31), 6, date(2027, 2, 28)),
        (date(2026, 12, 15), 1, date(2027, 1, 15)),
    ],
)
def test_months_end_on_the_same_date_or_the_last_day(first: date, months: int, last: date) -> None:
    assert rules.day_after(first, Span(months, "months"), NO_YEARS) == last
    assert rules.next_time(first, Span(months, "months"), NO_YEARS) == last


def test_working_days_need_a_known_year() -> None:
    assert rules.day_after(date(2026, 9, 30), Span(1, "working_days"), YEAR_2026) == date(2026, 10, 2)
    with pytest.raises(CalendarMissing):
        rules.day_after(date(2026, 9, 30), Span(1, "working_days"), NO_YEARS)


def test_hours_are_no_period_of_showing() -> None:
    with pytest.raises(ValueError, match="days or months"):
        rules.day_after(date(2026, 1, 1), Span(5, "hours"), NO_YEARS)


def test_a_period_is_compared_in_its_own_unit() -> None:
    least = Span(10, "working_days")
    assert rules.is_long_enough(Span(10, "working_days"), least)
    assert not rules.is_long_enough(Span(9, "working_days"), least)
    assert not rules.is_long_enough(Span(30, "calendar_days"), least)


def test_objections_are_taken_on_the_last_day_and_not_after() -> None:
    until = date(2026, 5, 8)
    assert rules.objections_open(until, until)
    assert not rules.objections_open(until + timedelta(days=1), until)
    assert not rules.objections_open(until, None)


def test_lines_that_name_a_person_are_found_and_office_numbers_are_let_pass() -> None:
    assert rules.personal_lines("公共收益共12万元") == ()
    found = rules.personal_lines("请联系：\n手机13800138000")
    assert len(found) == 1
    assert "138" not in found[0]
    assert rules.personal_lines("办公电话0355-2022222") != ()
    assert rules.personal_lines("办公电话0355-2022222", ("0355-2022222",)) == ()
    assert rules.personal_lines("公共收益", ("",)) == ()


def test_digest_depends_on_every_field_and_not_on_their_order() -> None:
    one = {"title": "甲", "text": "乙", "version": 1}
    assert rules.digest_of(one) == rules.digest_of({"version": 1, "text": "乙", "title": "甲"})
    assert rules.digest_of(one) != rules.digest_of({**one, "version": 2})
    assert rules.digest_of(one) == "fe9c6c3f773a869aa80d82294832774341a265cebd5d4e23c9672f6ae64b0c53"


def test_a_digest_is_grouped_for_paper() -> None:
    assert rules.grouped("0123456789abcdef" * 4) == "0123 4567 89ab cdef"


@given(st.lists(st.integers(1, 999), min_size=1, max_size=5))
def test_prefixes_are_the_places_above(numbers: list[int]) -> None:
    path = "".join(f"{number}." for number in numbers)
    found = rules.prefixes(path)
    assert found[-1] == path
    assert len(found) == len(numbers)
    assert all(path.startswith(prefix) for prefix in found)


@given(st.text(alphabet="公共收益 abc\n", max_size=200), st.integers(2, 30), st.integers(1, 8))
def test_poster_lines_fit(text: str, width: int, most: int) -> None:
    lines = rules.wrapped(text, width, most)
    assert len(lines) <= most
    assert all(rules.columns(line) <= width for line in lines)


def test_a_long_text_ends_with_dots() -> None:
    assert rules.wrapped("公共收益收支公示", 4, 2) == ["公共", "收…"]


def test_the_page_on_publishing_shows_this_table() -> None:
    page = (Path(__file__).resolve().parents[4] / "docs" / "publishing.md").read_text("utf-8")
    for stage in (rules.DRAFT, rules.RUNNING, rules.ENDED, rules.SUPERSEDED):
        cells = [rules.next_stage(stage, verb) or "" for verb in rules.VERBS]
        row = "| " + " | ".join([stage, *cells]) + " |"
        assert re.sub(" +", " ", row) in page
