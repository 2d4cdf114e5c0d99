"""Import of a hotline's spreadsheet: every row becomes a case or a line in the error file.

Rows go through the same intake action as every other door, keyed by the hotline's own number (or by the
row's content when it has none), so that importing a sheet again makes nothing twice.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import xlsxwriter
import xlsxwriter.exceptions
from django.db import IntegrityError, transaction

from linli.foundation.core import charter, ledger
from linli.foundation.core.context import Context
from linli.foundation.core.errors import Refused
from linli.foundation.core.idempotency import KeyReused
from linli.foundation.core.rules.actor import Actor
from linli.foundation.places.models import Place
from linli.work.cases.actions.intake import Report, receive, usable_phone
from linli.work.cases.models import REQUEST_KINDS, ImportRun
from linli.work.cases.rules.importing import BadRow, CellProblem, ImportedRow, parse_map, read_row, safe_cell
from linli.work.cases.rules.kinds import by_outside_code
from linli.work.cases.sheets import SheetRefused, cell_text, read_sheet

__all__ = ["SheetRefused", "import_file", "import_rows", "read_sheet"]
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


@dataclass(frozen=True, slots=True)
class _Lookup:
    """Places by name and code, kinds by code and name: read once for the whole sheet."""

    names: dict[str, list[str]]
    codes: dict[str, str]
    kinds: dict[str, str]
    old: tuple[Mapping[str, Any], ...]

    def kind(self, told: str) -> str:
        """Our kind by code, name or the number of the catalogue; what is not known is something else."""
        found = self.kinds.get(told) or by_outside_code(told, list(self.kinds), self.old)
        return found or FALLBACK_KIND


def _lookup(actor: Actor, context: Context) -> _Lookup:
    names: dict[str, list[str]] = {}
    codes: dict[str, str] = {}
    rows = Place.objects.filter(district=actor.district, valid_to=None, level__in=["compound", "community"])
    for name, code, public_id in rows.values_list("name", "code", "public_id"):
        names.setdefault(name, []).append(public_id)
        if code:
            codes[code] = public_id
    rules = charter.current(context.district, context.now)
    kinds: dict[str, str] = {}
    for row in rules["cases.kinds"]:
        kinds |= {row["code"]: row["code"], row["name"].zh: row["code"], row["name"].en: row["code"]}
        # Sheets name the thing ("路灯") where the kind says that something is wrong with it.
        kinds.setdefault(row["name"].zh.removesuffix("异常"), row["code"])
    return _Lookup(names, codes, kinds, rules["cases.old_codes"])


def _report(row: ImportedRow, known: _Lookup) -> Report:
    """The row as a report. Raises CellProblem when its place or phone cannot be used."""
    found = (
        [known.codes[row.place.replace("-", "")]]
        if row.place.replace("-", "") in known.codes
        else known.names.get(row.place, [])
    )
    if not found:
        raise CellProblem(f"there is no place {row.place[:60]!r} in the register", "place")
    if len(found) > 1:
        raise CellProblem(f"{len(found)} places are called {row.place!r}; give the code instead", "place")
    phone = usable_phone(row.phone)
    if phone is None:
        raise CellProblem(f"{row.phone[:40]!r} is not a phone number", "phone")
    request = REQUEST_WORDS.get(row.kind_of_request, row.kind_of_request)
    return Report(
        place=found[0], text=row.text, kind=known.kind(row.kind), phone=phone, name=row.name[:60],
        kind_of_request=request if request in REQUEST_KINDS else "complaint", channel="import", received_at=row.received,
        outside_number=row.number,
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
        bad = row if isinstance(row, BadRow) else _one(actor, context, row, known, outcome)
        if bad is not None:
            outcome.bad.append(replace(bad, cells=[cell_text(cell) for cell in cells]))
        progress()
    return outcome


def _one(actor: Actor, context: Context, row: ImportedRow, known: _Lookup, outcome: Outcome) -> BadRow | None:
    """Bring one row in; what is wrong with it when it cannot be."""
    try:
        report = _report(row, known)
        with transaction.atomic():
            receipt = receive(actor=actor, context=context, report=report, key=_key(row), door="cases.import")
    except CellProblem as problem:
        return BadRow(row.line, problem.column, str(problem))
    except KeyReused:
        return BadRow(row.line, "number", "this number was imported before, and its row said something else")
    except Refused as refusal:
        words = [str(refusal.message), *(str(w) for w in refusal.fields.values())]
        return BadRow(row.line, "", " ".join(words))
    except IntegrityError as problem:
        if "cases_case_outside" not in str(problem):
            raise
        outcome.repeated += 1  # its case stands; the sending number was so old that it is forgotten
    else:
        outcome.repeated += receipt.replay
        outcome.imported += not receipt.replay
    return None


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


def write_errors(path: Path, header: Sequence[str], bad: Sequence[BadRow]) -> None:
    """The error file: line, column and what is wrong; beside it the sheet's own columns with the row as it stood.

    Raises SheetRefused when it cannot be written.
    """
    book = xlsxwriter.Workbook(
        str(path), {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    )
    sheet = book.add_worksheet("errors")
    rows = [(str(row.line), row.column, row.problem, *row.cells) for row in bad]
    for number, cells in enumerate([("line", "column", "problem", *header), *rows]):
        for column, text in enumerate(cells):
            sheet.write_string(number, column, safe_cell(text))
    try:
        book.close()
    except xlsxwriter.exceptions.FileCreateError as problem:
        raise SheetRefused(
            f"The error file {path} cannot be written. Name another place for it with --errors."
        ) from problem


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
        write_errors(errors_to, header, outcome.bad)
    return outcome
