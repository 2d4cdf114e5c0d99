"""Clocks as rows: started, met, late, paused, extended, awaiting a year, swept once."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import transaction

from linli.foundation.core import actions, clocks, outbox
from linli.foundation.core.errors import Invalid
from linli.foundation.core.models import Clock, District, Event, Outbox
from linli.foundation.core.rules.clocks import Span

SUBJECT = ("test", 7)
HOUR = clocks.Plan("finish", Span(2, "hours"), "at_once")
FIVE_DAYS = clocks.Plan("finish", Span(5, "working_days"), "next_opening")


def at(context, moment: datetime):
    return replace(context, now=moment)


def test_met_late_and_breached(work) -> None:
    context, _actor = work
    (clock,) = clocks.start(SUBJECT, [HOUR], context=context)
    assert clock.next_due == context.now + timedelta(hours=2)
    (met,) = clocks.stop(SUBJECT, ["finish"], context=at(context, context.now + timedelta(hours=2)))
    assert met.state == Clock.State.MET
    clocks.start(SUBJECT, [HOUR], context=context, round_=2)
    (late,) = clocks.stop(
        SUBJECT, ["finish"], context=at(context, context.now + timedelta(hours=2, seconds=1))
    )
    assert (late.state, late.breached_at) == (Clock.State.LATE, context.now + timedelta(hours=2))


def test_pause_moves_the_due_moment(work) -> None:
    context, _actor = work
    clocks.start(SUBJECT, [HOUR], context=context)
    (held,) = clocks.pause(SUBJECT, context=at(context, context.now + timedelta(hours=1)))
    assert (held.state, held.next_due) == (Clock.State.PAUSED, None)
    (runs,) = clocks.resume(SUBJECT, context=at(context, context.now + timedelta(hours=4)))
    assert (runs.state, runs.next_due) == (Clock.State.RUNNING, context.now + timedelta(hours=5))
    (longer,) = clocks.extend(
        SUBJECT, ["finish"], Span(3, "hours"), context=at(context, context.now + timedelta(hours=4))
    )
    assert longer.next_due == context.now + timedelta(hours=8)


def test_a_year_without_calendar_waits_and_is_computed_when_loaded(work) -> None:
    context, actor = work
    received = at(context, datetime(2026, 12, 29, 3, 0, tzinfo=UTC))
    (clock,) = clocks.start(SUBJECT, [FIVE_DAYS], context=received)
    assert (clock.state, clock.next_due) == (Clock.State.AWAITING, None)
    district = District.objects.get(id=context.district)
    actions.load_calendar(
        actor=actor,
        context=context,
        district=district,
        rows=[(date(2027, 1, 1), "off", "元旦")],
        years=[2027],
        source="test",
    )
    assert Outbox.objects.filter(handler="core.compute_waiting").exists()
    assert clocks.recompute(received) is None
    clock.refresh_from_db()
    assert clock.state == Clock.State.RUNNING
    # 30 and 31 December, then 4, 5 and 6 January (1 January is off, 2 and 3 are a weekend); closing time 18:00.
    assert clock.next_due == datetime(2027, 1, 6, 10, 0, tzinfo=UTC)


def load(context, actor, years: list[int], *days: tuple[date, str, str]) -> None:
    district = District.objects.get(id=context.district)
    actions.load_calendar(
        actor=actor, context=context, district=district, rows=days, years=years, source="test"
    )


def test_a_changed_calendar_moves_running_and_overdue_clocks_but_not_held_ones(work) -> None:
    context, actor = work
    received = at(context, datetime(2026, 12, 21, 3, 0, tzinfo=UTC))
    (runs,) = clocks.start(SUBJECT, [FIVE_DAYS], context=received)
    (late,) = clocks.start(("test", 8), [FIVE_DAYS], context=received)
    clocks.start(("test", 9), [FIVE_DAYS], context=received)
    clocks.start(("test", 10), [HOUR], context=received)
    (held,) = clocks.pause(("test", 9), context=received)
    due = datetime(2026, 12, 28, 10, 0, tzinfo=UTC)
    assert (runs.state, runs.next_due) == (Clock.State.RUNNING, due)
    Clock.objects.filter(subject_id=8).update(state=Clock.State.BREACHED, breached_at=due)
    load(context, actor, [2026], (date(2026, 12, 28), "off", "调休"), (date(2026, 12, 27), "off", "调休"))
    assert clocks.recompute(received) is None
    for clock in (runs, late, held):
        clock.refresh_from_db()
    moved = datetime(2026, 12, 29, 10, 0, tzinfo=UTC)
    assert (runs.state, runs.next_due) == (Clock.State.RUNNING, moved)
    assert (late.state, late.next_due, late.breached_at) == (Clock.State.RUNNING, moved, None)
    assert (held.state, held.next_due) == (Clock.State.PAUSED, None)
    assert Clock.objects.get(subject_id=10).next_due == received.now + timedelta(hours=2)


def test_computing_anew_goes_on_in_batches_until_the_end(work) -> None:
    context, actor = work
    received = at(context, datetime(2026, 12, 21, 3, 0, tzinfo=UTC))
    for subject in range(5):
        clocks.start(("test", 100 + subject), [FIVE_DAYS], context=received)
    load(context, actor, [2026], (date(2026, 12, 28), "off", "调休"))
    runs, after = 0, 0
    while (last := clocks.recompute(received, after=after, limit=2)) is not None:
        runs, after = runs + 1, last
    assert runs == 2
    assert set(Clock.objects.values_list("next_due", flat=True)) == {
        datetime(2026, 12, 29, 10, 0, tzinfo=UTC)
    }


def test_a_held_clock_without_its_year_is_paused_and_waits_only_when_resumed(work) -> None:
    context, _actor = work
    received = at(context, datetime(2026, 12, 29, 3, 0, tzinfo=UTC))
    clocks.start(SUBJECT, [FIVE_DAYS], context=received)
    (held,) = clocks.pause(SUBJECT, context=received)
    assert held.state == Clock.State.PAUSED
    assert clocks.recompute(received) is None
    held.refresh_from_db()
    assert (held.state, held.next_due) == (Clock.State.PAUSED, None)
    (resumed,) = clocks.resume(SUBJECT, context=at(received, received.now + timedelta(hours=1)))
    assert (resumed.state, resumed.next_due) == (Clock.State.AWAITING, None)


def test_a_year_loaded_for_another_district_moves_nothing_here(work) -> None:
    context, _actor = work
    received = at(context, datetime(2026, 12, 29, 3, 0, tzinfo=UTC))
    (clock,) = clocks.start(SUBJECT, [FIVE_DAYS], context=received)
    assert clocks.recompute(replace(received, district=140499)) is None
    clock.refresh_from_db()
    assert clock.state == Clock.State.AWAITING


def test_minutes_day_and_night_never_need_the_calendar(work) -> None:
    context, _actor = work
    (clock,) = clocks.start(SUBJECT, [HOUR], context=at(context, datetime(2031, 5, 1, tzinfo=UTC)))
    assert clock.state == Clock.State.RUNNING


def test_sweep_fires_each_clock_once_with_its_due_moment(work) -> None:
    context, _actor = work
    clocks.start(SUBJECT, [HOUR], context=context, started_at=context.now - timedelta(days=3))
    due = context.now - timedelta(days=3) + timedelta(hours=2)
    assert actions.sweep_clocks(context) == 1
    assert actions.sweep_clocks(context) == 0
    event = Event.objects.get(code="clock.breached", district=context.district)
    assert event.data["due_at"].startswith(due.strftime("%Y-%m-%dT%H:%M:%S"))
    clock = Clock.objects.get(subject_id=7)
    assert (clock.state, clock.breached_at) == (Clock.State.BREACHED, due)


def test_sweep_fires_nothing_early(work) -> None:
    context, _actor = work
    clocks.start(SUBJECT, [HOUR], context=context)
    assert actions.sweep_clocks(at(context, context.now + timedelta(hours=2))) == 0
    assert actions.sweep_clocks(at(context, context.now + timedelta(hours=2, microseconds=1))) == 1


def test_dropped_clock_is_not_judged(work) -> None:
    context, _actor = work
    clocks.start(SUBJECT, [HOUR], context=context)
    (clock,) = clocks.drop(SUBJECT, [], context=context)
    assert clock.state == Clock.State.STOPPED
    assert actions.sweep_clocks(at(context, context.now + timedelta(days=9))) == 0


def test_load_calendar_refuses_days_outside_its_years(work) -> None:
    context, actor = work
    district = District.objects.get(id=context.district)
    before = Event.objects.count()
    with pytest.raises(Invalid, match="not in the years"), transaction.atomic():
        actions.load_calendar(
            actor=actor,
            context=context,
            district=district,
            rows=[(date(2028, 1, 1), "off", "元旦")],
            years=[2027],
            source="t",
        )
    assert Event.objects.count() == before


def test_jobs_are_registered() -> None:
    assert {"core.sweep_clocks", "core.compute_waiting", "core.forget_old"} <= set(outbox.job_names())
