"""`./run bench`: measure intake, print one table; exit code 1 when a reach is missed."""

from __future__ import annotations

import argparse
import json
import os
import signal
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median
from typing import Any

from linli.shell.bench import limit, rounds, usage
from linli.shell.proof.fleet import Fleet, become_reaper
from linli.shell.proof.ground import Ground, ground, step
from linli.shell.serving import jobs_for

WEB = 2
REACH = {"statements": 12, "commits": 1, "cpu_ms": 6.0, "per_second": 130.0, "p95_ms": 60.0}
STATIC = (
    "from linli.shell.cli.installation import set_up_django; set_up_django();"
    "from linli.shell.cli.prepared import static_files; static_files()"
)


@dataclass(frozen=True, slots=True)
class Row:
    """One figure: what, what it must reach, what was seen, and the limit of the same run."""

    what: str
    reach: str
    seen: str
    limit: str
    good: bool | None  # None: printed, not judged

    def __str__(self) -> str:
        word = {True: "ok  ", False: "FAIL", None: "    "}[self.good]
        return f"{word} {self.what:46} {self.reach:>10}  {self.seen:<28} {self.limit}"


@dataclass(frozen=True, slots=True)
class Seen:
    """Everything that one run measured."""

    statements: list[str]
    cost: rounds.Cost
    four: list[rounds.Round]
    sixteen: list[rounds.Round]
    limit_four: list[limit.Limit]
    limit_sixteen: list[limit.Limit]
    memory: dict[str, float]


def main(argv: Sequence[str]) -> int:
    """Measure, print, and return the exit code."""
    wanted = _parser().parse_args(list(argv))
    os.environ.pop("DATABASE_URL", None)
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # told to end: everything started here ends too
    become_reaper()
    begun, busy = time.monotonic(), os.getloadavg()[0]
    with ground(0) as ready:
        seen = measure(ready, seconds=wanted.seconds, times=wanted.rounds)
    rows = [
        *table(seen),
        Row("others at work before the start (load)", "", f"{busy:.1f} on {os.cpu_count()} cores", "", None),
    ]
    _print(wanted, seen, rows, time.monotonic() - begun)
    return 0 if all(row.good is not False for row in rows) else 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="linli bench", description="Intake beside the database's own limit."
    )
    parser.add_argument("--seconds", type=int, default=6, help="length of each round")
    parser.add_argument("--rounds", type=int, default=3, help="rounds of each kind; medians are printed")
    parser.add_argument("--statements", action="store_true", help="print the statements of one intake too")
    parser.add_argument("--json", action="store_true", help="print one JSON object instead of the table")
    return parser


def measure(ready: Ground, *, seconds: int, times: int) -> Seen:
    """Serve a scratch installation in the product's own settings and measure it. Nothing is left running."""
    database = ready.copy("linli_bench")
    folder = ready.data / "bench"
    folder.mkdir()
    product = {"LINLI_MODE": "demo", "LINLI_PROOF": "", "DJANGO_SETTINGS_MODULE": "linli.shell.settings"}
    step(["-c", STATIC], ready.environment(database, **product))
    fleet = Fleet(ready, database, web=WEB, jobs=jobs_for(WEB), **product)
    try:
        fleet.start()
        recorded = _recorded(ready, database, folder, product)
        file = folder / "limit.sql"
        file.write_text(limit.script(recorded, ready.world["district"]), "utf-8")
        rounds.send(ready, fleet, folder, clients=4, seconds=2, turn=1)
        cost = rounds.cost(ready, fleet, folder, seconds=seconds, turn=2)
        seen = Seen(limit.counted(recorded[0]["statements"]), cost, [], [], [], [], {})
        for number in range(times):
            turn = 10 + 4 * number
            seen.four.append(rounds.send(ready, fleet, folder, clients=4, seconds=seconds, turn=turn))
            seen.limit_four.append(
                limit.measure(ready.endpoint, database, file, clients=4, seconds=seconds, turn=turn)
            )
            seen.sixteen.append(rounds.send(ready, fleet, folder, clients=16, seconds=seconds, turn=turn + 1))
            seen.limit_sixteen.append(
                limit.measure(ready.endpoint, database, file, clients=16, seconds=seconds, turn=turn + 1)
            )
        seen.memory.update(usage.memory(fleet))
        return seen
    finally:
        fleet.stop()


