"""Jobs: periods that no two processes double, draining, handlers that fail, rows given back."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linli.foundation.core import outbox
from linli.foundation.core.context import Context
from linli.foundation.core.models import District, Outbox
from linli.foundation.core.rules.clocks import Span
from linli.shell import worker

BEIJING = ZoneInfo("Asia/Shanghai")
MOMENTS = st.datetimes(datetime(2020, 1, 1), datetime(2035, 1, 1), timezones=st.just(UTC))
LENGTHS = {"minutes": timedelta(minutes=1), "hours": timedelta(hours=1), "calendar_days": timedelta(days=1)}
Ran = list[tuple[int, Mapping[str, Any]]]


@pytest.fixture
def ran(work: Any, monkeypatch: pytest.MonkeyPatch) -> Ran:
    """A job `core.probe` that notes what it was given; nothing else is due."""
    seen: Ran = []
    worker.drain()

    def probe(payload: Mapping[str, Any], context: Context) -> None:
        seen.append((context.district, payload))

    monkeypatch.setitem(outbox._jobs, "core.probe", probe)
    return seen


@given(MOMENTS, st.integers(1, 90), st.sampled_from(sorted(LENGTHS)))
def test_a_slot_lasts_its_period_and_the_next_follows(now: datetime, amount: int, unit: Any) -> None:
    span = Span(amount, unit)
    later = now + amount * LENGTHS[unit]
    assert worker.slot(span, later, BEIJING) == worker.slot(span, now, BEIJING) + 1


@given(MOMENTS, st.integers(1, 24))
def test_months_follow_the_district_and_not_utc(now: datetime, amount: int) -> None:
    local = now.astimezone(BEIJING)
    first = local.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    assert worker.slot(Span(amount, "months"), first, BEIJING) == worker.slot(
        Span(amount, "months"), now, BEIJING
    )
    before = first - timedelta(microseconds=1)
    assert worker.slot(Span(1, "months"), before, BEIJING) == worker.slot(Span(1, "months"), now, BEIJING) - 1


@pytest.mark.parametrize("unit", ["working_days", "working_hours"])
def test_a_period_in_working_time_is_refused(unit: Any) -> None:
    with pytest.raises(ValueError, match="calendar_days"):
        worker.slot(Span(1, unit), datetime(2026, 1, 1, tzinfo=UTC), BEIJING)


def open_rows(job: str) -> int:
    return Outbox.objects.filter(district=140403, handler=job, done_at=None).count()


def test_two_processes_queue_a_period_once(work: Any) -> None:
    district = District.objects.get(id=140403)
    first, second = worker.Periods(), worker.Periods()
    assert first.ensure(district) > 0
    assert second.ensure(district) == 0
    assert first.ensure(district) == 0
    assert open_rows("core.sweep_clocks") == 1


def test_an_unfinished_run_is_not_queued_again(work: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    district = District.objects.get(id=140403)
    worker.Periods().ensure(district)
    real = worker.slot
    monkeypatch.setattr(worker, "slot", lambda span, now, zone: real(span, now, zone) + 1)
    worker.Periods().ensure(district)
    assert open_rows("core.sweep_clocks") == 1
    worker.drain(140403)
    worker.Periods().ensure(district)
    assert open_rows("core.sweep_clocks") == 1
    assert Outbox.objects.filter(district=140403, handler="core.sweep_clocks").count() == 2


def test_drain_runs_what_is_due_and_what_that_makes_due(
    work: Any, ran: Ran, monkeypatch: pytest.MonkeyPatch
) -> None:
    context, _actor = work

    def opener(payload: Mapping[str, Any], inner: Context) -> None:
        outbox.queue_job("core.probe", district=inner.district, now=inner.now, payload='{"n": 2}')

    monkeypatch.setitem(outbox._jobs, "core.opener", opener)
    outbox.queue_job("core.opener", district=140403, now=context.now)
    outbox.queue_job("core.probe", district=140403, now=context.now, due_at=context.now + timedelta(hours=1))
    assert worker.drain() == 2
    assert ran == [(140403, {"n": 2})]


def test_drain_of_one_district_leaves_the_other(work: Any, ran: Ran) -> None:
    context, _actor = work
    for district in (140403, 140499):
        outbox.queue_job("core.probe", district=district, now=context.now)
    assert worker.drain(140499) == 1
    assert [district for district, _payload in ran] == [140499]
    assert Outbox.objects.get(district=140403, handler="core.probe").done_at is None


def test_a_failing_handler_stops_nobody_and_comes_back_later(
    work: Any, ran: Ran, monkeypatch: pytest.MonkeyPatch
) -> None:
    context, _actor = work

    def broken(payload: Mapping[str, Any], inner: Context) -> None:
        outbox.queue_job("core.probe", district=inner.district, now=inner.now, payload='{"never": 1}')
        raise RuntimeError("on purpose")

    monkeypatch.setitem(outbox._jobs, "core.broken", broken)
    outbox.queue_job("core.broken", district=140403, now=context.now)
    outbox.queue_job("core.probe", district=140403, now=context.now)
    assert worker.drain() == 2
    assert ran == [(140403, {})]
    row = Outbox.objects.get(district=140403, handler="core.broken")
    assert row.done_at is None and row.last_error == "RuntimeError" and row.lease_until is None
    assert row.due_at > context.now


def test_a_stopping_worker_gives_rows_back_without_counting_a_try(work: Any, ran: Ran) -> None:
    context, _actor = work
    outbox.queue_job("core.probe", district=140403, now=context.now)
    assert worker.work_off(District.objects.get(id=140403), stopping=lambda: True) == 0
    row = Outbox.objects.get(district=140403, handler="core.probe")
    assert (row.lease_until, row.attempts, ran) == (None, 0, [])
    assert worker.drain() == 1


def test_rows_that_would_outlive_their_lease_are_given_back(
    work: Any, ran: Ran, monkeypatch: pytest.MonkeyPatch
) -> None:
    context, _actor = work
    for _ in range(3):
        outbox.queue_job("core.probe", district=140403, now=context.now)
    district = District.objects.get(id=140403)
    moments = iter([0.0, 1.0, 2.0])
    monkeypatch.setattr(worker, "time", SimpleNamespace(monotonic=lambda: next(moments, 16.0)))
    assert worker.work_off(district) == 2
    assert (
        Outbox.objects.filter(district=140403, handler="core.probe", done_at=None, lease_until=None).count()
        == 1
    )


def rounds(outcomes: list[object]) -> Callable[[], int]:
    remaining = iter(outcomes)

    def round_() -> int:
        outcome = next(remaining)
        if isinstance(outcome, Exception):
            raise outcome
        return int(str(outcome))

    return round_


def test_the_loop_survives_anything_and_pauses_longer(monkeypatch: pytest.MonkeyPatch) -> None:
    running = worker.Worker()
    slept: list[float] = []
    monkeypatch.setattr(worker.connections, "close_all", lambda: None)
    failures = [RuntimeError("lost")] * 7
    monkeypatch.setattr(running, "round", rounds([1, 0, *failures, 0]))

    def sleep(seconds: float) -> None:
        slept.append(seconds)
        running.stopped = len(slept) == 10

    monkeypatch.setattr(running, "_sleep", sleep)
    running.run()
    assert slept == [0.02, 1.0, 0.25, 0.5, 1.0, 2.0, 4.0, 5.0, 5.0, 1.0]


def test_jobs_stand_behind_the_people_who_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    given: list[int] = []
    monkeypatch.setattr(worker.os, "nice", given.append)
    monkeypatch.setattr(worker.Worker, "run", lambda self: given.append(0))
    monkeypatch.setattr(worker.signal, "signal", lambda *_: None)
    monkeypatch.setattr(worker.connections, "close_all", lambda: None)
    assert worker.run_forever() == 0
    assert given == [worker.BEHIND, 0] and worker.BEHIND > 0
