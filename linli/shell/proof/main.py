"""`./run proof`: kill Linli, count what was lost, print the evidence; exit code 1 when a line falls short."""

from __future__ import annotations

import argparse
import json
import os
import signal
import sys
import time
from collections.abc import Sequence

from linli.foundation.core.commands import CommandRefused
from linli.shell.proof import mutants
from linli.shell.proof.fleet import become_reaper
from linli.shell.proof.ground import Ground, ground
from linli.shell.proof.harness import Wish, run
from linli.shell.proof.killer import planned
from linli.shell.proof.lines import Line, lines_of
from linli.shell.serving import jobs_for

SECTIONS = {
    "S1": "acknowledged writes under kills: none lost, none twice",
    "S2": "orphaned work: taken up again, effects once",
    "S3": "back after a kill",
    "S4": "bad input: same key with another body",
    "S5": "planted defects: each is seen",
}
WEB = 2
ACKS, KILLS, WAITING = 20_000, 106, 1_000
QUICK_ACKS, QUICK_KILLS, QUICK_WAITING = 4_000, 30, 150
LEAST = {
    "all": 100,
    "web": 40,
    "jobs": 30,
    "connection": 20,
    "database": 5,
}  # fault plan F1 to F3, of 100 kills


def main(argv: Sequence[str]) -> int:
    """Run what is asked for and return the exit code."""
    wanted = _parser().parse_args(list(argv))
    sections = (
        set(wanted.only.split(","))
        if wanted.only
        else {"S5"}
        if wanted.mutants or wanted.defect
        else set(SECTIONS) - {"S5"}
    )
    unknown = sorted(sections - set(SECTIONS))
    if unknown:
        raise CommandRefused(f"There is no section {', '.join(unknown)}. Allowed: {', '.join(SECTIONS)}.")
    os.environ.pop("DATABASE_URL", None)
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # told to end: everything started here ends too
    become_reaper()
    begun = time.monotonic()
    lines: list[Line] = []
    with ground(_waiting(wanted, sections)) as ready:
        _say(
            wanted, f"linli: the ground is ready after {time.monotonic() - begun:.0f} s; seed {wanted.seed}."
        )
        if sections - {"S5"}:
            lines += _killed(ready, wanted, sections)
        if "S5" in sections:
            lines += _mutants(ready, wanted)
    return _end(wanted, lines, time.monotonic() - begun)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="linli proof", description="Kill test with planted defects.")
    parser.add_argument("--only", default="", help="sections, separated by commas: " + ", ".join(SECTIONS))
    parser.add_argument("--quick", action="store_true", help="fewer kills and sends, the same promises")
    parser.add_argument("--mutants", action="store_true", help="planted defects instead of the long run")
    parser.add_argument(
        "--defect",
        default="",
        help="only this planted defect: " + ", ".join(one.name for one in mutants.MUTANTS),
    )
    parser.add_argument("--seed", type=int, default=1, help="one seed is one order of kills")
    parser.add_argument("--kills", type=int, help=f"how many kills ({KILLS})")
    parser.add_argument("--acks", type=int, help=f"how many acknowledged sends ({ACKS})")
    parser.add_argument("--clients", type=int, default=12, help="how many clients send at once")
    parser.add_argument("--json", action="store_true", help="print one JSON object instead of lines")
    return parser


def _sizes(wanted: argparse.Namespace) -> tuple[int, int]:
    acks, kills = (QUICK_ACKS, QUICK_KILLS) if wanted.quick else (ACKS, KILLS)
    return wanted.acks or acks, wanted.kills if wanted.kills is not None else kills


def _waiting(wanted: argparse.Namespace, sections: set[str]) -> int:
    if not sections - {"S5"}:
        return 0
    return QUICK_WAITING if wanted.quick else min(WAITING, _sizes(wanted)[0] // 15)


def _killed(ready: Ground, wanted: argparse.Namespace, sections: set[str]) -> list[Line]:
    acks, kills = _sizes(wanted)
    plan = planned(kills, wanted.seed) if kills else []
    wish = Wish("kills", wanted.seed, acks, plan, clients=wanted.clients, web=WEB, jobs=jobs_for(WEB))
    outcome = run(ready, wish)
    least = {kind: count * kills // 100 if kills < 100 else count for kind, count in LEAST.items()}
    seen = [line for line in lines_of(outcome, acks=acks, kills=least) if line.section in sections]
    rate = outcome.found.acknowledged / max(outcome.sending, 0.1)
    for line in seen:
        _say(wanted, str(line))
        for example in line.examples if not line.good else ():
            _say(wanted, f"       {example}")
    _say(
        wanted,
        f"     {rate:.0f} acknowledged per s for {outcome.sending:.0f} s; longest silence {outcome.longest_silence:.1f} s; "
        f"outbox empty {outcome.draining:.1f} s after the last send.",
    )
    return seen


def _mutants(ready: Ground, wanted: argparse.Namespace) -> list[Line]:
    lines = []
    if not wanted.defect:
        lines.append(mutants.control(ready, wanted.seed))
        _say(wanted, str(lines[0]))
    for mutant in (one for one in mutants.MUTANTS if wanted.defect in ("", one.name)):
        lines.append(mutants.judged(ready, mutant, wanted.seed))
        _say(wanted, str(lines[-1]))
    return lines


def _end(wanted: argparse.Namespace, lines: list[Line], seconds: float) -> int:
    good = all(line.good for line in lines)
    if wanted.json:
        print(
            json.dumps(
                {"good": good, "seconds": round(seconds, 1), "lines": [line.as_json() for line in lines]}
            )
        )
    short = sum(not line.good for line in lines)
    _say(
        wanted,
        f"{len(lines)} lines, {short} short, {seconds:.0f} s. "
        + ("All promises kept." if good else "A promise is broken."),
    )
    return 0 if good else 1


def _say(wanted: argparse.Namespace, words: str) -> None:
    print(words, file=sys.stderr if wanted.json else sys.stdout, flush=True)
