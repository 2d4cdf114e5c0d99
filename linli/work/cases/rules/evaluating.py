"""Trying the suggester and the same-issue hint on a list of texts: folds, F1, nearest neighbours. Pure."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from linli.work.cases.rules import grams, suggesting

FOLDS, NEAREST, SEED = 5, 5, 20180101


@dataclass(frozen=True, slots=True)
class Row:
    """One usable row: text, what a person said it is, and the situation it was made from, if any."""

    text: str
    label: str
    group: str = ""


@dataclass(frozen=True, slots=True)
class Cleaned:
    """Rows without empty cells and without a text that stands before; how many were left out and why."""

    rows: list[Row]
    empty: int
    repeated: int


def cleaned(rows: Sequence[Row]) -> Cleaned:
    """Keep the first of equal texts. A text that comes again with another label is left out like any other."""
    kept: list[Row] = []
    seen: set[str] = set()
    empty = repeated = 0
    for row in rows:
        key = grams.same_text(row.text)
        if not key or not row.label.strip():
            empty += 1
        elif key in seen:
            repeated += 1
        else:
            seen.add(key)
            kept.append(row)
    return Cleaned(kept, empty, repeated)


def folds_of(rows: Sequence[Row], folds: int = FOLDS, seed: int = SEED) -> list[int]:
    """The fold of each row: every label spread evenly, rows of one situation always together."""
    rng = np.random.default_rng(seed)
    by_label: dict[str, dict[str, list[int]]] = defaultdict(lambda: defaultdict(list))
    for at, row in enumerate(rows):
        by_label[row.label][row.group or f"row {at}"].append(at)
    found = [0] * len(rows)
    told: dict[str, int] = {}
    for label in sorted(by_label):
        groups = sorted(by_label[label])
        first = int(rng.integers(folds))
        for turn, place in enumerate(rng.permutation(len(groups))):
            group = groups[place]
            # A situation that two labels share stays in the fold it was first put into.
            fold = told.setdefault(group, (first + turn) % folds)
            for at in by_label[label][group]:
                found[at] = fold
    return found


def f1_by_label(truth: Sequence[str], guess: Sequence[str]) -> dict[str, float]:
    """F1 of each label that was true or guessed: 2 hits / (times true + times guessed)."""
    hits = Counter(t for t, g in zip(truth, guess, strict=True) if t == g)
    total = Counter(truth) + Counter(guess)
    return {label: 2 * hits[label] / total[label] for label in sorted(total)}


def macro_f1(truth: Sequence[str], guess: Sequence[str]) -> float:
    """The mean of the labels' F1: a rare label counts as much as a common one. Raises ValueError for no rows."""
    found = f1_by_label(truth, guess)
    if not found:
        raise ValueError("there are no rows to judge")
    return sum(found.values()) / len(found)


def top_1(truth: Sequence[str], guess: Sequence[str]) -> float:
    """Share of rows whose first proposal was right. Raises ValueError for no rows."""
    if not truth:
        raise ValueError("there are no rows to judge")
    return sum(t == g for t, g in zip(truth, guess, strict=True)) / len(truth)


@dataclass(frozen=True, slots=True)
class Judged:
    """Figures of a cross-validation: of all rows together and of each fold."""

    rows: int
    labels: int
    top_1: float
    macro_f1: float
    folds: list[tuple[int, float, float]]
    by_label: dict[str, tuple[int, float]]


def cross_validated(
    rows: Sequence[Row], *, folds: int = FOLDS, seed: int = SEED, told: Callable[[int], object] = lambda _n: None
) -> Judged:  # fmt: skip
    """Each fold is guessed by a model of the others. Raises ValueError when a fold leaves one label to learn."""
    fold = folds_of(rows, folds, seed)
    truth = [row.label for row in rows]
    guess = [""] * len(rows)
    each: list[tuple[int, float, float]] = []
    for number in range(folds):
        inside = [at for at, f in enumerate(fold) if f == number]
        outside = [at for at, f in enumerate(fold) if f != number]
        if inside:
            head = suggesting.learn(
                [rows[at].text for at in outside], [truth[at] for at in outside], seed=seed
            )
            for at in inside:
                guess[at] = suggesting.propose(head, rows[at].text, 1)[0].label
            pair = [truth[at] for at in inside], [guess[at] for at in inside]
            each.append((len(inside), top_1(*pair), macro_f1(*pair)))
        told(number + 1)
    counts = Counter(truth)
    by_label = {label: (counts[label], f1) for label, f1 in f1_by_label(truth, guess).items()}
    return Judged(len(rows), len(counts), top_1(truth, guess), macro_f1(truth, guess), each, by_label)


# --- same issue -------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Nearest:
    """How many of the nearest texts belong to the same cluster, over rows that have company in theirs."""

    rows: int
    alone: int
    clusters: int
    nearest: int
    same: int

    @property
    def share(self) -> float:
        """Same-cluster neighbours / neighbours looked at."""
        return self.same / self.nearest if self.nearest else 0.0


def nearest_of(
    rows: Sequence[Row], most: int = NEAREST, told: Callable[[int], object] = lambda _n: None
) -> Nearest:
    """Look at the `most` nearest texts of each row that is not alone in its cluster.

    A row of a cluster of three can find two at most; the share is of the neighbours looked at all the same.
    Raises ValueError when no cluster has two texts.
    """
    sizes = Counter(row.label for row in rows)
    index = _Postings.of([row.text for row in rows])
    looked = same = 0
    for at, row in enumerate(rows):
        if sizes[row.label] > 1:
            found = index.nearest(at, most)
            looked += len(found)
            same += sum(rows[other].label == row.label for other in found)
        told(at + 1)
    alone = sum(1 for size in sizes.values() if size == 1)
    if not looked:
        raise ValueError("no cluster has two different texts; there is nothing to look for")
    return Nearest(len(rows), alone, len(sizes), looked, same)


@dataclass(frozen=True, slots=True)
class _Postings:
    """Texts by column, so that one text is compared with all others in one pass."""

    vectors: list[grams.Vector]
    columns: grams.Columns
    starts: grams.Columns
    texts: grams.Columns
    weights: grams.Values

    @classmethod
    def of(cls, texts: Sequence[str]) -> _Postings:
        held = [grams.columns(text) for text in texts]
        rare = grams.rarity(held)
        vectors = [grams.weighed(c, v, rare) for c, v in held]
        every = np.concatenate([v.columns for v in vectors])
        whose = np.repeat(np.arange(len(vectors)), [len(v.columns) for v in vectors])
        weights = np.concatenate([v.weights for v in vectors])
        order = np.argsort(every, kind="stable")
        columns, starts = np.unique(every[order], return_index=True)
        return cls(vectors, columns, np.append(starts, len(order)), whose[order], weights[order])

    def nearest(self, at: int, most: int) -> list[int]:
        """The other texts most alike, best first; of equals the earlier one."""
        own = self.vectors[at]
        scores = np.zeros(len(self.vectors))
        if len(own.columns):
            places = np.searchsorted(self.columns, own.columns)
            spans = [np.arange(self.starts[p], self.starts[p + 1]) for p in places]
            every = np.concatenate(spans)
            weights = np.repeat(own.weights, [len(span) for span in spans]) * self.weights[every]
            scores += np.bincount(self.texts[every], weights=weights, minlength=len(self.vectors))
        scores = np.round(scores, 9)
        scores[at] = -1.0
        order = np.lexsort((np.arange(len(scores)), -scores))
        return [int(other) for other in order[:most] if other != at]
