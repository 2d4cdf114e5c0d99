"""`linli exchange ...`: the city's hotline by spreadsheet."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path

from tqdm import tqdm

from linli.foundation.core.commands import CommandRefused, command
from linli.foundation.core.context import work_in
from linli.foundation.core.models import District
from linli.work.cases import outside_sheets
from linli.work.cases.importing import SheetRefused, write_errors

Find = Callable[[str], District]


def _say(text: str) -> None:
    print(text)  # noqa: T201  # the command line prints


def _configure_in(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "file", type=Path, help="XLSX or CSV file of the city's hotline, in the charter's columns"
    )
    parser.add_argument("--district", default="", help="short name of the district (default: the first)")
    parser.add_argument(
        "--errors", type=Path, default=None, help="where the error file goes (default: beside the file)"
    )


def _in(find: Find, arguments: argparse.Namespace) -> int:
    path: Path = arguments.file
    if not path.is_file():
        raise CommandRefused(f"There is no file {path}.")
    errors_to: Path = arguments.errors or path.with_name(path.stem + "-errors.xlsx")
    if errors_to.resolve() == path.resolve() or not errors_to.parent.is_dir():
        raise CommandRefused(
            f"The error file cannot be {errors_to}. Name another place for it with --errors."
        )
    district = find(arguments.district)
    try:
        with (
            work_in(district.id, district.slug, district.zone) as (context, actor),
            tqdm(unit=" rows", disable=None) as bar,
        ):
            outcome = outside_sheets.load_file(
                actor=actor, context=context, path=path, progress=lambda: bar.update(1)
            )
            if outcome.bad:
                write_errors(errors_to, outcome.header, outcome.bad)
    except SheetRefused as problem:
        raise CommandRefused(f"Nothing was taken: {str(problem).rstrip('.')}.") from problem
    _say(f"{outcome.rows} rows: {', '.join(f'{count} {name}' for name, count in outcome.counts.items())}.")
    if outcome.bad:
        _say(f"The refused rows with their reasons are in {errors_to}.")
    return 0


def register(find: Find) -> None:
    """Make the commands known; `find` gives a district by its short name."""
    command(
        "exchange in", "Take a sheet of the city's hotline: orders, updates, rulings.", _configure_in,
        lambda arguments: _in(find, arguments),
    )  # fmt: skip
