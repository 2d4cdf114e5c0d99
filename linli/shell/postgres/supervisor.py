"""Run the server of a data folder for as long as somebody here needs it, or attach to a running one."""

import contextlib
import os
import shutil
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg

from linli.shell.postgres.endpoint import ADMIN, Endpoint
from linli.shell.postgres.errors import ServerRefused
from linli.shell.postgres.folder import SOCKET_ROOT, Folder, FolderLock, lock_holder
from linli.shell.postgres.server import NOTICE_SECONDS, Server, end_orphans, say, start


class Held:
    """One data folder as this process uses it; nested and parallel users share it."""

    def __init__(self, endpoint: Endpoint, server: Server | None) -> None:
        self.endpoint = endpoint
        self.server = server
        self.users = 0


_guard = threading.RLock()
_held: dict[tuple[int, Path], Held] = {}  # by process id: a forked child holds nothing


@contextlib.contextmanager
def running(
    data: Path, *, prefer: str | None = None, durable: bool = True, patience: float = 300.0
) -> Iterator[Endpoint]:
    """The running server of the data folder `data`, for the length of the `with` block.

    Nobody runs it: it is made if need be, started from the main thread, supervised by this process and
    stopped when the last block ends. Somebody runs it: this process attaches and leaves it alone.
    `prefer` is "wheel", "system" or None (LINLI_PG, else installed packages, else the wheel).
    `durable=False` is for tests: a crash of the machine may destroy the cluster.
    `patience` is how many seconds a start with crash recovery may take.
    Raises ServerRefused with a sentence for a person.
    """
    key, held = _enter(data, prefer=prefer, durable=durable, patience=patience)
    try:
        yield held.endpoint
    finally:
        _leave(key, held)


def _enter(
    data: Path, *, prefer: str | None, durable: bool, patience: float
) -> tuple[tuple[int, Path], Held]:
    with _guard:
        folder = Folder(data)
        key = (os.getpid(), folder.root)
        held = _held.get(key)
        if held is None:
            held = _held[key] = _open(folder, prefer=prefer, durable=durable, patience=patience)
        held.users += 1
        return key, held


def _leave(key: tuple[int, Path], held: Held) -> None:
    with _guard:
        held.users -= 1
        if held.users > 0:
            return
        _held.pop(key, None)
        if held.server is not None:
            held.server.stop()


def _open(folder: Folder, *, prefer: str | None, durable: bool, patience: float) -> Held:
    """Become the supervisor or attach, whichever is possible first."""
    begin = time.monotonic()
    told = False
    while True:
        lock = FolderLock.take(folder)
        if lock is not None:
            return Held(*start(folder, lock, prefer=prefer, durable=durable, patience=patience))
        endpoint = attach(folder)
        if endpoint is not None:
            return Held(endpoint, None)
        waited = time.monotonic() - begin
        if waited > patience:
            raise ServerRefused(
                f"Process {lock_holder(folder)} supervises the database of {folder.data}, but the database "
                f"has not answered for {waited:.0f} s. Stop that process and start again."
            )
        if waited > NOTICE_SECONDS and not told:
            told = True
            say(f"waiting for process {lock_holder(folder)}, which is starting or stopping this database.")
        time.sleep(0.1)


def alive(data: Path) -> bool:
    """Whether the server that this process uses still runs, its own or one it attached to. Costs no connection.

    Also True when this process uses no server of this folder: then there is nothing to start again.
    """
    folder = Folder(data)
    held = _held.get((os.getpid(), folder.root))
    if held is None:
        return True
    if held.server is not None:
        return held.server.process.poll() is None
    holder = lock_holder(folder)
    return (folder.root / "endpoint.json").exists() and holder.isdigit() and Path("/proc", holder).exists()


def server_pid(data: Path) -> int:
    """The server process that this process itself started over a folder; 0 when there is none."""
    held = _held.get((os.getpid(), Folder(data).root))
    return held.server.process.pid if held is not None and held.server is not None else 0


def revive(data: Path, *, patience: float = 300.0) -> Endpoint:
    """Start the server again that died under this process, or whose supervisor left; blocks go on with it.

    Socket and passwords stay the same, so addresses that were handed out remain right. Call it from the main
    thread inside a `running` block. Raises ServerRefused.
    """
    with _guard:
        folder = Folder(data)
        held = _held[(os.getpid(), folder.root)]
        if held.server is not None:
            held.server.stop()
        fresh = _open(folder, prefer=None, durable=True, patience=patience)
        held.endpoint, held.server = fresh.endpoint, fresh.server
        return held.endpoint


def attach(folder: Folder) -> Endpoint | None:
    """The server that another process supervises; None while it is not ready."""
    content = folder.read("endpoint.json")
    secrets = folder.secrets()
    if content is None or secrets is None:
        return None
    host, port, version = str(content["host"]), int(content["port"]), int(content["version"])
    endpoint = Endpoint(host, port, ADMIN, version, Path(str(content["bin_dir"])), secrets)
    try:
        psycopg.connect(endpoint.super_url(), connect_timeout=5).close()
    except psycopg.OperationalError:
        return None
    return endpoint


def remove(data: Path) -> None:
    """Delete the cluster of a data folder with its passwords, wherever it lies; nothing else in `data`.

    Raises ServerRefused when a process still runs it.
    """
    folder = Folder(data)
    lock = FolderLock.take(folder)
    if lock is None:
        raise ServerRefused(
            f"Process {lock_holder(folder)} runs the database of {folder.data}. Stop it first (Ctrl-C), "
            "then delete the data."
        )
    try:
        made = folder.made()
        if made is not None:
            end_orphans(folder, folder.cluster(made), f"linli-{folder.digest}")
            folder.remove_file("made.json")
            shutil.rmtree(folder.cluster(made), ignore_errors=True)
            if (place := folder.cluster(made).parent) != folder.root:
                with contextlib.suppress(OSError):  # a cluster kept aside is still in it
                    place.rmdir()
        shutil.rmtree(SOCKET_ROOT / f"linli-{folder.digest}", ignore_errors=True)
        for name in ("endpoint.json", "secrets.json", "start.log", "initdb.log"):
            folder.remove_file(name)
    finally:
        lock.release()
