"""At least once, effects once: lease, fence, retry, dead letter."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest

from linli.foundation.core import ledger, outbox
from linli.foundation.core.models import CalendarYear, Outbox
from linli.foundation.core.rules.events import EventType

ZONE = ZoneInfo("Asia/Shanghai")
calls: list[int] = []


def effect(event, context) -> None:
    calls.append(event.id)
    CalendarYear.objects.create(
        district=context.district, year=3000 + len(calls), source="t", loaded_at=context.now
    )


def broken(event, context) -> None:
    effect(event, context)
    raise RuntimeError("no")


@pytest.fixture
def reactions(monkeypatch) -> Iterator[None]:
    calls.clear()
    monkeypatch.setattr(outbox, "_reactions", {"test.happened": ["t.effect"], "test.broke": ["t.broken"]})
    monkeypatch.setattr(outbox, "_handlers", {"t.effect": effect, "t.broken": broken})
    kinds = {code: EventType(code, "测试", "Test", {}) for code in ("test.happened", "test.broke")}
    monkeypatch.setattr(ledger, "_types", {**ledger._types, **kinds})
    yield


def _happen(work, code: str = "test.happened") -> None:
    context, actor = work
    Outbox.objects.all().delete()
    ledger.record(code, actor=actor, subject=("test", 1), now=context.now)


def test_reaction_runs_once_and_is_done(work, reactions) -> None:
    _happen(work)
    (claimed,) = outbox.claim(140403)
    assert outbox.run(claimed, "luzhou", ZONE)
    assert len(calls) == 1
    assert outbox.claim(140403) == []
    assert Outbox.objects.get(id=claimed.id).done_at is not None


def test_leased_row_is_not_taken_again_until_the_lease_ends(work, reactions) -> None:
    _happen(work)
    (first,) = outbox.claim(140403, lease=timedelta(seconds=30))
    assert outbox.claim(140403) == []
    Outbox.objects.filter(id=first.id).update(lease_until=work[0].now - timedelta(seconds=1))
    (second,) = outbox.claim(140403)
    assert second.token == first.token + 1


def test_sleeper_whose_lease_was_taken_over_leaves_nothing(work, reactions) -> None:
    _happen(work)
    (sleeper,) = outbox.claim(140403)
    Outbox.objects.filter(id=sleeper.id).update(lease_until=work[0].now - timedelta(seconds=1))
    (fresh,) = outbox.claim(140403)
    assert not outbox.run(sleeper, "luzhou", ZONE)
    assert CalendarYear.objects.filter(year__gte=3000).count() == 0
    assert outbox.run(fresh, "luzhou", ZONE)
    assert CalendarYear.objects.filter(year__gte=3000).count() == 1


def test_failure_rolls_back_and_is_tried_again_later(work, reactions) -> None:
    _happen(work, "test.broke")
    (claimed,) = outbox.claim(140403)
    assert not outbox.run(claimed, "luzhou", ZONE)
    row = Outbox.objects.get(id=claimed.id)
    assert (row.attempts, row.lease_until, row.last_error, row.done_at) == (1, None, "RuntimeError", None)
    assert row.due_at > work[0].now
    assert CalendarYear.objects.filter(year__gte=3000).count() == 0


def test_after_the_last_attempt_it_is_a_visible_dead_letter(work, reactions) -> None:
    _happen(work, "test.broke")
    Outbox.objects.update(attempts=outbox.MAX_ATTEMPTS - 1)
    (claimed,) = outbox.claim(140403)
    outbox.run(claimed, "luzhou", ZONE)
    assert Outbox.objects.get(id=claimed.id).dead_at is not None
    assert outbox.claim(140403) == []


def test_job_key_is_queued_once(work, monkeypatch) -> None:
    context, _actor = work
    for _ in range(3):
        outbox.queue_job("core.sweep_clocks", district=context.district, now=context.now, key="sweep@1")
    assert Outbox.objects.filter(job_key="sweep@1").count() == 1


def test_unknown_job_is_a_programming_error(work) -> None:
    with pytest.raises(RuntimeError, match="no job"):
        outbox.queue_job("core.nothing", district=140403, now=work[0].now)


def test_rows_of_the_other_district_are_not_claimed(work, reactions) -> None:
    _happen(work)
    assert outbox.claim(140499) == []
