"""One round of sending, and the counters of the database around it."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg

from linli.foundation.core.commands import CommandRefused
from linli.shell import postgres
from linli.shell.bench import usage
from linli.shell.proof.fleet import Fleet
from linli.shell.proof.ground import Ground

PHONE = "13800138000"
FLUSH_SECONDS = 1.3  # sessions report their counts to the server at most once a second


@dataclass(frozen=True, slots=True)
class Round:
    """What the senders saw."""

    clients: int
    count: int
    failures: int
    seconds: float
    latencies: list[float]  # milliseconds, sorted
    sender_cpu: float

    @property
    def per_second(self) -> float:
        return self.count / self.seconds

    def percentile(self, share: float) -> float:
        """Milliseconds that this share of the answers did not exceed."""
        return self.latencies[min(len(self.latencies) - 1, int(len(self.latencies) * share))]


def send(
    ground: Ground, fleet: Fleet, folder: Path, *, clients: int, seconds: float, turn: int, most: int = 0
) -> Round:
    """Run the senders to their end. Raises CommandRefused when nothing came through."""
    told = {
        **target(ground),
        "port": fleet.plan.port,
        "clients": clients,
        "seconds": seconds,
        "round": turn,
        "most": most,
    }
    config = folder / f"load-{turn}.json"
    config.write_text(json.dumps(told), "utf-8")
    done = subprocess.run(  # noqa: S603 - our own module
        [sys.executable, "-P", "-m", "linli.shell.bench.load", str(config)],
        env=ground.environment(fleet.database),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=seconds + 120,
        check=False,
        preexec_fn=postgres.die_with_parent(signal.SIGKILL),
    )
    if done.returncode != 0:
        raise CommandRefused(f"the senders failed:\n{done.stderr[-600:]}")
    seen: dict[str, Any] = json.loads(done.stdout)
    if not seen["count"]:
        raise CommandRefused("no report came through; the web server's log says why.")
    return Round(clients, seen["count"], seen["failures"], seen["seconds"], seen["latencies"], seen["cpu"])


def target(ground: Ground) -> dict[str, Any]:
    """What every report of a run has in common."""
    return {name: ground.world[name] for name in ("district", "place", "kind")} | {"phone": PHONE}


@dataclass(frozen=True, slots=True)
class Counters:
    """Counts of a database since its making."""

    writing: int  # transactions that wrote
    commits: int  # all that ended well, reading ones and connection checks too
    blocks: int  # blocks of ids taken, each a small commit of its own

    def __sub__(self, earlier: Counters) -> Counters:
        return Counters(
            self.writing - earlier.writing, self.commits - earlier.commits, self.blocks - earlier.blocks
        )


def counters(ground: Ground, database: str) -> Counters:
    """Read from another database, so that reading does not count."""
    time.sleep(FLUSH_SECONDS)
    with psycopg.connect(ground.endpoint.super_url(database), connect_timeout=10) as connection:
        row = connection.execute("SELECT coalesce(sum(next / 1000), 0) FROM core_idblock").fetchone()
        blocks = int(row[0]) if row else 0
    with psycopg.connect(ground.endpoint.super_url(), connect_timeout=10) as connection:
        row = connection.execute(
            "SELECT pg_snapshot_xmax(pg_current_snapshot())::text::bigint, xact_commit FROM pg_stat_database WHERE datname = %s",
            [database],
        ).fetchone()
    assert row is not None
    return Counters(int(row[0]), int(row[1]), blocks)


@dataclass(frozen=True, slots=True)
class Cost:
    """What one intake costs with the jobs process standing still."""

    sent: Round
    used: usage.Used
    counted: Counters

    @property
    def web_ms(self) -> float:
        return 1000 * self.used.web / self.sent.count

    @property
    def database_ms(self) -> float:
        return 1000 * self.used.database / self.sent.count

    @property
    def writing(self) -> float:
        """Transactions that wrote, without the blocks of ids."""
        return (self.counted.writing - self.counted.blocks) / self.sent.count


def cost(ground: Ground, fleet: Fleet, folder: Path, *, seconds: float, turn: int) -> Cost:
    """CPU and commits of intakes at four clients; the jobs process is frozen meanwhile."""
    pids = [child.pid for child in fleet.jobs]
    for pid in pids:
        fleet.kill(pid, signal.SIGSTOP)
    try:
        before, counted = usage.of(fleet), counters(ground, fleet.database)
        sent = send(ground, fleet, folder, clients=4, seconds=seconds, turn=turn)
        return Cost(sent, usage.of(fleet) - before, counters(ground, fleet.database) - counted)
    finally:
        for pid in pids:
            fleet.kill(pid, signal.SIGCONT)
