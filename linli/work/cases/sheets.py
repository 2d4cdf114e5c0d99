"""A sheet that somebody sent, XLSX or text, as a header and rows. Needs neither Django nor a database."""

from __future__ import annotations

import codecs
import csv
import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from linli.foundation.core.rules.typed import printable
from linli.foundation.core.sheets import SheetUnreadable, xlsx_rows

MAX_BYTES = 64 * 1024 * 1024
MAX_ROWS = 50_000
MAX_COLUMNS = 200


class SheetRefused(Exception):
    """A file that cannot be read as a sheet; the text says why and what to do."""


def read_sheet(path: Path) -> tuple[list[str], list[tuple[int, list[Any]]]]:
    """(header, [(line, cells)]) of an XLSX or CSV file; what it is its content says. Raises SheetRefused."""
    if path.stat().st_size > MAX_BYTES:
        raise SheetRefused(
            f"{path.name} is larger than {MAX_BYTES // 2**20} MB, the limit for one sheet. Split it."
        )
    raw = path.read_bytes()
    rows = _xlsx(path.name, raw) if raw[:2] == b"PK" else _csv(path.name, raw)
    table = [
        (line, cells)
        for line, cells in enumerate(rows, 1)
        if any(str(c).strip() for c in cells if c is not None)
    ]
    if not table:
        raise SheetRefused(f"{path.name} has no rows.")
    if len(table) > MAX_ROWS + 1:
        raise SheetRefused(f"{path.name} has more than {MAX_ROWS} rows, the limit for one sheet. Split it.")
    return [cell_text(c) for c in table[0][1]], table[1:]


def _xlsx(name: str, raw: bytes) -> list[list[Any]]:
    """The first sheet's rows, read outside this process."""
    try:
        return xlsx_rows(raw, most_rows=MAX_ROWS + 1000, most_columns=MAX_COLUMNS)
    except SheetUnreadable as problem:
        words = {
            "damaged": f"{name} is not a readable XLSX file. Save it again as XLSX or CSV.",
            "many": f"{name} has more than {MAX_ROWS} rows or {MAX_COLUMNS} columns, the limit for one sheet. Split it.",
            "large": f"{name} is too large once unpacked, or has a cell far outside the list. "
            "Copy the list alone into a new file.",
        }
        raise SheetRefused(words[problem.reason]) from problem


def _csv(name: str, raw: bytes) -> Iterator[list[str]]:
    text = _decoded(name, raw)
    head = text[:4096].partition("\n")[0]
    lines = csv.reader(io.StringIO(text, newline=None), delimiter=max(",;\t", key=head.count))
    try:
        for number, line in enumerate(lines):
            if number > MAX_ROWS + 1000:
                raise SheetRefused(
                    f"{name} has more than {MAX_ROWS} rows, the limit for one sheet. Split it."
                )
            yield line
    except csv.Error as problem:
        raise SheetRefused(
            f"{name} cannot be read at line {lines.line_num}: a cell there does not end. "
            "A quotation mark is probably missing. Save it again as XLSX or CSV."
        ) from problem


def _decoded(name: str, raw: bytes) -> str:
    """The text of a CSV in UTF-8, UTF-16 with its mark, or GB18030. Raises SheetRefused."""
    if raw[:8] == b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1":
        raise SheetRefused(
            f"{name} is an old XLS file, or a locked one. Save it without a password as XLSX or CSV."
        )
    if raw[:400].lstrip(b"\xef\xbb\xbf \r\n\t")[:1] == b"<" or raw[:5] == b"%PDF-":
        raise SheetRefused(f"{name} is a page, not a sheet. Open it and save it again as XLSX or CSV.")
    marked = ["utf-16"] if raw[:2] in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE) else []
    for encoding in (*marked, "utf-8-sig", "gb18030"):
        try:
            text = raw.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\x00" in text:
            raise SheetRefused(f"{name} is not a text file. Save it again as XLSX or CSV.")
        return text
    raise SheetRefused(f"{name} is neither UTF-8 nor GB18030 text. Save it again as XLSX or CSV in UTF-8.")


def cell_text(cell: object) -> str:
    """A cell as it looks in the sheet."""
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return printable(str(cell if cell is not None else "")).strip()
