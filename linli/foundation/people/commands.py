"""The vault on the command line: rewrap data keys, retire keys that wrap nothing."""

from __future__ import annotations

import argparse
import sys

from tqdm import tqdm

from linli.foundation.core.commands import command
from linli.foundation.core.models import District
from linli.foundation.people import maintenance


def _say(sentence: str) -> None:
    sys.stdout.write(sentence + "\n")


def _no_arguments(parser: argparse.ArgumentParser) -> None:
    """These words take no arguments."""


def _rewrap(arguments: argparse.Namespace) -> int:
    """Every district, batch by batch; may be stopped and started again at any moment."""
    for district in District.objects.order_by("id"):
        with tqdm(desc=district.slug, unit="key") as bar:
            total = maintenance.rewrap_all(district, progress=bar.update)
        _say(f"{district.slug}: {total} data keys were wrapped again under the key in use.")
    return 0


def _retire(arguments: argparse.Namespace) -> int:
    retired = maintenance.retire_keys()
    names = ", ".join(str(key) for key in retired)
    _say(
        f"Retired: {names}. Copy the key file to every machine and destroy its old copies."
        if retired
        else "Every key of the key file is in use."
    )
    return 0


command(
    "people rewrap",
    "Wrap all data keys under the key in use (goes on where it was stopped).",
    _no_arguments,
    _rewrap,
)
command(
    "people retire-keys", "Take keys out of the key file that wrap nothing any more.", _no_arguments, _retire
)
