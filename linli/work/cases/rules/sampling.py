"""Which cases are heard again: a lot that anybody can draw anew from the case numbers of a month. Pure.

The seed is SHA-256 over purpose, period and all numbers in order, so it is known only once the month is over and
nobody chooses it. Each number's lot is SHA-256 over seed and number; the smallest lots are taken.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable


def seed_of(purpose: str, period: str, numbers: Iterable[str]) -> str:
    """The seed of a draw: 64 hex digits."""
    text = "\n".join(["linli-sample-1", purpose, period, *sorted(numbers)])
    return hashlib.sha256(text.encode()).hexdigest()


def size_of(population: int, percent: int) -> int:
    """How many are drawn: the percentage rounded up, so that one of a few is drawn too."""
    return -(-population * percent // 100)


def draw(purpose: str, period: str, numbers: Iterable[str], percent: int) -> tuple[str, list[str]]:
    """(seed, drawn numbers by their lot)."""
    everyone = sorted(set(numbers))
    seed = seed_of(purpose, period, everyone)
    lots = sorted(everyone, key=lambda n: (hashlib.sha256(f"{seed}\n{n}".encode()).hexdigest(), n))
    return seed, lots[: size_of(len(everyone), percent)]
