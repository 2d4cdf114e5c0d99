"""One run: serve, send, kill, drain, compare."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

from linli.foundation.core.commands import CommandRefused
from linli.shell import postgres
from linli.shell.proof import check
from linli.shell.proof.fleet import Fleet
from linli.shell.proof.ground import Ground
from linli.shell.proof.killer import Kill, Killer
from linli.shell.proof.ledgers import Ledgers, Tally
from linli.shell.proof.orphans import Orphans

PRODUCT_LEASE = 30.0
DRAIN_SECONDS = 90.0  # without any progress; a lease is 30
DRAIN_LOOK_SECONDS = 0.3
CLIENTS_END_SECONDS = 120.0
LOOK_SECONDS = 0.05
WORK_SECONDS = 20.0
FROZEN_LEASES = 3.2
SLOWNESS = (
    "jobs",
    "web worker",
    "connection",
    "database",
    "web server",
)  # by how long each takes to come back


@dataclass(frozen=True, slots=True)
class Wish:
    """What a run does."""

    name: str
    seed: int
    acks: int
    kills: list[str]
    clients: int = 12
    web: int = 2
    jobs: int = 1
    pause: float = 0.0
    lease: float = 0.0  # 0: the product's own
    dwell: float = 0.0
    freezes: int = 0
    defect: str = ""
    without: tuple[str, str] | None = None  # (table, constraint) dropped beforehand
    longest: float = 900.0


@dataclass(slots=True)
class Outcome:
    """What a run saw."""

    wish: Wish
    found: check.Found
    kills: list[Kill] = field(default_factory=list)
    recoveries: dict[str, list[float]] = field(default_factory=dict)
    orphans: list[float] = field(default_factory=list)
    orphans_left: int = 0
    sending: float = 0.0
    draining: float = 0.0
    longest_silence: float = 0.0


class Freezer(threading.Thread):
    """Stops a jobs process for longer than its lease and lets it go on: the zombie that wakes too late."""

    def __init__(self, fleet: Fleet, times: int, seconds: float, at_work: Callable[[], bool]) -> None:
        super().__init__(daemon=True)
        self.fleet, self.times, self.seconds, self.at_work = fleet, times, seconds, at_work

    def run(self) -> None:
        for number in range(self.times):
            end = time.monotonic() + WORK_SECONDS
            while not self.at_work() and time.monotonic() < end:
                time.sleep(0.05)
            child = self.fleet.jobs[number % len(self.fleet.jobs)]
            pid = child.pid
            self.fleet.kill(pid, signal.SIGSTOP)
            time.sleep(self.seconds)
            self.fleet.kill(pid, signal.SIGCONT)


def run(ground: Ground, wish: Wish) -> Outcome:
    """Do one run on a copy of the template. Whatever happens, nothing that it started is left."""
    database = ground.copy(f"linli_proof_{wish.name}")
    if wish.without:
        ground.drop_constraint(database, *wish.without)
    folder = ground.data / wish.name
    folder.mkdir()
    receiver = folder / "receiver"
    fleet = Fleet(
        ground, database, web=wish.web, jobs=wish.jobs, LINLI_PROOF_DEFECT=wish.defect,
        LINLI_PROOF_LEASE=str(wish.lease), LINLI_PROOF_DWELL=str(wish.dwell), LINLI_PROOF_RECEIVER=str(receiver),
    )  # fmt: skip
    url = ground.endpoint.super_url(database)
    clients: subprocess.Popen[bytes] | None = None
    try:
        fleet.start()
        clients = _clients(ground, fleet, wish, folder)
        outcome = _send_and_kill(fleet, clients, wish, folder, url)
        prepared = [case["case"] for case in ground.world["waiting"]]
        ledgers = Ledgers.read(folder)
        outcome.found = check.compare(url, ledgers, receiver, prepared)
        outcome.recoveries, outcome.longest_silence = recoveries(ledgers, outcome.kills)
        return outcome
    finally:
        if clients is not None and clients.poll() is None:
            clients.kill()
            clients.wait()
        fleet.stop()


def _clients(ground: Ground, fleet: Fleet, wish: Wish, folder: Path) -> subprocess.Popen[bytes]:
    told = {
        "port": fleet.plan.port, "place": ground.world["place"], "kind": ground.world["kind"], "threads": wish.clients,
        "seed": wish.seed, "folder": str(folder), "waiting": ground.world["waiting"], "pause": wish.pause,
    }  # fmt: skip
    config = folder / "clients.json"
    config.write_text(json.dumps(told), "utf-8")
    return subprocess.Popen(  # noqa: S603 - our own module
        [sys.executable, "-P", "-m", "linli.shell.proof.client", str(config)],
        env=ground.environment(fleet.database),
        stdin=subprocess.DEVNULL,
        preexec_fn=postgres.die_with_parent(signal.SIGKILL),
    )


def _send_and_kill(
    fleet: Fleet, clients: subprocess.Popen[bytes], wish: Wish, folder: Path, url: str
) -> Outcome:
    """Until the plan of kills is done and enough is acknowledged; then until clients and outbox are at rest."""
    tally = Tally(folder)
    lease = wish.lease or PRODUCT_LEASE
    killer = Killer(
        fleet, wish.kills, acks=lambda: tally.acknowledged, target=wish.acks, at_work=lambda: check.in_hand(url, lease),
        seed=wish.seed,
    )  # fmt: skip
    freezer = Freezer(fleet, wish.freezes, lease * FROZEN_LEASES, lambda: check.in_hand(url, lease))
    orphans = Orphans(url, killer.done, lease)
    begun = time.monotonic()
    for thread in (killer, freezer, orphans):
        thread.start()
    try:
        while killer.is_alive() or freezer.is_alive() or tally.look() < wish.acks:
            tally.look()
            if clients.poll() is not None:
                raise CommandRefused("the clients of the kill test ended by themselves.")
            if time.monotonic() - begun > wish.longest:
                break
            _rest(fleet)
        killer.told_to_end.set()
        (folder / "stop").touch()
        _until(fleet, lambda: clients.poll() is not None, CLIENTS_END_SECONDS)
        sent = time.monotonic()
        _drain(fleet, url)
        drained = time.monotonic()
    finally:
        killer.told_to_end.set()
        orphans.ended.set()
        orphans.join(5)
    return Outcome(
        wish, check.Found(), list(killer.done), orphans=orphans.seconds, orphans_left=len(orphans.waiting),
        sending=sent - begun, draining=drained - sent,
    )  # fmt: skip


def _rest(fleet: Fleet) -> None:
    fleet.look()
    time.sleep(LOOK_SECONDS)


def _until(fleet: Fleet, condition: Callable[[], bool], seconds: float, every: float = LOOK_SECONDS) -> None:
    """Keep the fleet alive until something holds; after `seconds` the checker says what is missing."""
    end = time.monotonic() + seconds
    while not condition() and time.monotonic() < end:
        fleet.look()
        time.sleep(every)


def _drain(fleet: Fleet, url: str) -> None:
    """Until nothing is due, for as long as what is due gets less; then the checker says what is left over."""
    least, end = -1, time.monotonic() + DRAIN_SECONDS
    while time.monotonic() < end:
        left = check.unfinished(url)
        if left == 0:
            return
        if left > 0 and (least < 0 or left < least):
            least, end = left, time.monotonic() + DRAIN_SECONDS
        fleet.look()
        time.sleep(DRAIN_LOOK_SECONDS)


def recoveries(ledgers: Ledgers, kills: list[Kill]) -> tuple[dict[str, list[float]], float]:
    """By kind of kill: seconds until something sent after the kill was acknowledged; and the longest silence.

    Where two outages overlap, the slower part of the two keeps both waiting and has the seconds.
    """
    acks = sorted((line["at"], line["sent"]) for line in ledgers.acknowledged)
    outages: list[tuple[Kill, float]] = []
    for kill in kills:
        back = next((at for at, sent in acks if sent >= kill.at), None)
        if back is not None:
            outages.append((kill, back))
    by_kind: dict[str, list[float]] = {}
    for kill, back in outages:
        together = [other.what for other, ended in outages if other.at <= back and ended >= kill.at]
        by_kind.setdefault(max(together, key=SLOWNESS.index), []).append(back - kill.at)
    moments = [at for at, _sent in acks]
    silence = max((b - a for a, b in pairwise(moments)), default=0.0)
    return by_kind, silence
