"""The port to the city's hotline: an adapter fetches and sends; the folder of files is the one that comes along.

A district whose city speaks another way installs a package with an entry point of the group `linli.exchange`
(docs/exchange.md) and names it in the charter. Everything may die at any moment: an adapter is asked again for
whatever it has not put away, and sends the same message under the same name again.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any, Protocol

from django.conf import settings

from linli.foundation.core.context import Context

GROUP = "linli.exchange"
LARGEST = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Incoming:
    """One message of the city as it lies there: its name there, its bytes, its fields; none when unreadable."""

    name: str
    data: bytes
    fields: Mapping[str, object] | None


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One message to the city: its receipt number is its name, and stays so when it is sent again."""

    receipt: str
    fields: Mapping[str, str]
    attachment: Path | None


class Adapter(Protocol):
    """How messages come and go."""

    def fetch(self, most: int) -> Iterable[Incoming]:
        """What lies there and was not put away, oldest first, at most so many. May give the same again."""

    def put_away(self, name: str, problem: str) -> None:
        """It is stored here for good, or is refused for good with these words; do not give it again."""

    def send(self, message: Outgoing) -> None:
        """Hand a message over; the same receipt again must not make a second one. Raises OSError to try later."""

    def lying(self) -> Iterable[str]:
        """Receipts of sent messages that still lie where the city takes them."""

    def acknowledged(self, receipt: str) -> None:
        """The city has acknowledged it; it need not lie there any more."""


class Folder:
    """JSON files: `in/` from the city, `out/` to it. Files are renamed into place whole, never written in place."""

    def __init__(self, root: Path) -> None:
        self.root = root
        root.mkdir(parents=True, exist_ok=True, mode=0o700)
        for name in ("in/taken", "in/refused", "out/acknowledged"):
            (root / name).mkdir(parents=True, exist_ok=True)

    def fetch(self, most: int) -> Iterable[Incoming]:
        names = sorted(e.name for e in os.scandir(self.root / "in") if e.is_file(follow_symlinks=False))
        for name in [n for n in names if n.endswith(".json") and not n.startswith(".")][:most]:
            path = self.root / "in" / name
            large = path.stat().st_size > LARGEST
            data = name.encode() if large else path.read_bytes()
            yield Incoming(name, data, None if large else _fields(data))

    def put_away(self, name: str, problem: str) -> None:
        path = self.root / "in" / name
        if problem:
            _written(self.root / "in/refused" / f"{name}.txt", problem.encode())
            os.replace(path, self.root / "in/refused" / name)
            return
        # Its words are in the vault now: what stays here says only which file it was.
        told = {"sha256": hashlib.sha256(path.read_bytes()).hexdigest()}
        _written(self.root / "in/taken" / name, json.dumps(told).encode())
        path.unlink()

    def send(self, message: Outgoing) -> None:
        if (self.root / "out/acknowledged" / f"{message.receipt}.json").exists():
            return
        if message.attachment is not None:
            _written(self.root / "out" / message.fields["file"], message.attachment.read_bytes())
        told = json.dumps(dict(message.fields), ensure_ascii=False, indent=1, sort_keys=True)
        _written(self.root / "out" / f"{message.receipt}.json", told.encode())

    def lying(self) -> Iterable[str]:
        return sorted(path.stem for path in (self.root / "out").glob("*.json"))

    def acknowledged(self, receipt: str) -> None:
        name = f"{receipt}.json"
        os.replace(self.root / "out" / name, self.root / "out/acknowledged" / name)


def _written(path: Path, data: bytes) -> None:
    """Write beside, make it last, rename into place: nobody ever sees half a file."""
    beside = path.with_name(f".{path.name}.part")
    with beside.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    os.replace(beside, path)


def _fields(data: bytes) -> Mapping[str, object] | None:
    try:
        told: Any = json.loads(data)
    except (ValueError, RecursionError):
        return None
    plain = isinstance(told, dict) and all(isinstance(v, (str, int, type(None))) for v in told.values())
    return told if plain else None


def folder_of(context: Context) -> Path:
    """Where the files of a district lie: under the data folder, by the district's short name."""
    return Path(settings.LINLI_DATA) / "exchange" / context.slug


Maker = Callable[[Context], Adapter]
OWN: dict[str, Maker] = {"folder": lambda context: Folder(folder_of(context))}


class NoAdapter(Exception):
    """The charter names a way that is not installed here."""


def adapter_of(name: str, context: Context) -> Adapter | None:
    """The adapter that the charter names; None for `sheet`, where people hand spreadsheets over. Raises NoAdapter."""
    if name == "sheet":
        return None
    if name in OWN:
        return OWN[name](context)
    for point in entry_points(group=GROUP, name=name):
        maker: Maker = point.load()
        return maker(context)
    raise NoAdapter(f"The charter names {name!r} as the way to the city; no installed package offers it.")
