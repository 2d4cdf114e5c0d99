"""Every action: keyword-only, says who acts, records an event."""

from __future__ import annotations

import ast

from linli.shell.checks.house import File, House
from linli.shell.checks.structure import Function, functions

RECORDERS = {"record", "record_many"}


def is_actions(file: File) -> bool:
    """Whether a file holds a room's actions (`actions.py`, or a module of an `actions` folder)."""
    return (
        file.path.startswith("linli/") and not file.is_test and (file.parts[-1] == "actions.py" or "actions" in file.parts[:-1])
        and "checks" not in file.parts
    )  # fmt: skip


def actions(house: House) -> list[str]:
    """Public functions of `actions.py`, and what an actions folder offers, are keyword-only, say who acts and record."""
    problems = []
    rooms: dict[str, list[File]] = {}
    for file in house.code:
        if is_actions(file):
            rooms.setdefault("/".join(file.parts[:3]), []).append(file)
    for files in rooms.values():
        recording, named = _recording(files), _named(files)
        for file in files:
            for node in file.tree.body:
                if not isinstance(node, Function) or node.name.startswith("_"):
                    continue
                if file.parts[-1] != "actions.py" and named is not None and node.name not in named:
                    continue
                if not house.excepted("actions", f"{file.path}:{node.name}"):
                    problems += [
                        f"{file.path}:{node.lineno}: {node.name} {why}" for why in _faults(node, recording)
                    ]
    return problems


def _named(files: list[File]) -> set[str] | None:
    """What `__all__` of an actions folder offers; the other functions there are helpers. None without `__all__`."""
    for file in files:
        if file.parts[-1] == "__init__.py":
            for node in file.tree.body:
                if isinstance(node, ast.Assign) and [ast.unparse(target) for target in node.targets] == [
                    "__all__"
                ]:
                    return set(ast.literal_eval(node.value))
    return None


def _faults(function: Function, recording: set[str]) -> list[str]:
    arguments = function.args
    names = {argument.arg for argument in [*arguments.args, *arguments.kwonlyargs]}
    faults = []
    if arguments.args or arguments.posonlyargs or arguments.vararg:
        faults.append("has arguments that can be given by position; begin them with *.")
    if not names & {"actor", "context"}:
        faults.append("takes neither actor nor context: who acts?")
    if function.name not in recording:
        faults.append("records no event.")
    return faults


def _called(function: Function) -> set[str]:
    """Names that a function calls, without what stands before the dot."""
    names = set()
    for node in ast.walk(function):
        if isinstance(node, ast.Call):
            if isinstance(node.func, ast.Name):
                names.add(node.func.id)
            elif isinstance(node.func, ast.Attribute):
                names.add(node.func.attr)
    return names


def _recording(files: list[File]) -> set[str]:
    """Functions of a room's actions that record, directly or through another function of them."""
    calls = {function.name: _called(function) for file in files for function in functions(file.tree)}
    found = {name for name, called in calls.items() if called & RECORDERS}
    while True:
        more = {name for name, called in calls.items() if called & found} - found
        if not more:
            return found
        found |= more
