"""The suggester: a linear model over hashed pieces of masked texts. Pure; equal texts and seed, equal model.

It proposes; people decide. It keeps no text: a model is numbers on hashed columns.
"""

from __future__ import annotations

import hashlib
import json
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from linli.work.cases.rules import grams

BATCH, RATE, SEED = 64, 0.1, 20180101
FEWEST_PASSES, MOST_PASSES, PASSED_TEXTS = 6, 12, 12_000
FEW_TEXTS = 40  # below this every column counts; above it a column must occur in two texts
_FORM = b"LINLI-HEAD-1\n"

Array = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Head:
    """One learnt question (which kind, which body): labels, their weights on columns, and how rare columns are."""

    labels: tuple[str, ...]
    rare: grams.Rarity
    columns: grams.Columns
    weights: Array
    bias: Array

    def shares(self, text: str) -> NDArray[np.float64]:
        """How likely each label is for a text; they add up to one."""
        scores = np.asarray(self.bias, dtype=np.float64).copy()
        at, values = self._placed(grams.vector(text, self.rare))
        scores += values @ np.asarray(self.weights[at], dtype=np.float64)
        return np.asarray(_softmax(scores[None, :])[0], dtype=np.float64)

    def _placed(self, held: grams.Vector) -> tuple[grams.Columns, grams.Values]:
        if not len(self.columns) or not len(held.columns):
            return np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.float64)
        at = np.minimum(np.searchsorted(self.columns, held.columns), len(self.columns) - 1)
        known = self.columns[at] == held.columns
        return at[known], held.weights[known]


@dataclass(frozen=True, slots=True)
class Proposed:
    """A label with its share of 1."""

    label: str
    share: float


def propose(head: Head, text: str, most: int = 3) -> list[Proposed]:
    """The likeliest labels, best first; labels of equal share in the order of their names."""
    shares = head.shares(text)
    order = sorted(range(len(head.labels)), key=lambda i: (-shares[i], head.labels[i]))
    return [Proposed(head.labels[i], float(shares[i])) for i in order[:most]]


def because(head: Head, text: str, label: str, most: int = 5) -> list[str]:
    """The pieces of a text that spoke most for a label; a piece inside a stronger one is left out."""
    if label not in head.labels:
        return []
    number = head.labels.index(label)
    at, values = head._placed(grams.vector(text, head.rare))
    spoken = values * (head.weights[at, number] - head.weights[at].mean(axis=1))
    for_it = {int(c): float(s) for c, s in zip(head.columns[at], spoken, strict=True) if s > 0}
    ranked = sorted(
        {piece: for_it[c] for piece, c in grams.pieces(text) if c in for_it}.items(),
        key=lambda row: (-row[1] * len(row[0]), row[0]),
    )
    shown: list[str] = []
    for piece, _weight in ranked:
        if len(piece) > 1 and not any(piece in other or other in piece for other in shown):
            shown.append(piece)
        if len(shown) == most:
            break
    return shown


# --- learning ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Texts:
    """All texts in one piece: columns of row i are `at[starts[i]:starts[i + 1]]`."""

    starts: NDArray[np.int64]
    at: NDArray[np.int64]
    values: Array


