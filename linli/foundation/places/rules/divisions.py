"""The list of division codes as a file: which rows the tree takes. Pure."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from dataclasses import dataclass

from linli.foundation.places.rules.codes import Level, level_of

# Towns stand on the level of subdistricts. Villages, statistical zones and collective-asset units are no level
# of community governance in cities: they are counted as skipped, not loaded.
LEVEL_OF_WORD: dict[str, Level] = {
    "district": "district",
    "subdistrict": "subdistrict",
    "town": "subdistrict",
    "community": "community",
}


@dataclass(frozen=True, slots=True)
class DivisionRow:
    """One division: code (6, 9 or 12 digits), name as published, level in our tree, code above it."""

    code: str
    name: str
    level: Level
    parent: str


@dataclass(frozen=True, slots=True)
class DivisionList:
    """Rows in the order of levels, and how many were left out because of their kind."""

    rows: tuple[DivisionRow, ...]
    skipped: int


def parse_divisions(lines: Iterable[str]) -> DivisionList:
    """Read `code,name,level,parent`; lines that begin with # are notes. Raises ValueError with the line's words."""
    reader = csv.DictReader(line for line in lines if not line.startswith("#"))
    rows: list[DivisionRow] = []
    skipped = 0
    for record in reader:
        level = LEVEL_OF_WORD.get(record["level"])
        if level is None:
            skipped += 1
            continue
        code = record["code"]
        if not (code.isascii() and code.isdigit()) or level_of(code) != level:
            raise ValueError(f"The code {code!r} does not fit the level {record['level']!r}.")
        rows.append(DivisionRow(code, record["name"].strip(), level, record["parent"]))
    return DivisionList(tuple(sorted(rows, key=lambda row: (len(row.code), row.code))), skipped)
