"""The ground of a kill test: a scratch folder with its own database server, charters without rate limits, keys."""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

from linli.foundation.core.commands import CommandRefused
from linli.shell import postgres
from linli.shell.cli.installation import ROOT

TEMPLATE = "linli_proof_template"
NO_LIMIT = "value = { burst = 10000, per_hour = 100000 }"  # the most the charter allows; every client has an address of its own
_LIMIT = re.compile(r'(\[rules\."limit\.cases\.[a-z0-9_]+"\]\n)value = [^\n]+')
_HOURS = re.compile(r'(\[rules\."messaging\.hours"\]\n)value = [^\n]+')


@dataclass(frozen=True, slots=True)
class Ground:
    """A running database server with a filled template, and the environment of everything that works on it."""

    data: Path
    endpoint: postgres.Endpoint
    world: dict[str, Any]

    def environment(self, database: str, **more: str) -> dict[str, str]:
        """The environment of a process that serves a copy; nothing of this shell's own installation."""
        kept = {
            k: v
            for k, v in os.environ.items()
            if not k.startswith(("GRANIAN_", "PG", "LINLI_", "DATABASE_URL"))
        }
        return {**kept, **_environment(self.data), "DATABASE_URL": self.endpoint.app_url(database), **more}

    def copy(self, name: str) -> str:
        """A database like the template. Returns its name."""
        postgres.drop_database(self.endpoint, name)
        postgres.create_database(self.endpoint, name, template=TEMPLATE)
        return name

    def drop_constraint(self, database: str, table: str, name: str) -> None:
        """Take one constraint away: part of a planted defect."""
        with psycopg.connect(self.endpoint.super_url(database), autocommit=True) as connection:
            words = sql.SQL("ALTER TABLE {} DROP CONSTRAINT {}")
            connection.execute(words.format(sql.Identifier(table), sql.Identifier(name)))


def _environment(data: Path) -> dict[str, str]:
    secret = (data / "secret").read_text("utf-8")
    return {
        "LINLI_MODE": "test", "LINLI_PROOF": "1", "LINLI_DATA": str(data), "LINLI_KEYS": str(data / "keys.json"),
        "LINLI_SECRET_KEY": secret, "LINLI_CHARTERS": str(data / "charters"), "LINLI_POOL": "1",
        "LINLI_PROOF_RECEIVER": str(data / "receiver"), "DJANGO_SETTINGS_MODULE": "linli.shell.proof.settings",
        "PYTHONPATH": str(ROOT),
    }  # fmt: skip


@contextlib.contextmanager
def ground(waiting: int) -> Iterator[Ground]:
    """A fresh ground with `waiting` cases to judge; deleted at the end. Call it from the main thread."""
    data = Path(tempfile.mkdtemp(prefix="linli-proof-"))
    data.chmod(0o711)
    try:
        _write_files(data)
        with postgres.running(data, durable=True) as endpoint:
            yield Ground(data, endpoint, _fill(data, endpoint, waiting))
    finally:
        with contextlib.suppress(Exception):
            postgres.remove(data)
        shutil.rmtree(data, ignore_errors=True)


def _write_files(data: Path) -> None:
    (data / "secret").write_text(os.urandom(48).hex(), "utf-8")
    shutil.copytree(ROOT / "charters", data / "charters")
    national = data / "charters" / "national.toml"
    lifted, count = _LIMIT.subn(lambda found: found.group(1) + NO_LIMIT, national.read_text("utf-8"))
    if not count:
        raise CommandRefused(
            "The charter has no limit.cases.* any more: the kill test does not know what to lift."
        )
    open_all_day, count = _HOURS.subn(r"\1value = [[00:00:00, 23:59:59]]", lifted)
    if not count:
        raise CommandRefused(
            "The charter has no messaging.hours any more: the kill test cannot run at night."
        )
    national.write_text(open_all_day, "utf-8")


def _fill(data: Path, endpoint: postgres.Endpoint, waiting: int) -> dict[str, Any]:
    """Migrate as the owner, then fill as the application role, in processes of their own."""
    postgres.create_database(endpoint, TEMPLATE)
    served, owner = endpoint.app_url(TEMPLATE), endpoint.owner_url(TEMPLATE)
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("GRANIAN_", "PG", "LINLI_"))}
    base = {**kept, **_environment(data), "DATABASE_URL": served}
    migrated = {**base, "LINLI_OWNER_URL": owner, "DJANGO_SETTINGS_MODULE": "linli.shell.settings"}
    step(["-m", "linli", "migrate"], migrated)
    world = data / "world.json"
    step(["-m", "linli.shell.proof.prepare", str(world), str(waiting)], base)
    found: dict[str, Any] = json.loads(world.read_text("utf-8"))
    return found


def step(words: list[str], environment: dict[str, str], timeout: float = 900) -> str:
    """Run one Python step that ends with this process. Raises CommandRefused with what it said."""
    done = subprocess.run(  # noqa: S603 - our own commands
        [sys.executable, "-P", "-W", "ignore", *words],
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=timeout,
        check=False,
        preexec_fn=postgres.die_with_parent(signal.SIGKILL),
    )
    if done.returncode != 0:
        said = "\n".join((done.stdout + done.stderr).strip().splitlines()[-12:])
        raise CommandRefused(f"the step {' '.join(words[1:2])} failed:\n{said}")
    return done.stdout


def free_port() -> int:
    """A port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port
