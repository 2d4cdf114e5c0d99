"""Pieces of texts: runs of one to three characters, hashed to columns, and how alike two texts are. Pure.

A text is normalised first (width, case, digits, marks), so that a building's number or a mask says nothing.
Hashes are our own arithmetic: the same on every machine and in every version of Python.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Columns = NDArray[np.int64]
Values = NDArray[np.float64]

COLUMNS = 1 << 18
LONGEST = 3
_START = np.array([0, 0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9], dtype=np.uint64)
_PRIME = np.uint64(0x100000001B3)
_SHIFT = np.uint64(29)
_NOT_WORD = re.compile(r"[\W_]+")
_DIGITS = re.compile(r"\d+")
_SPACE = 32


def normal(text: str) -> str:
    """The text as it is compared: one width, lower case, no marks or masks, every number a 0."""
    plain = unicodedata.normalize("NFKC", text).lower()
    return _NOT_WORD.sub(" ", _DIGITS.sub("0", plain)).strip()


def same_text(text: str) -> str:
    """What makes two rows the same text: width, case and blanks aside."""
    return re.sub(r"\s+", "", unicodedata.normalize("NFKC", text).lower())


def _runs(plain: str) -> Iterator[tuple[int, NDArray[np.bool_], Columns]]:
    """(length, which starts count, column of each start) for runs of each length; none crosses a gap."""
    points = np.frombuffer(plain.encode("utf-32-le"), dtype="<u4").astype(np.uint64)
    filled = points != _SPACE
    for length in range(1, LONGEST + 1):
        count = len(points) - length + 1
        if count <= 0:
            return
        state = np.full(count, _START[length], dtype=np.uint64)
        whole = np.ones(count, dtype=bool)
        for at in range(length):
            state = (state ^ points[at : at + count]) * _PRIME
            state ^= state >> _SHIFT
            whole &= filled[at : at + count]
        yield length, whole, (state % np.uint64(COLUMNS)).astype(np.int64)


def columns(text: str) -> tuple[Columns, Values]:
    """(columns in order, weight of each): 1 + log of how often the pieces of a text fall on it."""
    found = [held[whole] for _length, whole, held in _runs(normal(text))]
    every = np.concatenate(found) if found else np.zeros(0, dtype=np.int64)
    kept, counts = np.unique(every, return_counts=True)
    return kept, 1.0 + np.log(np.maximum(counts, 1).astype(np.float64))


def pieces(text: str) -> list[tuple[str, int]]:
    """(piece, column) of every run of a text, in order of length and place."""
    plain = normal(text)
    return [
        (plain[start : start + length], int(held[start]))
        for length, whole, held in _runs(plain)
        for start in np.flatnonzero(whole)
    ]


@dataclass(frozen=True, slots=True)
class Rarity:
    """How rare each column is among the texts that were counted: a rare piece says more than a common one."""

    texts: int
    columns: Columns
    counts: NDArray[np.int64]

    def of(self, wanted: Columns) -> Values:
        """1 + log((1 + texts) / (1 + texts with the column)) for each column; of no texts it is 1 everywhere."""
        held = np.zeros(len(wanted), dtype=np.float64)
        if len(self.columns):
            at = np.minimum(np.searchsorted(self.columns, wanted), len(self.columns) - 1)
            held = np.where(self.columns[at] == wanted, self.counts[at], 0).astype(np.float64)
        return 1.0 + np.log((1.0 + self.texts) / (1.0 + held))


NO_RARITY = Rarity(0, np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64))


def rarity(texts: Sequence[tuple[Columns, Values]]) -> Rarity:
    """Count in how many texts each column occurs."""
    every = np.concatenate([held for held, _v in texts]) if texts else np.zeros(0, dtype=np.int64)
    kept, counts = np.unique(every, return_counts=True)
    return Rarity(len(texts), kept, counts)


@dataclass(frozen=True, slots=True)
class Vector:
    """A text as a direction: weights of length one on its columns; a text without words has none."""

    columns: Columns
    weights: Values


def vector(text: str, rare: Rarity = NO_RARITY) -> Vector:
    """The direction of a text, rare pieces counting more."""
    return weighed(*columns(text), rare)


def weighed(held: Columns, values: Values, rare: Rarity) -> Vector:
    """The same from columns that are known already."""
    weights = values * rare.of(held)
    size = float(np.sqrt((weights * weights).sum()))
    return Vector(held, weights / size if size else weights)


def alike(a: Vector, b: Vector) -> float:
    """How alike two texts are, from 0 (no common piece) to 1 (the same pieces as often). Symmetric."""
    if len(a.columns) > len(b.columns):
        a, b = b, a
    if not len(a.columns):
        return 0.0
    at = np.minimum(np.searchsorted(b.columns, a.columns), len(b.columns) - 1)
    common = b.columns[at] == a.columns
    first, second = a.weights[common], b.weights[at[common]]
    # The sum is rounded, so that the order in which it is made cannot show.
    return min(1.0, round(float(np.sort(first * second).sum()), 9))
