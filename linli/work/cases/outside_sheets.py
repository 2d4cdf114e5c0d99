"""Sheets that come from the city's hotline: every row is taken, updates, waits for its place or is told why not."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from linli.foundation.core import ledger
from linli.foundation.core.context import Context
from linli.foundation.core.db.blocks import next_id
from linli.foundation.core.rules.actor import Actor
from linli.work.cases.actions.outside import refused, take_row
from linli.work.cases.actions.outside_known import Known, known, may_exchange
from linli.work.cases.models import OutsideBatch
from linli.work.cases.outside_words import problem_words
from linli.work.cases.rules.exchange import IN_KINDS, RowProblem, find_columns, read_row, same
from linli.work.cases.rules.importing import BadRow
from linli.work.cases.sheets import SheetRefused, cell_text, read_sheet

COUNTS = ("taken", "updated", "repeated", "waiting", "refused")


@dataclass(slots=True)
class Outcome:
    """What became of a sheet: how many of each, and the refused rows with their reasons."""

    header: Sequence[str] = ()
    rows: int = 0
    counts: dict[str, int] = field(default_factory=lambda: dict.fromkeys(COUNTS, 0))
    bad: list[BadRow] = field(default_factory=list)


def load_rows(
    *, actor: Actor, context: Context, header: Sequence[str], rows: Sequence[tuple[int, Sequence[Any]]],
    progress: Callable[[], object] = lambda: None,
) -> Outcome:  # fmt: skip
    """Take all rows. Raises SheetRefused when the columns are not those agreed with the city."""
    may_exchange(actor)
    seen = known(context)
    try:
        columns = find_columns(header, seen.form)
    except RowProblem as wrong:
        raise SheetRefused(problem_words(wrong.code)) from wrong
    outcome = Outcome(header)
    for line, cells in rows:
        outcome.rows += 1
        told = {name: (cells[at] if at < len(cells) else "") for name, at in columns.items()}
        problem, column = _one(actor, context, seen, told, outcome)
        if problem:
            name = header[columns[column]] if column in columns else ""
            outcome.bad.append(BadRow(line, name, problem_words(problem), [cell_text(c) for c in cells]))
        progress()
    return outcome


def _one(
    actor: Actor, context: Context, seen: Known, told: dict[str, Any], outcome: Outcome
) -> tuple[str, str]:
    """Take one row and count it; (problem, field) when it is not taken."""
    try:
        row = read_row(told, seen.form, context.zone, context.now)
        result = take_row(actor=actor, context=context, row=row, known=seen)
    except RowProblem as wrong:
        cells = "\x1f".join(f"{k}={cell_text(v)}" for k, v in sorted(told.items()))
        kind = seen.form.words["message"].get(same(told.get("message", "")), "")
        result = refused(
            context, cell_text(told.get("number", "")), kind if kind in IN_KINDS else "order",
            hashlib.sha256(cells.encode()).hexdigest(), wrong.code, wrong.column,
        )  # fmt: skip
    outcome.counts[result.what] += 1
    return result.problem, result.field


def load_file(
    *, actor: Actor, context: Context, path: Path, progress: Callable[[], object] = lambda: None
) -> Outcome:
    """Read a sheet outside this process, take its rows, record one event. Raises SheetRefused, NotAllowed."""
    header, rows = read_sheet(path)
    outcome = load_rows(actor=actor, context=context, header=header, rows=rows, progress=progress)
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    record_read(actor=actor, context=context, outcome=outcome, digest=digest)
    return outcome


def record_read(*, actor: Actor, context: Context, outcome: Outcome, digest: str) -> None:
    """One event for the whole sheet."""
    subject = ("outside_sheet", next_id(context.district, OutsideBatch._meta.db_table))
    ledger.record(
        "exchange.read", actor=actor, subject=subject, now=context.now, seq=1,
        data={"rows": outcome.rows, **outcome.counts, "digest": digest},
    )  # fmt: skip
