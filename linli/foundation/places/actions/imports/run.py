"""The steps of an import, each of which can be repeated."""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from django.core.files.storage import default_storage
from django.db import connection, transaction
from django.utils.translation import gettext as _

from linli.foundation.core import charter, files, ledger
from linli.foundation.core.errors import Invalid, OutOfScope, TooLarge, WrongStage
from linli.foundation.core.models import StoredFile
from linli.foundation.core.rules.actor import Actor
from linli.foundation.places.access import IMPORT, may_see_run, require_verb
from linli.foundation.places.actions.imports.check import Checked, check_table, original
from linli.foundation.places.actions.imports.sentences import file_refusal, missing_columns
from linli.foundation.places.actions.imports.write import record_touched, write_rows
from linli.foundation.places.models import ImportRun
from linli.foundation.places.rules import columns, plates
from linli.foundation.places.sheets import CSV, XLSX, SheetRefused, Table, media_type, read_table, write_xlsx

DOOR = "places.import"
PREVIEW_ROWS = 20


@dataclass(frozen=True, slots=True)
class Preview:
    """What an import would do: the list, the chosen columns, and the check of every row."""

    table: Table
    mapping: dict[str, int]
    missing: list[str]
    checked: Checked


def max_bytes(district: int, now: datetime) -> int:
    """The size limit of one list."""
    return int(charter.current(district, now)["places.import.max_bytes"])


def _max_rows(district: int, now: datetime) -> int:
    return int(charter.current(district, now)["places.import.max_rows"])


def _table(data: bytes, kind: columns.Kind, district: int, now: datetime) -> Table:
    rows = _max_rows(district, now)
    try:
        return read_table(data, kind, max_rows=rows)
    except SheetRefused as refused:
        raise file_refusal(refused, rows) from refused


def known_kind(kind: str) -> columns.Kind:
    """A kind of list by its word. Raises Invalid for any other word."""
    for known in columns.KINDS:
        if known == kind:
            return known
    sentence = _("Choose what the list holds: compounds, buildings or dwellings.")
    raise Invalid("import.kind", sentence, fields={"kind": sentence})


def begin_import(*, actor: Actor, kind: str, data: bytes, now: datetime) -> ImportRun:
    """Take a file in and guess its columns. Raises TooLarge or Invalid with nothing stored."""
    require_verb(actor, IMPORT)
    wanted = known_kind(kind)
    limit = max_bytes(actor.district, now)
    if len(data) > limit:
        raise TooLarge(
            "import.too_large",
            _(
                "The file is larger than %(limit)s MB, the limit for one list. Nothing was stored. Divide the list."
            )
            % {"limit": f"{limit / 1_000_000:g}"},
        )
    table = _table(data, wanted, actor.district, now)
    with transaction.atomic(savepoint=False):
        run = ImportRun(
            district=actor.district, public_id=plates.new_public_id(secrets.randbelow), kind=wanted,
            state=ImportRun.State.UPLOADED, mapping=columns.guess(wanted, table.headers), rows=len(table.rows),
            scope=actor.scope, started_by=actor.user, started_at=now,
            file=files.store(data, XLSX if media_type(data) == XLSX else CSV, actor=actor, now=now, door=DOOR),
        )  # fmt: skip
        run.save(force_insert=True)
        ledger.record(
            "list.received", actor=actor, subject=("import", run.id), now=now, seq=1,
            data={"kind": wanted, "rows": run.rows},
        )  # fmt: skip
    return run


def error_file(*, actor: Actor, run: ImportRun) -> bytes:
    """The rows with problems, as XLSX. Raises OutOfScope when there is no such file within reach."""
    _require_run(actor, run)
    if run.errors is None:
        raise OutOfScope("import.no_errors", _("This import had no rows with problems."))
    return _content(run.errors)


def _content(file: StoredFile) -> bytes:
    """A stored file, its digest checked."""
    with default_storage.open(file.name, "rb") as stored:
        data = bytes(stored.read())
    if hashlib.sha256(data).digest() != bytes(file.sha256):
        raise Invalid("import.file", _("The stored file has changed since it was sent. Send it again."))
    return data


def preview(
    *, actor: Actor, run: ImportRun, now: datetime, mapping: Mapping[str, int] | None = None
) -> Preview:
    """Check every row with the stored mapping or another one; writes nothing."""
    _require_run(actor, run)
    kind = known_kind(run.kind)
    table = _table(_content(run.file), kind, run.district, now)
    chosen = columns.usable(kind, run.mapping if mapping is None else mapping, table.width)
    missing = columns.missing(kind, chosen)
    checked = Checked() if missing else check_table(actor, kind, table, chosen, now)
    return Preview(table, chosen, missing, checked)


