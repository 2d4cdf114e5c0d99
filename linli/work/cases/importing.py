"""Import of a hotline's spreadsheet: every row becomes a case or a line in the error file.

Rows go through the same intake action as every other door, keyed by the hotline's own number (or by the
row's content when it has none), so that importing a sheet again makes nothing twice.
"""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import xlsxwriter
from django.db import transaction
from python_calamine import CalamineWorkbook

from linli.foundation.core import charter, ledger
from linli.foundation.core.context import Context
from linli.foundation.core.errors import Refused
from linli.foundation.core.rules.actor import Actor
from linli.foundation.places.models import Place
from linli.work.cases.actions.intake import Report, receive, usable_phone
from linli.work.cases.models import REQUEST_KINDS, ImportRun
from linli.work.cases.rules.importing import BadRow, CellProblem, ImportedRow, parse_map, read_row

MAX_BYTES = 64 * 1024 * 1024
FALLBACK_KIND = "local_other"
REQUEST_WORDS = {
    "咨询": "question",
    "求助": "help",
    "投诉": "complaint",
    "举报": "misconduct",
    "建议": "suggestion",
    "表扬": "praise",
}


@dataclass(slots=True)
class Outcome:
    """What became of a sheet."""

    rows: int = 0
    imported: int = 0
    repeated: int = 0
    bad: list[BadRow] = field(default_factory=list)


class SheetRefused(Exception):
    """A file that cannot be read as a sheet; the text says why and what to do."""


def read_sheet(path: Path) -> tuple[list[str], list[tuple[int, list[Any]]]]:
    """(header, [(line, cells)]) of an XLSX or CSV file. Raises SheetRefused."""
    if path.stat().st_size > MAX_BYTES:
        raise SheetRefused(
            f"{path.name} is larger than {MAX_BYTES // 2**20} MB, the limit for one sheet. Split it."
        )
    rows = _xlsx(path) if path.read_bytes()[:2] == b"PK" else _csv(path)
    table = [
        (line, cells)
        for line, cells in enumerate(rows, 1)
        if any(str(c).strip() for c in cells if c is not None)
    ]
    if not table:
        raise SheetRefused(f"{path.name} has no rows.")
    return [str(c).strip() for c in table[0][1]], table[1:]


def _xlsx(path: Path) -> Iterator[list[Any]]:
    try:
        book = CalamineWorkbook.from_path(str(path))
        sheet = book.get_sheet_by_index(0)
    except Exception as problem:
        raise SheetRefused(
            f"{path.name} is not a readable XLSX file. Save it again as XLSX or CSV."
        ) from problem
    yield from sheet.to_python(skip_empty_area=False)


def _csv(path: Path) -> Iterator[list[Any]]:
    raw = path.read_bytes()
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            text = raw.decode(encoding)
            break
        except UnicodeDecodeError:
            continue
    else:
        raise SheetRefused(
            f"{path.name} is neither UTF-8 nor GB18030 text. Save it again as XLSX or CSV in UTF-8."
        )
    if "\x00" in text:
        raise SheetRefused(f"{path.name} is not a text file. Save it again as XLSX or CSV.")
    yield from csv.reader(io.StringIO(text))


@dataclass(frozen=True, slots=True)
class _Lookup:
    """Places by name and code, kinds by code and name: read once for the whole sheet."""

    names: dict[str, list[str]]
    codes: dict[str, str]
    kinds: dict[str, str]


def _lookup(actor: Actor, context: Context) -> _Lookup:
    names: dict[str, list[str]] = {}
    codes: dict[str, str] = {}
    rows = Place.objects.filter(district=actor.district, valid_to=None, level__in=["compound", "community"])
    for name, code, public_id in rows.values_list("name", "code", "public_id"):
        names.setdefault(name, []).append(public_id)
        if code:
            codes[code] = public_id
    kinds: dict[str, str] = {}
    for row in charter.current(context.district, context.now)["cases.kinds"]:
        kinds |= {row["code"]: row["code"], row["name"].zh: row["code"], row["name"].en: row["code"]}
    return _Lookup(names, codes, kinds)


