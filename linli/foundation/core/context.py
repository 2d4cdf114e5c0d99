"""What is true for the whole of one request or job: district, moment, actor, request id.

Set by the middleware or the job runner inside its one transaction, which also carries the district to the
row-level policies (SET LOCAL). Nothing else may be read from here: actions get `actor` and `now` as arguments.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from django.db import connection, transaction

from linli.foundation.core.rules.actor import Actor, system


@dataclass(frozen=True, slots=True)
class Context:
    """One request or one job in one district."""

    district: int
    slug: str
    zone: ZoneInfo
    now: datetime
    request_id: str = ""


_current: ContextVar[Context | None] = ContextVar("linli_context", default=None)


class NoContext(RuntimeError):
    """Code that needs a district ran outside a request, job or `work_in`."""


def current() -> Context:
    """The running context. Raises NoContext outside a request or job."""
    context = _current.get()
    if context is None:
        raise NoContext("No district is set: wrap the call in a request, a job or work_in().")
    return context


def current_or_none() -> Context | None:
    return _current.get()


@contextmanager
def entered(context: Context) -> Iterator[Context]:
    """Make a context the running one."""
    token = _current.set(context)
    try:
        yield context
    finally:
        _current.reset(token)


def begin(district: int) -> datetime:
    """First statement of a transaction: sets the policies' context and reads the one `now`."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT set_config('linli.district', %s, true), set_config('linli.sealed', '', true), "
            "clock_timestamp()",
            [str(district)],
        )
        row = cursor.fetchone()
    moment: datetime = row[2]
    return moment


@contextmanager
def work_in(district: int, slug: str, zone: str, *, request_id: str = "") -> Iterator[tuple[Context, Actor]]:
    """One transaction as the system in a district: for jobs, the command line and tests."""
    with transaction.atomic():
        now = begin(district)
        context = Context(district, slug, ZoneInfo(zone), now, request_id)
        with entered(context):
            yield context, system(district)
