"""What processes have used, by the kernel's own counts."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from linli.shell.proof.fleet import Fleet, children

TICK = os.sysconf("SC_CLK_TCK")


def cpu_seconds(pids: Iterable[int], *, with_ended: bool = False) -> float:
    """User and system seconds of these processes; with those of children that have ended."""
    total = 0
    for pid in pids:
        with contextlib.suppress(OSError):
            fields = Path("/proc", str(pid), "stat").read_text().rsplit(")", 1)[1].split()
            total += sum(int(value) for value in fields[11 : 15 if with_ended else 13])
    return total / TICK


def megabytes(pids: Iterable[int]) -> float:
    """Memory in proportion: a page that several share counts once among them."""
    total = 0
    for pid in pids:
        with contextlib.suppress(OSError):
            for line in Path("/proc", str(pid), "smaps_rollup").read_text().splitlines():
                if line.startswith("Pss:"):
                    total += int(line.split()[1])
    return total / 1024


@dataclass(frozen=True, slots=True)
class Used:
    """CPU seconds of the parts of an installation since their start."""

    web: float
    jobs: float
    database: float

    def __sub__(self, earlier: Used) -> Used:
        return Used(self.web - earlier.web, self.jobs - earlier.jobs, self.database - earlier.database)


def of(fleet: Fleet) -> Used:
    """Web server with its processes, jobs, and the database server with every one of its processes."""
    server = fleet.postmaster()
    return Used(
        cpu_seconds([fleet.web.pid, *children(fleet.web.pid)]),
        cpu_seconds(child.pid for child in fleet.jobs),
        cpu_seconds([server], with_ended=True) + cpu_seconds(children(server)),
    )


def memory(fleet: Fleet) -> dict[str, float]:
    """Megabytes by part."""
    server = fleet.postmaster()
    return {
        "web": megabytes([fleet.web.pid, *children(fleet.web.pid)]),
        "jobs": megabytes(child.pid for child in fleet.jobs),
        "database": megabytes([server, *children(server)]),
    }
