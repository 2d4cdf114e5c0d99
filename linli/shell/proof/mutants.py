"""Planted defects, one run each: every one must turn a line red, and the same run without it must be green."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace

from linli.shell.proof.ground import Ground
from linli.shell.proof.harness import Wish, run
from linli.shell.proof.lines import Line, lines_of, red

LEASE = 3.0
QUICK = Wish("control", 1, 40, [], clients=3, web=1, pause=0.06, lease=LEASE)


@dataclass(frozen=True, slots=True)
class Mutant:
    """A defect, the run that provokes it, and the lines of which one must turn red."""

    name: str
    wish: Wish
    caught_by: tuple[str, ...]


def _wish(name: str, **changes: object) -> Wish:
    return replace(QUICK, name=name, defect=name, **changes)  # type: ignore[arg-type]  # fields of Wish by name


LOST, TWICE, ALIEN = "acknowledged and lost", "duplicated", "other body under a known key not refused"
UNDELIVERED, EFFECTS = "undelivered", "effects not there exactly once"

KILLED_AT_WORK = {"clients": 2, "pause": 0.4, "acks": 12, "kills": ["jobs"] * 4}
KILLED_AT_ANSWERING = {"web": 2, "clients": 6, "pause": 0.0, "kills": ["web worker"] * 3}
FROZEN = {"clients": 2, "pause": 0.6, "acks": 12, "jobs": 2, "freezes": 3, "dwell": 0.3, "lease": 1.5}

MUTANTS = (
    Mutant(
        "no_unique_key",
        _wish("no_unique_key", acks=200, without=("core_idempotencykey", "core_idempotency_once")),
        (TWICE,),
    ),
    Mutant("no_key_digest", _wish("no_key_digest", acks=200), (ALIEN,)),
    Mutant("acknowledge_before_commit", _wish("acknowledge_before_commit", **KILLED_AT_ANSWERING), (LOST,)),
    Mutant("mark_before_send", _wish("mark_before_send", **KILLED_AT_WORK), (UNDELIVERED,)),
    Mutant("work_before_mark", _wish("work_before_mark", **KILLED_AT_WORK), (EFFECTS,)),
    Mutant("lease_without_fence", _wish("lease_without_fence", **FROZEN), (EFFECTS,)),
    Mutant("queue_after_commit", _wish("queue_after_commit", **KILLED_AT_ANSWERING), (UNDELIVERED, EFFECTS)),
)
CONTROL = replace(
    QUICK,
    name="control",
    acks=100,
    web=2,
    kills=["web worker", "jobs", "connection"],
    jobs=2,
    freezes=2,
    dwell=0.1,
    lease=1.5,
)


def judged(ground: Ground, mutant: Mutant, seed: int) -> Line:
    """Good when one of the lines that should see the defect is red."""
    begun = time.monotonic()
    outcome = run(ground, replace(mutant.wish, seed=seed))
    seen = [line for line in red(lines_of(outcome, acks=0, kills={})) if line.what in mutant.caught_by]
    words = "; ".join(f"{line.what}: {line.seen}" for line in seen) or "not seen"
    return Line("S5", f"caught: {mutant.name}", "red", words, bool(seen), seed, time.monotonic() - begun)


def control(ground: Ground, seed: int) -> Line:
    """The same provocations without a defect: nothing may be red, or the test cries wolf."""
    begun = time.monotonic()
    found = red(lines_of(run(ground, replace(CONTROL, seed=seed)), acks=0, kills={}))
    found = [line for line in found if line.section in ("S1", "S2", "S4")]
    words = "; ".join(f"{line.what}: {line.seen}" for line in found) or "green"
    return Line("S5", "the same without a defect", "green", words, not found, seed, time.monotonic() - begun)
