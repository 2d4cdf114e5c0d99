"""Flows as data: one stage, holds that coexist with it, and a table that decides every verb. Pure.

The table is the whole truth: what it does not list is refused. It is tested over every (stage, holds, verb)
and printed into the docs as a diagram.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain, combinations


@dataclass(frozen=True, slots=True)
class Move:
    """One row: a verb, the stages it may start from, and what it does.

    `to` None keeps the stage. `needs` holds must be open, `blocked` holds must not be. `clocks` are effects
    ("stop:sign_in", "start:contact", "pause:", "resume:"); `guards` are checked by the action under lock.
    """

    verb: str
    stages: frozenset[str]
    to: str | None
    needs: frozenset[str] = frozenset()
    blocked: frozenset[str] = frozenset()
    opens: frozenset[str] = frozenset()
    closes: frozenset[str] = frozenset()
    clocks: tuple[str, ...] = ()
    guards: tuple[str, ...] = ()


def move(
    verb: str, stages: str, to: str | None, *, needs: str = "", blocked: str = "", opens: str = "", closes: str = "",
    clocks: str = "", guards: str = "",
) -> Move:  # fmt: skip
    """A row written with words separated by spaces."""
    return Move(
        verb, frozenset(stages.split()), to, frozenset(needs.split()), frozenset(blocked.split()),
        frozenset(opens.split()), frozenset(closes.split()), tuple(clocks.split()), tuple(guards.split()),
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Flow:
    """Stages, holds and the table. Raises ValueError when the table contradicts itself."""

    name: str
    stages: tuple[str, ...]
    final: frozenset[str]
    holds: tuple[str, ...]
    moves: tuple[Move, ...]

    def __post_init__(self) -> None:
        known, holds = set(self.stages), set(self.holds)
        for row in self.moves:
            strange = (row.stages | ({row.to} if row.to else set())) - known
            strange |= (row.needs | row.blocked | row.opens | row.closes) - holds
            if strange:
                raise ValueError(
                    f"Flow {self.name}: {row.verb} names {sorted(strange)}, which are not declared."
                )
        for one, other in combinations(self.moves, 2):
            stages, held = one.stages & other.stages, one.needs | other.needs
            # Both fit somewhere unless a hold that one needs keeps the other away.
            if one.verb == other.verb and stages and not held & (one.blocked | other.blocked):
                where = f"({min(stages)}, {sorted(held)}, {one.verb})"
                raise ValueError(f"Flow {self.name}: {where} is decided twice.")

    @property
    def verbs(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(row.verb for row in self.moves))

    def situations(self) -> Iterator[tuple[str, frozenset[str]]]:
        """Every stage with every set of holds."""
        sets = chain.from_iterable(combinations(self.holds, n) for n in range(len(self.holds) + 1))
        held_sets = [frozenset(s) for s in sets]
        for stage in self.stages:
            for held in held_sets:
                yield stage, held

    def _fitting(self, stage: str, holds: frozenset[str], verb: str) -> list[Move]:
        return [
            row
            for row in self.moves
            if row.verb == verb and stage in row.stages and row.needs <= holds and not (row.blocked & holds)
        ]

    def decide(self, stage: str, holds: Iterable[str], verb: str) -> Move | None:
        """The row that applies, or None: the verb is refused in this situation."""
        fitting = self._fitting(stage, frozenset(holds), verb)
        return fitting[0] if fitting else None

    def possible(self, stage: str, holds: Iterable[str]) -> tuple[str, ...]:
        """Verbs that the table allows in this situation."""
        held = frozenset(holds)
        return tuple(verb for verb in self.verbs if self._fitting(stage, held, verb))

    def _all(self, holds: frozenset[str]) -> bool:
        return len(self.holds) > 1 and holds == set(self.holds)

    def diagram(self) -> str:
        """The table as a Mermaid state diagram."""
        lines = ["stateDiagram-v2"]
        for row in self.moves:
            for stage in sorted(row.stages, key=self.stages.index):
                marks = "".join(
                    [f" [{h}]" for h in sorted(row.needs)] + [f" +{h}" for h in sorted(row.opens)]
                )
                closed = ["all"] if self._all(row.closes) else sorted(row.closes)
                marks += "".join(f" -{h}" for h in closed)
                lines.append(f"    {stage} --> {row.to or stage}: {row.verb}{marks}")
        lines += [f"    {stage} --> [*]" for stage in self.stages if stage in self.final]
        return "\n".join(lines)

    def table(self) -> str:
        """The table as Markdown."""
        head = ["verb", "from", "to", "needs", "not with", "opens", "closes", "clocks", "guards"]
        rows = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
        for row in self.moves:
            stages = ", ".join(sorted(row.stages, key=self.stages.index))
            sets = [", ".join(sorted(s)) for s in (row.needs, row.blocked, row.opens)]
            sets.append("all holds" if self._all(row.closes) else ", ".join(sorted(row.closes)))
            cells = [
                row.verb,
                stages,
                row.to or "(same)",
                *sets,
                ", ".join(row.clocks),
                ", ".join(row.guards),
            ]
            rows.append("| " + " | ".join(cells) + " |")
        return "\n".join(rows)
