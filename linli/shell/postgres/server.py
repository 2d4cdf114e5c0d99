"""Starting one server, waiting until it answers, and ending what an earlier supervisor left behind.

The process that starts the server supervises it. Ended in an orderly way, it stops the server. Killed, the
kernel sends the server SIGINT, PostgreSQL's fast shutdown: open transactions are rolled back, connections
closed, and a checkpoint written. SIGTERM would wait for orphaned web workers to hang up; SIGQUIT would cost
the next start a crash recovery. A server that cannot finish in time is ended by the next start with SIGQUIT,
and recovers.
"""

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import psycopg

from linli.shell.postgres import cluster as clusters
from linli.shell.postgres.binaries import Binaries, choose, reachable
from linli.shell.postgres.databases import create_roles
from linli.shell.postgres.endpoint import ADMIN, Endpoint
from linli.shell.postgres.errors import ServerRefused
from linli.shell.postgres.folder import (
    PORT,
    Folder,
    FolderLock,
    Made,
    account_for,
    clear_sockets,
    socket_folder,
)
from linli.shell.postgres.processes import (
    Account,
    command_line,
    is_postmaster,
    server_processes,
    signal_all,
    spawn,
    wait_until,
)

FAST_SECONDS = 30.0
IMMEDIATE_SECONDS = 15.0
NOTICE_SECONDS = 3.0


def say(sentence: str) -> None:
    """Tell the person at the terminal; never on standard output, which may be piped."""
    print(f"linli: {sentence}", file=sys.stderr, flush=True)


class Server:
    """A server that this process started and stops again."""

    def __init__(
        self, folder: Folder, lock: FolderLock, process: "subprocess.Popen[bytes]", sockets: Path
    ) -> None:
        self.folder = folder
        self.lock = lock
        self.process = process
        self.sockets = sockets
        self.supervisor = os.getpid()

    def stop(self) -> None:
        """Fast shutdown, then immediate shutdown; the lock goes last. Does nothing in a forked child."""
        if os.getpid() != self.supervisor:
            return
        try:
            for signum, seconds in ((signal.SIGINT, FAST_SECONDS), (signal.SIGQUIT, IMMEDIATE_SECONDS)):
                if self.process.poll() is None:
                    self.process.send_signal(signum)
                    with contextlib.suppress(subprocess.TimeoutExpired):
                        self.process.wait(seconds)
            if self.process.poll() is None:
                self.process.kill()
                self.process.wait()
            self.folder.remove_file("endpoint.json")
            shutil.rmtree(self.sockets, ignore_errors=True)
        finally:
            self.lock.release()


def start(
    folder: Folder, lock: FolderLock, *, prefer: str | None, durable: bool, patience: float
) -> tuple[Endpoint, Server]:
    """Make the cluster if need be, start its server and wait until it answers. Takes over `lock`.

    Raises ServerRefused; the lock is released then.
    """
    try:
        folder.remove_file("endpoint.json")
        made = folder.made()
        account = account_for(folder, made)
        build = choose(prefer) if made is None else choose(prefer, made_by=made.major, made_kind=made.kind)
        build = reachable(build, account)
        sockets = socket_folder(folder, account)
        made = _cluster(folder, made, build, account, sockets, durable=durable)
        process = _postmaster(folder, made, build, account, sockets, durable=durable)
    except OSError as error:
        lock.release()
        raise ServerRefused(
            f"The database of {folder.data} could not be started: {error}. Mend that (space, permissions), "
            "or name another folder with --data."
        ) from error
    except BaseException:
        lock.release()
        raise
    server = Server(folder, lock, process, sockets)
    try:
        return _publish(server, build, made, patience), server
    except BaseException:
        server.stop()
        raise


def _cluster(
    folder: Folder, made: Made | None, build: Binaries, account: Account, sockets: Path, *, durable: bool
) -> Made:
    """The cluster to open: the recorded one, or a new one. A start that was killed half way begins again."""
    if made is None or (not made.roles and not folder.cluster(made).is_dir()):
        return clusters.make(folder, build, account, sockets, durable=durable)
    return clusters.adopt(folder, made, build)


def _postmaster(
    folder: Folder, made: Made, build: Binaries, account: Account, sockets: Path, *, durable: bool
) -> "subprocess.Popen[bytes]":
    location = folder.cluster(made)
    if location.parent != folder.root:
        say(f"the database user {account.name} cannot enter {folder.root}, so the database is in {location}.")
    name = f"linli-{folder.digest}"
    end_orphans(folder, location, name)
    clear_sockets(sockets)
    command = clusters.postgres_command(folder, build, location, sockets, cluster_name=name, durable=durable)
    with folder.open_log("start.log") as output:
        return spawn(command, account=account, output=output, death=signal.SIGINT)


