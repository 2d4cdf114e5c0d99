"""Backup and restore: database, stored files and a manifest in one archive. Keys are never in it.

The archive is a plain tar: `database.dump` (pg_dump's custom format), `files/...`, and last `manifest.json` with
the digest of every other member, the rows of every table and the digest of all ledger leaves, all of one snapshot.
A restore goes into a database of another name, is verified against the manifest, and gets its name last.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import random
import subprocess
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from typing import IO, Any

import psycopg
from django.core.files.base import File
from django.core.files.storage import default_storage
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict

from linli import __version__
from linli.foundation.core.commands import CommandRefused
from linli.foundation.core.ledger import leaf_record
from linli.foundation.core.models import District, Event, StoredFile
from linli.foundation.core.rules.events import leaf_hash
from linli.shell.progress import Progress

FORMAT = 1
DUMP, MANIFEST, FILES = "database.dump", "manifest.json", "files/"
CHUNK = 1 << 20
SAMPLE = 1000
TABLES = (
    "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p') "
    "AND NOT relispartition ORDER BY relname"
)


@dataclass
class Manifest:
    """What a backup holds, and what a restore must find again."""

    format: int = FORMAT
    linli: str = __version__
    made_at: str = ""
    postgres: int = 0
    tables: dict[str, int] = field(default_factory=dict)
    ledger_count: int = 0
    ledger_digest: str = ""
    members: dict[str, dict[str, Any]] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)

    def as_bytes(self) -> bytes:
        return json.dumps(asdict(self), indent=1, sort_keys=True, ensure_ascii=False).encode()

    @classmethod
    def from_bytes(cls, text: bytes) -> Manifest:
        """Raises CommandRefused for anything but a manifest of this format."""
        try:
            content = json.loads(text)
            if content["format"] != FORMAT:
                raise CommandRefused(
                    f"The backup has the format {content['format']}, this version reads {FORMAT}. Restore it with "
                    "the version that wrote it, then upgrade."
                )
            return cls(**content)
        except (ValueError, TypeError, KeyError) as problem:
            raise CommandRefused(
                "The manifest of this backup cannot be read; the archive is damaged."
            ) from problem

    @property
    def digest(self) -> str:
        """One value that stands for everything in the backup."""
        return hashlib.sha256(self.as_bytes()).hexdigest()


# --- both ways ---------------------------------------------------------------------------------------------


@contextmanager
def snapshot(url: str) -> Iterator[tuple[psycopg.Connection[tuple[Any, ...]], str]]:
    """A connection that sees one moment, with the name under which pg_dump sees the same.

    Row security is switched off in the sense of the database: rows that a policy would hide raise an error
    instead of being left out in silence.
    """
    with psycopg.connect(url) as connection:
        connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        connection.read_only = True
        connection.execute("SET LOCAL row_security = off")
        row = connection.execute("SELECT pg_export_snapshot()").fetchone()
        assert row is not None
        yield connection, str(row[0])
        connection.rollback()


def count_rows(connection: psycopg.Connection[tuple[Any, ...]]) -> dict[str, int]:
    """Rows of every table, counted."""
    counts = {}
    for (table,) in connection.execute(TABLES).fetchall():
        row = connection.execute(sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(table))).fetchone()
        assert row is not None
        counts[str(table)] = int(row[0])
    return counts


def ledger(connection: psycopg.Connection[tuple[Any, ...]]) -> tuple[int, str]:
    """How many events there are, and one digest over all leaves in the order of their ids."""
    digest, count = hashlib.sha256(), 0
    with connection.cursor("leaves") as cursor:
        cursor.itersize = 20_000
        cursor.execute("SELECT leaf FROM core_event ORDER BY id")
        for (leaf,) in cursor:
            digest.update(bytes(leaf))
            count += 1
    return count, digest.hexdigest()


def pg_environment(url: str) -> dict[str, str]:
    """The connection as PostgreSQL's programs read it: a password on a command line is seen by everybody."""
    names = {"host": "PGHOST", "port": "PGPORT", "user": "PGUSER", "password": "PGPASSWORD", "dbname": "PGDATABASE",
             "sslmode": "PGSSLMODE", "sslrootcert": "PGSSLROOTCERT", "sslcert": "PGSSLCERT", "sslkey": "PGSSLKEY"}  # fmt: skip
    found = {names[key]: str(value) for key, value in conninfo_to_dict(url).items() if key in names and value}
    return {"PATH": os.environ.get("PATH", ""), "LC_ALL": "C.UTF-8", **found}


