"""The jobs process: makes periodic jobs due, claims what is due and runs it, district by district.

Any number of these may run: a row is claimed by lease and token, and a periodic run has the key
`<job>@<slot>`, which the database accepts once. Nothing that a handler raises ends the process, and neither
does a database that goes away for a while.
"""

from __future__ import annotations

import logging
import os
import signal
import time
from collections.abc import Callable
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from django.db import Error as DatabaseError
from django.db import connection, connections, transaction

from linli.foundation.core import charter, outbox
from linli.foundation.core.context import begin
from linli.foundation.core.models import District, Outbox
from linli.foundation.core.rules.clocks import Span

log = logging.getLogger("linli.worker")

PREFIX = "job."
BATCH = 20
IDLE_SECONDS = 1.0
BUSY_SECONDS = 0.02
LONGEST_PAUSE = 5.0
DISTRICTS_SECONDS = 5.0
DRAIN_SECONDS = 20
BEHIND = 10  # niceness: people who wait at a page come first, jobs take what is left over
_SECONDS = {"minutes": 60, "hours": 3600}
PERIOD_UNITS = ("minutes", "hours", "calendar_days", "months")

_DUE = """
SELECT DISTINCT district FROM core_outbox
WHERE done_at IS NULL AND dead_at IS NULL AND due_at <= clock_timestamp()
  AND (lease_until IS NULL OR lease_until < clock_timestamp())
"""


def slot(span: Span, now: datetime, zone: ZoneInfo) -> int:
    """Number of the period that `now` lies in; every process computes the same one.

    Raises ValueError for a period in working time: a sweep cannot wait for a calendar.
    """
    if span.unit in _SECONDS:
        return int(now.timestamp()) // (span.amount * _SECONDS[span.unit])
    local = now.astimezone(zone)
    if span.unit == "calendar_days":
        return local.date().toordinal() // span.amount
    if span.unit == "months":
        return (local.year * 12 + local.month - 1) // span.amount
    raise ValueError(f"A job's period is counted in {', '.join(PERIOD_UNITS)}, not in {span.unit}.")


class Periods:
    """Which slot of which job this process has seen queued, so that a second costs no statement."""

    def __init__(self) -> None:
        self.seen: dict[tuple[int, str], int] = {}

    def ensure(self, district: District) -> int:
        """Queue each periodic job whose slot began; returns how many rows were asked for."""
        now = datetime.now(UTC)
        fresh = [
            item for item in self._slots(district, now) if self.seen.get((district.id, item[0])) != item[1]
        ]
        if not fresh:
            return 0
        with transaction.atomic():
            moment = begin(district.id)
            waiting = self._open(district.id, [name for name, _number in fresh])
            asked = 0
            for name, number in fresh:
                if name in waiting:  # the last run has not ended: one open run of a job is enough
                    continue
                outbox.queue_job(name, district=district.id, now=moment, key=f"{name}@{number}")
                asked += 1
        self.seen.update({(district.id, name): number for name, number in fresh})
        return asked

    def _slots(self, district: District, now: datetime) -> list[tuple[str, int]]:
        try:
            rules = charter.current(district.id, now).rules
        except charter.NoCharter:
            return []
        zone = ZoneInfo(district.zone)
        known = set(outbox.job_names())
        return [
            (key.removeprefix(PREFIX), slot(rule.value, now, zone))
            for key, rule in rules.items()
            if key.startswith(PREFIX) and key.removeprefix(PREFIX) in known
        ]

    def _open(self, district: int, names: list[str]) -> set[str]:
        rows = Outbox.objects.filter(
            district=district, handler__in=names, job_key__isnull=False, done_at=None, dead_at=None
        )
        return set(rows.values_list("handler", flat=True))


def due_districts() -> list[int]:
    """Districts that have work now. One statement over all of them, whatever their number."""
    with connection.cursor() as cursor:
        cursor.execute(_DUE)
        return [row[0] for row in cursor.fetchall()]


def work_off(district: District, *, stopping: Callable[[], bool] = lambda: False) -> int:
    """Claim and run one batch of a district; rows that would outlive their lease are given back."""
    taken = outbox.claim(district.id, limit=BATCH)
    begun = time.monotonic()
    done = 0
    for claimed in taken:
        late = time.monotonic() - begun > outbox.LEASE.total_seconds() / 2
        if stopping() or late:
            outbox.release(claimed)
            continue
        outbox.run(claimed, district.slug, ZoneInfo(district.zone))
        done += 1
    return done


def drain(district: int | None = None) -> int:
    """Run everything that is due, also what that makes due, until nothing is. Returns how many rows ran."""
    total = 0
    while True:
        due = [number for number in due_districts() if district in (None, number)]
        if not due:
            return total
        for found in District.objects.filter(id__in=due):
            total += work_off(found)


class Worker:
    """The endless loop with its stop sign."""

    def __init__(self) -> None:
        self.stopped = False
        self.periods = Periods()
        self._districts: list[District] = []
        self._read_at = 0.0

    def stop(self, *_: object) -> None:
        """Finish the running handler, give the rest back, end; a handler that hangs is cut off by the alarm."""
        self.stopped = True
        signal.alarm(DRAIN_SECONDS)

    def districts(self) -> list[District]:
        if time.monotonic() - self._read_at > DISTRICTS_SECONDS or not self._districts:
            self._districts = list(District.objects.order_by("id"))
            self._read_at = time.monotonic()
        return self._districts

    def round(self) -> int:
        """One look at everything: periodic rows, then a batch of each district that has work."""
        known = {district.id: district for district in self.districts()}
        for district in known.values():
            self._ensure(district)
        done = 0
        for number in due_districts():
            if not self.stopped and number in known:
                done += work_off(known[number], stopping=lambda: self.stopped)
        return done

    def _ensure(self, district: District) -> None:
        """A charter that cannot be read stops the periodic jobs of its district only."""
        try:
            self.periods.ensure(district)
        except DatabaseError:
            raise
        except Exception:
            log.exception("periodic jobs were not queued", extra={"district": district.id})

    def run(self) -> None:
        """Until SIGTERM or SIGINT."""
        failures = 0
        while not self.stopped:
            try:
                pause = BUSY_SECONDS if self.round() else IDLE_SECONDS
                failures = 0
            except Exception:  # the database went away, or a fault of our own: neither ends the jobs
                log.exception("round failed; trying again")
                connections.close_all()
                pause = min(LONGEST_PAUSE, 0.25 * 2**failures)
                failures = min(failures + 1, 10)
            self._sleep(pause)

    def _sleep(self, seconds: float) -> None:
        end = time.monotonic() + seconds
        while not self.stopped and time.monotonic() < end:
            time.sleep(min(0.1, max(0.0, end - time.monotonic())))


def run_once() -> int:
    """Queue what is due by period, then run until nothing is due."""
    periods = Periods()
    for district in District.objects.order_by("id"):
        periods.ensure(district)
    return drain()


def run_forever() -> int:
    """The process `linli worker`."""
    os.nice(BEHIND)
    worker = Worker()
    signal.signal(signal.SIGTERM, worker.stop)
    signal.signal(signal.SIGINT, worker.stop)
    worker.run()
    connections.close_all()
    return 0