def end_orphans(folder: Folder, location: Path, name: str) -> None:
    """Wait for, or end, server processes that outlived their supervisor. Call it with the lock held.

    Raises ServerRefused when a server on this cluster was started by something else.
    """
    left = server_processes(location, name)
    if not left:
        return _forget_pid_file(location)
    for pid in left:
        words = command_line(pid)
        if is_postmaster(words, location) and f"linli.folder={folder.root}" not in words:
            raise ServerRefused(
                f"Process {pid} already runs a database server on {location}, and it was not started for "
                "this data folder. Stop it, then start again."
            )
    say("waiting for the database server of an earlier start to finish.")
    for signum, seconds in ((signal.SIGINT, FAST_SECONDS), (signal.SIGQUIT, IMMEDIATE_SECONDS)):
        signal_all(server_processes(location, name), signum)
        if wait_until(lambda: not server_processes(location, name), seconds):
            return _forget_pid_file(location)
    raise ServerRefused(
        f"The processes {server_processes(location, name)} of an earlier database server do not end. "
        "Stop them, then start again."
    )


def _forget_pid_file(location: Path) -> None:
    """Remove a `postmaster.pid` whose number now belongs to a zombie or to something else.

    PostgreSQL would take that process for a running server and refuse. Safe here: the lock is ours and no
    process of this cluster lives. A number that nobody has is left to PostgreSQL's own check.
    """
    file = location / "postmaster.pid"
    with contextlib.suppress(FileNotFoundError, ValueError, IndexError):
        pid = int(file.read_text().split()[0])
        with contextlib.suppress(ProcessLookupError):
            with contextlib.suppress(PermissionError):
                os.kill(pid, 0)
            file.unlink()


def _publish(server: Server, build: Binaries, made: Made, patience: float) -> Endpoint:
    """Wait for the server, complete the roles once, and write down where others find it."""
    secrets = server.folder.secrets()
    assert secrets is not None  # made with the cluster, checked when adopting it
    endpoint = Endpoint(str(server.sockets), PORT, ADMIN, 0, build.bin_dir, secrets, supervised=True)
    endpoint = replace(endpoint, version=_wait(server, endpoint, patience))
    if not made.roles:
        create_roles(endpoint)
        server.folder.write_made(replace(made, roles=True))
    server.folder.write(
        "endpoint.json",
        {
            "host": endpoint.host,
            "port": endpoint.port,
            "version": endpoint.version,
            "bin_dir": str(endpoint.bin_dir),
        },
    )
    return endpoint


def _wait(server: Server, endpoint: Endpoint, patience: float) -> int:
    """Connect until it works (crash recovery included); return the version number.

    Raises ServerRefused when the server ends, refuses the password, or `patience` seconds have passed.
    """
    begin = time.monotonic()
    told = False
    while True:
        try:
            with psycopg.connect(endpoint.super_url(), connect_timeout=5) as connection:
                return connection.info.server_version
        except psycopg.OperationalError as error:
            said = str(error)
        waited = time.monotonic() - begin
        if server.process.poll() is not None:
            raise ServerRefused(f"The database server ended while starting. It said: {_last_words(server)}")
        if "password authentication failed" in said:
            raise ServerRefused(
                f"The passwords in {server.folder.root / 'secrets.json'} are not those of this cluster. "
                "Bring back the file that was saved together with the cluster."
            )
        if waited > patience:
            raise ServerRefused(
                f"The database server has not become ready within {waited:.0f} s. It said: "
                f"{_last_words(server)}"
            )
        if waited > NOTICE_SECONDS and not told:
            told = True
            say("the database is recovering from an unclean end; this takes a moment.")
        time.sleep(0.03)


def _last_words(server: Server) -> str:
    """The end of what the server printed and logged at this start."""
    made = server.folder.made()
    files = [server.folder.root / "start.log"]
    if made is not None:
        logs = (server.folder.cluster(made) / "log").glob("*.log")
        files += sorted(logs, key=lambda path: path.stat().st_mtime)[-1:]
    lines: list[str] = []
    for file in files:
        with contextlib.suppress(OSError):
            lines += file.read_text(errors="replace").splitlines()[-6:]
    return " | ".join(lines) or "nothing"
