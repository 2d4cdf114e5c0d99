"""Clocks in use: pauses, extensions, states, hand-over and rounds. Moments without a year are of 2026."""

from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest

from linli.foundation.core.rules.clocks import (
    Basis,
    ClockFacts,
    Span,
    next_due,
    reopen,
    status,
    transfer,
)
from linli.foundation.core.rules.workdays import calendar_from_rows
from linli.foundation.core.tests.clock_builders import (
    CLOSE,
    MIDNIGHT,
    OPENING,
    ROWS,
    at,
    facts,
    local,
    machine_zone,
)

__all__ = ["machine_zone"]  # a fixture is used by its name


def short(instant: datetime | None) -> str | None:
    return (local(instant) or "").removeprefix("2026-") or None


# --- pauses ----------------------------------------------------------------------------------------


@pytest.mark.usefixtures("machine_zone")
@pytest.mark.parametrize(
    ("clock", "basis", "expected"),
    [
        (facts("03-02 09:00", 30, "minutes", ("03-02 09:10", "03-02 10:10")), MIDNIGHT, "03-02 10:30"),
        (facts("03-02 09:00", 24, "hours", ("03-02 22:00", "03-04 22:00")), MIDNIGHT, "03-05 09:00"),
        # A pause before the clock really starts (next opening) takes nothing from it.
        (facts("03-02 19:00", 30, "minutes", ("03-02 20:00", "03-02 23:00")), OPENING, "03-03 09:00"),
        (facts("03-02 19:00", 30, "minutes", ("03-02 20:00", "03-03 08:40")), OPENING, "03-03 09:10"),
        # Working hours: only the business time inside the pause.
        (facts("03-02 17:00", 2, "working_hours", ("03-02 17:30", "03-03 09:00")), MIDNIGHT, "03-03 10:30"),
        (facts("03-02 17:00", 2, "working_hours", ("03-02 18:30", "03-03 08:00")), MIDNIGHT, "03-03 09:30"),
        # Working days: days d with start day < d <= end day; within one day nothing, over a weekend nothing.
        (facts("03-02 09:00", 2, "working_days", ("03-03 09:00", "03-03 17:00")), MIDNIGHT, "03-05 00:00"),
        (facts("03-02 09:00", 2, "working_days", ("03-03 09:00", "03-05 09:00")), MIDNIGHT, "03-07 00:00"),
        (facts("03-05 09:00", 2, "working_days", ("03-06 09:00", "03-08 09:00")), MIDNIGHT, "03-10 00:00"),
        (facts("02-11 09:00", 2, "working_days", ("02-13 09:00", "02-24 09:00")), MIDNIGHT, "02-25 00:00"),
        # Calendar days: every day counts, then off the rest day.
        (facts("03-02 09:00", 3, "calendar_days", ("03-03 09:00", "03-05 09:00")), MIDNIGHT, "03-10 00:00"),
        (facts("03-02 09:00", 1, "months", ("03-03 09:00", "03-10 09:00")), MIDNIGHT, "04-10 00:00"),
        # Last day Saturday, moved to Monday: one day of pause makes it Sunday, so still Monday.
        (facts("03-02 09:00", 5, "calendar_days", ("03-03 09:00", "03-04 09:00")), MIDNIGHT, "03-10 00:00"),
        # Paused on the last day until a rest day, or past closing: the next working day is the last one.
        (facts("03-05 09:00", 1, "working_days", ("03-06 09:00", "03-07 12:00")), MIDNIGHT, "03-10 00:00"),
        (facts("03-02 09:00", 1, "working_days", ("03-03 09:00", "03-04 20:00")), CLOSE, "03-05 18:00"),
        (facts("03-02 09:00", 5, "calendar_days", ("03-08 09:00", "03-10 09:00")), MIDNIGHT, "03-11 00:00"),
        (facts("03-02 09:00", 1, "working_days", ("03-03 09:00", "03-04 18:00")), CLOSE, "03-05 18:00"),
        (facts("03-02 09:00", 1, "working_days", ("03-03 09:00", "03-04 17:59")), CLOSE, "03-04 18:00"),
        # The pause begins on the holidays that the due day (1 October) moved over, and ends much later.
        (facts("09-24 09:00", 7, "calendar_days", ("10-07 09:00", "10-20 09:00")), MIDNIGHT, "10-21 00:00"),
        # Overlapping and touching pauses are one.
        (
            facts("03-02 09:00", 2, "hours", ("03-02 09:30", "03-02 10:30"), ("03-02 10:00", "03-02 11:00")),
            MIDNIGHT,
            "03-02 12:30",
        ),
        # A pause that begins once the clock is used up changes nothing.
        (facts("03-02 09:00", 1, "hours", ("03-02 10:00", "03-02 11:00")), MIDNIGHT, "03-02 10:00"),
        # Pause before the start: only the part after it.
        (facts("03-02 09:00", 1, "hours", ("03-01 09:00", "03-02 09:30")), MIDNIGHT, "03-02 10:30"),
    ],
)  # fmt: skip
def test_pauses(clock: ClockFacts, basis: Basis, expected: str) -> None:
    assert short(next_due(clock, basis)) == expected