def learn(texts: Sequence[str], labels: Sequence[str], *, seed: int = SEED) -> Head:
    """A head from texts and their labels. Raises ValueError when there is nothing to tell apart.

    Few texts are gone through more often: 12 times up to 1,000 texts, 6 times from 2,000 on.
    """
    names = tuple(sorted(set(labels)))
    if len(texts) != len(labels):
        raise ValueError("each text needs its label")
    if len(names) < 2:
        raise ValueError("at least two labels are needed to tell texts apart")
    held = [grams.columns(text) for text in texts]
    rare = grams.rarity(held)
    kept = rare.columns[rare.counts >= (2 if len(texts) > FEW_TEXTS else 1)]
    rows = _together(held, rare, kept)
    wanted = np.searchsorted(np.array(names), np.array(labels))
    passes = max(FEWEST_PASSES, min(MOST_PASSES, PASSED_TEXTS // max(1, len(texts))))
    weights, bias = _descend(rows, wanted, len(names), len(kept), seed, passes)
    return Head(names, rare, kept, weights.astype(np.float16).astype(np.float32), bias.astype(np.float32))


def _together(
    held: Sequence[tuple[grams.Columns, grams.Values]], rare: grams.Rarity, kept: grams.Columns
) -> _Texts:
    starts, at, values = [0], [], []
    for found, counted in held:
        whole = grams.weighed(found, counted, rare)
        places = np.minimum(np.searchsorted(kept, whole.columns), max(0, len(kept) - 1))
        known = kept[places] == whole.columns if len(kept) else np.zeros(len(places), dtype=bool)
        at.append(places[known])
        values.append(whole.weights[known].astype(np.float32))
        starts.append(starts[-1] + int(known.sum()))
    return _Texts(np.array(starts), np.concatenate(at), np.concatenate(values))


def _descend(
    rows: _Texts, wanted: NDArray[np.int64], labels: int, columns: int, seed: int, passes: int
) -> tuple[Array, Array]:
    """Softmax regression by adaptive steps; a rare label counts more, by the root of how rare it is."""
    rng = np.random.default_rng(seed)
    count = len(wanted)
    per_label = np.maximum(np.bincount(wanted, minlength=labels), 1)
    stress = np.sqrt(count / (labels * per_label)).astype(np.float32)
    weights, seen = np.zeros((columns, labels), np.float32), np.full((columns, labels), 1e-6, np.float32)
    bias, seen_bias = np.zeros(labels, np.float32), np.full(labels, 1e-6, np.float32)
    for _pass in range(passes):
        order = rng.permutation(count)
        for first in range(0, count, BATCH):
            batch = order[first : first + BATCH]
            used, dense = _dense(rows, batch)
            step = _softmax(dense @ weights[used] + bias)
            step[np.arange(len(batch)), wanted[batch]] -= 1.0
            step *= stress[wanted[batch]][:, None] / len(batch)
            slope, slope_bias = dense.T @ step, step.sum(axis=0)
            seen[used] += slope * slope
            seen_bias += slope_bias * slope_bias
            weights[used] -= RATE * slope / np.sqrt(seen[used])
            bias -= RATE * 0.1 * slope_bias / np.sqrt(seen_bias)
    return weights, bias


def _dense(rows: _Texts, batch: NDArray[np.int64]) -> tuple[NDArray[np.int64], Array]:
    """The columns a batch uses, and its texts as rows over them."""
    spans = [np.arange(rows.starts[i], rows.starts[i + 1]) for i in batch]
    every = np.concatenate(spans)
    line = np.repeat(np.arange(len(batch)), [len(span) for span in spans])
    used, place = np.unique(rows.at[every], return_inverse=True)
    dense = np.zeros((len(batch), len(used)), np.float32)
    dense[line, place] = rows.values[every]
    return used, dense


def _softmax(scores: NDArray[Any]) -> NDArray[Any]:
    raised = np.exp(scores - scores.max(axis=1, keepdims=True))
    return np.asarray(raised / raised.sum(axis=1, keepdims=True))


# --- stored form ------------------------------------------------------------------------------------------------


def packed(head: Head) -> bytes:
    """The stored form: a line of JSON, then plain little-endian arrays, compressed. No code can hide in it."""
    arrays = (
        ("rare_columns", head.rare.columns.astype("<u4")),
        ("rare_counts", head.rare.counts.astype("<u4")),
        ("columns", head.columns.astype("<u4")),
        ("weights", head.weights.astype("<f2")),
        ("bias", head.bias.astype("<f4")),
    )
    told = {
        "labels": head.labels,
        "texts": head.rare.texts,
        "arrays": [[name, a.dtype.str, list(a.shape)] for name, a in arrays],
    }
    line = json.dumps(told, ensure_ascii=False, separators=(",", ":")).encode()
    return _FORM + zlib.compress(line + b"\n" + b"".join(a.tobytes() for _name, a in arrays), 6)


def unpacked(raw: bytes) -> Head:
    """Read a stored head. Raises ValueError for anything else."""
    if not raw.startswith(_FORM):
        raise ValueError("this is not a stored head")
    try:
        line, _sign, rest = zlib.decompress(raw[len(_FORM) :]).partition(b"\n")
        told = json.loads(line)
        arrays: dict[str, NDArray[np.generic]] = {}
        for name, kind, shape in told["arrays"]:
            size = int(np.prod(shape)) * np.dtype(kind).itemsize
            arrays[name] = np.frombuffer(rest[:size], dtype=kind).reshape(shape)
            rest = rest[size:]
    except (zlib.error, KeyError, TypeError) as problem:
        raise ValueError("this stored head is damaged") from problem
    rare = grams.Rarity(
        told["texts"], arrays["rare_columns"].astype(np.int64), arrays["rare_counts"].astype(np.int64)
    )
    return Head(
        tuple(told["labels"]), rare, arrays["columns"].astype(np.int64),
        arrays["weights"].astype(np.float32), arrays["bias"].astype(np.float32),
    )  # fmt: skip


def stored(heads: Mapping[str, Head]) -> bytes:
    """Several heads in one stored form, each behind its name and length."""
    parts = [(name.encode(), packed(head)) for name, head in sorted(heads.items())]
    return b"".join(b"%s %d\n%s" % (name, len(raw), raw) for name, raw in parts)


def read(raw: bytes) -> dict[str, Head]:
    """The heads of a stored form. Raises ValueError for anything else."""
    found: dict[str, Head] = {}
    while raw:
        line, _sign, rest = raw.partition(b"\n")
        name, _sign, size = line.partition(b" ")
        if not size.isdigit() or len(rest) < int(size):
            raise ValueError("these stored heads are damaged")
        found[name.decode()], raw = unpacked(rest[: int(size)]), rest[int(size) :]
    return found


def digest(raw: bytes) -> str:
    """SHA-256 of a stored form, as 64 hex digits."""
    return hashlib.sha256(raw).hexdigest()