def run_program(command: list[str], url: str) -> None:
    """Run pg_dump or pg_restore. Raises CommandRefused with its last words."""
    done = subprocess.run(  # noqa: S603 - a program of the server's own build
        command,
        env=pg_environment(url),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        last = " ".join(done.stderr.strip().splitlines()[-4:])
        raise CommandRefused(f"{Path(command[0]).name} ended with an error: {last}")


def digest_of(source: IO[bytes]) -> tuple[str, int]:
    """SHA-256 and size of what can still be read."""
    digest, size = hashlib.sha256(), 0
    while chunk := source.read(CHUNK):
        digest.update(chunk)
        size += len(chunk)
    return digest.hexdigest(), size


# --- writing -----------------------------------------------------------------------------------------------


def write(target: Path, *, url: str, bin_dir: Path, progress: Progress) -> Manifest:
    """Write the archive whole or not at all. Faults of single files are named in the manifest, not hidden.

    `url` signs in as a role that no row-level policy binds.
    """
    part = target.with_name(target.name + ".part")
    manifest = Manifest(made_at=datetime.now(UTC).isoformat(timespec="seconds"))
    with tempfile.TemporaryDirectory(prefix=".linli-backup-", dir=target.parent) as work:
        dump = Path(work) / DUMP
        with snapshot(url) as (connection, name):
            manifest.postgres = connection.info.server_version
            progress.say("database")
            run_program(
                [str(bin_dir / "pg_dump"), "--format=custom", f"--snapshot={name}", f"--file={dump}"], url
            )
            manifest.tables = count_rows(connection)
            manifest.ledger_count, manifest.ledger_digest = ledger(connection)
            rows = connection.execute("SELECT name, sha256 FROM core_storedfile ORDER BY name").fetchall()
        descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "wb") as out, tarfile.open(fileobj=out, mode="w") as archive:
            _add_dump(archive, manifest, dump)
            for file_name, sha256 in progress.each(rows, "files"):
                _add_stored(archive, manifest, str(file_name), bytes(sha256).hex())
            _add_bytes(archive, MANIFEST, manifest.as_bytes())
            archive.close()
            out.flush()
            os.fsync(out.fileno())
    part.replace(target)
    return manifest


def _add_dump(archive: tarfile.TarFile, manifest: Manifest, dump: Path) -> None:
    with dump.open("rb") as source:
        sha256, size = digest_of(source)
        source.seek(0)
        _add(archive, DUMP, source, size)
    manifest.members[DUMP] = {"sha256": sha256, "size": size}


def _add_stored(archive: tarfile.TarFile, manifest: Manifest, name: str, expected: str) -> None:
    try:
        with default_storage.open(name, "rb") as source:
            data = source.read()
    except OSError:
        manifest.faults.append(f"The stored file {name} is missing.")
        return
    sha256 = hashlib.sha256(data).hexdigest()
    if sha256 != expected:
        manifest.faults.append(f"The stored file {name} is not what was stored (digest {sha256[:12]}).")
    _add_bytes(archive, FILES + name, data)
    manifest.members[FILES + name] = {"sha256": sha256, "size": len(data)}


def _add_bytes(archive: tarfile.TarFile, name: str, data: bytes) -> None:
    _add(archive, name, io.BytesIO(data), len(data))


def _add(archive: tarfile.TarFile, name: str, source: IO[bytes], size: int) -> None:
    info = tarfile.TarInfo(name)
    info.size, info.mode, info.mtime = size, 0o600, int(datetime.now(UTC).timestamp())
    archive.addfile(info, source)


# --- reading -----------------------------------------------------------------------------------------------


