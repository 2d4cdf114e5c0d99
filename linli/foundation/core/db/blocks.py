"""Counters for ids, taken in blocks so that a row costs no round trip.

A block is reserved on a connection of its own in autocommit: a rolled-back action loses numbers, never
reuses them. Gaps are meaningless because ids carry no order.
"""

from __future__ import annotations

import os
import threading
from dataclasses import dataclass

import psycopg
from django.db import connections

BLOCK = 1000
COUNTER_BITS = 33

_RESERVE = """
INSERT INTO core_idblock AS b (district, name, next) VALUES (%(district)s, %(name)s, %(n)s + 1)
ON CONFLICT (district, name) DO UPDATE SET next = b.next + %(n)s
RETURNING next - %(n)s
"""


@dataclass
class _Block:
    next: int
    end: int


_blocks: dict[tuple[str, int, str], _Block] = {}
_lock = threading.Lock()
_connection: psycopg.Connection[tuple[int]] | None = None
_connected_to = ""


def _place() -> str:
    """Which database the numbers are of."""
    settings = connections["default"].settings_dict
    return f"{settings['HOST']}:{settings['PORT']}/{settings['NAME']}"


def _target() -> tuple[str, dict[str, object]]:
    settings = connections["default"].settings_dict
    parameters = {
        "dbname": settings["NAME"],
        "user": settings["USER"],
        "password": settings["PASSWORD"],
        "host": settings["HOST"],
        "port": settings["PORT"] or None,
    }
    return _place(), parameters


def _reserve(district: int, name: str, n: int) -> int:
    """First of n numbers, on the allocator's own connection; reconnects once when it was cut."""
    global _connection, _connected_to
    target, parameters = _target()
    if _connection is None or _connection.closed or _connected_to != target:
        if _connection is not None:
            _connection.close()
        _connection = psycopg.connect(autocommit=True, application_name="linli-ids", **parameters)  # type: ignore[arg-type]  # a plain dict of connection parameters
        _connected_to = target
    row = _connection.execute(_RESERVE, {"district": district, "name": name, "n": n}).fetchone()
    if row is None:
        raise RuntimeError("The id allocator got no block from the database.")
    return int(row[0])


def reserve(district: int, table: str, n: int) -> range:
    """n fresh ids of one table of one district, for COPY and bulk loads."""
    with _lock:
        try:
            first = _reserve(district, table, n)
        except psycopg.OperationalError:
            first = _reserve(district, table, n)
    base = district << COUNTER_BITS
    return range(base + first, base + first + n)


def next_id(district: int, table: str) -> int:
    """One fresh id of a table of a district."""
    key = (_place(), district, table)
    with _lock:
        block = _blocks.get(key)
        if block is None or block.next >= block.end:
            try:
                first = _reserve(district, table, BLOCK)
            except psycopg.OperationalError:
                first = _reserve(district, table, BLOCK)
            block = _blocks[key] = _Block(first, first + BLOCK)
        number = block.next
        block.next += 1
    return (district << COUNTER_BITS) | number


def forget() -> None:
    """Drop held blocks and the connection (after a fork, or when a test database goes away)."""
    global _connection
    with _lock:
        _blocks.clear()
        if _connection is not None:
            _connection.close()
            _connection = None


def _after_fork() -> None:
    """A child must neither share the parent's connection nor hand out the parent's numbers."""
    global _connection, _lock
    _lock = threading.Lock()
    _blocks.clear()
    _connection = None


os.register_at_fork(after_in_child=_after_fork)
