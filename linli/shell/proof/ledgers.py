"""Reading the clients' ledgers: how much was acknowledged, and every line at the end."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

Line = dict[str, Any]


class Tally:
    """Counts complete lines of ledgers that are still growing."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._read: dict[Path, int] = {}
        self.acknowledged = 0

    def look(self) -> int:
        """Acknowledged reports and judgements up to now."""
        for file in self.folder.glob("ledger-*"):
            with file.open("rb") as content:
                content.seek(self._read.get(file, 0))
                fresh = content.read()
            whole = fresh[: fresh.rfind(b"\n") + 1]
            self._read[file] = self._read.get(file, 0) + len(whole)
            self.acknowledged += sum(is_acknowledged(json.loads(line)) for line in whole.splitlines())
        return self.acknowledged


def is_acknowledged(line: Line) -> bool:
    return line["what"] in ("report", "judge") and bool(line["answer"])


@dataclass(slots=True)
class Ledgers:
    """Everything the clients wrote down."""

    reports: list[Line] = field(default_factory=list)
    judgements: list[Line] = field(default_factory=list)
    repeats: list[Line] = field(default_factory=list)
    aliens: list[Line] = field(default_factory=list)

    @classmethod
    def read(cls, folder: Path) -> Ledgers:
        found = cls()
        places = {
            "report": found.reports,
            "judge": found.judgements,
            "repeat": found.repeats,
            "alien": found.aliens,
        }
        for file in sorted(folder.glob("ledger-*")):
            for raw in file.read_text("utf-8").splitlines():
                line = json.loads(raw)
                places[line["what"]].append(line)
        return found

    @property
    def acknowledged(self) -> list[Line]:
        return [line for line in (*self.reports, *self.judgements) if is_acknowledged(line)]