def _recorded(ready: Ground, database: str, folder: Path, product: dict[str, str]) -> list[dict[str, Any]]:
    config, file = folder / "record.json", folder / "recorded.json"
    config.write_text(json.dumps(rounds.target(ready)), "utf-8")
    step(["-m", "linli.shell.bench.record", str(config), str(file)], ready.environment(database, **product))
    found: list[dict[str, Any]] = json.loads(file.read_text("utf-8"))
    return found


def table(seen: Seen) -> list[Row]:
    """The figures of a run against what they must reach."""
    rate, rate_16 = _middle(seen.four), _middle(seen.sixteen)
    most, most_16 = (
        median(one.per_second for one in seen.limit_four),
        median(one.per_second for one in seen.limit_sixteen),
    )
    cost, count = seen.cost, len(seen.statements)
    failures = sum(one.failures for one in (*seen.four, *seen.sixteen, cost.sent))
    cpu = cost.web_ms + cost.database_ms
    p95 = median(one.percentile(0.95) for one in seen.sixteen)
    return [
        Row("commits of one intake", "1", f"{cost.writing:.2f}", _blocks(cost), round(cost.writing) == REACH["commits"]),
        Row("statements of one intake", f"<= {REACH['statements']}", str(count), "", count <= REACH["statements"]),
        Row(
            "CPU of one intake, application + database", f"<= {REACH['cpu_ms']:.0f} ms", f"{cpu:.1f} ms",
            f"{cost.web_ms:.1f} + {cost.database_ms:.1f} ms", cpu <= REACH["cpu_ms"],
        ),
        Row(
            "intakes at 4 clients, jobs running", f">= {REACH['per_second']:.0f}/s", f"{rate:.0f}/s",
            f"pgbench {most:.0f}/s, share {100 * rate / most:.0f} %", rate >= REACH["per_second"],
        ),
        Row("  answered in, p50 / p95 / p99", "", _latencies(seen.four), _limit_ms(seen.limit_four), None),
        Row(
            "p95 at 16 clients", f"<= {REACH['p95_ms']:.0f} ms", f"{p95:.0f} ms",
            _limit_ms(seen.limit_sixteen), p95 <= REACH["p95_ms"],
        ),
        Row("  answered in, p50 / p95 / p99", "", _latencies(seen.sixteen), f"{rate_16:.0f}/s; pgbench {most_16:.0f}/s", None),
        Row("sends that failed", "0", str(failures), "", failures == 0),
        Row("memory: web, jobs, database", "", " + ".join(f"{mb:.0f}" for mb in seen.memory.values()) + " MB", "", None),
        Row("CPU of the senders, on the same cores", "", f"{_sender_ms(seen):.1f} ms an intake", "", None),
    ]  # fmt: skip


def _middle(found: list[rounds.Round]) -> float:
    return median(one.per_second for one in found)


def _blocks(cost: rounds.Cost) -> str:
    blocks, ended = cost.counted.blocks / cost.sent.count, cost.counted.commits / cost.sent.count
    return f"and {blocks:.3f} for blocks of ids; {ended:.2f} ended well, with connection checks"


def _latencies(found: list[rounds.Round]) -> str:
    return (
        " / ".join(f"{median(one.percentile(share) for one in found):.0f}" for share in (0.5, 0.95, 0.99))
        + " ms"
    )


def _limit_ms(found: list[limit.Limit]) -> str:
    return f"pgbench {median(one.latency for one in found):.1f} ms on average"


def _sender_ms(seen: Seen) -> float:
    sent = [*seen.four, *seen.sixteen]
    return 1000 * sum(one.sender_cpu for one in sent) / sum(one.count for one in sent)


def _print(wanted: argparse.Namespace, seen: Seen, rows: list[Row], seconds: float) -> None:
    if wanted.json:
        print(
            json.dumps(
                {
                    "seconds": round(seconds, 1),
                    "rows": [asdict(row) for row in rows],
                    "statements": seen.statements,
                }
            )
        )
        return
    for row in rows:
        print(row)
    print(
        f"Medians of {len(seen.four)} rounds, {WEB} web processes, {seconds:.0f} s in all. CPU is counted with the jobs process at rest."
    )
    for number, sql in enumerate(seen.statements if wanted.statements else [], start=1):
        print(f"{number:3} {sql[:200]}", file=sys.stdout)
