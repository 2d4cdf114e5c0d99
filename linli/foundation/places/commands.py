"""Places on the command line: load the divisions of a district, import a list."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from linli.foundation.core.commands import CommandRefused, command
from linli.foundation.core.context import work_in
from linli.foundation.core.models import District
from linli.foundation.places import actions
from linli.foundation.places.rules.columns import KINDS
from linli.foundation.places.rules.divisions import parse_divisions


def _say(sentence: str) -> None:
    sys.stdout.write(sentence + "\n")


def _arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("district", help="short name of the district, such as luzhou")
    parser.add_argument("file", type=Path)


def _import_arguments(parser: argparse.ArgumentParser) -> None:
    _arguments(parser)
    parser.add_argument("--kind", choices=KINDS, required=True)
    parser.add_argument("--errors", type=Path, help="where the rows with problems are written (XLSX)")


def _district(slug: str) -> District:
    found = District.objects.filter(slug=slug).first()
    if found is None:
        known = ", ".join(District.objects.order_by("id").values_list("slug", flat=True))
        raise CommandRefused(f"There is no district {slug!r}. Known: {known or 'none'}.")
    return found


def _readable(path: Path) -> Path:
    if not path.is_file():
        raise CommandRefused(f"There is no file {path}. Name a file that can be read.")
    return path


def load_divisions(arguments: argparse.Namespace) -> int:
    """Bring the tree in line with a list of divisions."""
    district, path = _district(arguments.district), _readable(arguments.file)
    try:
        listed = parse_divisions(path.read_text("utf-8-sig").splitlines())
    except (ValueError, KeyError) as problem:
        raise CommandRefused(f"{path} is no list of divisions: {problem}") from problem
    with work_in(district.id, district.slug, district.zone) as (context, actor):
        done = actions.load_divisions(actor=actor, rows=listed.rows, now=context.now)
    _say(
        f"{done.added} added, {done.renamed} renamed, {done.unchanged} unchanged; {listed.skipped} rows of the file "
        f"are villages, zones or other units, and {done.absent} open places are not in it."
    )
    return 0


def import_list(arguments: argparse.Namespace) -> int:
    """Import the good rows of a list. Exit code 1 when there were rows with problems."""
    district, path = _district(arguments.district), _readable(arguments.file)
    with work_in(district.id, district.slug, district.zone) as (context, actor):
        run = actions.import_file(actor=actor, path=path, kind=arguments.kind, now=context.now)
        if run.errors is not None and arguments.errors is not None:
            arguments.errors.write_bytes(actions.error_file(actor=actor, run=run))
    _say(f"{run.rows} rows: {run.created} added, {run.changed} changed, {run.bad} with problems.")
    return 1 if run.bad else 0


command(
    "places load-divisions", "Load the published list of divisions of a district.", _arguments, load_divisions
)
command(
    "places import",
    "Import compounds, buildings or dwellings from XLSX or CSV.",
    _import_arguments,
    import_list,
)
