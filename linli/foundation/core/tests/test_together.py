"""Rows of several tables in one statement; dead connections are noticed without asking."""

from __future__ import annotations

import socket

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from linli.foundation.core.db.base import is_dead
from linli.foundation.core.db.blocks import next_id
from linli.foundation.core.db.together import Together
from linli.foundation.core.models import CalendarYear, SecurityEvent


def year(context, number: int) -> CalendarYear:
    return CalendarYear(
        id=next_id(context.district, "core_calendaryear"),
        district=context.district,
        year=number,
        source="t",
        loaded_at=context.now,
    )


def event(context, **data: object) -> SecurityEvent:
    id_ = next_id(context.district, "core_securityevent")
    return SecurityEvent(id=id_, district=context.district, code="test", data=data, at=context.now)


def test_rows_of_two_tables_cost_one_statement(work) -> None:
    context, _actor = work
    together = Together()
    together.add_all([year(context, 3001), event(context, a=1, b="引号'\"%s"), year(context, 3002)])
    with CaptureQueriesContext(connection) as seen:
        together.write()
    assert len(seen.captured_queries) == 1
    assert CalendarYear.objects.filter(year__gt=3000).count() == 2
    assert SecurityEvent.objects.get(code="test").data == {"a": 1, "b": "引号'\"%s"}
    together.write()
    assert CalendarYear.objects.filter(year__gt=3000).count() == 2


def test_one_refused_row_writes_none(work) -> None:
    context, _actor = work
    together = Together()
    together.add_all([event(context), year(context, 3001), year(context, 3001)])
    with pytest.raises(IntegrityError), transaction.atomic():
        together.write()
    assert not SecurityEvent.objects.filter(code="test").exists()


def test_saved_rows_can_be_changed_afterwards(work) -> None:
    context, _actor = work
    row = year(context, 3001)
    together = Together()
    together.add(row)
    together.write()
    row.source = "again"
    row.save(update_fields=["source"])
    assert CalendarYear.objects.get(year=3001).source == "again"


class Fake:
    """A connection as far as the check looks."""

    def __init__(self, end: socket.socket, closed: bool = False) -> None:
        self.closed, self._end = closed, end

    def fileno(self) -> int:
        return self._end.fileno()


def test_a_connection_whose_server_went_away_is_dead() -> None:
    here, there = socket.socketpair()
    assert not is_dead(Fake(here))
    there.close()
    assert is_dead(Fake(here))
    assert is_dead(Fake(here, closed=True))
    here.close()
