"""Who is killed when: decided by the seed, paced by what was acknowledged, with how long each recovery took."""

from __future__ import annotations

import random
import signal
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from linli.shell.proof.fleet import Fleet, age

# Of 100 kills at least 40 web, 30 jobs, 20 connections, 5 database servers (fault plan F1 to F3).
SHARES = {"web worker": 36, "web server": 6, "jobs": 31, "connection": 21, "database": 6}
SHORTEST_GAP, LONGEST_GAP = 0.7, 8.0
DATABASE_REST = 2.0
WORK_SECONDS = 10.0
GROWN_SECONDS = 4.0
SPREAD_SECONDS = 0.3


@dataclass(frozen=True, slots=True)
class Kill:
    """One SIGKILL that hit a living process."""

    what: str
    pid: int
    at: float


def planned(kills: int, seed: int) -> list[str]:
    """The order of `kills` targets: shares kept, none of them rounded away, order by the seed."""
    total = sum(SHARES.values())
    wanted = [what for what, share in SHARES.items() for _ in range(max(1, round(kills * share / total)))]
    random.Random(seed).shuffle(wanted)  # noqa: S311 - a repeatable run, not a secret
    return wanted


def _grown(pids: list[int]) -> list[int]:
    """Those that have lived long enough to answer requests, when there are any."""
    return [pid for pid in pids if age(pid) > GROWN_SECONDS] or pids


class Killer(threading.Thread):
    """Kills along the plan while clients send; ends with the plan, or when told."""

    def __init__(
        self,
        fleet: Fleet,
        plan: list[str],
        *,
        acks: Callable[[], int],
        target: int,
        at_work: Callable[[], bool],
        seed: int,
    ) -> None:
        super().__init__(daemon=True)
        self.fleet, self.plan, self.acks, self.target, self.at_work = fleet, plan, acks, target, at_work
        self.chance = random.Random(seed + 1)  # noqa: S311 - as above
        self.done: list[Kill] = []
        self.told_to_end = threading.Event()

    def run(self) -> None:
        last = time.monotonic()
        for number, what in enumerate(self.plan):
            wanted = self.target * (number + 0.5) / (len(self.plan) + 1)
            while not self.told_to_end.is_set():
                waited = time.monotonic() - last
                if waited >= SHORTEST_GAP and (self.acks() >= wanted or waited >= LONGEST_GAP):
                    break
                time.sleep(0.02)
            if what == "jobs":
                self._until(self.at_work)
                time.sleep(self.chance.uniform(0.0, SPREAD_SECONDS))
            elif what == "web worker":
                self._until(self._all_grown)
            while not self.told_to_end.is_set() and not self._strike(what):
                time.sleep(0.05)
            if self.told_to_end.is_set():
                return
            last = time.monotonic() + (DATABASE_REST if what == "database" else 0)

    def _until(self, condition: Callable[[], bool]) -> None:
        """Wait a little for the right moment: a process that is still starting holds nothing, and the last web
        process that answers is not killed while the others are still starting."""
        end = time.monotonic() + WORK_SECONDS
        while not self.told_to_end.is_set() and time.monotonic() < end and not condition():
            time.sleep(0.05)

    def _all_grown(self) -> bool:
        workers = self.fleet.web_workers()
        return len(workers) >= self.fleet.plan.workers and all(age(pid) > GROWN_SECONDS for pid in workers)

    def _strike(self, what: str) -> bool:
        """Kill one of these; False while none lives."""
        fleet = self.fleet
        living: Mapping[str, Callable[[], list[int]]] = {
            "web worker": lambda: _grown(fleet.web_workers()),
            "web server": lambda: [fleet.web.pid] if fleet.web.runs() else [],
            "jobs": lambda: [child.pid for child in fleet.jobs if child.runs()],
            "connection": fleet.backends,
            "database": lambda: [pid for pid in [fleet.postmaster()] if pid],
        }
        pids = living[what]()
        if not pids:
            return False
        pid = self.chance.choice(sorted(pids))
        at = time.time()
        if not fleet.kill(pid, signal.SIGKILL):
            return False
        self.done.append(Kill(what, pid, at))
        return True
