"""Try it on your own data: `linli suggester evaluate`, `linli same-issue evaluate`, `linli clock replay`.

The same rules that the pages use, on a sheet of one's own; nothing is stored and no database is needed, except for
`clock replay --district`, which counts by that district's calendar.
"""

from __future__ import annotations

import argparse
import json
import re
from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

from tqdm import tqdm

from linli.foundation.core.commands import CommandRefused
from linli.foundation.core.rules.clocks import Basis
from linli.shell.cli.clock import PUBLISHED, basis_of
from linli.shell.cli.installation import application
from linli.shell.demo.situations import SITUATIONS
from linli.work.cases.rules import evaluating, replaying
from linli.work.cases.rules.importing import CellProblem, read_moment
from linli.work.cases.sheets import SheetRefused, cell_text, read_sheet

NOT_EVIDENCE = (
    "NOT EVIDENCE: {share:.0%} of these texts are demonstration texts of Linli, written from a few situations. "
    "Folds are split by situation; the figures say nothing about real texts."
)
FEW = 20


def suggester(arguments: argparse.Namespace) -> int:
    """Five-fold figures of the suggester on a sheet with texts and what people said they are."""
    rows, told = _texts(arguments, arguments.label)
    if len(rows.rows) < FEW:
        raise CommandRefused(
            f"Only {len(rows.rows)} different texts with a label are left; at least {FEW} are needed."
        )
    try:
        with tqdm(total=evaluating.FOLDS, unit=" folds", disable=None, leave=False) as bar:
            found = evaluating.cross_validated(rows.rows, told=lambda _n: bar.update(1))
    except ValueError as problem:
        raise CommandRefused(f"Nothing can be judged: {problem}.") from problem
    told |= {
        "labels": found.labels, "folds": evaluating.FOLDS, "seed": evaluating.SEED,
        "top_1": round(found.top_1, 4), "macro_f1": round(found.macro_f1, 4),
        "each_fold": [{"rows": n, "top_1": round(t, 4), "macro_f1": round(f, 4)} for n, t, f in found.folds],
        "by_label": {label: {"rows": n, "f1": round(f, 4)} for label, (n, f) in found.by_label.items()},
    }  # fmt: skip
    lines = [
        f"labels       {found.labels}",
        f"top-1        {found.top_1:.4f}   share of rows whose first proposal was the label",
        f"macro-F1     {found.macro_f1:.4f}   mean over labels, all folds together",
        "",
        "fold   rows   top-1  macro-F1",
        *(f"{at:4} {n:6} {t:7.4f} {f:9.4f}" for at, (n, t, f) in enumerate(found.folds, 1)),
        "",
        "  rows      F1  label",
        *(
            f"{n:6} {f:7.4f}  {label}"
            for label, (n, f) in sorted(found.by_label.items(), key=lambda r: -r[1][0])
        ),
    ]
    return _print(arguments, told, lines)


def same_issue(arguments: argparse.Namespace) -> int:
    """Share of the five nearest texts that belong to the same cluster."""
    rows, told = _texts(arguments, arguments.cluster)
    try:
        with tqdm(total=len(rows.rows), unit=" texts", disable=None, leave=False) as bar:
            found = evaluating.nearest_of(rows.rows, told=lambda _n: bar.update(1))
    except ValueError as problem:
        raise CommandRefused(f"Nothing can be judged: {problem}.") from problem
    told |= {
        **{k: v for k, v in asdict(found).items() if k != "rows"},
        "share": round(found.share, 4),
        "of_nearest": evaluating.NEAREST,
    }
    lines = [
        f"clusters     {found.clusters}, of which {found.alone} with one text only (not looked at)",
        f"looked at    {found.nearest} neighbours, {evaluating.NEAREST} nearest of each text",
        f"same cluster {found.same}",
        f"share        {found.share:.4f}",
    ]
    return _print(arguments, told, lines)


def replay(arguments: argparse.Namespace) -> int:
    """Share of past cases answered within n working days of the calendar."""
    if arguments.district is None:
        return _replayed(arguments, basis_of(PUBLISHED))
    with application(arguments):
        chosen = import_module("linli.shell.cli.districts").chosen(arguments.district)
        work_in = import_module("linli.foundation.core.context").work_in
        calendar = import_module("linli.foundation.core.calendar")
        with work_in(chosen.id, chosen.slug, chosen.zone) as (context, _actor):
            return _replayed(arguments, calendar.basis(chosen.id, context.zone, context.now, "next_opening"))


