"""Outbox and jobs: one table, claimed by lease and fencing token, polled; at least once.

A reaction runs in one transaction with the row's completion, and completion needs id *and* token: a worker
that wakes after its lease was taken over finishes nothing. Effects outside the database are made by handlers
whose receivers dedupe on the event id.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction
from psycopg.types.json import Jsonb

from linli.foundation.core.context import Context, begin, entered
from linli.foundation.core.db.blocks import next_id
from linli.foundation.core.db.together import Together
from linli.foundation.core.models import Event, Outbox

log = logging.getLogger("linli.outbox")

Reaction = Callable[[Event, Context], None]
Job = Callable[[Mapping[str, Any], Context], None]

TABLE = Outbox._meta.db_table
LEASE = timedelta(seconds=30)
MAX_ATTEMPTS = 12

_reactions: dict[str, list[str]] = {}
_handlers: dict[str, Reaction] = {}
_jobs: dict[str, Job] = {}


def register_reaction(code: str, name: str, handler: Reaction) -> None:
    """Bind a handler name to an event code; a name is bound once."""
    if name in _handlers and _handlers[name] is not handler:
        raise RuntimeError(f"The reaction {name!r} is registered twice.")
    _handlers[name] = handler
    names = _reactions.setdefault(code, [])
    if name not in names:
        names.append(name)


def job(name: str) -> Callable[[Job], Job]:
    """Register a job. The charter's `job.<name>` says how often a periodic one runs."""

    def register(handler: Job) -> Job:
        if name in _jobs and _jobs[name] is not handler:
            raise RuntimeError(f"The job {name!r} is registered twice.")
        _jobs[name] = handler
        return handler

    return register


def job_names() -> list[str]:
    return sorted(_jobs)


def reaction_names() -> dict[str, list[str]]:
    return {code: list(names) for code, names in _reactions.items()}


_INSERT = """
INSERT INTO core_outbox (id, district, handler, event_id, payload, job_key, due_at, token, attempts, last_error)
VALUES {rows} ON CONFLICT DO NOTHING
"""
_ROW = "(%s, %s, %s, %s, %s::jsonb, %s, %s, 0, 0, '')"


def queue_reactions(events: Iterable[Event], now: datetime, *, together: Together) -> None:
    """One row per event and handler, for the statement that writes the events."""
    for event in events:
        for name in _reactions.get(event.code, ()):
            together.insert(
                TABLE,
                {
                    "id": next_id(event.district, TABLE), "district": event.district, "handler": name,
                    "event_id": event.id, "payload": Jsonb({}), "job_key": None, "due_at": now, "token": 0,
                    "attempts": 0, "last_error": "",
                },
            )  # fmt: skip


def queue_job(
    name: str,
    *,
    district: int,
    now: datetime,
    payload: str = "{}",
    key: str | None = None,
    due_at: datetime | None = None,
) -> None:
    """Queue one run of a job. With `key`, a second queueing of the same key does nothing."""
    if name not in _jobs:
        raise RuntimeError(f"There is no job {name!r}.")
    _insert([next_id(district, TABLE), district, name, None, payload, key, due_at or now], 1)


def _insert(values: list[Any], n: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute(_INSERT.format(rows=", ".join([_ROW] * n)), values)


@dataclass(frozen=True, slots=True)
class Claimed:
    """One leased row: only this token may finish it."""

    id: int
    district: int
    handler: str
    event: int | None
    payload: Mapping[str, Any]
    token: int
    attempts: int


_CLAIM = """
UPDATE core_outbox SET lease_until = clock_timestamp() + make_interval(secs => %(lease)s), token = token + 1, attempts = attempts + 1
WHERE district = %(district)s AND id IN (
  SELECT id FROM core_outbox
  WHERE district = %(district)s AND done_at IS NULL AND dead_at IS NULL AND due_at <= clock_timestamp()
    AND (lease_until IS NULL OR lease_until < clock_timestamp())
  ORDER BY due_at LIMIT %(limit)s FOR UPDATE SKIP LOCKED)
RETURNING id, district, handler, event_id, payload, token, attempts
"""


def claim(district: int, limit: int = 50, lease: timedelta = LEASE) -> list[Claimed]:
    """Take up to `limit` due rows for the length of a lease."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(_CLAIM, {"district": district, "limit": limit, "lease": lease.total_seconds()})
        rows = cursor.fetchall()
    return [Claimed(r[0], r[1], r[2], r[3], _decoded(r[4]), r[5], r[6]) for r in rows]


def _decoded(payload: Any) -> Mapping[str, Any]:
    if isinstance(payload, str):
        decoded: Mapping[str, Any] = json.loads(payload)
        return decoded
    return dict(payload or {})


def finish(claimed: Claimed, now: datetime) -> bool:
    """Mark done with id and token; False means the lease was lost and nothing may stay written."""
    changed = Outbox.objects.filter(
        district=claimed.district, id=claimed.id, token=claimed.token, done_at=None
    ).update(done_at=now, lease_until=None)
    return changed == 1


def release(claimed: Claimed) -> None:
    """Give an untouched row back at once: the worker stops, or would come to it too late. The try is not counted."""
    Outbox.objects.filter(district=claimed.district, id=claimed.id, token=claimed.token, done_at=None).update(
        lease_until=None, attempts=claimed.attempts - 1
    )


class LeaseLost(Exception):
    """Another worker took the row over; this one's work is rolled back."""


def run(claimed: Claimed, slug: str, zone: Any) -> bool:
    """Run one claimed row and finish it, in one transaction; on failure schedule a retry with growing pauses."""
    try:
        with transaction.atomic():
            now = begin(claimed.district)
            context = Context(claimed.district, slug, zone, now, f"outbox-{claimed.id}")
            with entered(context):
                _call(claimed, context)
                if not finish(claimed, now):
                    raise LeaseLost
    except LeaseLost:
        log.warning("lease lost", extra={"outbox": claimed.id, "handler": claimed.handler})
        return False
    except Exception as problem:
        log.exception("reaction failed", extra={"outbox": claimed.id, "handler": claimed.handler})
        _failed(claimed, type(problem).__name__)
        return False
    return True


def _call(claimed: Claimed, context: Context) -> None:
    if claimed.event is not None:
        handler = _handlers[claimed.handler]
        handler(Event.objects.get(district=claimed.district, id=claimed.event), context)
    else:
        _jobs[claimed.handler](claimed.payload, context)


def _failed(claimed: Claimed, problem: str) -> None:
    """Give the lease back with a later due moment; after the last attempt the row is a visible dead letter."""
    with transaction.atomic():
        now = begin(claimed.district)
        pause = timedelta(seconds=min(600, 2**claimed.attempts))
        dead = now if claimed.attempts >= MAX_ATTEMPTS else None
        Outbox.objects.filter(
            district=claimed.district, id=claimed.id, token=claimed.token, done_at=None
        ).update(lease_until=None, due_at=now + pause, last_error=problem[:300], dead_at=dead)
