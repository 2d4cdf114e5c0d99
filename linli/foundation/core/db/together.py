"""Inserts of several rooms in one prepared statement: for the few writes that a whole district waits for.

Each statement costs a round trip and, through the ORM, more time than the insert itself. Rooms hand over their
rows; the last call writes them all. Keys are checked at the statement's end, so the order is free. Only the
owning room builds its rows: nothing here knows a table.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache
from itertools import count
from typing import Any

import psycopg
from django.db import connection, models

Shape = tuple[tuple[str, tuple[str, ...]], ...]


@lru_cache(maxsize=256)
def _statement(shape: Shape, mark: str) -> str:
    """`WITH r0 AS (INSERT ...), ... INSERT ...`: equal shapes give equal text, so that it stays prepared.

    `mark` is "$" for numbered places as the server knows them, "%s" for the driver's own.
    """
    numbers = count(1)
    inserts = []
    for table, columns in shape:
        places = ", ".join(f"${next(numbers)}" if mark == "$" else mark for _ in columns)
        inserts.append(f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({places})")  # noqa: S608  # our own models' names
    before = [f"r{number} AS ({text})" for number, text in enumerate(inserts[:-1])]
    return (f"WITH {', '.join(before)} " if before else "") + inserts[-1]


@lru_cache(maxsize=256)
def _columns(model: type[models.Model]) -> tuple[tuple[str, str, models.Field[Any, Any] | None], ...]:
    """(column, attribute, field when its value must be prepared for the driver) of each field."""
    prepared = (models.JSONField, models.BinaryField)
    return tuple(
        (str(f.column), f.attname, f if isinstance(f, prepared) else None)
        for f in model._meta.concrete_fields
    )


class Together:
    """Collects rows and writes them in one statement inside the running transaction."""

    def __init__(self) -> None:
        self._rows: list[tuple[str, Mapping[str, Any]]] = []

    def insert(self, table: str, row: Mapping[str, Any]) -> None:
        """One row by column name; values as the driver takes them."""
        self._rows.append((table, row))

    def add(self, row: models.Model) -> None:
        """One model row with its id already made; it counts as saved once `write()` has run."""
        values: dict[str, Any] = {}
        for column, attribute, field in _columns(type(row)):
            value = getattr(row, attribute)
            values[column] = value if field is None else field.get_db_prep_save(value, connection)
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
        _execute(shape, values)


def _execute(shape: Shape, values: list[Any]) -> None:
    """Run bound and prepared on the server; while statements are logged, in the words that the log shows."""
    if connection.queries_logged or connection.execute_wrappers:
        with connection.cursor() as logged:
            logged.execute(_statement(shape, "%s"), values)
        return
    connection.ensure_connection()
    with connection.wrap_database_errors, psycopg.RawCursor(connection.connection) as cursor:
        cursor.execute(_statement(shape, "$"), values, prepare=True)
