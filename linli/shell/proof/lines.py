"""What a run promises, line by line: what, target, seen. Pure words over an outcome."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from linli.shell.proof.harness import Outcome

ORPHAN_SECONDS = 60.0
BACK_SECONDS = {"web worker": 3.0, "web server": 10.0, "connection": 10.0, "database": 10.0}
WEB = ("web worker", "web server")


@dataclass(frozen=True, slots=True)
class Line:
    """One promise and how it stood."""

    section: str
    what: str
    target: str
    seen: str
    good: bool
    seed: int
    seconds: float
    examples: tuple[str, ...] = ()

    def as_json(self) -> dict[str, Any]:
        return asdict(self)

    def __str__(self) -> str:
        word = "ok  " if self.good else "FAIL"
        return f"{word} {self.section}  {self.what:44} {self.target:>14}  {self.seen:<34} seed {self.seed}  {self.seconds:.0f} s"


def lines_of(outcome: Outcome, *, acks: int, kills: dict[str, int]) -> list[Line]:
    """Every line of one run; `kills` says how many of a kind there must have been."""
    return [*_writes(outcome, acks, kills), *_work(outcome), *_back(outcome), *_bad_input(outcome)]


def _line(outcome: Outcome, section: str, what: str, wrong: Sequence[object] | int, of: str = "") -> Line:
    count = wrong if isinstance(wrong, int) else len(wrong)
    shown = () if isinstance(wrong, int) else tuple(str(one) for one in wrong[:5])
    seconds = outcome.sending + outcome.draining
    return Line(section, what, "0", f"{count}{of}", count == 0, outcome.wish.seed, seconds, shown)


def _reach(outcome: Outcome, section: str, what: str, wanted: int, seen: int, more: str = "") -> Line:
    seconds = outcome.sending + outcome.draining
    return Line(section, what, f">= {wanted}", f"{seen}{more}", seen >= wanted, outcome.wish.seed, seconds)


def _writes(outcome: Outcome, acks: int, kills: dict[str, int]) -> list[Line]:
    found = outcome.found
    of = f" of {found.acknowledged}"
    hit = Counter(kill.what for kill in outcome.kills)
    told = ", ".join(f"{count} {what}" for what, count in sorted(hit.items()))
    web = sum(hit[what] for what in WEB)
    return [
        _reach(outcome, "S1", "kills", kills.get("all", 0), sum(hit.values()), f" ({told})" if told else ""),
        _reach(outcome, "S1", "  of the web processes", kills.get("web", 0), web),
        _reach(outcome, "S1", "  of the jobs process", kills.get("jobs", 0), hit["jobs"]),
        _reach(outcome, "S1", "  of database connections", kills.get("connection", 0), hit["connection"]),
        _reach(outcome, "S1", "  of the database server", kills.get("database", 0), hit["database"]),
        _reach(outcome, "S1", "acknowledged", acks, found.acknowledged),
        _line(outcome, "S1", "acknowledged and lost", found.lost, of),
        _line(outcome, "S1", "duplicated", found.duplicated, of),
        _line(outcome, "S1", "cases that nobody sent", found.unasked),
        _line(outcome, "S1", "wrong or unequal answers", found.wrong_answers, of),
        _line(outcome, "S1", "judgements not in force exactly once", found.judged_wrong),
        _line(outcome, "S1", "keys without exactly one row", found.keys_wrong, of),
        _line(outcome, "S1", "sends refused or given up", found.refused),
        _line(outcome, "S1", "gaps in the numbers of events", found.gaps, f" in {found.events} events"),
        _line(outcome, "S1", "leaves that do not recompute", found.leaves_wrong, f" of {found.events}"),
    ]


def _work(outcome: Outcome) -> list[Line]:
    found = outcome.found
    worst = max(outcome.orphans, default=0.0)
    seconds = outcome.sending + outcome.draining
    good = worst <= ORPHAN_SECONDS and outcome.orphans_left == 0
    seen = f"{worst:.1f} s, {len(outcome.orphans)} rows, {outcome.orphans_left} stuck"
    again = f" of {found.deliveries}, {found.delivered_again} again"
    return [
        _line(outcome, "S2", "undelivered", found.undelivered, again),
        _line(
            outcome, "S2", "effects not there exactly once", found.effects_wrong, f" of {found.deliveries}"
        ),
        _line(outcome, "S2", "messages not sent", found.messages_missing, f" of {found.messages}"),
        _line(outcome, "S2", "messages made or sent twice", found.messages_twice, f" of {found.messages}"),
        _line(outcome, "S2", "outbox rows left over", found.unfinished),
        _line(outcome, "S2", "outbox rows given up", found.dead),
        Line(
            "S2",
            "orphaned work taken up again",
            f"<= {ORPHAN_SECONDS:.0f} s",
            seen,
            good,
            outcome.wish.seed,
            seconds,
        ),
    ]


def _back(outcome: Outcome) -> list[Line]:
    seconds = outcome.sending + outcome.draining
    lines = []
    for what, limit in BACK_SECONDS.items():
        times = sorted(outcome.recoveries.get(what, []))
        if times:
            seen = f"{times[-1]:.1f} s (median {times[len(times) // 2]:.1f})"
            good = times[-1] <= limit
            target = f"<= {limit:.0f} s"
            lines.append(
                Line(
                    "S3",
                    f"acknowledging again after a kill: {what}",
                    target,
                    seen,
                    good,
                    outcome.wish.seed,
                    seconds,
                )
            )
    return lines


def _bad_input(outcome: Outcome) -> list[Line]:
    found = outcome.found
    return [
        _line(
            outcome,
            "S4",
            "other body under a known key not refused",
            found.aliens_taken,
            f" of {found.aliens}",
        ),
        _line(
            outcome,
            "S4",
            "such refusals without a security event",
            found.aliens_unnoticed,
            f" of {found.aliens}",
        ),
    ]


def red(lines: Sequence[Line]) -> list[Line]:
    return [line for line in lines if not line.good]
