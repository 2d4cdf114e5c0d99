"""Inserts of several rooms in one prepared statement: for the few writes that a whole district waits for.

Each statement costs a round trip and, through the ORM, more time than the insert itself. Rooms hand over their
rows; the last call writes them all. Keys are checked at the statement's end, so the order is free. Only the
owning room builds its rows: nothing here knows a table.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any

import psycopg
from django.db import connection, models

Shape = tuple[tuple[str, tuple[str, ...]], ...]


@lru_cache(maxsize=256)
def _statement(shape: Shape) -> str:
    """`WITH r0 AS (INSERT ...), ... INSERT ...`: equal shapes give equal text, so that it stays prepared."""
    inserts = [
        f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({', '.join(['%s'] * len(columns))})"  # noqa: S608  # names of our own models, never input
        for table, columns in shape
    ]
    before = [f"r{number} AS ({text})" for number, text in enumerate(inserts[:-1])]
    return (f"WITH {', '.join(before)} " if before else "") + inserts[-1]


@lru_cache(maxsize=256)
def _fields(model: type[models.Model]) -> tuple[models.Field[Any, Any], ...]:
    return tuple(model._meta.concrete_fields)


class Together:
    """Collects rows and writes them in one statement inside the running transaction."""

    def __init__(self) -> None:
        self._rows: list[tuple[str, Mapping[str, Any]]] = []

    def insert(self, table: str, row: Mapping[str, Any]) -> None:
        """One row by column name; values as the driver takes them."""
        self._rows.append((table, row))

    def add(self, row: models.Model) -> None:
        """One model row with its id already made; it counts as saved once `write()` has run."""
        values = {
            str(f.column): f.get_db_prep_save(getattr(row, f.attname), connection) for f in _fields(type(row))
        }
        self.insert(row._meta.db_table, values)
        row._state.adding = False
        row._state.db = "default"

    def add_all(self, rows: Iterable[models.Model]) -> None:
        for row in rows:
            self.add(row)

    def write(self) -> None:
        """Write everything collected; does nothing when there is nothing."""
        if not self._rows:
            return
        shape = tuple((table, tuple(row)) for table, row in self._rows)
        values = [value for _table, row in self._rows for value in row.values()]
        self._rows = []
        _execute(_statement(shape), values)


def _execute(statement: str, values: list[Any]) -> None:
    """Run bound and prepared on the server; while statements are logged, in the words that the log shows."""
    if connection.queries_logged or connection.execute_wrappers:
        with connection.cursor() as logged:
            logged.execute(statement, values)
        return
    connection.ensure_connection()
    with connection.wrap_database_errors, psycopg.Cursor(connection.connection) as cursor:
        cursor.execute(statement, values, prepare=True)
