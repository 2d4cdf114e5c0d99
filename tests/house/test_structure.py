"""The checks on the shape of code find what they are for, and nothing else."""

from __future__ import annotations

import pytest

from linli.shell.checks import actions, structure
from tests.house.conftest import Build

RULES = "linli/work/cases/rules.py"


def _function(name: str, lines: int) -> str:
    return f"def {name}():\n" + "    x = 1\n" * (lines - 1)


def test_a_function_over_eighty_lines_is_found(build: Build) -> None:
    assert structure.budgets(build({"linli/a.py": _function("short", 80)})) == [
        "The 95th percentile of functions is 80 lines, at most 40."
    ]
    found = structure.budgets(build({"linli/a.py": _function("long", 81)}))
    assert "linli/a.py:1: long has 81 lines, at most 80." in found


def test_a_file_over_six_hundred_lines_is_found(build: Build) -> None:
    assert structure.budgets(build({"linli/a.py": "x = 1\n" * 400})) == []
    found = structure.budgets(build({"linli/a.py": "x = 1\n" * 601}))
    assert "linli/a.py: 601 lines, at most 600. Make it a folder." in found
    assert "The 95th percentile of files is 601 lines, at most 400." in found


def test_one_long_function_among_many_is_within_the_percentile(build: Build) -> None:
    small = "".join(_function(f"f{n}", 3) for n in range(60))
    assert structure.budgets(build({"linli/a.py": small + _function("long", 70)})) == []


def test_migrations_are_not_counted(build: Build) -> None:
    assert structure.budgets(build({"linli/x/migrations/0001_initial.py": "x = 1\n" * 900})) == []


@pytest.mark.parametrize(
    "line",
    [
        "from django.db import models",
        "import os",
        "import requests",
        "from urllib import request",
        "from linli.work.cases.models import Case",
        "from linli.work.cases import models",
        "from datetime import datetime\nx = datetime.now()",
        "from datetime import date\nx = date.today()",
        "import time\nx = time.time()",
        "x = open('a')",
        "def f():\n    import random",
    ],
)
def test_an_impure_rule_is_found(build: Build, line: str) -> None:
    assert len(structure.purity(build({RULES: line + "\n"}))) == 1


def test_pure_rules_pass(build: Build) -> None:
    pure = "from datetime import datetime\nfrom urllib.parse import urlencode\nimport rfc8785\nfrom linli.foundation.core.rules.clocks import Span\n"
    assert structure.purity(build({RULES: pure, "linli/work/cases/models.py": "import os\n"})) == []


def test_a_module_of_a_rules_folder_is_looked_at(build: Build) -> None:
    assert structure.purity(build({"linli/a/b/rules/deep/c.py": "import socket\n"})) != []


def test_a_lazy_import_is_found_and_a_listed_one_passes(build: Build) -> None:
    lazy = "def f():\n    from linli.foundation import core\n"
    assert structure.lazy(build({"linli/a.py": lazy})) == [
        "linli/a.py:2: f imports linli.foundation inside the function."
    ]
    listed = '[lazy]\n"linli/a.py:f" = "Needed here for a test."\n'
    assert structure.lazy(build({"linli/a.py": lazy, "linli/shell/checks/exceptions.toml": listed})) == []


def test_a_lazy_import_of_another_package_passes(build: Build) -> None:
    assert structure.lazy(build({"linli/a.py": "def f():\n    import json\n"})) == []


def test_figures_count_rules(build: Build) -> None:
    house = build({RULES: "x = 1\n" * 25, "linli/a.py": "x = 1\n" * 72 + _function("f", 3)})
    assert structure.figures(house) == [
        "functions: 1, median 3 lines, p95 3",
        "product code: 100 lines in 2 files, of these pure rules 25 %",
    ]


GOOD = """
def _write(actor): record("a.b", actor=actor)
def close(*, actor, now): _write(actor)
def sweep(*, context): ledger.record("a.b")
"""


def test_a_good_action_passes(build: Build) -> None:
    assert actions.actions(build({"linli/work/cases/actions.py": GOOD})) == []


@pytest.mark.parametrize(
    ("action", "why"),
    [
        ("def close(actor): record(actor)", "by position"),
        ("def close(*, now): record(now)", "who acts"),
        ("def close(*, actor): pass", "records no event"),
    ],
)
def test_a_bad_action_is_found(build: Build, action: str, why: str) -> None:
    found = actions.actions(build({"linli/work/cases/actions/closing.py": action + "\n"}))
    assert len(found) == 1
    assert why in found[0]


def test_helpers_in_another_module_of_the_folder_count(build: Build) -> None:
    files = {
        "linli/work/cases/actions/one.py": "def close(*, actor): write(actor)\n",
        "linli/work/cases/actions/common.py": "def write(*, actor): record(actor)\n",
    }
    assert actions.actions(build(files)) == []
    files["linli/work/cases/actions/common.py"] = "def write(*, actor): pass\n"
    assert len(actions.actions(build(files))) == 2


def test_only_what_an_actions_folder_offers_is_an_action(build: Build) -> None:
    files = {
        "linli/work/cases/actions/__init__.py": '__all__ = ["close"]\n',
        "linli/work/cases/actions/one.py": "def close(*, actor): record(actor)\ndef helper(x): pass\n",
    }
    assert actions.actions(build(files)) == []
    files["linli/work/cases/actions/__init__.py"] = '__all__ = ["close", "helper"]\n'
    assert len(actions.actions(build(files))) == 3


def test_a_listed_action_passes(build: Build) -> None:
    listed = '[actions]\n"linli/a/b/actions.py:close" = "Needed for a test."\n'
    files = {"linli/a/b/actions.py": "def close(): pass\n", "linli/shell/checks/exceptions.toml": listed}
    assert actions.actions(build(files)) == []