def _require_run(actor: Actor, run: ImportRun) -> None:
    require_verb(actor, IMPORT)
    if not may_see_run(actor, run):
        raise OutOfScope("import.none", _("This import does not exist within your reach."))


def _locked(actor: Actor, run: ImportRun) -> ImportRun:
    """The run's row under lock. Raises OutOfScope, or WrongStage when it is done."""
    _require_run(actor, run)
    row = ImportRun.objects.select_for_update().filter(district=actor.district, id=run.id).get()
    if row.state == ImportRun.State.DONE:
        raise WrongStage("import.done", _("This list is imported already. Send a new file for more."))
    return row


def save_mapping(*, actor: Actor, run: ImportRun, mapping: Mapping[str, int], now: datetime) -> ImportRun:
    """Keep the chosen columns."""
    with transaction.atomic(savepoint=False):
        row = _locked(actor, run)
        row.mapping = columns.usable(known_kind(row.kind), mapping, 10_000)
        row.state = ImportRun.State.MAPPED
        row.save(update_fields=["mapping", "state"])
        ledger.record(
            "list.mapped", actor=actor, subject=("import", row.id), now=now,
            data={"fields": sorted(row.mapping)},
        )  # fmt: skip
    return row


def _digest(run: ImportRun, mapping: Mapping[str, int]) -> str:
    parts = [run.kind, bytes(run.file.sha256).hex(), json.dumps(mapping, sort_keys=True), run.scope]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def import_run(*, actor: Actor, run: ImportRun, now: datetime) -> ImportRun:
    """Write the good rows and an error file for the others, in one transaction.

    The same list with the same columns finds existing rows and changes nothing. Raises Invalid when a required
    column is not chosen, WrongStage when the run is done.
    """
    with transaction.atomic(savepoint=False):
        row = _locked(actor, run)
        kind = known_kind(row.kind)
        # Two imports at one moment would both find a compound missing.
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(hashtext('places.import'), %s)", [actor.district])
        seen = preview(actor=actor, run=row, now=now)
        if seen.missing:
            raise missing_columns(kind, seen.missing)
        written = write_rows(actor=actor, kind=kind, rows=seen.checked.good, now=now)
        record_touched(actor=actor, run=row.id, kind=kind, touched=written.touched, now=now)
        row.mapping, row.digest = seen.mapping, _digest(row, seen.mapping)
        row.good, row.bad = len(seen.checked.good), seen.checked.bad
        row.created, row.changed = written.created, written.changed
        row.state, row.finished_at = ImportRun.State.DONE, now
        if seen.checked.bad:
            row.errors = _error_file(actor, row, seen, now)
        row.save()
        ledger.record(
            "list.imported", actor=actor, subject=("import", row.id), now=now,
            data={
                "run": row.id, "kind": kind, "good": row.good, "bad": row.bad, "created": row.created,
                "changed": row.changed,
            },
        )  # fmt: skip
    return row


def error_rows(seen: Preview) -> list[list[str | int]]:
    """The error file's rows: line, column, problem, and the row as it stood."""
    by_line: dict[int, Any] = dict(seen.table.rows)
    return [
        [problem.line, problem.column, problem.sentence, *original(by_line[problem.line])]
        for problem in seen.checked.problems
    ]


def _error_file(actor: Actor, run: ImportRun, seen: Preview, now: datetime) -> StoredFile:
    headers = [_("Line"), _("Column"), _("Problem"), *seen.table.headers]
    data = write_xlsx(_("Problems"), headers, error_rows(seen))
    return files.store(data, XLSX, actor=actor, now=now, door=DOOR, subject=("import", run.id))


def import_list(
    *, actor: Actor, kind: str, data: bytes, now: datetime, mapping: Mapping[str, int] | None = None
) -> ImportRun:
    """Upload, map and import in one go; columns are guessed unless they are given."""
    with transaction.atomic(savepoint=False):
        run = begin_import(actor=actor, kind=kind, data=data, now=now)
        if mapping is not None:
            run = save_mapping(actor=actor, run=run, mapping=mapping, now=now)
        return import_run(actor=actor, run=run, now=now)


def import_compounds(*, actor: Actor, data: bytes, now: datetime) -> ImportRun:
    """Import a list of compounds with guessed columns."""
    return import_list(actor=actor, kind="compounds", data=data, now=now)


def import_file(
    *, actor: Actor, path: Path, kind: str, now: datetime, mapping: Mapping[str, int] | None = None
) -> ImportRun:
    """Import a file from the command line. Raises TooLarge before reading a file beyond the limit."""
    limit = max_bytes(actor.district, now)
    with path.open("rb") as handle:
        data = handle.read(limit + 1)
    return import_list(actor=actor, kind=kind, data=data, now=now, mapping=mapping)
