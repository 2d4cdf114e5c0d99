"""The serving processes: the web server and the jobs process, started, watched, restarted and stopped.

    linli serve (this module)
    |- postgres            own data folder only (linli.shell.postgres)
    |- granian             forks the web processes, which run cli/served.py
    |- linli worker        the jobs processes, behind the others in the queue for the cores

Every child carries the kernel's parent-death signal, the web processes too: when this process is killed,
nothing survives. A child that ends is started again, at once the first time and with growing pauses after.
No Django here.
"""

from __future__ import annotations

import contextlib
import http.client
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from linli.shell.postgres import die_with_parent

DRAIN_SECONDS = 18.0
WEB_DRAIN_SECONDS = 15
WATCH_SECONDS = 0.1
READY_SECONDS = 90.0
HEALTHY_AFTER = 20.0
LONGEST_PAUSE = 10.0
GIVE_UP_STARTS = 4
SCRATCH_CONNECTIONS = 8  # commands, a backup and a person with psql beside the service
CONNECTIONS_OF_A_WEB_PROCESS = 3  # beside its threads: two spare ones of the pool and the id allocator
CONNECTIONS_OF_JOBS = 3  # each
MOST_JOBS = 4


@dataclass(frozen=True, slots=True)
class Plan:
    """How to serve."""

    host: str
    port: int
    workers: int
    threads: int
    data: Path
    logs: Path | None = None  # a folder for the children's output; None: the output of this process

    @property
    def connections(self) -> int:
        """Database connections that the service may hold at once."""
        return connections_needed(self.workers, self.threads)

    @property
    def address(self) -> str:
        host = "127.0.0.1" if self.host in ("0.0.0.0", "::") else self.host  # noqa: S104 - compared, not bound
        return f"http://{f'[{host}]' if ':' in host else host}:{self.port}/"


def jobs_for(workers: int) -> int:
    """Jobs processes beside so many web processes: what a busy hour left lying is worked off on every core."""
    return min(workers, MOST_JOBS)


def connections_needed(workers: int, threads: int) -> int:
    """Connections that so many web processes and threads, their jobs processes and commands take together."""
    web = workers * (threads + CONNECTIONS_OF_A_WEB_PROCESS)
    return web + jobs_for(workers) * CONNECTIONS_OF_JOBS + SCRATCH_CONNECTIONS


def workers_that_fit(wanted: int, threads: int, available: int) -> int:
    """At most `wanted` web processes such that all connections fit; at least 1."""
    fitting = [n for n in range(1, wanted + 1) if connections_needed(n, threads) <= available]
    return max(fitting, default=1)


def port_problem(host: str, port: int) -> str:
    """A sentence when the address cannot be listened on; empty when it can.

    Asked without SO_REUSEPORT: the server uses it, and would share a port with a stranger in silence.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as problem:
            return (
                f"The address {host} port {port} cannot be used: {problem.strerror}. End the program that uses "
                "it, or choose another port with --port."
            )
    return ""


def web_command(plan: Plan) -> list[str]:
    """The web server's command line. The access log is off: request lines are written by the application."""
    options = {
        "--interface": "wsgi",
        "--host": plan.host,
        "--port": str(plan.port),
        "--workers": str(plan.workers),
        "--blocking-threads": str(plan.threads),
        "--blocking-threads-idle-timeout": "600",
        "--backpressure": str(max(16, plan.threads * 8)),
        "--http": "1",
        "--log-level": "error",
        "--workers-kill-timeout": str(WEB_DRAIN_SECONDS),
        "--respawn-interval": "0.2",
    }
    words = [word for pair in options.items() for word in pair]
    flags = ["--no-ws", "--no-access-log", "--respawn-failed-workers"]
    return [sys.executable, "-P", "-m", "granian", *words, *flags, "linli.shell.cli.served:application"]


def worker_command() -> list[str]:
    """The jobs process's command line."""
    return [sys.executable, "-P", "-m", "linli", "worker"]


