"""Who may judge, and what a judgement leads to. Pure. (domain-rules 4.3; the handler never judges.)"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

Solved = Literal["yes", "no"]
RATINGS = ("very", "satisfied", "basic", "dissatisfied", "very_dissatisfied")
SATISFIED = frozenset({"very", "satisfied", "basic"})


@dataclass(frozen=True, slots=True)
class Judgement:
    """What the caller said: solved or not, and how satisfied."""

    solved: Solved
    rating: str


def verb_for(judgement: Judgement, reopened: int) -> str:
    """What a judgement does: solved closes; not solved reopens, then goes to a conference, then closes unsolved."""
    if judgement.solved == "yes":
        return "confirm_solved"
    return ("reopen", "to_conference")[reopened] if reopened < 2 else "close_unsolved"


def other_body(body: int | None, handled_by: Collection[int]) -> bool:
    """Whether a body may call back: it has never handled the case."""
    return body is not None and body not in handled_by


def may_return(dispatched_at: datetime, limit_until: datetime, now: datetime, ruled: bool) -> bool:
    """Whether the return of a case may still be asked: within the limit, and no ruling yet (山东, 潍坊 22)."""
    return not ruled and dispatched_at <= now <= limit_until


def unreached_is_final(tries: Collection[datetime], wanted_tries: int, wanted_days: int) -> bool:
    """Whether call-back may be given up: enough tries on enough different days (local days are given)."""
    return len(tries) >= wanted_tries and len({t.date() for t in tries}) >= wanted_days


def judgement_over(answered_at: datetime, days: int, now: datetime) -> bool:
    """Whether nobody judged within the given days after the answer."""
    return now >= answered_at + timedelta(days=days)
