"""Starting, attaching, stopping; what must survive and what must not."""

import os
import signal
import stat
import threading
from pathlib import Path

import psycopg
import pytest

from linli.shell.postgres import ServerRefused, create_database, remove, running
from linli.shell.postgres.folder import Folder, socket_folder
from linli.shell.postgres.processes import Account, wait_until
from linli.shell.postgres.tests.helpers import Supervisor, postgres_processes

ROW = "CREATE TABLE IF NOT EXISTS kept (id int); INSERT INTO kept VALUES (1)"


def rows(url: str) -> int:
    with psycopg.connect(url) as connection:
        found = connection.execute("SELECT count(*) FROM kept").fetchone()
    assert found is not None
    return int(found[0])


def test_start_stop_and_start_again_keeps_the_data(data: Path) -> None:
    with running(data) as endpoint:
        create_database(endpoint, "linli")
        with psycopg.connect(endpoint.owner_url(), autocommit=True) as connection:
            connection.execute(ROW)
        assert endpoint.supervised
        host = Path(endpoint.host)
    assert postgres_processes(data) == []
    assert not host.exists()
    with running(data) as endpoint:
        assert rows(endpoint.app_url()) == 1


def test_small_files_are_private(data: Path) -> None:
    with running(data, durable=False):
        for name in ("secrets.json", "endpoint.json", "lock"):
            assert stat.S_IMODE((data / "pg" / name).stat().st_mode) == 0o600
        assert stat.S_IMODE((data / "pg" / "cluster").stat().st_mode) == 0o700


def test_blocks_share_one_server_and_the_last_one_stops_it(data: Path) -> None:
    with running(data, durable=False) as outer:
        with running(data) as inner:
            assert inner == outer
        with psycopg.connect(outer.super_url()) as connection:
            assert connection.execute("SELECT 1").fetchone() == (1,)
    assert postgres_processes(data) == []


def test_an_error_in_the_block_stops_the_server(data: Path) -> None:
    with pytest.raises(KeyboardInterrupt), running(data, durable=False):
        raise KeyboardInterrupt
    assert postgres_processes(data) == []


def test_second_process_attaches_and_leaves_the_server_alone(data: Path) -> None:
    with running(data, durable=False) as endpoint:
        with Supervisor(data) as other:
            assert other.answer() == ["attached", endpoint.host]
            assert other.finish() == 0
        with psycopg.connect(endpoint.super_url()) as connection:
            assert connection.execute("SELECT 1").fetchone() == (1,)


def test_other_threads_attach_but_cannot_start(data: Path) -> None:
    errors: list[BaseException] = []

    def begin() -> None:
        try:
            with running(data, durable=False):
                pass
        except RuntimeError as error:
            errors.append(error)

    thread = threading.Thread(target=begin)
    thread.start()
    thread.join()
    assert "main thread" in str(errors[0])
    with running(data, durable=False):
        thread = threading.Thread(target=begin)
        thread.start()
        thread.join()
    assert len(errors) == 1


def test_two_starts_at_once_give_one_supervisor(data: Path) -> None:
    with Supervisor(data) as one, Supervisor(data) as two:
        words = [one.answer(), two.answer()]
        assert sorted(word[0] for word in words) == ["attached", "supervised"]
        assert len({word[1] for word in words}) == 1


@pytest.mark.kill
def test_kill_9_leaves_no_server_and_no_broken_data(data: Path) -> None:
    with Supervisor(data, ROW) as supervisor:
        assert supervisor.answer()[0] == "supervised"
        assert len(postgres_processes(data)) == 1
        supervisor.kill()
        assert wait_until(lambda: postgres_processes(data) == [], 15)
    with running(data) as endpoint:
        assert rows(endpoint.app_url()) == 1


