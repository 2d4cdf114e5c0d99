"""`linli demo` as processes: starts, restarts, drains; Ctrl-C and kill -9 leave nothing and break nothing."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest

from linli.shell import postgres
from linli.shell.cli.installation import ROOT

pytestmark = [pytest.mark.slow, pytest.mark.kill]


def environment() -> dict[str, str]:
    kept = {k: v for k, v in os.environ.items() if not k.startswith("LINLI_") and k != "DATABASE_URL"}
    if "LINLI_PG" in os.environ:
        kept["LINLI_PG"] = os.environ["LINLI_PG"]
    return {**kept, "PYTHONPATH": str(ROOT)}


def linli(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "linli", *words], env=environment(), cwd="/", capture_output=True, text=True,
        check=False, timeout=300,
    )  # fmt: skip


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Demo:
    """A running demonstration of our own."""

    def __init__(self, data: Path) -> None:
        self.data, self.port = data, free_port()
        self.log = (data.parent / f"out-{self.port}").open("w+")
        command = [
            sys.executable,
            "-m",
            "linli",
            "demo",
            "--size",
            "tiny",
            "--data",
            str(data),
            "--port",
            str(self.port),
        ]
        self.begun = time.monotonic()
        self.process = subprocess.Popen(
            command,
            env=environment(),
            cwd="/",
            stdout=self.log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )

    def get(self, path: str, timeout: float = 30) -> int:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout)
        with contextlib.closing(connection):
            connection.request("GET", path)
            return connection.getresponse().status

    def answers(self, path: str = "/healthz") -> bool:
        with contextlib.suppress(OSError, http.client.HTTPException):
            return self.get(path) == 200
        return False

    def said(self) -> str:
        return Path(self.log.name).read_text()

    def up(self) -> float:
        """Seconds from the start to the first answered request and the printed address."""
        until(lambda: self.answers() and "answers at" in self.said(), 120)
        return time.monotonic() - self.begun

    def children(self) -> list[int]:
        return descendants(self.process.pid)

    def child(self, words: str) -> int:
        """The direct child whose command line holds these words; the first of several."""
        for pid in self.all(words):
            return pid
        raise AssertionError(f"no child {words!r}: {self.said()}")

    def all(self, words: str) -> list[int]:
        return [pid for pid in direct(self.process.pid) if words in command_line(pid)]


def until(condition: Callable[[], bool], seconds: float) -> float:
    begun = time.monotonic()
    while not condition():
        assert time.monotonic() - begun < seconds, "it did not happen in time"
        time.sleep(0.03)
    return time.monotonic() - begun


def stat(pid: int) -> tuple[str, int]:
    """State and parent of a process; ("X", 0) when it is gone."""
    with contextlib.suppress(OSError):
        fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
        return fields[0], int(fields[1])
    return "X", 0


def lives(pid: int) -> bool:
    return stat(pid)[0] not in "XZ"


def command_line(pid: int) -> str:
    with contextlib.suppress(OSError):
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
    return ""


def direct(pid: int) -> list[int]:
    found = [int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit()]
    return [one for one in found if stat(one)[1] == pid]


def descendants(pid: int) -> list[int]:
    below = direct(pid)
    return below + [deeper for one in below for deeper in descendants(one)]


@pytest.fixture
def place() -> Iterator[Path]:
    """A folder that the database user can reach."""
    folder = Path(tempfile.mkdtemp(prefix="linli-test-"))
    folder.chmod(0o755)
    yield folder
    for data in folder.iterdir():
        if (data / "pg").is_dir():
            postgres.remove(data)
    shutil.rmtree(folder)


@contextlib.contextmanager
def running(data: Path) -> Iterator[Demo]:
    demo = Demo(data)
    try:
        yield demo
    finally:
        left = demo.children()
        if demo.process.poll() is None:
            demo.process.send_signal(signal.SIGTERM)
            try:
                demo.process.wait(40)
            except subprocess.TimeoutExpired:
                demo.process.kill()
                demo.process.wait()
        demo.log.close()
        until(lambda: not any(lives(pid) for pid in left), 40)


def slowness() -> float:
    """How much slower this machine is just now than an idle one: the limits below are those of an idle one.

    Every core is asked at once, for what starts here takes them all, and another test may keep one busy.
    """
    command = [sys.executable, "-c", "import django.template, psycopg, granian"]
    begun = time.monotonic()
    for one in [subprocess.Popen(command) for _core in range(os.cpu_count() or 1)]:
        assert one.wait(60) == 0
    return max(1.0, (time.monotonic() - begun) / 0.3)


def events(data: Path) -> int:
    with postgres.running(data) as endpoint, psycopg.connect(endpoint.super_url("linli")) as connection:
        row = connection.execute("SELECT count(*) FROM core_event").fetchone()
        assert row is not None
        return int(row[0])


def test_first_and_second_start_commands_beside_it_and_ctrl_c(place: Path) -> None:
    data = place / "var"
    first = linli("demo", "--size", "tiny", "--data", str(data), "--no-serve")
    assert first.returncode == 0, first.stderr
    accounts = json.loads((data / "accounts.json").read_text())
    assert (data / "accounts.json").stat().st_mode & 0o777 == 0o600
    with running(data) as demo:
        seconds = demo.up()
        assert seconds < 10 * slowness(), demo.said()
        assert all(one["password"] in demo.said() for one in accounts) and len(accounts) > 7
        assert demo.answers("/readyz")
        beside = linli("district", "list", "--data", str(data))
        assert beside.returncode == 0 and "140403" in beside.stdout
        again = linli("demo", "--data", str(data), "--port", str(demo.port))
        assert again.returncode == 1 and f"port {demo.port} cannot be used" in again.stderr
        fresh = linli("demo", "--data", str(data), "--fresh")
        assert fresh.returncode == 1 and "Stop it first" in fresh.stderr
        left = demo.children()
        assert len(left) > 5
        demo.process.send_signal(signal.SIGINT)
        assert demo.process.wait(20) == 0
        until(lambda: not any(lives(pid) for pid in left), 5)
    assert events(data) > 0


def test_kill_9_leaves_no_process_and_no_broken_data(place: Path) -> None:
    data = place / "var"
    with running(data) as demo:
        demo.up()
        left = demo.children()
        demo.process.kill()
        demo.process.wait()
        until(lambda: not any(lives(pid) for pid in left), 10)
    with running(data) as again:
        assert again.up() < 10 * slowness()
        assert again.answers("/readyz")
        assert "making the demonstration" not in again.said()


def test_what_dies_is_started_again(place: Path) -> None:
    with running(place / "var") as demo:
        demo.up()
        web = demo.child("granian")
        os.kill(direct(web)[0], signal.SIGKILL)
        assert until(demo.answers, 30) < 3 * slowness()
        every = demo.all("linli worker")
        os.kill(every[0], signal.SIGKILL)
        until(lambda: not lives(every[0]), 5)
        assert until(lambda: len(demo.all("linli worker")) == len(every), 15) < 1.5 * slowness()
        workers = direct(web)
        os.kill(web, signal.SIGKILL)
        until(lambda: not any(lives(pid) for pid in (web, *workers)), 5)
        assert until(demo.answers, 60) < 4 * slowness()
        jobs = demo.child("linli worker")
        os.kill(demo.child("postgres"), signal.SIGKILL)
        until(lambda: "the database server ended" in demo.said(), 10)
        assert until(lambda: demo.answers("/readyz"), 90) < 10 * slowness()
        assert lives(jobs), "the jobs process must wait for its database, not die with it"


def test_a_running_request_ends_before_the_service_does(place: Path) -> None:
    data = place / "var"
    with running(data) as demo:
        demo.up()
        answered: list[int] = []
        with postgres.running(data) as endpoint, psycopg.connect(endpoint.super_url("linli")) as holder:
            holder.execute("LOCK TABLE core_outbox IN ACCESS EXCLUSIVE MODE")
            asking = threading.Thread(target=lambda: answered.append(demo.get("/readyz")))
            asking.start()
            time.sleep(1)
            demo.process.send_signal(signal.SIGTERM)
            begun = time.monotonic()
            time.sleep(2)
            assert demo.process.poll() is None and not answered
            holder.rollback()
        asking.join(20)
        assert answered == [200]
        assert demo.process.wait(20) == 0
        assert time.monotonic() - begun < 20


def test_an_interrupted_build_is_begun_anew(place: Path) -> None:
    data = place / "var"
    with running(data) as demo:
        until(lambda: any("demo.build" in command_line(pid) for pid in demo.children()), 60)
        left = demo.children()
        demo.process.kill()
        demo.process.wait()
        until(lambda: not any(lives(pid) for pid in left), 10)
    beside = linli("district", "list", "--data", str(data))
    assert beside.returncode == 1 and "was never finished" in beside.stderr
    again = linli("demo", "--size", "tiny", "--data", str(data), "--no-serve")
    assert again.returncode == 0 and "making the demonstration" in again.stderr
    listed = linli("district", "list", "--data", str(data))
    assert [line.split()[0] for line in listed.stdout.splitlines()] == ["140403", "140499"]
