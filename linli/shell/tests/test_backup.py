"""Backup and restore of database and files, and that a damaged backup is refused whole."""

from __future__ import annotations

import io
import json
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.core.files.storage import default_storage
from django.db import connection

from linli.foundation.core import files
from linli.foundation.core.commands import CommandRefused
from linli.foundation.core.context import work_in
from linli.shell import backup, postgres
from linli.shell.cli import saving
from linli.shell.cli.installation import ROOT
from linli.shell.progress import Progress

pytestmark = pytest.mark.slow


@pytest.fixture
def place() -> Iterator[Path]:
    """A folder that the database user can reach."""
    folder = Path(tempfile.mkdtemp(prefix="linli-test-"))
    folder.chmod(0o755)
    yield folder
    for data in folder.iterdir():
        if (data / "pg").exists():
            postgres.remove(data)
    shutil.rmtree(folder)


def name_of_database() -> str:
    return str(connection.settings_dict["NAME"])


@pytest.fixture
def stored(committed: postgres.Endpoint) -> Iterator[list[str]]:
    """Two stored files with their rows."""
    with work_in(140403, "luzhou", "Asia/Shanghai") as (context, actor):
        kept = [
            files.store(text, "text/csv", actor=actor, now=context.now, door="test").name
            for text in (b"a,b", b"c" * 9000)
        ]
    yield kept
    for name in kept:
        default_storage.delete(name)


@pytest.fixture
def archive(committed: postgres.Endpoint, stored: list[str], place: Path) -> Path:
    target = place / "linli.tar"
    url = committed.super_url(name_of_database())
    manifest = backup.write(target, url=url, bin_dir=committed.bin_dir, progress=Progress())
    assert manifest.faults == [] and manifest.ledger_count > 0
    return target


def restore(archive: Path, data: Path, *more: str) -> subprocess.CompletedProcess[str]:
    # The same kind of server as this run's: an older one would refuse the backup of a newer one.
    environment = {
        k: v
        for k, v in os.environ.items()
        if (not k.startswith("LINLI_") or k == "LINLI_PG") and k != "DATABASE_URL"
    }
    command = [sys.executable, "-m", "linli", "restore", str(archive), "--data", str(data), *more]
    return subprocess.run(
        command,
        env={**environment, "PYTHONPATH": str(ROOT)},
        cwd="/",
        capture_output=True,
        text=True,
        check=False,
    )


def ask(url: str, statement: str) -> list[tuple[Any, ...]]:
    with psycopg.connect(url) as asking:
        return asking.execute(statement).fetchall()


RIGHTS = "SELECT table_name, privilege_type FROM information_schema.role_table_grants WHERE grantee = 'linli_app' ORDER BY 1, 2"


def test_a_restore_equals_what_was_backed_up(
    committed: postgres.Endpoint, archive: Path, stored: list[str], place: Path
) -> None:
    before = committed.super_url(name_of_database())
    done = restore(archive, place / "new", "--keys", os.environ["LINLI_KEYS"])
    assert done.returncode == 0, done.stderr
    for words in (
        "rows in",
        "leaves of the ledger by digest",
        "2 stored files against",
        "3 members by digest",
    ):
        assert words in done.stdout
    for name in stored:
        with default_storage.open(name) as kept:
            assert (place / "new" / "files" / name).read_bytes() == kept.read()
    with postgres.running(place / "new") as endpoint:
        after = endpoint.super_url("linli")
        for statement in (
            "SELECT id, leaf FROM core_event ORDER BY id",
            "SELECT * FROM core_calendarday ORDER BY id",
            "SELECT tgrelid::regclass::text, tgname FROM pg_trigger WHERE NOT tgisinternal ORDER BY 1, 2",
            "SELECT tablename, policyname FROM pg_policies ORDER BY 1, 2",
            RIGHTS,
        ):
            assert ask(after, statement) == ask(before, statement)
        rights = set(ask(after, RIGHTS))
        assert ("core_event", "INSERT") in rights and ("core_event", "DELETE") not in rights
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            ask(endpoint.app_url("linli"), "DELETE FROM core_event RETURNING id")


def test_a_folder_with_anything_in_it_is_refused(archive: Path, place: Path) -> None:
    (place / "full").mkdir()
    (place / "full" / "letter.txt").write_text("dear")
    done = restore(archive, place / "full")
    assert done.returncode == 1 and "is not empty" in done.stderr
    assert [path.name for path in (place / "full").iterdir()] == ["letter.txt"]


