"""The part of a restore that needs Django: load, verify against the manifest, name the database last."""

from __future__ import annotations

import tempfile
from pathlib import Path

import psycopg
from django.db import connections
from psycopg import sql

from linli.foundation.core.commands import CommandRefused
from linli.shell import backup, postgres
from linli.shell.cli.installation import UNFINISHED, name_database


def bring(archive: Path, data: Path, endpoint: postgres.Endpoint) -> None:
    """Everything of the archive into the empty folder. Raises CommandRefused; the caller clears up then."""
    with tempfile.TemporaryDirectory(prefix=".linli-restore-", dir=data) as work:
        dump = Path(work) / backup.DUMP
        manifest = backup.unpack(archive, dump)
        major = manifest.postgres // 10_000
        if major > endpoint.major:
            raise CommandRefused(
                f"The backup is of PostgreSQL {major}, here is {endpoint.major}. Restore it with the same or a newer "
                "version (LINLI_PG=wheel takes the one that Linli brings)."
            )
        load(endpoint, dump)
    try:
        verify(endpoint, manifest)
    finally:
        connections.close_all()
    name_database(endpoint)


def load(endpoint: postgres.Endpoint, dump: Path) -> None:
    """pg_restore into a bare database.

    It has no default privileges yet: they would give the application role rights on the ledger that the dump
    does not take away again.
    """
    with psycopg.connect(endpoint.super_url(), autocommit=True) as connection:
        connection.execute(
            sql.SQL("CREATE DATABASE {} OWNER {} TEMPLATE template0 ENCODING 'UTF8'").format(
                sql.Identifier(UNFINISHED), sql.Identifier(postgres.OWNER)
            )
        )
    program = str(endpoint.bin_dir / "pg_restore")
    command = [program, "--exit-on-error", f"--dbname={UNFINISHED}", str(dump)]
    backup.run_program(command, endpoint.super_url(UNFINISHED))
    postgres.create_database(endpoint, UNFINISHED)


def verify(endpoint: postgres.Endpoint, manifest: backup.Manifest) -> None:
    """Print what was verified. Raises CommandRefused when anything is not what was backed up."""
    found = backup.verify_database(endpoint.super_url(UNFINISHED), manifest)
    leaves, wrong = backup.verify_leaves()
    files, changed = backup.verify_files()
    found += wrong
    if len(changed) > len(manifest.faults):
        found += changed
    if found:
        raise CommandRefused(
            "The restore does not match the backup.\n" + "\n".join(f"  - {one}" for one in found)
        )
    rows = sum(manifest.tables.values())
    print(f"verified: {len(manifest.members)} members by digest; digest of the backup {manifest.digest}")
    print(f"verified: {rows} rows in {len(manifest.tables)} tables, counted")
    print(
        f"verified: {manifest.ledger_count} leaves of the ledger by digest, {leaves} recomputed from their events"
    )
    print(f"verified: {files} stored files against the digests in their rows")
    for fault in manifest.faults:
        print(f"FAULT, known since the backup: {fault}")
