"""`linli backup`, `linli restore`, `linli keys new`: the commands around `linli.shell.backup`."""

from __future__ import annotations

import argparse
import os
import shutil
from importlib import import_module
from pathlib import Path

import psycopg

from linli.foundation.core.commands import CommandRefused
from linli.shell import postgres
from linli.shell.cli import installation
from linli.shell.cli.installation import DATABASE, UNFINISHED, Stopwatch
from linli.shell.postgres.binaries import from_wheel, installed
from linli.shell.progress import Progress


def backup(arguments: argparse.Namespace) -> int:
    """Write the archive; exit code 1 when a stored file was missing or changed."""
    watch = Stopwatch()
    target = Path(arguments.file).absolute()
    if not target.parent.is_dir():
        raise CommandRefused(f"The folder {target.parent} does not exist. Make it first.")
    own = installation.has_own_server()
    with installation.application(arguments) as data:
        url, bin_dir = source_of(data) if own else outside_source()
        manifest = import_module("linli.shell.backup").write(
            target, url=url, bin_dir=bin_dir, progress=Progress()
        )
        keys = Path(import_module("django.conf").settings.LINLI_KEYS)
    if arguments.keys:
        copy_keys(keys, Path(arguments.keys).absolute(), target)
    rows = sum(manifest.tables.values())
    files = len(manifest.members) - 1
    print(f"{target}: {rows} rows in {len(manifest.tables)} tables, {manifest.ledger_count} events, {files} files, "
          f"{target.stat().st_size / 2**20:.1f} MB, {watch.seconds():.1f} s.")  # fmt: skip
    print(f"digest {manifest.digest}")
    if not arguments.keys:
        print(
            f"The keys ({keys}) are not in it. Without them names and numbers stay sealed: keep a copy elsewhere."
        )
    for fault in manifest.faults:
        print(f"FAULT: {fault}")
    return 1 if manifest.faults else 0


def source_of(data: Path) -> tuple[str, Path]:
    """The folder's own server, as the superuser, whom no policy binds."""
    with postgres.running(data) as endpoint:
        return endpoint.super_url(DATABASE), endpoint.bin_dir


def outside_source() -> tuple[str, Path]:
    """A server elsewhere: the role of LINLI_BACKUP_URL, and programs of the server's major version."""
    url = os.environ.get("LINLI_BACKUP_URL") or os.environ.get("LINLI_OWNER_URL")
    if not url:
        raise CommandRefused(
            "LINLI_BACKUP_URL is not set. A backup is made by a role that reads everything past the row-level policies "
            "(docs/operations.md says how to make it)."
        )
    with psycopg.connect(url, connect_timeout=10) as connection:
        major = connection.info.server_version // 10_000
    for build in (*installed(), *from_wheel()):
        if build.major == major:
            return url, build.bin_dir
    raise CommandRefused(
        f"There is no pg_dump of PostgreSQL {major} here. Install postgresql-client-{major}."
    )


def copy_keys(keys: Path, target: Path, archive: Path) -> None:
    """Copy the key file to another place than the backup's. Raises CommandRefused beside the backup."""
    if target.parent == archive.parent:
        raise CommandRefused(
            f"The backup is written, the keys are not: {target} lies beside it. Who finds both can read every name; "
            "choose another folder or another medium for the keys."
        )
    if target.exists():
        raise CommandRefused(f"The backup is written, the keys are not: {target} exists. Choose a new name.")
    installation.write_private(target, keys.read_text("utf-8"))
    print(f"The keys are in {target}. Keep that file apart from the backups.")


def restore(arguments: argparse.Namespace) -> int:
    """Unpack, load, verify, and only then give the database its name."""
    watch = Stopwatch()
    archive = Path(arguments.file).absolute()
    data = installation.use_folder(arguments)
    if not archive.is_file():
        raise CommandRefused(f"There is no file {archive}.")
    if data.exists() and any(data.iterdir()):
        raise CommandRefused(
            f"The folder {data} is not empty. A backup is brought into a new folder, never over data."
        )
    for name in ("DATABASE_URL", "LINLI_OWNER_URL", "LINLI_KEYS"):
        os.environ.pop(name, None)  # the new folder has its own server and its own place for the keys
    installation.make_folder(data)
    try:
        _restore(archive, data, Path(arguments.keys) if arguments.keys else None)
    except BaseException:
        clear(data)
        raise
    print(f"The restored installation is in {data} after {watch.seconds():.1f} s.")
    if not arguments.keys:
        print(f"Bring the key file back before the first start: {data / 'keys.json'}")
    return 0


def _restore(archive: Path, data: Path, keys: Path | None) -> None:
    if keys is not None:
        import_module("linli.foundation.core.keys").read_keyring(keys)
        installation.write_private(data / "keys.json", keys.read_text("utf-8"))
    installation.ensure_secrets(data)
    with installation.server(data, database=UNFINISHED, create=False) as endpoint:
        installation.set_up_django()
        import_module("linli.shell.cli.restoring").bring(archive, data, endpoint)


def clear(data: Path) -> None:
    """Take back a restore that failed; the folder was empty before."""
    postgres.remove(data)
    for path in data.iterdir():
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink()


def new_keys(arguments: argparse.Namespace) -> int:
    """A key file for a new installation."""
    path = Path(arguments.file).absolute()
    if path.exists():
        raise CommandRefused(f"{path} exists. A key file is never overwritten: what it sealed would be lost.")
    if not path.parent.is_dir():
        raise CommandRefused(f"The folder {path.parent} does not exist. Make it first.")
    keys = import_module("linli.foundation.core.keys")
    keys.write_keyring(path, keys.new_keyring())
    print(
        f"{path} is written, readable by its owner only. Copy it to a second place before the first person is kept."
    )
    return 0
