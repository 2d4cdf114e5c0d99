"""What stands in one cell of a list: text, code, number, area, day. Pure.

A spreadsheet gives numbers as floats and days as dates; a CSV gives texts. Each reader returns the typed value
(None when empty) or raises CellRefused with a reason that becomes a sentence.
"""

from __future__ import annotations

import math
import re
import unicodedata
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Any

from linli.foundation.places.rules.codes import looks_like_number
from linli.foundation.places.rules.columns import MANAGEMENT, Column, folded

Cell = str | float | int | bool | date | datetime | None
MAX_AREA = 100_000_000
EXACT_DIGITS = 15

_DAY = re.compile(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?(?:[ T]00:00(?::00)?)?")
_UNIT = re.compile(r"(年|层|户|个|㎡|m2|平方米|平米|°)$")


class CellRefused(ValueError):
    """A cell that cannot be used; `reason` becomes a sentence."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def shown(cell: Cell) -> str:
    """A cell as the person who made the list sees it."""
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "TRUE" if cell else "FALSE"
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() and abs(cell) < 1e15 else repr(cell)
    if isinstance(cell, datetime):
        midnight = (cell.hour, cell.minute, cell.second) == (0, 0, 0)
        return cell.date().isoformat() if midnight else cell.isoformat(" ")
    return str(cell)


def text(cell: Cell) -> str:
    """Text without stray blanks."""
    return " ".join(unicodedata.normalize("NFKC", shown(cell)).split())


def _half(cell: Cell) -> str:
    return _UNIT.sub("", text(cell)).replace(",", "").strip()


def code(cell: Cell) -> str:
    """A code or a name. Numbers with more digits than a spreadsheet keeps, and 1.4E+14, are refused."""
    if isinstance(cell, (int, float)) and not isinstance(cell, bool):
        if not math.isfinite(cell) or float(cell) != int(cell) or len(str(abs(int(cell)))) >= EXACT_DIGITS:
            raise CellRefused("code_number")
        return str(int(cell))
    read = text(cell)
    if looks_like_number(read):
        raise CellRefused("code_number")
    return read


def integer(cell: Cell, low: int, high: int) -> int | None:
    """A whole number within limits."""
    half = _half(cell)
    if not half:
        return None
    if isinstance(cell, (date, datetime, bool)) or not re.fullmatch(r"[+-]?\d{1,9}(?:\.0+)?", half):
        raise CellRefused("integer")
    value = int(Decimal(half))
    if not low <= value <= high:
        raise CellRefused("range")
    return value


def area(cell: Cell) -> int | None:
    """Square metres with at most two decimals, in hundredths. Binary dust of a spreadsheet's floats is removed."""
    half = _half(cell)
    if not half:
        return None
    if isinstance(cell, (date, datetime, bool)):
        raise CellRefused("area")
    try:
        value = Decimal(half)
    except InvalidOperation as problem:
        raise CellRefused("area") from problem
    if not value.is_finite() or not 0 < value < 10**7:
        raise CellRefused("area")
    if isinstance(cell, float):
        value = value.quantize(Decimal("0.000001"), ROUND_HALF_UP)
    hundredths = value * 100
    if hundredths != hundredths.to_integral_value():
        raise CellRefused("area_decimals")
    whole = int(hundredths)
    if not 0 < whole <= MAX_AREA:
        raise CellRefused("area")
    return whole


def day(cell: Cell) -> date | None:
    """A day: a date cell, 2003-05-01, 2003/5/1, 2003.5.1, 2003年5月1日 or 20030501. A bare number is refused."""
    if isinstance(cell, datetime):
        return cell.date()
    if isinstance(cell, date):
        return cell
    read = text(cell)
    if not read:
        return None
    found = _DAY.fullmatch(read) or re.fullmatch(r"(\d{4})(\d\d)(\d\d)", read)
    if found is None:
        raise CellRefused("day")
    try:
        return date(*(int(part) for part in found.groups()))
    except ValueError as problem:
        raise CellRefused("day") from problem


def degree(cell: Cell, low: int, high: int) -> float | None:
    """Degrees with a decimal point."""
    half = _half(cell)
    if not half:
        return None
    if isinstance(cell, (date, datetime, bool)) or not re.fullmatch(r"[+-]?\d{1,3}(?:\.\d+)?", half):
        raise CellRefused("degree")
    value = float(half)
    if not low <= value <= high:
        raise CellRefused("degree")
    return value


def management(cell: Cell) -> str:
    """A kind of management from its usual words; empty when nothing is written."""
    word = folded(text(cell))
    if not word:
        return ""
    for value, aliases in MANAGEMENT.items():
        if word in map(folded, aliases):
            return value
    raise CellRefused("management")


def read(column: Column, cell: Cell) -> Any:
    """One cell by its column's rule; raises CellRefused, also for a required cell that is empty."""
    value: Any
    if column.reader == "code":
        value = code(cell)
    elif column.reader == "integer":
        value = integer(cell, column.low, column.high)
    elif column.reader == "area":
        value = area(cell)
    elif column.reader == "date":
        value = day(cell)
    elif column.reader == "degree":
        value = degree(cell, column.low, column.high)
    elif column.reader == "management":
        value = management(cell)
    else:
        value = text(cell)
    if column.required and value in ("", None):
        raise CellRefused("empty")
    if column.size and isinstance(value, str) and len(value) > column.size:
        raise CellRefused("too_long")
    return value
