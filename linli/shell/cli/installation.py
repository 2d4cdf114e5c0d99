"""Where an installation lives: its data folder, its secrets, and the way to its database. No Django here.

Production names its database by DATABASE_URL (and LINLI_OWNER_URL for migrations); without them the data folder
holds a server of its own, which a command attaches to or starts for its own length.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import secrets
import time
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import psycopg
from psycopg import sql

from linli.foundation.core.commands import CommandRefused
from linli.shell import postgres

ROOT = Path(__file__).resolve().parents[3]
DATABASE = "linli"
UNFINISHED = "linli_unfinished"  # a database gets its name when it is whole
MARK = "DEMONSTRATION"
SECRET_FILE = "secret"  # noqa: S105 - the name of a file
ACCOUNTS_FILE = "accounts.json"


def use_folder(arguments: argparse.Namespace) -> Path:
    """Settle the data folder (--data, LINLI_DATA, var/ at the checkout) and tell settings and children."""
    named = getattr(arguments, "data", None) or os.environ.get("LINLI_DATA") or str(ROOT / "var")
    data = Path(named).absolute()
    os.environ["LINLI_DATA"] = str(data)
    os.environ["PYTHONPATH"] = str(ROOT)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "linli.shell.settings")
    return data


def mode() -> str:
    """demo, production or test, as LINLI_MODE says; a wrong word is refused by the settings."""
    return os.environ.get("LINLI_MODE") or "demo"


def is_demonstration(data: Path) -> bool:
    """Whether the folder was made by `linli demo` and may be deleted by --fresh."""
    return (data / MARK).is_file()


def has_own_server() -> bool:
    """Whether the database is the data folder's own, not one that DATABASE_URL names."""
    return not os.environ.get("DATABASE_URL")


def write_private(path: Path, text: str) -> None:
    """Write a file that only its owner reads, whole or not at all."""
    part = path.with_name(path.name + ".part")
    with contextlib.suppress(FileNotFoundError):
        part.unlink()
    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as out:
        out.write(text)
        out.flush()
        os.fsync(out.fileno())
    part.replace(path)


def ensure_secrets(data: Path) -> None:
    """Make the form and session key and the key file of a demonstration. Production must bring both itself."""
    if mode() == "production":
        return
    data.mkdir(parents=True, exist_ok=True)
    secret = data / SECRET_FILE
    if not os.environ.get("LINLI_SECRET_KEY"):
        if not secret.exists():
            write_private(secret, secrets.token_urlsafe(64))
        os.environ["LINLI_SECRET_KEY"] = secret.read_text("utf-8").strip()


def ensure_keys(data: Path) -> None:
    """Write fresh keys where none are, unless this is production. Call it with settings at hand.

    Raises CommandRefused in production: keys that are invented there would make a backup unreadable.
    """
    path = Path(os.environ.get("LINLI_KEYS") or data / "keys.json")
    if path.exists():
        return
    if mode() == "production":
        raise CommandRefused(
            f"The key file {path} is missing. It is never invented in production, because everything sealed with "
            "the old keys would be lost. Bring it back from the place where keys are kept, or for a new "
            f"installation make it once: linli keys new {path}"
        )
    keys = import_module("linli.foundation.core.keys")
    path.parent.mkdir(parents=True, exist_ok=True)
    keys.write_keyring(path, keys.new_keyring())


def make_folder(data: Path) -> None:
    """Create the data folder; on behalf of root it stays passable for the database user, not listable."""
    try:
        if not data.is_dir():
            data.mkdir(parents=True)
            data.chmod(0o711 if os.geteuid() == 0 else 0o700)
    except OSError as problem:
        raise CommandRefused(
            f"The data folder {data} cannot be made: {problem.strerror}. Name another one with --data."
        ) from problem


@contextlib.contextmanager
def server(
    data: Path, *, database: str = DATABASE, create: bool = True
) -> Iterator[postgres.Endpoint | None]:
    """Reach the database: attach to or start the folder's own server, and put both URLs into the environment.

    Gives None when DATABASE_URL names a server elsewhere. Raises CommandRefused or ServerRefused.
    """
    if not has_own_server():
        yield None
        return
    make_folder(data)
    with postgres.running(data) as endpoint:
        if create:
            postgres.create_database(endpoint, database)
        before = {name: os.environ.get(name) for name in ("DATABASE_URL", "LINLI_OWNER_URL")}
        os.environ["DATABASE_URL"] = endpoint.app_url(database)
        os.environ["LINLI_OWNER_URL"] = endpoint.owner_url(database)
        try:
            yield endpoint
        finally:
            for name, value in before.items():
                os.environ.pop(name, None)
                if value is not None:
                    os.environ[name] = value


@contextlib.contextmanager
def application(arguments: argparse.Namespace, *, as_owner: bool = False) -> Iterator[Path]:
    """Database and Django ready for one command, as the application role or (to migrate) as the owner."""
    data = use_folder(arguments)
    ensure_secrets(data)
    demonstration = is_demonstration(data) and has_own_server()
    with server(data, create=not demonstration) as endpoint:
        if demonstration and endpoint is not None and not exists(endpoint, DATABASE):
            raise CommandRefused(
                f"The demonstration in {data} was never finished. Finish it first: linli demo --no-serve --data {data}"
            )
        if as_owner:
            owner = os.environ.get("LINLI_OWNER_URL")
            if not owner:
                raise CommandRefused(
                    "LINLI_OWNER_URL is not set. Migrations run as the role that owns the tables; set it to "
                    "postgresql://owner:password@host:port/name."
                )
            os.environ["DATABASE_URL"] = owner
        ensure_keys(data)
        set_up_django()
        import_module("django.utils.translation").activate("en")
        refused = import_module("linli.foundation.core.errors").Refused
        try:
            yield data
        except refused as refusal:
            raise CommandRefused(str(refusal.message)) from refusal


def exists(endpoint: postgres.Endpoint, database: str) -> bool:
    """Whether a database of this name is there."""
    with psycopg.connect(endpoint.super_url(), connect_timeout=10) as connection:
        found = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [database]).fetchone()
    return found is not None


def name_database(endpoint: postgres.Endpoint) -> None:
    """Give the unfinished database its name; nobody may be connected to it."""
    with psycopg.connect(endpoint.super_url(), autocommit=True) as connection:
        connection.execute(
            sql.SQL("ALTER DATABASE {} RENAME TO {}").format(
                sql.Identifier(UNFINISHED), sql.Identifier(DATABASE)
            )
        )


def set_up_django() -> None:
    """Read the settings and load every room, once."""
    import_module("django").setup()


class Stopwatch:
    """Seconds since a command began, for the lines that say how long something took."""

    def __init__(self) -> None:
        self.begin = time.monotonic()

    def seconds(self) -> float:
        return time.monotonic() - self.begin


def read_json(path: Path) -> dict[str, object]:
    """The content of one of our small files; empty when it is missing or half written."""
    try:
        content = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return content if isinstance(content, dict) else {}