def unpack(archive_path: Path, dump: Path) -> Manifest:
    """Bring the stored files back, the dump to `dump`, and check every digest against the manifest.

    Raises CommandRefused for a damaged archive or one that holds something else.
    """
    found: dict[str, dict[str, Any]] = {}
    text = b""
    try:
        with tarfile.open(archive_path, mode="r:") as archive:
            for member in archive:
                source = archive.extractfile(member) if member.isreg() else None
                if source is None or not _expected(member.name):
                    raise CommandRefused(f"The archive holds {member.name!r}, which no backup of Linli has.")
                if member.name == MANIFEST:
                    text = source.read()
                else:
                    found[member.name] = _take(member.name, source, dump)
    except (tarfile.TarError, OSError, EOFError) as problem:
        raise CommandRefused(
            f"{archive_path} cannot be read as a backup: {problem}. Use another copy."
        ) from problem
    if not text:
        raise CommandRefused(f"{archive_path} has no manifest: it was cut off. Use another copy.")
    manifest = Manifest.from_bytes(text)
    differing = sorted(
        name for name in {*found, *manifest.members} if found.get(name) != manifest.members.get(name)
    )
    if differing:
        raise CommandRefused(
            f"{len(differing)} members of the backup are missing or changed (first: {differing[0]}). Nothing of it is "
            "used; take another copy."
        )
    return manifest


def _expected(name: str) -> bool:
    path = PurePosixPath(name)
    plain = not path.is_absolute() and ".." not in path.parts
    return name in (DUMP, MANIFEST) or (plain and name.startswith(FILES))


def _take(name: str, source: IO[bytes], dump: Path) -> dict[str, Any]:
    if name == DUMP:
        with dump.open("wb") as out:
            while chunk := source.read(CHUNK):
                out.write(chunk)
        with dump.open("rb") as again:
            sha256, size = digest_of(again)
        return {"sha256": sha256, "size": size}
    data = source.read()
    wanted = name.removeprefix(FILES)
    kept = default_storage.save(wanted, File(io.BytesIO(data)))
    if kept != wanted:
        raise CommandRefused(f"The storage holds another file {wanted} already. Restore into an empty one.")
    with default_storage.open(wanted, "rb") as written:
        sha256, size = digest_of(written)
    return {"sha256": sha256, "size": size}


def verify_database(url: str, manifest: Manifest) -> list[str]:
    """Sentences for tables and a ledger that are not what the manifest says."""
    with snapshot(url) as (connection, _name):
        counts = count_rows(connection)
        count, digest = ledger(connection)
    found = [
        f"The table {table} has {counts.get(table, 0)} rows, the backup had {manifest.tables.get(table, 0)}."
        for table in sorted({*counts, *manifest.tables})
        if counts.get(table) != manifest.tables.get(table)
    ]
    if (count, digest) != (manifest.ledger_count, manifest.ledger_digest):
        found.append("The ledger's leaves are not those of the backup.")
    return found


def verify_leaves(sample: int = SAMPLE) -> tuple[int, list[str]]:
    """Recompute the leaves of a sample of events from their rows; how many were checked, and sentences."""
    checked, found = 0, []
    for district in District.objects.order_by("id"):
        ids = list(Event.objects.filter(district=district.id).values_list("id", flat=True))
        chosen = ids if len(ids) <= sample else random.sample(ids, sample)
        for event in Event.objects.filter(district=district.id, id__in=chosen).iterator(chunk_size=500):
            checked += 1
            if leaf_hash(leaf_record(event), bytes(event.salt)) != bytes(event.leaf):
                found.append(
                    f"The ledger's event {event.id} of {district.slug} was changed after it was recorded."
                )
    return checked, found


def verify_files() -> tuple[int, list[str]]:
    """Compare every stored file with the digest in its row; how many were checked, and sentences."""
    checked, found = 0, []
    for district in District.objects.order_by("id"):
        for row in StoredFile.objects.filter(district=district.id).iterator(chunk_size=500):
            checked += 1
            try:
                with default_storage.open(row.name, "rb") as source:
                    good = digest_of(source)[0] == bytes(row.sha256).hex()
            except OSError:
                good = False
            if not good:
                found.append(f"The stored file {row.name} of {district.slug} is missing or changed.")
    return checked, found
