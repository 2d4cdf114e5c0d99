"""The three rates (domain-rules 4.3): which cases count, what each counts as, what is not judged. Pure.

A case counts once, in the period of its first finish deadline: a second round after "not solved" gives the
handler no second period. Everything is read as of a moment, so that a frozen period can be computed again from
the same rows however the cases went on. `measures` says the same in SQL, and a test holds the two together.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from fractions import Fraction

from linli.work.cases.rules.judging import SATISFIED

# Why a case of the base has no judgement. `withdrawn`: the caller took it back after the answer.
NOT_JUDGED = ("no_contact", "unreached", "awaiting", "by_time", "withdrawn")
# Why a case with a deadline in the period is not in the base.
OUTSIDE = ("excluded", "parked", "merged", "at_intake", "not_due")
NEVER_IN_BASE: Mapping[str, str] = {"merged": "merged", "answered_at_intake": "at_intake"}
OUTCOMES = ("judged", "late", *NOT_JUDGED, *OUTSIDE)


@dataclass(frozen=True, slots=True)
class Round:
    """One clock of a case as its row stands; `dropped` ended without being met, `held` is paused."""

    started_at: datetime
    due: datetime | None
    stopped_at: datetime | None = None
    breached_at: datetime | None = None
    dropped: bool = False
    held: bool = False

    @property
    def limit(self) -> datetime | None:
        """The moment it had to be met by; a clock dropped after it ran out keeps it, one dropped before has none."""
        return self.due or self.breached_at

    def met_by(self, as_of: datetime) -> bool:
        """Whether the measured thing had happened by a moment, in time or late."""
        return not self.dropped and self.stopped_at is not None and self.stopped_at <= as_of


@dataclass(frozen=True, slots=True)
class Facts:
    """What the rates read of one case: plain values of its rows."""

    stage: str
    finish: tuple[Round, ...]
    contact: tuple[Round, ...] = ()
    promised_at: datetime | None = None
    ended_at: datetime | None = None
    solved: str = ""
    rating: str = ""
    not_judged_reason: str = ""
    parked: tuple[tuple[datetime, datetime | None, datetime | None], ...] = ()  # opened, closed, until
    excluded: tuple[tuple[datetime | None, datetime | None], ...] = ()  # approved, withdrawn


@dataclass(frozen=True, slots=True)
class Verdict:
    """What one case counts as in a period, as of a moment."""

    outcome: str
    responded: bool = False
    on_time: bool = False
    solved: bool = False
    satisfied: bool = False


def deadline(facts: Facts) -> datetime | None:
    """The first finish deadline. A held clock has none of its own: what was promised stands (parked too long)."""
    if not facts.finish:
        return None
    first = facts.finish[0]
    return first.limit or (facts.promised_at if first.held else None)


def verdict(
    facts: Facts, start: datetime, end: datetime, as_of: datetime, excluded_as_of: datetime | None = None
) -> Verdict | None:
    """What a case counts as; None when its deadline lies outside `start < deadline <= end`.

    A correction of a frozen period passes `excluded_as_of`: facts as they were, exclusions as they are.
    """
    known = excluded_as_of or as_of
    due = deadline(facts)
    if due is None or not start < due <= end:
        return None
    ended = facts.ended_at is not None and facts.ended_at <= as_of
    if ended and facts.stage in NEVER_IN_BASE:
        return Verdict(NEVER_IN_BASE[facts.stage])
    if due > as_of:
        return Verdict("not_due")
    if any(a is not None and a <= known and (w is None or w > known) for a, w in facts.excluded):
        return Verdict("excluded")
    if any(_parked(*hold, as_of) for hold in facts.parked):
        return Verdict("parked")
    judged = ended and facts.stage == "closed"
    return Verdict(
        "judged" if judged else _unjudged(facts, ended, as_of),
        responded=responded(facts, as_of),
        on_time=on_time(facts, due, as_of),
        solved=judged and facts.solved == "yes",
        satisfied=judged and facts.rating in SATISFIED,
    )


def _parked(opened: datetime, closed: datetime | None, until: datetime | None, as_of: datetime) -> bool:
    """Whether a parking was approved, not ended and not past its review: out of the base only while valid."""
    return opened <= as_of and (closed is None or closed > as_of) and until is not None and as_of < until


def _unjudged(facts: Facts, ended: bool, as_of: datetime) -> str:
    """`late` without an answer in the newest round, open or ended: not closing must never help."""
    begun = [r for r in facts.finish if r.started_at <= as_of]
    if not begun or not begun[-1].met_by(as_of):
        return "late"
    if not ended:
        return "awaiting"
    if facts.stage != "not_judged":
        return "withdrawn"
    return facts.not_judged_reason if facts.not_judged_reason in ("no_contact", "unreached") else "by_time"


def _in_time(one: Round, limit: datetime | None, as_of: datetime) -> bool:
    return one.met_by(as_of) and limit is not None and one.stopped_at is not None and one.stopped_at <= limit


def _too_late(one: Round, limit: datetime | None, as_of: datetime) -> bool:
    """Whether a round ran out: met after its limit, dropped after it, or not met although it has passed."""
    return limit is not None and limit <= as_of and not _in_time(one, limit, as_of)


def responded(facts: Facts, as_of: datetime) -> bool:
    """Whether the caller was contacted in time: some contact clock was met in time and none ran out."""
    begun = [r for r in facts.contact if r.started_at <= as_of]
    return any(_in_time(r, r.limit, as_of) for r in begun) and not any(
        _too_late(r, r.limit, as_of) for r in begun
    )


def on_time(facts: Facts, due: datetime, as_of: datetime) -> bool:
    """Whether every round was answered by its promise."""
    begun = [(n, r) for n, r in enumerate(facts.finish) if r.started_at <= as_of]
    return not any(_too_late(r, due if n == 0 else r.limit, as_of) for n, r in begun)


@dataclass(frozen=True, slots=True)
class Counts:
    """Whole numbers of one cell. base = judged + late + the five not-judged counts."""

    base: int = 0
    responded: int = 0
    on_time: int = 0
    judged: int = 0
    late: int = 0
    solved: int = 0
    satisfied: int = 0
    no_contact: int = 0
    unreached: int = 0
    awaiting: int = 0
    by_time: int = 0
    withdrawn: int = 0
    excluded: int = 0
    parked: int = 0
    merged: int = 0
    at_intake: int = 0
    not_due: int = 0

    def __add__(self, other: Counts) -> Counts:
        return Counts(*(getattr(self, n) + getattr(other, n) for n in COLUMNS))

    @property
    def not_judged(self) -> int:
        return sum(getattr(self, n) for n in NOT_JUDGED)

    @property
    def judging_base(self) -> int:
        """Denominator of resolution and satisfaction."""
        return self.judged + self.late


COLUMNS = tuple(f.name for f in fields(Counts))


def tally(verdicts: Iterable[tuple[Verdict, int]]) -> Counts:
    """Count verdicts, each with how many cases have it."""
    sums = dict.fromkeys(COLUMNS, 0)
    for one, times in verdicts:
        sums[one.outcome] += times
        if one.outcome in OUTSIDE:
            continue
        sums["base"] += times
        for name in ("responded", "on_time", "solved", "satisfied"):
            sums[name] += times * getattr(one, name)
    return Counts(**sums)


# Named measures: numerator and denominator of each, as columns or properties of the counts.
MEASURES: Mapping[str, tuple[str, str]] = {
    "response_rate": ("responded", "base"),
    "resolution_rate": ("solved", "judging_base"),
    "satisfaction_rate": ("satisfied", "judging_base"),
    "on_time_rate": ("on_time", "base"),
    "not_judged_share": ("not_judged", "base"),
}


def rate(counts: Counts, measure: str) -> Fraction | None:
    """A named measure; None when its denominator is 0, never 0 or 100."""
    above, below = (int(getattr(counts, name)) for name in MEASURES[measure])
    return Fraction(above, below) if below else None


@dataclass(frozen=True, slots=True)
class Weights:
    """Whole percents of the score; they add up to 100."""

    response: int
    resolution: int
    satisfaction: int


def score(counts: Counts, weights: Weights) -> Fraction | None:
    """w1*response + w2*resolution + w3*satisfaction out of 100; None when one of them has no denominator."""
    parts = [rate(counts, name) for name in ("response_rate", "resolution_rate", "satisfaction_rate")]
    if any(part is None for part in parts):
        return None
    pairs = zip(parts, (weights.response, weights.resolution, weights.satisfaction), strict=True)
    return sum((part * weight for part, weight in pairs if part is not None), Fraction(0))