@pytest.mark.kill
@pytest.mark.parametrize("signum", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT])
def test_other_ends_of_the_supervisor_leave_no_server(data: Path, signum: signal.Signals) -> None:
    with Supervisor(data, ROW) as supervisor:
        supervisor.answer()
        os.killpg(supervisor.process.pid, signum)
        supervisor.process.wait(30)
        assert wait_until(lambda: postgres_processes(data) == [], 15)
    with running(data) as endpoint:
        assert rows(endpoint.app_url()) == 1


@pytest.mark.kill
def test_next_start_right_after_kill_9_waits_for_the_old_server(data: Path) -> None:
    with Supervisor(data, ROW) as supervisor:
        supervisor.answer()
        supervisor.kill()
        with running(data) as endpoint:
            assert endpoint.supervised
            assert rows(endpoint.app_url()) == 1
            assert len(postgres_processes(data)) == 1


@pytest.mark.kill
def test_killed_server_recovers_at_the_next_start(data: Path) -> None:
    with running(data) as endpoint:
        create_database(endpoint, "linli")
        with psycopg.connect(endpoint.owner_url(), autocommit=True) as connection:
            connection.execute(ROW)
        pid = int((data / "pg" / "cluster" / "postmaster.pid").read_text().split()[0])
        os.kill(pid, signal.SIGKILL)
    assert (data / "pg" / "cluster" / "postmaster.pid").exists()
    with running(data) as endpoint:
        assert rows(endpoint.app_url()) == 1


def test_stale_pid_of_a_living_stranger_is_forgotten(data: Path) -> None:
    with running(data, durable=False):
        pass
    cluster = data / "pg" / "cluster"
    # Our own parent lives and is no server; PostgreSQL alone would refuse to start because of it.
    lines = [str(os.getppid()), str(cluster), "1", "5432", "", "", "", "ready"]
    file = cluster / "postmaster.pid"
    file.write_text("\n".join(lines) + "\n")
    owner = cluster.stat()
    os.chown(file, owner.st_uid, owner.st_gid)
    with running(data, durable=False) as endpoint:
        assert endpoint.supervised


def test_supervisor_that_never_gets_ready_is_named(data: Path) -> None:
    hold = (
        "import sys; from pathlib import Path; from linli.shell.postgres.folder import Folder, FolderLock\n"
    )
    hold += (
        "lock = FolderLock.take(Folder(Path(sys.argv[1]))); print('held', flush=True); sys.stdin.readline()"
    )
    with Supervisor(data, code=hold) as other:
        assert other.answer() == ["held"]
        with pytest.raises(ServerRefused, match=f"Process {other.process.pid} supervises"):
            running(data, patience=0.5).__enter__()
        with pytest.raises(ServerRefused, match="Stop it first"):
            remove(data)


def test_long_data_path(data: Path) -> None:
    with running(data / ("长" * 40) / ("path" * 30), durable=False) as endpoint:
        connection = psycopg.connect(endpoint.super_url())
        assert connection.execute("SELECT 1").fetchone() == (1,)
        connection.close()


def test_path_with_spaces_and_quotes(data: Path) -> None:
    with running(data / 'it\'s a "data" folder', durable=False) as endpoint:
        assert endpoint.major >= 15


def test_removed_data_folder_begins_anew(data: Path) -> None:
    with running(data, durable=False) as endpoint:
        create_database(endpoint, "linli")
        with pytest.raises(ServerRefused):
            remove(data)
    remove(data)
    with running(data, durable=False) as endpoint, psycopg.connect(endpoint.super_url()) as connection:
        found = connection.execute("SELECT count(*) FROM pg_database WHERE datname = 'linli'").fetchone()
        assert found == (0,)


def test_socket_folder_of_somebody_else_is_not_trusted(data: Path) -> None:
    folder = Folder(data)
    squatted = Path(f"/tmp/linli-{folder.digest}")
    squatted.mkdir(mode=0o755)
    try:
        found = socket_folder(folder, Account("self"))
        assert found != squatted
        assert stat.S_IMODE(found.stat().st_mode) == 0o700
        found.rmdir()
    finally:
        squatted.rmdir()
