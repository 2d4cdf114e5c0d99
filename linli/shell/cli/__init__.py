"""The command line `linli`: words, help and errors. Owns no rule and no table.

Help costs no Django: `words` describes every command, the module that runs it is imported when it is called.
Invariant: every refusal is a sentence on standard error and exit code 1; a wrong word is exit code 2.
"""

from __future__ import annotations

import argparse
import contextlib
import sys
from collections.abc import Sequence
from importlib import import_module

from linli.foundation.core.commands import CommandRefused
from linli.shell.cli import rooms, words
from linli.shell.cli.installation import application
from linli.shell.postgres import ServerRefused


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code."""
    given = list(sys.argv[1:] if argv is None else argv)
    if given[:2] == ["clock", "replay"]:  # `clock` alone takes options, so its second word is joined on
        given[:2] = ["clock-replay"]
    try:
        if given and words.belongs_to_room(given[0]):
            return rooms.run(given)
        if given and given[0] in words.HANDED_ON:
            passing = import_module("linli.shell.cli.passing")
            handed: int = getattr(passing, given[0])(given[1:])
            return handed
        arguments = words.parser().parse_args(given)
        if not hasattr(arguments, "module"):
            words.parser().print_help()
            return 0
        result = run(arguments)
    except (CommandRefused, ServerRefused) as refusal:
        print(f"linli: {refusal}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("linli: stopped.", file=sys.stderr)
        return 130
    except BrokenPipeError:
        sys.stderr.close()
        return 1
    else:
        return result


def run(arguments: argparse.Namespace) -> int:
    """Import the word's module, after the database and Django where it needs them, and call it."""
    module, function = arguments.module.split(":")
    with contextlib.ExitStack() as stack:
        if module in words.WITH_DATABASE:
            stack.enter_context(application(arguments))
        result: int = getattr(import_module(module), function)(arguments)
    return result


__all__ = ["main"]