def test_an_open_pause_has_no_due_moment() -> None:
    clock = facts("03-02 09:00", 2, "hours", ("03-02 10:00", None))
    assert next_due(clock, MIDNIGHT) is None
    reading = status(clock, MIDNIGHT, at("03-05 10:00"))
    assert (reading.state, reading.due_at, reading.remaining_seconds) == ("paused", None, None)
    assert reading.working_minutes_left is None
    overlapped = replace(clock, pauses=(*clock.pauses, (at("03-02 10:30"), at("03-02 11:00"))))
    assert next_due(overlapped, MIDNIGHT) is None
    assert status(clock, MIDNIGHT, at("03-02 09:30")).state == "running"


def test_an_open_pause_after_the_due_moment_does_not_hide_the_breach() -> None:
    clock = facts("03-02 09:00", 1, "hours", ("03-02 10:01", None))
    assert status(clock, MIDNIGHT, at("03-02 11:00")).state == "breached"
    assert short(next_due(clock, MIDNIGHT)) == "03-02 10:00"


def test_a_planned_pause_reads_paused_and_gives_the_time_left_without_it() -> None:
    clock = facts("03-02 09:00", 2, "working_hours", ("03-02 10:00", "03-02 11:00"))
    reading = status(clock, MIDNIGHT, at("03-02 10:30"))
    assert (reading.state, short(reading.due_at)) == ("paused", "03-02 12:00")
    assert (reading.remaining_seconds, reading.working_minutes_left) == (5400, 60)
    assert status(clock, MIDNIGHT, at("03-02 11:00")).state == "running"
    assert status(clock, MIDNIGHT, at("03-02 09:00")).working_minutes_left == 120


@pytest.mark.parametrize(
    "build",
    [
        lambda: facts("03-02 09:00", 1, "hours", ("03-02 11:00", "03-02 10:00")),
        lambda: facts("03-02 09:00", 1, "hours", stopped_at=at("03-02 08:59")),
        lambda: ClockFacts(datetime(2026, 3, 2), Span(1, "hours")),
        lambda: ClockFacts(at("03-02 09:00"), Span(1, "hours"), ((datetime(2026, 3, 2), None),)),
    ],
)
def test_impossible_facts_are_refused(build) -> None:
    with pytest.raises(ValueError, match=r"cannot end earlier|no time zone"):
        build()


# --- extensions ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("clock", "extensions", "basis", "expected"),
    [
        (facts("03-02 09:00", 2, "working_days"), [Span(2, "working_days")], MIDNIGHT, "03-07 00:00"),
        (facts("03-02 09:00", 2, "working_days"), [Span(2, "working_days")], CLOSE, "03-06 18:00"),
        (facts("03-02 09:00", 15, "calendar_days"), [Span(10, "working_days")], CLOSE, "03-31 18:00"),
        (facts("03-02 09:00", 2, "hours"), [Span(30, "minutes"), Span(1, "hours")], MIDNIGHT, "03-02 12:30"),
        (facts("03-02 17:00", 1, "working_hours"), [Span(1, "working_hours")], MIDNIGHT, "03-03 09:30"),
        (facts("03-02 09:00", 2, "hours"), [Span(1, "calendar_days")], MIDNIGHT, "03-04 00:00"),
        # The due moment is closing time; an extension in minutes goes on from it, not from an opening.
        (facts("03-02 19:00", 7, "working_hours"), [Span(30, "minutes")], OPENING, "03-03 18:30"),
        # A pause within the extension counts in the unit of the extension.
        (
            facts("03-02 09:00", 1, "hours", ("03-03 10:00", "03-05 10:00")),
            [Span(3, "working_days")],
            MIDNIGHT,
            "03-10 00:00",
        ),
    ],
)
def test_extensions_go_on_from_the_present_due_moment(
    clock: ClockFacts, extensions: list[Span], basis: Basis, expected: str
) -> None:
    assert short(next_due(replace(clock, extensions=tuple(extensions)), basis)) == expected


# --- states, hand-over, rounds ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("stopped", "now", "state"),
    [
        (None, "03-02 09:59", "running"),
        (None, "03-02 10:00", "running"),
        (None, "03-02 10:01", "breached"),
        ("03-02 10:00", "03-02 12:00", "met"),
        ("03-02 10:01", "03-02 12:00", "late_met"),
    ],
)
def test_the_due_moment_itself_is_in_time(stopped: str | None, now: str, state: str) -> None:
    clock = facts("03-02 09:00", 1, "hours", stopped_at=at(stopped) if stopped else None)
    reading = status(clock, MIDNIGHT, at(now))
    assert (reading.state, short(reading.due_at)) == (state, "03-02 10:00")
    assert (reading.remaining_seconds is None) == (stopped is not None)
    assert next_due(clock, MIDNIGHT) == (None if stopped else reading.due_at)


