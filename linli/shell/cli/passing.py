"""Words that hand on to a tool of the repository: bench, proof, locale, charter check."""

from __future__ import annotations

import argparse
from importlib import import_module
from importlib.util import find_spec

from linli.foundation.core.commands import CommandRefused
from linli.foundation.core.locale import LocaleRefused
from linli.foundation.core.locale import main as locale_main
from linli.shell.cli.installation import set_up_django, use_folder


def bench(rest: list[str]) -> int:
    """Measure."""
    return _tool("linli.shell.bench", rest)


def proof(rest: list[str]) -> int:
    """Print the evidence."""
    return _tool("linli.shell.proof", rest)


def locale(rest: list[str]) -> int:
    """extract, check or compile."""
    try:
        return locale_main(rest)
    except LocaleRefused as refusal:
        raise CommandRefused(str(refusal)) from refusal


def charter_check(arguments: argparse.Namespace) -> int:
    """Every charter file; a sentence with file, line, key and allowed values for each fault. No database."""
    use_folder(arguments)
    set_up_django()
    wrong: list[str] = import_module("linli.foundation.core.charter").check_files()
    for sentence in wrong:
        print(sentence)
    print(f"{len(wrong)} faults." if wrong else "Every charter file can be used.")
    return 1 if wrong else 0


def _tool(name: str, words: list[str]) -> int:
    use_folder(argparse.Namespace())
    if find_spec(name) is None:
        raise CommandRefused(
            f"This installation has no {name.rsplit('.', 1)[-1]}: it comes with the whole repository."
        )
    module = import_module(f"{name}.main") if find_spec(f"{name}.main") is not None else import_module(name)
    result: int = module.main(words)
    return result
