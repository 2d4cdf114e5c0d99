"""Planted defects: each takes one safeguard away, and the kill test must say so.

Loaded by `linli.shell.proof.apps` only, which production settings cannot reach.
"""

from __future__ import annotations

import contextvars
import threading
import time
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.db import connection, transaction

from linli.foundation.core import idempotency, middleware, outbox
from linli.foundation.core.context import Context, begin, entered
from linli.foundation.core.db.together import Together
from linli.foundation.core.models import Event, Outbox
from linli.shell.proof.probe import EFFECT

GAP = 0.4  # seconds between two steps that must not be apart; a kill falls into it


def plant(name: str) -> None:
    """Take one safeguard away in this process. Raises KeyError for an unknown name."""
    DEFECTS[name]()


def no_unique_key() -> None:
    """The key is written but nothing in the database makes it unique; the harness drops the constraint."""
    idempotency._TAKE = idempotency._TAKE.replace("ON CONFLICT (district, door, key) DO NOTHING", "")


def no_key_digest() -> None:
    """The key alone decides: another body under it gets the first answer."""
    real = idempotency.take

    def take(**given: Any) -> idempotency.Slot:
        return real(**{**given, "body": bytes(32)})

    idempotency.take = take


def acknowledge_before_commit() -> None:
    """The answer leaves while the transaction is still open."""
    real = middleware.TransactionMiddleware._in_transaction

    def early(self: Any, request: Any, district: Any, view: Any, args: Any, kwargs: Any) -> Any:
        if request.method != "POST" or request.resolver_match.view_name != "cases:report":
            return real(self, request, district, view, args, kwargs)
        answered = threading.Event()
        outcome: list[Any] = []

        def slow(*given: Any, **named: Any) -> Any:
            response = view(*given, **named)
            if response.status_code < 400:
                outcome.append(response)
                answered.set()
                time.sleep(GAP)
            return response

        def work() -> None:
            try:
                outcome.append(real(self, request, district, slow, args, kwargs))
            except Exception as problem:
                outcome.append(problem)
            finally:
                answered.set()
                connection.close()

        threading.Thread(target=contextvars.copy_context().run, args=(work,), daemon=True).start()
        answered.wait()
        if isinstance(outcome[0], Exception):
            raise outcome[0]
        return outcome[0]

    middleware.TransactionMiddleware._in_transaction = early  # type: ignore[method-assign]  # that is the defect


def _context(claimed: outbox.Claimed, slug: str, zone: ZoneInfo, now: datetime) -> Context:
    return Context(claimed.district, slug, zone, now, f"outbox-{claimed.id}")


def _finish_apart(claimed: outbox.Claimed) -> None:
    with transaction.atomic():
        outbox.finish(claimed, begin(claimed.district))


def _work_apart(claimed: outbox.Claimed, slug: str, zone: ZoneInfo) -> None:
    with transaction.atomic(), entered(_context(claimed, slug, zone, begin(claimed.district))) as context:
        outbox._call(claimed, context)


def _gap(claimed: outbox.Claimed) -> None:
    """Wide for the probe only, so that a short run drains."""
    if claimed.handler == EFFECT:
        time.sleep(GAP)


def mark_before_send() -> None:
    """Done is written first and the work follows: a kill between them loses the effect for good."""

    def run(claimed: outbox.Claimed, slug: str, zone: ZoneInfo) -> bool:
        _finish_apart(claimed)
        _gap(claimed)
        _work_apart(claimed, slug, zone)
        return True

    outbox.run = run


def work_before_mark() -> None:
    """The work commits first and done follows in a commit of its own: a kill between them repeats the effect."""

    def run(claimed: outbox.Claimed, slug: str, zone: ZoneInfo) -> bool:
        _work_apart(claimed, slug, zone)
        _gap(claimed)
        _finish_apart(claimed)
        return True

    outbox.run = run


def lease_without_fence() -> None:
    """Whoever comes to the end finishes the row, also one whose lease was taken over meanwhile."""

    def finish(claimed: outbox.Claimed, now: datetime) -> bool:
        Outbox.objects.filter(district=claimed.district, id=claimed.id).update(done_at=now, lease_until=None)
        return True

    outbox.finish = finish


def queue_after_commit() -> None:
    """Reactions are queued once the event is committed: a kill between them forgets the effect."""
    real = outbox.queue_reactions

    def later(events: Iterable[Event], now: datetime, *, together: Together) -> None:
        kept = [event for event in events if event.code in outbox.reaction_names()]
        if not kept:
            return

        def write() -> None:
            time.sleep(GAP)
            late = Together()
            real(kept, now, together=late)
            late.write()

        transaction.on_commit(write)

    outbox.queue_reactions = later


DEFECTS: dict[str, Callable[[], None]] = {
    "no_unique_key": no_unique_key,
    "no_key_digest": no_key_digest,
    "acknowledge_before_commit": acknowledge_before_commit,
    "mark_before_send": mark_before_send,
    "work_before_mark": work_before_mark,
    "lease_without_fence": lease_without_fence,
    "queue_after_commit": queue_after_commit,
}
