"""The database's own limit: pgbench with the statements of one recorded intake."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from linli.foundation.core.commands import CommandRefused
from linli.shell.postgres import Endpoint
from linli.shell.postgres.endpoint import APP

# Quoted strings, and long numbers outside of them.
_TOKEN = re.compile(r"('(?:[^']|'')*'|(?<![\w.])\d{12,16}(?![\w.]))")
_ID = re.compile(r"\d{12,16}")
_IDS = re.compile(r"'\{\d{12,16}(,\d{12,16})*\}'")
# Quoted words that may have to be unique: numbers and public ids, no sentences, moments or bytes.
_NAME = re.compile(r"'[A-Za-z0-9_-]{6,40}'")
ID_BITS = 33
FRESH = 1 << 32  # half of the counter's range: ids that no allocator has reached
TOGETHER = 64  # ids of one intake
_FRAME = re.compile(r"\s*(BEGIN|COMMIT|SELECT set_config)", re.IGNORECASE)


def counted(statements: list[str]) -> list[str]:
    """The statements that count: all but BEGIN, COMMIT and the one that sets the district and reads the clock."""
    return [sql for sql in statements if not _FRAME.match(sql)]


def script(recorded: list[dict[str, Any]], district: int) -> str:
    """A pgbench script that makes a new case each time: ids and names that differ between two intakes vary.

    Raises CommandRefused when two equal intakes do not send the same statements.
    """
    first, second = ([_TOKEN.split(sql) for sql in one["statements"]] for one in recorded)
    if [len(parts) for parts in first] != [len(parts) for parts in second]:
        raise CommandRefused("Two equal intakes sent different statements: there is no one script for them.")
    places: dict[str, str] = {}
    body = []
    for parts, others in zip(first, second, strict=True):
        varied = [_varied(part, other, places) for part, other in zip(parts, others, strict=True)]
        body.append("".join(varied).strip() + ";")
    base = (district << ID_BITS) + FRESH
    head = [r"\set linli_turn :linli_turn + 1", r"\set linli_unit :client_id * 1000000 + :linli_turn"]
    head += [rf"\set linli_id{k} {base} + :linli_unit * {TOGETHER} + {k}" for k in range(TOGETHER)]
    return "\n".join([*head, *body]) + "\n"


def _varied(part: str, other: str, places: dict[str, str]) -> str:
    """A part of a statement: as it is, or a variable when the next intake had something else here."""
    if part != other and _IDS.fullmatch(part) and len(part) == len(other):
        pairs = zip(part[2:-2].split(","), other[2:-2].split(","), strict=True)
        return "ARRAY[" + ", ".join(_varied(one, two, places) for one, two in pairs) + "]"
    if part == other or not (_ID.fullmatch(part) or _NAME.fullmatch(part)):
        return part
    number = list(places).index(part) if part in places else len(places)
    if number >= TOGETHER:
        raise CommandRefused("An intake makes more ids than the limit's script has room for.")
    fresh = f":linli_id{number}" if _ID.fullmatch(part) else f"('l{number}-' || :linli_unit)"
    return places.setdefault(part, fresh)


def program(endpoint: Endpoint) -> str:
    """pgbench of the server's own build, else of the system. Raises CommandRefused."""
    own = endpoint.bin_dir / "pgbench"
    found = str(own) if own.exists() else shutil.which("pgbench")
    if found is None:
        raise CommandRefused(
            "pgbench is not installed. It comes with the server packages (apt-get install postgresql)."
        )
    return found


@dataclass(frozen=True, slots=True)
class Limit:
    """What pgbench reached."""

    per_second: float
    latency: float  # milliseconds, mean


def measure(endpoint: Endpoint, database: str, file: Path, *, clients: int, seconds: int, turn: int) -> Limit:
    """Run pgbench. `turn` keeps the ids of several runs apart."""
    command = [
        program(endpoint), "--no-vacuum", "--file", str(file), "--client", str(clients), "--jobs", "2", "--time",
        str(seconds), "--define", f"linli_turn={turn * 100_000}", "--host", endpoint.host, "--port", str(endpoint.port),
        "--username", APP, database,
    ]  # fmt: skip
    done = subprocess.run(  # noqa: S603 - a program of PostgreSQL with our own script
        command,
        env={**os.environ, "PGPASSWORD": endpoint.secrets.app},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=seconds + 60,
        check=False,
    )
    rate, latency = (
        re.search(r"tps = ([\d.]+)", done.stdout),
        re.search(r"latency average = ([\d.]+)", done.stdout),
    )
    if done.returncode != 0 or rate is None or latency is None:
        raise CommandRefused(
            "pgbench did not measure:\n" + "\n".join((done.stdout + done.stderr).splitlines()[-6:])
        )
    return Limit(float(rate.group(1)), float(latency.group(1)))
