"""Somebody else's deadline for the same thing: the stricter governs, whatever ours does meanwhile."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from linli.foundation.core import actions, clocks
from linli.foundation.core.models import Clock, Event
from linli.foundation.core.rules.clocks import Span

SUBJECT = ("test", 9)
TWO_HOURS = clocks.Plan("finish", Span(2, "hours"), "at_once")
FIVE_DAYS = clocks.Plan("finish", Span(5, "working_days"), "next_opening")


def bound(context, hours: float | None) -> Clock:
    latest = None if hours is None else context.now + timedelta(hours=hours)
    (clock,) = clocks.bind(SUBJECT, ["finish"], latest, context=context)
    return clock


def test_the_stricter_governs_and_ours_comes_back(work) -> None:
    context, _actor = work
    clocks.start(SUBJECT, [TWO_HOURS], context=context)
    assert bound(context, 1).next_due == context.now + timedelta(hours=1)
    assert bound(context, 5).next_due == context.now + timedelta(hours=2)
    assert bound(context, None).next_due == context.now + timedelta(hours=2)


def test_our_extension_and_our_pause_do_not_move_it(work) -> None:
    context, _actor = work
    clocks.start(SUBJECT, [TWO_HOURS], context=context)
    latest = bound(context, 1).latest
    (longer,) = clocks.extend(SUBJECT, ["finish"], Span(9, "hours"), context=context)
    assert longer.next_due == latest
    (held,) = clocks.pause(SUBJECT, context=context)
    assert (held.state, held.next_due) == (Clock.State.RUNNING, latest)
    (runs,) = clocks.resume(SUBJECT, context=replace(context, now=context.now + timedelta(minutes=30)))
    assert runs.next_due == latest


def test_it_fires_once_and_stops_late_by_it(work) -> None:
    context, _actor = work
    clocks.start(SUBJECT, [TWO_HOURS], context=context)
    latest = bound(context, 1).latest
    after = replace(context, now=context.now + timedelta(minutes=61))
    assert (actions.sweep_clocks(after), actions.sweep_clocks(after)) == (1, 0)
    assert (
        clocks.extend(SUBJECT, ["finish"], Span(1, "hours"), context=after)[0].state == Clock.State.BREACHED
    )
    assert actions.sweep_clocks(after) == 0
    assert Event.objects.filter(code="clock.breached", district=context.district).count() == 1
    (late,) = clocks.stop(SUBJECT, ["finish"], context=after)
    assert (late.state, late.breached_at) == (Clock.State.LATE, latest)


def test_a_later_one_after_it_ran_out_lets_the_clock_run_again(work) -> None:
    context, _actor = work
    clocks.start(SUBJECT, [TWO_HOURS], context=context)
    bound(context, 1)
    after = replace(context, now=context.now + timedelta(minutes=61))
    actions.sweep_clocks(after)
    again = bound(after, 0.5)
    assert (again.state, again.breached_at) == (Clock.State.RUNNING, None)


def test_without_a_calendar_it_is_all_there_is(work) -> None:
    context, _actor = work
    received = replace(context, now=datetime(2031, 12, 29, 3, 0, tzinfo=UTC))
    (clock,) = clocks.start(SUBJECT, [FIVE_DAYS], context=received)
    assert clock.state == Clock.State.AWAITING
    found = bound(received, 48)
    assert (found.state, found.next_due) == (Clock.State.RUNNING, found.latest)