def child_environment(plan: Plan) -> dict[str, str]:
    """This process's environment without other tools' settings, with the pool switched on."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("GRANIAN_", "PG"))}
    return {**kept, "LINLI_POOL": "1", "LINLI_THREADS": str(plan.threads), "LINLI_DATA": str(plan.data)}


@dataclass
class Child:
    """One kept-alive process."""

    name: str
    command: Sequence[str]
    environment: dict[str, str]
    log: Path | None = None
    process: subprocess.Popen[bytes] | None = None
    born: float = 0.0
    starts: int = 0
    short_lives: int = 0
    restart_at: float = field(default=0.0)

    def start(self) -> None:
        """Start it in a session of its own, so that Ctrl-C reaches only us; the kernel ends it with us."""
        with self._output() as output:
            self.process = subprocess.Popen(  # noqa: S603 - our own commands
                list(self.command),
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT if output is not None else None,
                start_new_session=True,
                preexec_fn=die_with_parent(signal.SIGKILL),
            )
        self.born = time.monotonic()
        self.starts += 1

    def _output(self) -> contextlib.AbstractContextManager[IO[bytes] | None]:
        return contextlib.nullcontext() if self.log is None else self.log.open("ab")

    @property
    def pid(self) -> int:
        return self.process.pid if self.process else 0

    def runs(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def look(self) -> None:
        """Start it again when it has ended: at once, then with pauses that grow while its lives are short."""
        if self.runs():
            return
        now = time.monotonic()
        if not self.restart_at:
            lived = now - self.born
            self.short_lives = 0 if lived > HEALTHY_AFTER else self.short_lives + 1
            self.restart_at = now + min(
                LONGEST_PAUSE, 0.25 * 2 ** (self.short_lives - 1) if self.short_lives else 0
            )
            code = self.process.returncode if self.process else 0
            print(
                f"linli: the {self.name} process ended ({code}); starting it again.",
                file=sys.stderr,
                flush=True,
            )
        if now >= self.restart_at:
            self.restart_at = 0.0
            self.start()

    def tell(self, signum: signal.Signals) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(signum)


class Service:
    """Web server and jobs processes together, until a signal says stop."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        environment = child_environment(plan)
        log = plan.logs
        self.web = Child("web", web_command(plan), environment, log and log / "web.log")
        self.jobs = [
            Child("jobs", worker_command(), environment, log and log / "jobs.log")
            for _one in range(jobs_for(plan.workers))
        ]
        self.children = [self.web, *self.jobs]
        self.stop_signal = 0

    def _heard(self, signum: int, _frame: object) -> None:
        self.stop_signal = signum

    def run(
        self, *, alive: Callable[[], bool], revive: Callable[[], object], ready: Callable[[], None]
    ) -> int:
        """Serve until SIGTERM or SIGINT. Returns 0, or 1 when the web server never came up.

        `alive` says whether the own database server runs, `revive` starts it again, `ready` is called once,
        when the first request was answered.
        """
        earlier = {s: signal.signal(s, self._heard) for s in (signal.SIGTERM, signal.SIGINT)}
        try:
            for child in self.children:
                child.start()
            if not self._wait_ready():
                return 0 if self.stop_signal else 1
            ready()
            while not self.stop_signal:
                if not alive():
                    print("linli: the database server ended; starting it again.", file=sys.stderr, flush=True)
                    revive()
                for child in self.children:
                    child.look()
                time.sleep(WATCH_SECONDS)
            return 0
        finally:
            self.stop()
            for signum, handler in earlier.items():
                signal.signal(signum, handler)

    def _wait_ready(self) -> bool:
        end = time.monotonic() + READY_SECONDS
        while not self.stop_signal and time.monotonic() < end and self.web.starts < GIVE_UP_STARTS:
            if self.web.runs() and answers(self.plan):
                return True
            for child in self.children:
                child.look()
            time.sleep(0.05)
        if not self.stop_signal:
            where = f" It said:\n{tail(self.web.log)}" if self.web.log else " The lines above say why."
            print(f"linli: the web server did not come up.{where}", file=sys.stderr, flush=True)
        return False

    def stop(self) -> None:
        """SIGTERM to all: running requests and the running job end, leases are given back; then SIGKILL."""
        for child in self.children:
            child.tell(signal.SIGTERM)
        end = time.monotonic() + DRAIN_SECONDS
        for child in self.children:
            if child.process is None:
                continue
            try:
                child.process.wait(max(0.1, end - time.monotonic()))
            except subprocess.TimeoutExpired:
                child.process.kill()
                child.process.wait()


def answers(plan: Plan) -> bool:
    """Whether the web server answers a request, whatever it says."""
    host = plan.address.split("//")[1].rsplit(":", 1)[0].strip("[]")
    connection = http.client.HTTPConnection(host, plan.port, timeout=10)
    try:
        connection.request("GET", "/healthz")
        connection.getresponse().read()
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
    return True


def tail(log: Path | None, lines: int = 15) -> str:
    """The last lines of a log file."""
    if log is None or not log.exists():
        return ""
    return "\n".join(log.read_text("utf-8", errors="replace").splitlines()[-lines:])
