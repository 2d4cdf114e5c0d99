"""The yearly notice of working days as a spreadsheet: read, checked line by line, laid over what is known. Pure."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from linli.foundation.core.rules.workdays import DayKind, HolidayRow

HEADERS = {
    "date": "date",
    "日期": "date",
    "name": "name",
    "名称": "name",
    "节日": "name",
    "kind": "kind",
    "类型": "kind",
}
KINDS: dict[str, DayKind] = {
    "off": "off", "休": "off", "放假": "off", "休息日": "off",
    "work": "work", "班": "work", "上班": "work", "调休上班": "work",
}  # fmt: skip
MOST_ROWS = 400


@dataclass(frozen=True, slots=True)
class BadLine:
    """A line that cannot be used: its number in the sheet and the code of what is wrong."""

    line: int
    problem: str
    value: str


@dataclass(frozen=True, slots=True)
class Notice:
    """What a sheet says: usable days and lines that are not."""

    rows: tuple[HolidayRow, ...]
    bad: tuple[BadLine, ...]


def read_csv(raw: bytes) -> list[list[str]]:
    """Cells of a CSV in UTF-8 or GB 18030. Raises ValueError when it is neither."""
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            text = raw.decode(encoding)
        except UnicodeDecodeError:
            continue
        try:
            lines = list(csv.reader(io.StringIO(text, newline=None)))
        except csv.Error as problem:  # one cell without an end: another kind of file
            raise ValueError("encoding") from problem
        return [row for row in lines if not (row and row[0].startswith("#"))]
    raise ValueError("encoding")


def _day(cell: object) -> date | None:
    if isinstance(cell, datetime):
        return cell.date()
    if isinstance(cell, date):
        return cell
    text = (
        str(cell)
        .strip()
        .replace("/", "-")
        .replace(".", "-")
        .replace("年", "-")
        .replace("月", "-")
        .rstrip("日")
    )
    parts = text.split(" ")[0].split("-")
    if len(parts) != 3 or not all(part.isdigit() for part in parts):
        return None
    try:
        return date(*(int(part) for part in parts))
    except ValueError:
        return None


def read_notice(table: Sequence[Sequence[object]]) -> Notice:
    """Days of a table whose first line names date, name and kind (or 日期, 名称, 类型). Raises ValueError("columns")
    without them and ValueError("length") beyond 400 lines; single lines are told in `bad`.
    """
    lines = [(n, list(row)) for n, row in enumerate(table, 1) if any(str(cell).strip() for cell in row)]
    if not lines:
        raise ValueError("columns")
    if len(lines) > MOST_ROWS + 1:
        raise ValueError("length")
    head = [HEADERS.get(str(cell).strip().lower(), "") for cell in lines[0][1]]
    if not {"date", "name", "kind"} <= set(head):
        raise ValueError("columns")
    where = {name: head.index(name) for name in ("date", "name", "kind")}
    rows: dict[date, HolidayRow] = {}
    bad: list[BadLine] = []
    for number, cells in lines[1:]:
        at = {name: cells[place] if place < len(cells) else "" for name, place in where.items()}
        day, kind = _day(at["date"]), KINDS.get(str(at["kind"]).strip().lower())
        if day is None:
            bad.append(BadLine(number, "date", str(at["date"])[:40]))
        elif kind is None:
            bad.append(BadLine(number, "kind", str(at["kind"])[:40]))
        elif day in rows:
            bad.append(BadLine(number, "twice", day.isoformat()))
        else:
            rows[day] = (day, kind, str(at["name"]).strip()[:60])
    return Notice(tuple(rows[day] for day in sorted(rows)), tuple(bad))


def as_text(rows: Iterable[HolidayRow]) -> str:
    """Rows as the preview carries them to the confirmation."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(["date", "name", "kind"])
    writer.writerows([day.isoformat(), name, kind] for day, kind, name in rows)
    return out.getvalue()


def laid_over(
    rows: Iterable[HolidayRow], year: int, known: Mapping[int, Sequence[HolidayRow]]
) -> tuple[list[HolidayRow], list[int]]:
    """Whole years to load: the notice's year as it says, neighbouring known years with its days laid over them.

    The notice for 2023 names 2022-12-31. Raises ValueError(year) for a day of a neighbouring year that is unknown.
    """
    years: dict[int, dict[date, HolidayRow]] = {year: {}}
    for row in rows:
        of = row[0].year
        if of not in years:
            if of not in known:
                raise ValueError(str(of))
            years[of] = {r[0]: r for r in known[of]}
        years[of][row[0]] = row
    return [row for of in sorted(years) for _day, row in sorted(years[of].items())], sorted(years)