def rewritten(archive: Path, change: dict[str, bytes | None]) -> Path:
    """A copy of the archive in which members are other bytes, or gone."""
    copy = archive.with_name("changed.tar")
    with tarfile.open(archive) as old, tarfile.open(copy, "w") as new:
        for member in old:
            source = old.extractfile(member)
            assert source is not None
            data = source.read()
            if member.name in change:
                replaced = change[member.name]
                if replaced is None:
                    continue
                data = replaced
                member.size = len(data)
            new.addfile(member, io.BytesIO(data))
    return copy


def test_a_changed_file_is_found_and_nothing_stays(archive: Path, stored: list[str], place: Path) -> None:
    done = restore(rewritten(archive, {f"files/{stored[0]}": b"x,y"}), place / "new")
    assert done.returncode == 1
    assert f"files/{stored[0]}" in done.stderr and "missing or changed" in done.stderr
    assert list((place / "new").iterdir()) == []


@pytest.mark.parametrize("member", ["database.dump", "manifest.json"])
def test_a_missing_member_is_found(archive: Path, place: Path, member: str) -> None:
    done = restore(rewritten(archive, {member: None}), place / "new")
    assert done.returncode == 1 and ("missing" in done.stderr or "no manifest" in done.stderr)
    assert list((place / "new").iterdir()) == []


def test_a_manifest_that_says_other_rows_is_found(archive: Path, place: Path) -> None:
    with tarfile.open(archive) as opened:
        manifest = json.load(opened.extractfile("manifest.json"))  # type: ignore[arg-type]  # it is there
    manifest["tables"]["core_calendarday"] += 1
    manifest["ledger_digest"] = "0" * 64
    done = restore(rewritten(archive, {"manifest.json": json.dumps(manifest).encode()}), place / "new")
    assert done.returncode == 1
    assert "The table core_calendarday has" in done.stderr and "ledger's leaves are not those" in done.stderr
    assert list((place / "new").iterdir()) == []


def test_an_archive_cut_off_is_refused(archive: Path, place: Path) -> None:
    cut = place / "cut.tar"
    cut.write_bytes(archive.read_bytes()[:5000])
    done = restore(cut, place / "new")
    assert done.returncode == 1 and "Use another copy" in done.stderr


def test_strange_members_are_refused(place: Path) -> None:
    strange = place / "strange.tar"
    with tarfile.open(strange, "w") as out:
        info = tarfile.TarInfo("files/../../escape")
        info.size = 1
        out.addfile(info, io.BytesIO(b"x"))
    with pytest.raises(CommandRefused, match="no backup of Linli has"):
        backup.unpack(strange, place / "dump")


def test_a_missing_stored_file_is_a_named_fault(
    committed: postgres.Endpoint, stored: list[str], place: Path
) -> None:
    default_storage.delete(stored[0])
    url = committed.super_url(name_of_database())
    manifest = backup.write(place / "b.tar", url=url, bin_dir=committed.bin_dir, progress=Progress())
    assert manifest.faults == [f"The stored file {stored[0]} is missing."]
    done = restore(place / "b.tar", place / "new")
    assert done.returncode == 0 and "FAULT, known since the backup" in done.stdout


def test_a_role_bound_by_policies_cannot_make_a_backup_in_silence(
    committed: postgres.Endpoint, place: Path
) -> None:
    with pytest.raises((psycopg.Error, CommandRefused)):
        backup.write(
            place / "b.tar",
            url=committed.app_url(name_of_database()),
            bin_dir=committed.bin_dir,
            progress=Progress(),
        )
    assert list(place.iterdir()) == []


def test_a_leaf_that_was_changed_is_found(committed: postgres.Endpoint) -> None:
    with psycopg.connect(committed.super_url(name_of_database()), autocommit=True) as breaking:
        breaking.execute("ALTER TABLE core_event DISABLE TRIGGER USER")
        breaking.execute(
            "UPDATE core_event SET data = '{\"placement\": 1}' WHERE code = 'district.enrolled' AND district = 140403"
        )
    checked, found = backup.verify_leaves()
    assert checked > 10 and len(found) == 1 and "was changed after it was recorded" in found[0]


def test_keys_are_never_put_beside_the_backup(tmp_path: Path) -> None:
    ring = tmp_path / "ring.json"
    ring.write_text("{}")
    with pytest.raises(CommandRefused, match="lies beside it"):
        saving.copy_keys(ring, tmp_path / "copy.json", tmp_path / "linli.tar")
    elsewhere = tmp_path / "safe"
    elsewhere.mkdir()
    saving.copy_keys(ring, elsewhere / "copy.json", tmp_path / "linli.tar")
    assert (elsewhere / "copy.json").stat().st_mode & 0o777 == 0o600
    with pytest.raises(CommandRefused, match="exists"):
        saving.copy_keys(ring, elsewhere / "copy.json", tmp_path / "linli.tar")
