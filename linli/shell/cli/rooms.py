"""Commands that rooms register: found by their `commands.py`, run with the database at hand."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from importlib import import_module
from importlib.util import find_spec

from linli.foundation.core.commands import Command, CommandRefused, commands
from linli.shell.cli.installation import application


def run(given: Sequence[str]) -> int:
    """`linli <room> <word> ...`: the options --data and --help are understood everywhere."""
    first = argparse.ArgumentParser(add_help=False, allow_abbrev=False)
    first.add_argument("--data")
    known, rest = first.parse_known_args(list(given))
    with application(known):
        load()
        command = find(rest)
        parser = argparse.ArgumentParser(prog=f"linli {command.name}", description=command.help)
        command.configure(parser)
        arguments = parser.parse_args(rest[len(command.name.split()) :])
        arguments.data = known.data
        return command.run(arguments)


def load() -> None:
    """Import every installed room's `commands.py`."""
    apps = import_module("django.apps").apps
    for config in apps.get_app_configs():
        room = config.name.startswith("linli.") and config.name != "linli.foundation.core"
        if room and find_spec(f"{config.name}.commands") is not None:
            import_module(f"{config.name}.commands")


def find(given: Sequence[str]) -> Command:
    """The registered command these words begin with. Raises CommandRefused."""
    known = commands()
    for length in (2, 1):
        name = " ".join(given[:length])
        if len(given) >= length and name in known:
            return known[name]
    of_room = sorted(name for name in known if name.split()[0] == given[0])
    if len(given) == 1 or given[1] in ("-h", "--help"):
        for name in of_room:
            print(f"  linli {name:24} {known[name].help}", file=sys.stderr)
        raise CommandRefused(f"Say which of these words of the room {given[0]} is meant.")
    raise CommandRefused(
        f"The room {given[0]} has no word {given[1]!r}. It knows: {', '.join(of_room) or 'none'}."
    )
