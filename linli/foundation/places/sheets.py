"""Spreadsheets as bytes: what kind of file it is, its rows, and error files to give back.

An XLSX is a zip: it is unpacked once against a limit before anything parses it. A CSV may be UTF-8 (with or
without mark) or GB18030, which Chinese spreadsheet programs still write.
"""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import xlsxwriter

from linli.foundation.core.sheets import SheetUnreadable, xlsx_rows
from linli.foundation.places.rules.cells import Cell, shown
from linli.foundation.places.rules.columns import Kind, guess

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
CSV = "text/csv"
MAX_UNPACKED = 120 * 1024 * 1024
MAX_ENTRIES = 500
MAX_COLUMNS = 60
HEADER_WITHIN = 10
_DANGEROUS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


class SheetRefused(ValueError):
    """A file that is not read; `reason` becomes a sentence."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Table:
    """A list: headers, and rows with their line numbers in the file."""

    headers: tuple[str, ...]
    rows: tuple[tuple[int, tuple[Cell, ...]], ...]
    media_type: str

    @property
    def width(self) -> int:
        return len(self.headers)


def media_type(data: bytes) -> str:
    """XLSX or CSV, by content, never by name. Raises SheetRefused for everything else."""
    if data[:4] == b"PK\x03\x04":
        return XLSX
    if data[:8] == b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1":
        raise SheetRefused("old_excel")
    if not data.strip():
        raise SheetRefused("empty")
    if b"\x00" in data[:4096] or data[:5] in (b"%PDF-", b"\x89PNG\r"):
        raise SheetRefused("not_a_list")
    return CSV


def _check_zip(data: bytes) -> None:
    """Unpack everything once, counting: the sizes that a zip declares may lie."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as packed:
            entries = packed.infolist()
            names = {entry.filename for entry in entries}
            if "xl/workbook.xml" not in names:
                raise SheetRefused("not_a_list")
            if len(entries) > MAX_ENTRIES or sum(entry.file_size for entry in entries) > MAX_UNPACKED:
                raise SheetRefused("too_large_unpacked")
            left = MAX_UNPACKED
            for entry in entries:
                with packed.open(entry) as stream:
                    while chunk := stream.read(1 << 20):
                        left -= len(chunk)
                        if left < 0:
                            raise SheetRefused("too_large_unpacked")
    except SheetRefused:
        raise
    except Exception as problem:  # damaged, encrypted, unknown compression: all are one answer
        raise SheetRefused("damaged") from problem


def _xlsx_rows(data: bytes, max_rows: int) -> list[list[Cell]]:
    _check_zip(data)
    try:
        rows = xlsx_rows(data, most_rows=max_rows + HEADER_WITHIN)
    except SheetUnreadable as problem:
        reasons = {"many": "too_many_rows", "large": "too_large_unpacked"}
        raise SheetRefused(reasons.get(problem.reason, problem.reason)) from problem
    return [[None if cell == "" else cell for cell in row[:MAX_COLUMNS]] for row in rows]


def _decoded(data: bytes) -> str:
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise SheetRefused("encoding")


def _csv_rows(data: bytes, max_rows: int) -> list[list[Cell]]:
    text = _decoded(data)
    head = text[:4096].split("\n", 1)[0]
    delimiter = max(",;\t", key=head.count)
    rows: list[list[Cell]] = []
    try:
        for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter):
            rows.append([cell if cell.strip() else None for cell in row[:MAX_COLUMNS]])
            if len(rows) > max_rows + HEADER_WITHIN:
                raise SheetRefused("too_many_rows")
    except csv.Error as problem:
        raise SheetRefused("damaged") from problem
    return rows


def _header_at(rows: Sequence[Sequence[Cell]], kind: Kind) -> int:
    """The line of headers: among the first lines the one with the most known words (titles stand above it)."""
    first = [[shown(cell) for cell in row] for row in rows[:HEADER_WITHIN]]
    scores = [len(guess(kind, row)) for row in first]
    if not scores or max(scores) == 0:
        return next((i for i, row in enumerate(first) if sum(1 for cell in row if cell) > 1), 0)
    return scores.index(max(scores))


def read_table(data: bytes, kind: Kind, *, max_rows: int) -> Table:
    """The first sheet of an XLSX, or a CSV. Raises SheetRefused with one of its reasons."""
    form = media_type(data)
    rows = _xlsx_rows(data, max_rows) if form == XLSX else _csv_rows(data, max_rows)
    at = _header_at(rows, kind)
    if not rows or not any(rows[at]):
        raise SheetRefused("empty")
    headers = tuple(shown(cell).strip() for cell in rows[at])
    body = [
        (at + 2 + n, (*row[: len(headers)], *([None] * (len(headers) - len(row)))))
        for n, row in enumerate(rows[at + 1 :])
        if any(cell is not None for cell in row)
    ]
    if len(body) > max_rows:
        raise SheetRefused("too_many_rows")
    if not body:
        raise SheetRefused("no_rows")
    return Table(headers, tuple(body), form)


def safe(value: str) -> str:
    """A text that no spreadsheet program takes for a formula."""
    return "'" + value if value.startswith(_DANGEROUS) else value


def write_xlsx(name: str, headers: Sequence[str], rows: Iterable[Sequence[str | int]]) -> bytes:
    """A one-sheet XLSX in memory; texts stay texts, and none begins like a formula."""
    out = io.BytesIO()
    book = xlsxwriter.Workbook(
        out,
        {
            "in_memory": True,
            "strings_to_formulas": False,
            "strings_to_urls": False,
            "strings_to_numbers": False,
        },
    )
    sheet = book.add_worksheet(name[:31])
    bold = book.add_format({"bold": True, "text_wrap": True, "valign": "top"})
    text = book.add_format({"num_format": "@", "valign": "top"})
    for at, header in enumerate(headers):
        sheet.write_string(0, at, safe(header), bold)
    for line, row in enumerate(rows, 1):
        for at, value in enumerate(row):
            if isinstance(value, int):
                sheet.write_number(line, at, value)
            elif value:
                sheet.write_string(line, at, safe(value)[:32000], text)
    sheet.freeze_panes(1, 0)
    sheet.set_column(0, 1, 10)
    sheet.set_column(2, 2, 60)
    book.close()
    return out.getvalue()