def _report(row: ImportedRow, known: _Lookup) -> Report:
    """The row as a report. Raises CellProblem when its place or phone cannot be used."""
    found = (
        [known.codes[row.place.replace("-", "")]]
        if row.place.replace("-", "") in known.codes
        else known.names.get(row.place, [])
    )
    if not found:
        raise CellProblem(f"there is no place {row.place!r} in the register")
    if len(found) > 1:
        raise CellProblem(f"{len(found)} places are called {row.place!r}; give the code instead")
    phone = usable_phone(row.phone)
    if phone is None:
        raise CellProblem(f"{row.phone!r} is not a phone number")
    request = REQUEST_WORDS.get(row.kind_of_request, row.kind_of_request)
    return Report(
        place=found[0], text=row.text, kind=known.kinds.get(row.kind, FALLBACK_KIND), phone=phone, name=row.name[:60],
        kind_of_request=request if request in REQUEST_KINDS else "complaint", channel="import", received_at=row.received,
        outside_number=row.number[:40],
    )  # fmt: skip


def _key(row: ImportedRow) -> str:
    if row.number:
        return f"number:{hashlib.sha256(row.number.encode()).hexdigest()[:40]}"
    return f"row:{hashlib.sha256(f'{row.received}|{row.place}|{row.text}'.encode()).hexdigest()[:40]}"


def import_rows(
    *, actor: Actor, context: Context, header: Sequence[str], rows: Iterable[tuple[int, Sequence[Any]]], maps: Sequence[str],
    progress: Callable[[], object] = lambda: None,
) -> Outcome:  # fmt: skip
    """Import all rows; good ones are cases, bad ones are returned with their line, column and reason.

    Raises CellProblem when the mapping itself is wrong.
    """
    columns = parse_map(maps, header)
    known = _lookup(actor, context)
    outcome = Outcome()
    for line, cells in rows:
        outcome.rows += 1
        named = {name: (cells[at] if at < len(cells) else "") for name, at in columns.items()}
        row = read_row(line, named, context.zone, context.now)
        if isinstance(row, BadRow):
            outcome.bad.append(row)
        else:
            _one(actor, context, row, known, outcome, named)
        progress()
    return outcome


def _one(
    actor: Actor, context: Context, row: ImportedRow, known: _Lookup, outcome: Outcome, cells: dict[str, Any]
) -> None:
    try:
        report = _report(row, known)
        with transaction.atomic():
            receipt = receive(actor=actor, context=context, report=report, key=_key(row), door="cases.import")
    except CellProblem as problem:
        outcome.bad.append(BadRow(row.line, "place", str(problem), tuple(str(v) for v in cells.values())))
    except Refused as refusal:
        words = " ".join([str(refusal.message), *(str(w) for w in refusal.fields.values())])
        outcome.bad.append(BadRow(row.line, "", words, tuple(str(v) for v in cells.values())))
    else:
        if receipt.replay:
            outcome.repeated += 1
        else:
            outcome.imported += 1


def record_run(*, actor: Actor, context: Context, outcome: Outcome, digest: str) -> ImportRun:
    """One row and one event for the whole import."""
    run = ImportRun.objects.create(
        district=actor.district, digest=digest, rows=outcome.rows, imported=outcome.imported, repeated=outcome.repeated,
        refused=len(outcome.bad), at=context.now,
    )  # fmt: skip
    ledger.record(
        "cases.imported", actor=actor, subject=("cases_import", run.id), now=context.now, seq=1,
        data={
            "rows": run.rows, "imported": run.imported, "repeated": run.repeated, "refused": run.refused, "digest": digest,
        },
    )  # fmt: skip
    return run


def safe_cell(text: str) -> str:
    """A cell that no spreadsheet program runs as a formula."""
    return "'" + text if text and text[0] in "=+-@\t\r" else text


def write_errors(path: Path, bad: Sequence[BadRow]) -> None:
    """The error file: line, column, what is wrong, and what stood there, as text cells."""
    book = xlsxwriter.Workbook(
        str(path), {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    )
    sheet = book.add_worksheet("errors")
    for column, words in enumerate(("line", "column", "problem", "cells")):
        sheet.write_string(0, column, words)
    for number, row in enumerate(bad, 1):
        for column, text in enumerate((str(row.line), row.column, row.problem, *row.cells)):
            sheet.write_string(number, column, safe_cell(str(text)))
    book.close()


def import_file(
    *,
    actor: Actor,
    context: Context,
    path: Path,
    maps: Sequence[str],
    errors_to: Path,
    progress: Callable[[], object] = lambda: None,
) -> Outcome:
    """Read, import, record, write the error file when there are bad rows. Raises SheetRefused, CellProblem."""
    header, rows = read_sheet(path)
    outcome = import_rows(
        actor=actor, context=context, header=header, rows=rows, maps=maps, progress=progress
    )
    record_run(
        actor=actor, context=context, outcome=outcome, digest=hashlib.sha256(path.read_bytes()).hexdigest()
    )
    if outcome.bad:
        write_errors(errors_to, outcome.bad)
    return outcome
