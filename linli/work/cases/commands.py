"""`linli cases ...`: import a hotline's sheet, make a key for an outside system."""

from __future__ import annotations

import argparse
from pathlib import Path

from tqdm import tqdm

from linli.foundation.core.commands import CommandRefused, command
from linli.foundation.core.context import work_in
from linli.foundation.core.models import District
from linli.work.cases import outside_commands, ratecommands
from linli.work.cases.actions.keys import create_key
from linli.work.cases.importing import SheetRefused, import_file
from linli.work.cases.models import SCOPES
from linli.work.cases.rules.importing import FIELDS, CellProblem


def _district(slug: str) -> District:
    rows = list(District.objects.order_by("id"))
    found = next((d for d in rows if d.slug == slug), None) if slug else (rows[0] if rows else None)
    if found is None:
        known = ", ".join(d.slug for d in rows) or "none yet"
        raise CommandRefused(f"There is no district {slug!r} here; enrolled are: {known}.")
    return found


def _configure_import(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", type=Path, help="XLSX or CSV file of the hotline")
    parser.add_argument(
        "--map", action="append", default=[], metavar="FIELD=COLUMN", help=f"fields: {', '.join(FIELDS)}"
    )
    parser.add_argument("--district", default="", help="short name of the district (default: the first)")
    parser.add_argument(
        "--errors", type=Path, default=None, help="where the error file goes (default: beside the file)"
    )


def _import(arguments: argparse.Namespace) -> int:
    path: Path = arguments.file
    if not path.is_file():
        raise CommandRefused(f"There is no file {path}.")
    errors_to: Path = arguments.errors or path.with_name(path.stem + "-errors.xlsx")
    if errors_to.resolve() == path.resolve() or not errors_to.parent.is_dir():
        raise CommandRefused(
            f"The error file cannot be {errors_to}. Name another place for it with --errors."
        )
    district = _district(arguments.district)
    try:
        with (
            work_in(district.id, district.slug, district.zone) as (context, actor),
            tqdm(unit=" rows", disable=None) as bar,
        ):
            outcome = import_file(
                actor=actor,
                context=context,
                path=path,
                maps=arguments.map,
                errors_to=errors_to,
                progress=lambda: bar.update(1),
            )
    except (SheetRefused, CellProblem) as problem:
        raise CommandRefused(f"Nothing was imported: {str(problem).rstrip('.')}.") from problem
    told = f"{outcome.imported} new cases, {outcome.repeated} known already, {len(outcome.bad)} refused"
    print(f"{outcome.rows} rows: {told}.")  # noqa: T201  # the command line prints
    if outcome.bad:
        print(f"The refused rows with their reasons are in {errors_to}.")  # noqa: T201  # the command line prints
    return 0


def _configure_key(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("label", help="name of the outside system")
    parser.add_argument("--district", default="", help="short name of the district (default: the first)")


def _key(arguments: argparse.Namespace) -> int:
    district = _district(arguments.district)
    with work_in(district.id, district.slug, district.zone) as (context, actor):
        made = create_key(actor=actor, context=context, label=arguments.label, scopes=SCOPES)
    print(f"api_key for {arguments.label}: {made.secret}\nIt is shown once; only its digest is kept.")  # noqa: T201  # the command line prints
    return 0


command(
    "cases import",
    "Import a hotline's spreadsheet; bad rows go to an error file.",
    _configure_import,
    _import,
)
command(
    "cases api-key", "Make a key for an outside system that reports through Open311.", _configure_key, _key
)
ratecommands.register(_district)
outside_commands.register(_district)