def test_time_left_and_time_overdue_are_whole_numbers() -> None:
    clock = facts("03-02 09:00", 1, "working_days")
    before = status(clock, CLOSE, at("03-03 16:59") + timedelta(microseconds=1))
    assert (before.remaining_seconds, before.working_minutes_left) == (3659, 60)
    after = status(clock, CLOSE, at("03-04 09:00"))
    assert (after.remaining_seconds, after.working_minutes_left) == (-15 * 3600, -30)


def test_a_stopped_clock_is_judged_by_what_happened_before() -> None:
    clock = facts("03-02 09:00", 1, "hours", ("03-02 09:30", None), stopped_at=at("03-02 11:00"))
    reading = status(clock, MIDNIGHT, at("03-09 09:00"))
    assert (reading.state, short(reading.due_at)) == ("met", "03-02 11:30")
    planned = replace(clock, pauses=((at("03-02 09:30"), at("03-02 15:00")),))
    assert status(planned, MIDNIGHT, at("03-09 09:00")) == reading


def test_a_missing_year_awaits_and_loading_it_computes() -> None:
    clock = facts("12-25 09:00", 5, "working_days")
    reading = status(clock, MIDNIGHT, at("12-28 09:00"))
    assert (reading.state, reading.missing_year, reading.due_at) == ("awaiting_calendar", 2027, None)
    assert next_due(clock, MIDNIGHT) is None
    loaded = replace(
        MIDNIGHT, calendar=calendar_from_rows([*ROWS, (date(2027, 1, 1), "off", "")], range(2018, 2028))
    )
    assert local(next_due(clock, loaded)) == "2027-01-05 00:00"
    assert status(clock, loaded, at("12-28 09:00")).state == "running"


def test_a_pause_or_extension_into_a_missing_year_awaits() -> None:
    paused = facts("12-28 09:00", 2, "working_days", ("12-29 09:00", "2027-01-04 09:00"))
    extended = facts("12-28 09:00", 2, "working_days", extensions=(Span(5, "working_days"),))
    for clock in (paused, extended):
        assert status(clock, MIDNIGHT, at("12-29 10:00")).state == "awaiting_calendar"
    stopped = replace(extended, stopped_at=at("12-29 10:00"))
    assert status(stopped, MIDNIGHT, at("12-29 10:00")).state == "awaiting_calendar"


def test_transfer_starts_a_clock_for_the_next_unit_and_leaves_the_total_clock() -> None:
    total = facts("03-02 09:00", 2, "working_days")
    unit = replace(total, extensions=(Span(1, "working_days"),))
    old, new = transfer(unit, at("03-03 10:00"))
    assert old == replace(unit, stopped_at=at("03-03 10:00"))
    assert new == ClockFacts(at("03-03 10:00"), Span(2, "working_days"))
    assert status(old, MIDNIGHT, at("03-09 09:00")).state == "met"
    assert short(next_due(new, MIDNIGHT)) == "03-06 00:00"
    assert short(next_due(total, MIDNIGHT)) == "03-05 00:00"


def test_transfer_carries_a_running_and_a_planned_pause() -> None:
    moment = at("03-03 10:00")
    done, open_ = (at("03-02 10:00"), at("03-02 11:00")), (at("03-03 09:00"), None)
    planned = (at("03-04 09:00"), at("03-05 09:00"))
    old, new = transfer(
        ClockFacts(at("03-02 09:00"), Span(5, "working_days"), (done, open_, planned)), moment
    )
    assert old.pauses == (done, (open_[0], moment))
    assert new.pauses == ((moment, None), planned)
    assert status(new, MIDNIGHT, moment).state == "paused"


def test_a_stopped_clock_cannot_be_handed_on_nor_one_before_its_start() -> None:
    clock = facts("03-02 09:00", 1, "hours")
    with pytest.raises(ValueError, match="cannot be handed on"):
        transfer(replace(clock, stopped_at=at("03-02 10:00")), at("03-02 11:00"))
    with pytest.raises(ValueError, match="cannot end earlier"):
        transfer(clock, at("03-02 08:00"))


def test_reopening_starts_a_new_round() -> None:
    first = facts("03-02 09:00", 2, "hours", extensions=(Span(1, "hours"),), stopped_at=at("03-02 10:00"))
    again = reopen(first, at("03-05 09:00"))
    assert again == ClockFacts(at("03-05 09:00"), Span(2, "hours"))
    assert status(first, MIDNIGHT, at("03-09 09:00")).state == "met"
    with pytest.raises(ValueError, match="has stopped"):
        reopen(again, at("03-06 09:00"))
    with pytest.raises(ValueError, match="cannot start earlier"):
        reopen(first, at("03-02 09:59"))
