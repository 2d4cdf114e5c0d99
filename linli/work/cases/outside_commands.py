"""`linli exchange ...`: the city's hotline by spreadsheet."""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable
from pathlib import Path

from django.core.files.storage import default_storage
from tqdm import tqdm

from linli.foundation.core.commands import CommandRefused, command
from linli.foundation.core.context import work_in
from linli.foundation.core.errors import Conflict
from linli.foundation.core.models import District
from linli.work.cases import outside_sheets
from linli.work.cases.actions.outside_out import hand_over
from linli.work.cases.importing import SheetRefused, write_errors
from linli.work.cases.models import OutsideBatch, OutsideMessage

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


def _configure_out(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "file", type=Path, help="where the XLSX for the city goes; its attachments go beside it"
    )
    parser.add_argument("--district", default="", help="short name of the district (default: the first)")
    parser.add_argument(
        "--again", action="store_true", help="write the sheet that was handed over last once more"
    )


def _out(find: Find, arguments: argparse.Namespace) -> int:
    path: Path = arguments.file
    if not path.absolute().parent.is_dir():
        raise CommandRefused(f"There is no folder {path.absolute().parent}.")
    district = find(arguments.district)
    # Handed over and committed first, written then: whoever is stopped in between takes the same sheet again.
    with work_in(district.id, district.slug, district.zone) as (context, actor):
        if arguments.again:
            rows = OutsideBatch.objects.filter(district=district.id, file__isnull=False).order_by("-id")
            batch = rows.first()
            if batch is None:
                raise CommandRefused("No sheet was handed over yet.")
        else:
            try:
                batch = hand_over(actor=actor, context=context)
            except Conflict as refusal:
                raise CommandRefused(
                    f"{str(refusal.message).rstrip('.。')}. With --again the last sheet is written."
                ) from refusal
    with work_in(district.id, district.slug, district.zone) as (_context, _actor):
        found = OutsideBatch.objects.select_related("file").get(district=district.id, id=batch.id)
        beside = _write(found, path)
    _say(f"{found.messages} messages in {path}, digest {found.digest}.")
    if beside:
        _say(f"{beside} attachments are in {path.with_name(path.stem + '-files')}.")
    return 0


def _write(batch: OutsideBatch, path: Path) -> int:
    """The sheet and its attachments, each whole or not at all; how many attachments."""
    if batch.file is not None:
        _place(path, default_storage.open(batch.file.name).read())
    rows = OutsideMessage.objects.filter(district=batch.district, batch=batch, file__isnull=False)
    found = list(rows.select_related("file").order_by("id"))
    folder = path.with_name(path.stem + "-files")
    for message in found:
        folder.mkdir(exist_ok=True)
        if message.file is not None:
            _place(folder / str(message.data["name"]), default_storage.open(message.file.name).read())
    return len(found)


def _place(path: Path, data: bytes) -> None:
    part = path.with_name(f".{path.name}.part")
    part.write_bytes(data)
    os.replace(part, path)


def register(find: Find) -> None:
    """Make the commands known; `find` gives a district by its short name."""
    command(
        "exchange in", "Take a sheet of the city's hotline: orders, updates, rulings.", _configure_in,
        lambda arguments: _in(find, arguments),
    )  # fmt: skip
    command(
        "exchange out", "Hand over what waits for the city's hotline as a sheet.", _configure_out,
        lambda arguments: _out(find, arguments),
    )  # fmt: skip
