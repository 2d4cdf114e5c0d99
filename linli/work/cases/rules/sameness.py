"""Which open cases are likely the same matter, and when a matter is hot. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from linli.work.cases.rules import grams
from linli.work.cases.rules.kinds import family_of

ELSEWHERE, OTHER_KIND = 1.25, 1.25
SHORT = 4
LOOKED_CLOSELY = 20


@dataclass(frozen=True, slots=True)
class Candidate:
    """An open case that could be the same: what is compared and nothing more."""

    id: int
    text: str
    same_place: bool
    same_kind: bool
    received_at: datetime


@dataclass(frozen=True, slots=True)
class Likely:
    """A likely same case with how alike the words are, in percent."""

    id: int
    alike: int


def likely(
    text: str, candidates: Iterable[Candidate], *, floor: int, most: int, rare: grams.Rarity = grams.NO_RARITY
) -> list[Likely]:  # fmt: skip
    """The likeliest first: words at least `floor` percent alike, more for another compound or kind.

    While fewer than four characters are typed only cases of the same place and kind are shown, newest first.
    """
    typed = grams.vector(text, rare)
    short = len(grams.normal(text)) < SHORT
    found: list[tuple[float, float, int, int]] = []
    for one in candidates if short else _closest(text, candidates):
        share = grams.alike(typed, grams.vector(one.text, rare))
        wanted = floor / 100 * (1 if one.same_place else ELSEWHERE) * (1 if one.same_kind else OTHER_KIND)
        near = one.same_place and one.same_kind
        if near if short else share >= wanted:
            rank = share + (0.1 if one.same_place else 0.0) + (0.05 if one.same_kind else 0.0)
            found.append((-round(rank, 6), -one.received_at.timestamp(), one.id, round(100 * share)))
    return [Likely(id_, percent) for _rank, _at, id_, percent in sorted(found)[:most]]


def _closest(text: str, candidates: Iterable[Candidate]) -> list[Candidate]:
    """The candidates worth a close look: those that share most pairs of characters with the words."""
    own = _pairs(text)
    counted = []
    for one in candidates:
        other = _pairs(one.text)
        common = len(own & other)
        if common:
            counted.append(
                (-common / (len(own) * len(other)) ** 0.5, -one.received_at.timestamp(), one.id, one)
            )
    return [row[3] for row in sorted(counted, key=lambda row: row[:3])[:LOOKED_CLOSELY]]


def _pairs(text: str) -> set[str]:
    plain = grams.normal(text)
    return {plain[at : at + 2] for at in range(len(plain) - 1)} or {plain}


@dataclass(frozen=True, slots=True)
class Hot:
    """Many reports of one place and family in a few days."""

    place: int
    family: str
    reports: int
    last: datetime


def hot(
    counted: Iterable[tuple[int, str, int, datetime]], families: Sequence[Mapping[str, Any]], least: int
) -> list[Hot]:
    """Places and families with at least `least` reports, most first. `counted`: (place, kind, reports, newest)."""
    sums: dict[tuple[int, str], list[Any]] = defaultdict(lambda: [0, None])
    for place, kind, reports, newest in counted:
        held = sums[place, family_of(kind, families)]
        held[0] += reports
        held[1] = newest if held[1] is None else max(held[1], newest)
    rows = [Hot(p, f, n, last) for (p, f), (n, last) in sums.items() if n >= least]
    return sorted(rows, key=lambda row: (-row.reports, -row.last.timestamp(), row.place, row.family))
