"""The rows of an XLSX that somebody sent: read outside this process, within limits of size, memory and time."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import date, datetime
from typing import Any

from linli.foundation.core import unrolling

WAIT_SECONDS = 40
MOST_COLUMNS = 5000
Cell = str | int | float | bool | date | datetime | None


class SheetUnreadable(ValueError):
    """A file that is not read: `reason` is `damaged`, `many` (rows or columns) or `large` (memory or time)."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def xlsx_rows(data: bytes, *, most_rows: int, most_columns: int = MOST_COLUMNS) -> list[list[Cell]]:
    """All rows of the first sheet, empty cells as "". Raises SheetUnreadable.

    Numbers stay numbers, days and moments arrive as such, times of day and spans as text; of a formula the value
    that was stored with it.
    """
    try:
        done = subprocess.run(  # noqa: S603  # our own script, no shell; the file is only its input
            [sys.executable, "-I", unrolling.__file__, str(most_rows), str(most_columns)],
            input=data,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={},
            timeout=WAIT_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired as late:
        raise SheetUnreadable("large") from late
    if done.returncode:
        raise SheetUnreadable("large")
    lines = done.stdout.decode("utf-8", "replace").splitlines()
    if lines[:1] in (["damaged"], ["many"]):
        raise SheetUnreadable(lines[0])
    return [[_unpacked(cell) for cell in json.loads(line)] for line in lines]


def _unpacked(cell: Any) -> Cell:
    if not isinstance(cell, dict):
        return cell  # type: ignore[no-any-return]  # JSON holds only texts, numbers, truths and nothing
    if "moment" in cell:
        return datetime.fromisoformat(cell["moment"])
    return date.fromisoformat(cell["day"])
