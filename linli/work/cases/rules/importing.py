"""Reading a hotline's spreadsheet row by row: which column is what, which values can be used. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from zoneinfo import ZoneInfo

from linli.foundation.core.rules.typed import printable

FIELDS = ("number", "received", "text", "place", "kind", "phone", "name", "kind_of_request")
REQUIRED = ("received", "text", "place")
MAX_TEXT = 5000
MAX_NUMBER = 40
# No hotline is older: the first of China was opened in Shenyang in 1983. Earlier moments are typing errors.
EARLIEST = 1983
LONGEST_CELL = 32_000
FORMULA_SIGNS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")

_MOMENT = re.compile(
    r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?(?:[ T]+(\d{1,2})[::时](\d{1,2})(?:[::分](?:(\d{1,2})秒?)?)?)?"
)


class CellProblem(ValueError):
    """A cell that cannot be used; the text says why and how it should look, `column` whose field it is."""

    def __init__(self, words: str, column: str = "") -> None:
        super().__init__(words)
        self.column = column


@dataclass(frozen=True, slots=True)
class ImportedRow:
    """One usable row."""

    line: int
    number: str
    received: datetime
    text: str
    place: str
    kind: str
    phone: str
    name: str
    kind_of_request: str


@dataclass(frozen=True, slots=True)
class BadRow:
    """One row that was not imported: line in the sheet, column and reason, and what stood there."""

    line: int
    column: str
    problem: str
    cells: Sequence[str] = field(default_factory=tuple)


def read_moment(value: object, zone: ZoneInfo) -> datetime:
    """A moment from a cell: a spreadsheet date, `2019/11/22 16:54:42` or `2019-11-22 16:54`.

    Without a time of day the day begins at 00:00. Raises CellProblem.
    """
    if isinstance(value, datetime):
        return value if value.tzinfo else value.replace(tzinfo=zone)
    if isinstance(value, date):
        return datetime(value.year, value.month, value.day, tzinfo=zone)
    if isinstance(value, (int, float)):
        raise CellProblem(
            "the date arrived as a bare number; format the column as date or text, such as 2019-11-22 16:54"
        )
    text = unicodedata.normalize("NFKC", str(value)).strip()
    match = _MOMENT.fullmatch(text)
    if match is None:
        raise CellProblem(f"{text[:40]!r} is not a moment such as 2019-11-22 16:54")
    parts = [int(p) if p else 0 for p in match.groups()]
    try:
        return datetime(*parts, tzinfo=zone)  # type: ignore[arg-type, misc]  # six whole numbers
    except ValueError as problem:
        raise CellProblem(f"{text[:40]!r} is not a day of the calendar") from problem


def _plain(value: object) -> str:
    """A cell as text, a whole number without its point, without what nobody can type or see."""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return printable(str(value if value is not None else "")).strip()


def read_text(value: object) -> str:
    """The complaint's text: not empty, at most 5,000 characters, no control characters. Raises CellProblem."""
    text = _plain(value)
    if not text:
        raise CellProblem("the text is empty")
    if len(text) > MAX_TEXT:
        raise CellProblem(f"the text has {len(text)} characters; {MAX_TEXT} is the limit")
    return text


def read_code(value: object, what: str) -> str:
    """A number or phone that must have stayed text; a spreadsheet may have rounded it. Raises CellProblem."""
    if isinstance(value, float):
        if not value.is_integer() or abs(value) >= 2**53:
            raise CellProblem(
                f"the {what} arrived as a rounded number ({value!r}); format the column as text"
            )
        return str(int(value))
    text = unicodedata.normalize("NFKC", _plain(value))
    if re.fullmatch(r"\d(\.\d+)?[eE]\+?\d+", text):
        raise CellProblem(f"the {what} was turned into {text}; format the column as text and export again")
    return text


def read_row(line: int, cells: Mapping[str, object], zone: ZoneInfo, now: datetime) -> ImportedRow | BadRow:
    """One row by field name, or what is wrong with it."""
    column = "received"
    try:
        received = read_moment(cells.get("received"), zone)
        if received.year < EARLIEST:
            raise CellProblem(f"the moment of receipt lies before {EARLIEST}")
        if received > now:
            raise CellProblem("the moment of receipt lies in the future")
        column = "text"
        text = read_text(cells.get("text"))
        column = "number"
        number = read_code(cells.get("number"), "number")
        if len(number) > MAX_NUMBER:
            raise CellProblem(f"the number has {len(number)} characters; {MAX_NUMBER} is the limit")
        column = "phone"
        phone = read_code(cells.get("phone"), "phone")
        column = "place"
        place = read_code(cells.get("place"), "place")
        if not place:
            raise CellProblem("the place is empty; name the compound or the community")
        plain = {name: _plain(cells.get(name)) for name in ("kind", "name", "kind_of_request")}
        return ImportedRow(
            line, number, received, text, place, plain["kind"], phone, plain["name"], plain["kind_of_request"]
        )
    except CellProblem as problem:
        return BadRow(
            line, column, str(problem), tuple(str(v if v is not None else "") for v in cells.values())
        )


def parse_map(texts: Sequence[str], headers: Sequence[str]) -> dict[str, int]:
    """`field=Column name` pairs as field -> column index. Raises CellProblem for unknown or missing ones."""
    found: dict[str, int] = {}
    clean = [unicodedata.normalize("NFKC", h).strip() for h in headers]
    for text in texts:
        name, sign, named = text.partition("=")
        column = unicodedata.normalize("NFKC", named).strip()
        if not sign or name not in FIELDS:
            raise CellProblem(f"{text!r} is not field=column; fields are {', '.join(FIELDS)}")
        if name in found:
            raise CellProblem(f"{name} is given two columns; name one")
        if column not in clean:
            shown = ", ".join(h[:40] for h in clean[:30])
            raise CellProblem(f"there is no column {column!r}; the first line has {shown}")
        if clean.count(column) > 1:
            raise CellProblem(f"{clean.count(column)} columns are called {column!r}; rename all but one")
        found[name] = clean.index(column)
    missing = [name for name in REQUIRED if name not in found]
    if missing:
        raise CellProblem(f"these fields have no column: {', '.join(missing)}; add --map {missing[0]}=...")
    return found


def safe_cell(text: str) -> str:
    """A cell that no spreadsheet program runs as a formula, and that fits into one."""
    return ("'" + text if text.startswith(FORMULA_SIGNS) else text)[:LONGEST_CELL]
