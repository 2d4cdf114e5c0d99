"""A whole installation under one process: database server, web server, jobs; restarted as `linli serve` does.

The command lines are the product's own (linli.shell.serving). This process is the sub-reaper: whatever loses
its parent through a kill becomes its child and is waited for, so that no dead server looks alive.
"""

from __future__ import annotations

import contextlib
import ctypes
import http.client
import io
import os
import signal
import time
from pathlib import Path

from linli.foundation.core.commands import CommandRefused
from linli.shell import postgres
from linli.shell.proof.ground import Ground, free_port
from linli.shell.serving import Child, Plan, answers, web_command, worker_command

PR_SET_CHILD_SUBREAPER = 36
THREADS = 8
READY_SECONDS = 60.0


def become_reaper() -> None:
    """Orphans of killed processes become ours instead of process 1's, which may never wait for them."""
    ctypes.CDLL(None, use_errno=True).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def children(pid: int) -> list[int]:
    """Living children of a process, by the kernel's own list."""
    found: list[int] = []
    with contextlib.suppress(OSError):
        for task in Path("/proc", str(pid), "task").iterdir():
            found += [int(word) for word in (task / "children").read_text().split()]
    return found


def words_of(pid: int) -> str:
    """A process's title; empty for a zombie or none."""
    with contextlib.suppress(OSError):
        return (
            Path("/proc", str(pid), "cmdline")
            .read_bytes()
            .replace(b"\0", b" ")
            .decode(errors="replace")
            .strip()
        )
    return ""


def age(pid: int) -> float:
    """Seconds that a process has lived; 0 when there is none."""
    with contextlib.suppress(OSError, ValueError, IndexError):
        fields = Path("/proc", str(pid), "stat").read_text().rsplit(")", 1)[1].split()
        return time.clock_gettime(time.CLOCK_BOOTTIME) - int(fields[19]) / os.sysconf("SC_CLK_TCK")
    return 0.0


class Fleet:
    """Everything that may be killed, by name."""

    def __init__(self, ground: Ground, database: str, *, web: int, jobs: int, **environment: str) -> None:
        self.ground, self.database = ground, database
        self.plan = Plan("127.0.0.1", free_port(), web, THREADS, ground.data)
        served = ground.environment(
            database, LINLI_THREADS=str(THREADS), LINLI_DATA=str(ground.data), **environment
        )
        logs = ground.data / "logs"
        logs.mkdir(exist_ok=True)
        self.web = Child("web", web_command(self.plan), served, logs / f"{database}-web.log")
        self.jobs = [
            Child(f"jobs {n}", worker_command(), served, logs / f"{database}-jobs-{n}.log")
            for n in range(jobs)
        ]
        self.lost: set[int] = set()
        self.revived = 0

    @property
    def all(self) -> list[Child]:
        return [self.web, *self.jobs]

    def start(self) -> None:
        """Start and wait for the first answer. Raises CommandRefused."""
        for child in self.all:
            child.start()
        end = time.monotonic() + READY_SECONDS
        while not self.answers():
            if time.monotonic() > end or not self.web.runs():
                raise CommandRefused(f"the web server of the kill test did not come up: {self.web.log}")
            time.sleep(0.05)

    def answers(self) -> bool:
        """Whether a request reaches the database and back."""
        if not answers(self.plan):
            return False
        connection = http.client.HTTPConnection("127.0.0.1", self.plan.port, timeout=5)
        try:
            connection.request("GET", "/report")
            return connection.getresponse().status == 200
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()

    def look(self) -> None:
        """Start again whatever died. Call it often, from the main thread."""
        if not postgres.alive(self.ground.data):
            postgres.revive(self.ground.data)
            self.revived += 1
        for child in self.all:
            child.short_lives = 0  # killed on purpose: no growing pauses
            with contextlib.redirect_stderr(io.StringIO()):  # and no word about each
                child.look()
        for pid in list(self.lost):
            with contextlib.suppress(ChildProcessError):
                if os.waitpid(pid, os.WNOHANG)[0] == 0:
                    continue
            self.lost.discard(pid)

    def kill(self, pid: int, signum: signal.Signals = signal.SIGKILL) -> bool:
        """Send a signal; False when the process was gone already. Its children may become ours."""
        if not pid:
            return False
        if signum == signal.SIGKILL:
            self.lost |= set(children(pid))
        try:
            os.kill(pid, signum)
        except ProcessLookupError:
            return False
        return True

    def web_workers(self) -> list[int]:
        return [pid for pid in children(self.web.pid) if "resource_tracker" not in words_of(pid)]

    def postmaster(self) -> int:
        """The server of this ground, never another one that the same process started."""
        pid = postgres.server_pid(self.ground.data)
        return pid if pid in children(os.getpid()) else 0

    def backends(self) -> list[int]:
        """Connections of web and jobs processes to the database under test."""
        return [pid for pid in children(self.postmaster()) if f" linli_app {self.database} " in words_of(pid)]

    def stop(self) -> None:
        """End everything but the database server, which the ground stops."""
        for child in self.all:
            child.tell(signal.SIGTERM)
        end = time.monotonic() + 8
        for child in self.all:
            if child.process is not None:
                with contextlib.suppress(Exception):
                    child.process.wait(max(0.1, end - time.monotonic()))
                self.kill(child.pid) if child.runs() else None
                with contextlib.suppress(Exception):
                    child.process.wait(5)
