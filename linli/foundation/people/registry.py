"""What rooms above tell the vault: which tasks exist, who must not be erased yet, what they hold about a person."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from linli.foundation.core.rules.actor import Actor
from linli.foundation.people.rules import Task

TaskChecker = Callable[[Actor, int, int], bool]
HoldCheck = Callable[[int, int, datetime], str]


@dataclass(frozen=True, slots=True)
class Holding:
    """What a room above holds about a person: rows to export, and subjects whose kept texts are the person's.

    `rows(district, person)` gives one mapping per row, field name to text; `subjects(district, person)` gives
    (type, id) of cases and the like.
    """

    name: str
    rows: Callable[[int, int], Sequence[dict[str, str]]]
    subjects: Callable[[int, int], Sequence[tuple[str, int]]]


_tasks: dict[str, TaskChecker] = {}
_holds: dict[str, HoldCheck] = {}
_holdings: dict[str, Holding] = {}


def register_task(kind: str, checker: TaskChecker) -> None:
    """Make a kind of task known. `checker(actor, task id, person id)` says whether it is this actor's open task
    about this person; while it says so, the task is the purpose of a reveal."""
    if _tasks.get(kind, checker) is not checker:
        raise RuntimeError(f"The task {kind!r} is registered twice.")
    _tasks[kind] = checker


def task_holds(actor: Actor, task: Task, person: int) -> bool:
    """Whether the task is the actor's own and about this person; an unknown kind is nobody's."""
    checker = _tasks.get(task.kind)
    return checker is not None and checker(actor, task.id, person) is True


def register_hold(code: str, check: HoldCheck) -> None:
    """Make a legal hold known. `check(district, person, now)` gives a sentence while the person must be kept,
    else an empty text."""
    if _holds.get(code, check) is not check:
        raise RuntimeError(f"The hold {code!r} is registered twice.")
    _holds[code] = check


def holds(district: int, person: int, now: datetime) -> dict[str, str]:
    """Code and sentence of each hold that stands."""
    found = {code: check(district, person, now) for code, check in _holds.items()}
    return {code: sentence for code, sentence in found.items() if sentence}


def register_holding(holding: Holding) -> None:
    """Make known what a room above holds about persons, for export and erasure."""
    if _holdings.get(holding.name, holding) is not holding:
        raise RuntimeError(f"The holding {holding.name!r} is registered twice.")
    _holdings[holding.name] = holding


def holdings() -> tuple[Holding, ...]:
    """All holdings by name."""
    return tuple(_holdings[name] for name in sorted(_holdings))
