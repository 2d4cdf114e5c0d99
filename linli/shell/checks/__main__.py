"""Runs every check, prints one line for each, ends with 1 when any failed."""

from __future__ import annotations

import os
import sys
import time
import warnings
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

os.environ.setdefault("LINLI_MODE", "test")
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "linli.shell.settings")

import django

warnings.simplefilter("ignore")
django.setup()

from linli.shell.checks import actions, house, product, structure, texts, tools  # noqa: E402  # needs Django set up

ROOT = Path(__file__).resolve().parents[3]
SHOWN = 25

# The long ones first, so that the short ones run beside them.
CHECKS: dict[str, Callable[[house.House], list[str]]] = {
    "types": tools.types, "deploy": tools.deploy, "floors": tools.floors, "style": tools.style, "layout": tools.layout,
    "migrations": product.migrations, "charters": product.charters, "events": product.events,
    "catalogues": product.catalogues, "glossary": product.glossary, "tables": product.tables, "actions": actions.actions, "purity": structure.purity,
    "budgets": structure.budgets, "lazy": structure.lazy, "words": texts.words, "inline": texts.inline,
    "unfinished": texts.unfinished, "reasons": texts.reasons, "addresses": texts.addresses,
    "compiled": texts.compiled, "links": texts.links, "exceptions": texts.exceptions,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one check found and how long it took, in seconds."""

    name: str
    problems: list[str]
    seconds: float


def run_one(name: str, check: Callable[[house.House], list[str]], looked_at: house.House) -> Outcome:
    """A check that breaks has failed: the others still run."""
    started = time.perf_counter()
    try:
        problems = check(looked_at)
    except Exception as problem:
        problems = [f"The check itself broke: {type(problem).__name__}: {problem}"]
    return Outcome(name, problems, time.perf_counter() - started)


def show(outcome: Outcome) -> None:
    """One line, and below it what is wrong."""
    word = "failed" if outcome.problems else "ok"
    print(f"{outcome.name:<12} {word:<6} {outcome.seconds:6.1f} s", flush=True)
    for line in outcome.problems[:SHOWN]:
        print(f"    {line}")
    if len(outcome.problems) > SHOWN:
        print(f"    ... and {len(outcome.problems) - SHOWN} more.")


def main(arguments: list[str]) -> int:
    """Run all checks, or those whose names are given."""
    unknown = set(arguments) - set(CHECKS)
    if unknown:
        print(
            f"There is no check {', '.join(sorted(unknown))}. There are: {', '.join(CHECKS)}.",
            file=sys.stderr,
        )
        return 2
    wanted = {name: check for name, check in CHECKS.items() if not arguments or name in arguments}
    looked_at = house.House(ROOT)
    failed = []
    with ThreadPoolExecutor(max_workers=2) as pool:
        running = [pool.submit(run_one, name, check, looked_at) for name, check in wanted.items()]
        for future in running:
            outcome = future.result()
            show(outcome)
            if outcome.problems:
                failed.append(outcome.name)
    for line in structure.figures(looked_at):
        print(f"  {line}")
    print(f"Failed: {', '.join(failed)}." if failed else "All checks passed.")
    return 1 if failed else 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
