"""Words that rooms add to the command line: `linli <room> <word>`.

A room registers in its `commands.py`, which the command line imports once the database can be reached:

    command("cases import", "Bring cases from a spreadsheet.", configure, run)

`configure(parser)` adds the arguments; `run(arguments)` does the work and returns the exit code. A Refused
or CommandRefused that `run` raises is printed as a sentence and gives exit code 1.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import dataclass

Configure = Callable[[argparse.ArgumentParser], None]
Run = Callable[[argparse.Namespace], int]


class CommandRefused(Exception):
    """A command that did nothing; the text is a full sentence for the person at the terminal."""


@dataclass(frozen=True, slots=True)
class Command:
    """One word (or two: room and verb) of the command line."""

    name: str
    help: str
    configure: Configure
    run: Run


_commands: dict[str, Command] = {}


def command(name: str, help: str, configure: Configure, run: Run) -> None:
    """Register a command. A name is one or two lower-case words and is registered once."""
    if not 1 <= len(name.split()) <= 2 or name != name.lower():
        raise RuntimeError(f"The command name {name!r} must be one or two lower-case words.")
    if name in _commands and _commands[name].run is not run:
        raise RuntimeError(f"The command {name!r} is registered twice.")
    _commands[name] = Command(name, help, configure, run)


def commands() -> dict[str, Command]:
    """All registered commands by name."""
    return dict(_commands)