def _replayed(arguments: argparse.Namespace, basis: Basis) -> int:
    header, table = _sheet(arguments.file)
    received, answered = _column(header, arguments.received), _column(header, arguments.answered)
    past = [_past(cells, received, answered, basis) for _line, cells in table]
    found = replaying.replayed(past, arguments.working_days, basis)
    shares = {n: (found.within[n] / found.counted if found.counted else None) for n in arguments.working_days}
    told: dict[str, Any] = {
        "file": Path(arguments.file).name, "rows": len(table), **asdict(found),
        "within": {str(n): found.within[n] for n in arguments.working_days},
        "share": {str(n): None if s is None else round(s, 4) for n, s in shares.items()},
        "calendar": arguments.district or "published years",
    }  # fmt: skip
    lines = [
        f"calendar     {told['calendar']}; the day of receipt is not counted, a day ends with the office",
        f"counted      {found.counted}, of which {found.unanswered} without an answer",
        f"left out     {found.unreadable} with a moment that cannot be read, {found.backwards} answered before they were received, "
        f"{found.no_calendar} in years without a calendar",
        "",
        "working days   answered within   share",
        *(
            f"{n:12} {found.within[n]:17} {'-' if s is None else format(s, '.4f'):>7}"
            for n, s in shares.items()
        ),
    ]
    return _print(arguments, told, lines)


# --- reading and printing ---------------------------------------------------------------------------------------


def _sheet(file: str) -> tuple[list[str], list[tuple[int, list[Any]]]]:
    path = Path(file)
    if not path.is_file():
        raise CommandRefused(f"There is no file {path}.")
    try:
        return read_sheet(path)
    except SheetRefused as problem:
        raise CommandRefused(str(problem)) from problem


def _column(header: Sequence[str], name: str) -> int:
    if name not in header:
        raise CommandRefused(f"There is no column {name!r}; the sheet has: {', '.join(header)}.")
    return list(header).index(name)


def _cell(cells: Sequence[Any], at: int) -> str:
    return cell_text(cells[at]) if at < len(cells) else ""


def _moment(cells: Sequence[Any], at: int, basis: Basis) -> datetime | None:
    try:
        return read_moment(cells[at], basis.zone) if at < len(cells) else None
    except CellProblem:
        return None


def _past(cells: Sequence[Any], received: int, answered: int, basis: Basis) -> replaying.Past:
    """A row's two moments; an answer that stands there but cannot be read makes the row unreadable."""
    begun, ended = _moment(cells, received, basis), _moment(cells, answered, basis)
    unread = ended is None and _cell(cells, answered) != ""
    return replaying.Past(None if unread else begun, ended)


def _texts(arguments: argparse.Namespace, label: str) -> tuple[evaluating.Cleaned, dict[str, Any]]:
    """The sheet's rows for judging, and what every figure must be read with."""
    header, table = _sheet(arguments.file)
    text_at, label_at = _column(header, arguments.text), _column(header, label)
    read = [(_cell(cells, text_at), _cell(cells, label_at)) for _line, cells in table]
    groups = [situation_of(text) for text, _label in read]
    invented = sum(1 for group in groups if group) / len(read) if read else 0.0
    rows = evaluating.cleaned(
        [evaluating.Row(text, name, group) for (text, name), group in zip(read, groups, strict=True)]
    )
    told: dict[str, Any] = {
        "file": Path(arguments.file).name, "rows": len(table), "used": len(rows.rows), "empty": rows.empty,
        "repeated": rows.repeated, "demonstration_share": round(invented, 4), "evidence": not invented,
    }  # fmt: skip
    return rows, told


@cache
def _patterns() -> list[tuple[str, re.Pattern[str]]]:
    """Each demonstration sentence as a pattern: its places for numbers and days fit anything short."""
    texts = [text for situation in SITUATIONS for text in situation.texts]
    return [
        (text, re.compile(".{1,6}".join(re.escape(p) for p in re.split(r"\{\w\}", text)))) for text in texts
    ]


def situation_of(text: str) -> str:
    """The demonstration sentence a text was made from; empty for any other text."""
    return next((name for name, pattern in _patterns() if pattern.fullmatch(text.strip())), "")


def _print(arguments: argparse.Namespace, told: dict[str, Any], lines: Sequence[str]) -> int:
    if arguments.json:
        print(json.dumps(told, ensure_ascii=False))
        return 0
    if told.get("demonstration_share"):
        print(NOT_EVIDENCE.format(share=told["demonstration_share"]))
    print(f"file         {told['file']}, {told['rows']} rows")
    if "used" in told:
        print(
            f"used         {told['used']} ({told['repeated']} repeated texts and {told['empty']} without text or label left out)"
        )
    print("\n".join(lines))
    return 0
