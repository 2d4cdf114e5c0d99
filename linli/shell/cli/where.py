"""`linli where WORD`: the room and file of a word, from the glossary, the definitions and the charter."""

from __future__ import annotations

import argparse
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from linli.foundation.core.commands import CommandRefused
from linli.shell.cli.installation import ROOT

CODE = ROOT / "linli"
GLOSSARY = ROOT / "docs" / "glossary.md"
MOST = 40
DEFINITION = re.compile(
    r"^\s*(?:async\s+)?(?:def|class)\s+(\w+)|^(\w+)\s*(?::[^=]+)?=\s"
)  # constants of a module only
QUOTED = re.compile(r"""\b(?:EventType|Key|job|on|command|declare_verbs)\([^"'\n]*["']([\w.*/<>: -]+)["']""")
RULE = re.compile(r'^\[rules\."([^"]+)"\]')


@dataclass(frozen=True, slots=True)
class Hit:
    """One place where a word is at home; a smaller rank is nearer to what was asked."""

    rank: int
    place: str
    what: str


def run(arguments: argparse.Namespace) -> int:
    """Print the best places, exact words first."""
    found = search(arguments.word)
    if not found:
        raise CommandRefused(f"No room, table, function, event or rule is called {arguments.word!r}.")
    for hit in found[:MOST]:
        print(f"{hit.place:60} {hit.what}")
    if len(found) > MOST:
        print(f"... and {len(found) - MOST} more; give a longer word.")
    return 0


def search(word: str) -> list[Hit]:
    """Every place, nearest first."""
    wanted = word.strip().lower()
    hits = [*_rooms(wanted), *_modules(wanted), *_glossary(wanted), *_definitions(wanted), *_charters(wanted)]
    return sorted(set(hits), key=lambda hit: (hit.rank, hit.place))


def _rank(word: str, name: str) -> int | None:
    lowered = name.lower()
    plain = lowered.replace("_", "")
    if word in (lowered, plain):
        return 0
    if word in re.split(r"[._/ ]", lowered):
        return 1
    return 2 if len(word) > 2 and (word in lowered or word in plain) else None


def _rooms(word: str) -> Iterator[Hit]:
    for file in sorted(CODE.glob("*/*/__init__.py")):
        if file.parent.name == word:
            lines = file.read_text("utf-8").strip('"\n ').splitlines()
            yield Hit(-1, str(file.parent.relative_to(ROOT)) + "/", lines[0] if lines else "")


def _modules(word: str) -> Iterator[Hit]:
    for file in sorted(CODE.rglob("*.py")):
        if file.stem.replace("_", "") == word.replace("_", "") and "migrations" not in file.parts:
            first = file.read_text("utf-8").strip('"\n ').split("\n", 1)[0]
            yield Hit(0, str(file.relative_to(ROOT)), first.strip('"'))


def _glossary(word: str) -> Iterator[Hit]:
    if not GLOSSARY.exists():
        return
    for number, line in enumerate(GLOSSARY.read_text("utf-8").splitlines(), start=1):
        cells = [cell.strip(" `") for cell in line.strip("|").split("|")]
        if len(cells) >= 3 and word in line.lower():
            names = re.split(r"[ /、()（）`]+", f"{cells[0]} {cells[1]}".lower())
            yield Hit(0 if word in names else 2, f"docs/glossary.md:{number}", " = ".join(cells[:3]))


def _definitions(word: str) -> Iterator[Hit]:
    for file in sorted(CODE.rglob("*.py")):
        parts = file.relative_to(ROOT).parts
        if "migrations" in parts or "tests" in parts:
            continue
        for number, line in enumerate(file.read_text("utf-8").splitlines(), start=1):
            yield from _in_line(word, f"{Path(*parts)}:{number}", line)


def _in_line(word: str, place: str, line: str) -> Iterator[Hit]:
    defined = DEFINITION.match(line)
    names = [next(group for group in defined.groups() if group)] if defined else []
    names += QUOTED.findall(line)
    for name in names:
        rank = _rank(word, name)
        if rank is not None:
            yield Hit(rank, place, line.strip()[:100])
            return


def _charters(word: str) -> Iterator[Hit]:
    for file in sorted((ROOT / "charters").glob("*.toml")):
        for number, line in enumerate(file.read_text("utf-8").splitlines(), start=1):
            rule = RULE.match(line)
            rank = _rank(word, rule.group(1)) if rule else None
            if rule and rank is not None:
                yield Hit(rank, f"charters/{file.name}:{number}", f"rule {rule.group(1)}")
