"""Checks on the shape of the code, read from its syntax trees."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from statistics import median

from linli.shell.checks.house import File, House

FUNCTION_P95, FUNCTION_MOST = 40, 80
FILE_P95, FILE_MOST = 400, 600
Function = ast.FunctionDef | ast.AsyncFunctionDef

# Modules of the standard library through which a rule could reach the world outside its arguments.
IMPURE = {
    "asyncio", "builtins", "ctypes", "ftplib", "glob", "http", "importlib", "io", "logging", "multiprocessing", "os",
    "pathlib", "random", "secrets", "select", "shelve", "shutil", "signal", "smtplib", "socket", "sqlite3", "ssl",
    "subprocess", "sys", "tempfile", "threading", "urllib", "uuid", "warnings",
}  # fmt: skip
# Parts of packages that otherwise talk to the world.
PURE_MODULES = frozenset({"urllib.parse"})
PURE_PACKAGES = {"rfc8785", "stdnum", "pypinyin", "numpy"}
IMPURE_CALLS = {"open", "print", "input", "exec", "eval"}
IMPURE_METHODS = {"now", "utcnow", "today"}
IMPURE_TIME = {"time", "monotonic", "perf_counter", "sleep"}


def functions(tree: ast.AST) -> Iterator[Function]:
    """All functions and methods of a tree."""
    return (node for node in ast.walk(tree) if isinstance(node, Function))


def length(function: Function) -> int:
    """Lines from `def` to the end."""
    return (function.end_lineno or function.lineno) - function.lineno + 1


def percentile(values: list[int], share: float) -> int:
    """The value that `share` of the sorted values do not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))] if ordered else 0


def budgets(house: House) -> list[str]:
    """Functions: p95 at most 40 lines, none over 80. Files: p95 at most 400, none over 600."""
    problems, of_functions, of_files = [], [], []
    for file in house.code:
        of_files.append(len(file.lines))
        if len(file.lines) > FILE_MOST:
            problems.append(f"{file.path}: {len(file.lines)} lines, at most {FILE_MOST}. Make it a folder.")
        for function in functions(file.tree):
            of_functions.append(length(function))
            if length(function) > FUNCTION_MOST:
                problems.append(
                    f"{file.path}:{function.lineno}: {function.name} has {length(function)} lines, at most {FUNCTION_MOST}."
                )
    for what, values, most in (("functions", of_functions, FUNCTION_P95), ("files", of_files, FILE_P95)):
        found = percentile(values, 0.95)
        if found > most:
            problems.append(f"The 95th percentile of {what} is {found} lines, at most {most}.")
    return problems


def is_rules(file: File) -> bool:
    """Whether a file belongs to a room's rules."""
    return file.path.startswith("linli/") and (file.parts[-1] == "rules.py" or "rules" in file.parts[:-1])


def purity(house: House) -> list[str]:
    """Rules import no Django, no models, nothing that reads or writes, and never ask the clock."""
    problems = []
    for file in house.code:
        if is_rules(file) and not file.is_test:
            for node in ast.walk(file.tree):
                problems += [f"{file.path}:{node.lineno}: {why}" for why in _impure(node)]  # type: ignore[attr-defined]  # only nodes with a line give a reason
    return problems


def _impure(node: ast.AST) -> list[str]:
    if isinstance(node, ast.Import):
        return [why for alias in node.names if (why := _impure_module(alias.name))]
    if isinstance(node, ast.ImportFrom):
        modules = [node.module or ""]
        if node.module and node.module.startswith("linli.") and "rules" not in node.module.split("."):
            modules = [f"{node.module}.{alias.name}" for alias in node.names]
        return [why for module in modules if (why := _impure_module(module))]
    if isinstance(node, ast.Call):
        return _impure_call(node.func)
    return []


def _impure_module(module: str) -> str:
    top = module.split(".")[0]
    if top == "linli":
        return "" if "rules" in module.split(".") else f"a rule may import rules only, not {module}."
    if (
        module in PURE_MODULES
        or top in PURE_PACKAGES
        or (top in sys.stdlib_module_names and top not in IMPURE)
    ):
        return ""
    return f"a rule may not import {module}."


def _impure_call(called: ast.expr) -> list[str]:
    if isinstance(called, ast.Name) and called.id in IMPURE_CALLS:
        return [f"a rule may not call {called.id}()."]
    if isinstance(called, ast.Attribute) and isinstance(called.value, ast.Name):
        owner, method = called.value.id, called.attr
        if (owner in ("datetime", "date") and method in IMPURE_METHODS) or (
            owner == "time" and method in IMPURE_TIME
        ):
            return [f"a rule may not call {owner}.{method}(); the moment is an argument."]
    return []


def lazy(house: House) -> list[str]:
    """No import of our own modules inside a function, so that circles show at once."""
    problems = []
    for file in house.code:
        for function in functions(file.tree):
            for node in ast.walk(function):
                module = _imported(node)
                if module.split(".")[0] == "linli" and not house.excepted(
                    "lazy", f"{file.path}:{function.name}"
                ):
                    line = node.lineno  # type: ignore[attr-defined]  # an import has a line
                    problems.append(
                        f"{file.path}:{line}: {function.name} imports {module} inside the function."
                    )
    return sorted(set(problems))


def _imported(node: ast.AST) -> str:
    if isinstance(node, ast.ImportFrom):
        return "linli" if node.level else (node.module or "")
    if isinstance(node, ast.Import):
        return next((alias.name for alias in node.names if alias.name.split(".")[0] == "linli"), "")
    return ""


def figures(house: House) -> list[str]:
    """Printed, not gated: median function length and the share of lines that are rules."""
    product = [file for file in house.code if file.path.startswith("linli/") and not file.is_test]
    lengths = [length(function) for file in product for function in functions(file.tree)]
    lines = sum(len(file.lines) for file in product)
    pure = sum(len(file.lines) for file in product if is_rules(file))
    share = 100 * pure / lines if lines else 0
    return [
        f"functions: {len(lengths)}, median {median(lengths or [0]):.0f} lines, p95 {percentile(lengths, 0.95)}",
        f"product code: {lines} lines in {len(product)} files, of these pure rules {share:.0f} %",
    ]
