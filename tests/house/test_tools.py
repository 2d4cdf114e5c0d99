"""The checks that other programs make fail when there is something to find."""

from __future__ import annotations

from pathlib import Path

import pytest

from linli.shell.checks import __main__ as checks
from linli.shell.checks import tools
from linli.shell.checks.house import House
from tests.house.conftest import Build

ROOT = Path(__file__).resolve().parents[2]


def test_style_finds_an_unused_import(build: Build) -> None:
    assert any("F401" in line for line in tools.style(build({"linli/a.py": "import os\n"})))
    assert tools.style(build({"linli/a.py": "x = 1\n"})) == []


def test_layout_finds_an_unformatted_file(build: Build) -> None:
    assert any("linli/a.py" in line for line in tools.layout(build({"linli/a.py": "x=1\n"})))
    assert tools.layout(build({"linli/a.py": "x = 1\n"})) == []


def test_types_finds_a_wrong_type(build: Build) -> None:
    config = "[tool.mypy]\nstrict = true\n"
    wrong = build({"pyproject.toml": config, "linli/__init__.py": "", "linli/a.py": "x: int = 'a'\n"})
    assert any("Incompatible types" in line for line in tools.types(wrong))
    assert any("annotation" in line for line in tools.types(build({"linli/a.py": "def f(): return 1\n"})))


def _rooms() -> dict[str, str]:
    rooms = ("notices", "messaging", "bodies", "people", "places", "accounts", "core")
    files = {f"linli/foundation/{room}/__init__.py": "" for room in rooms}
    for floor in ("", "foundation/", "work/", "shell/"):
        files[f"linli/{floor}__init__.py"] = ""
    return {**files, ".importlinter": (ROOT / ".importlinter").read_text("utf-8")}


@pytest.mark.parametrize(
    ("file", "text", "contract"),
    [
        ("linli/foundation/core/a.py", "import linli.work\n", "A floor imports"),
        ("linli/work/a.py", "def f():\n    import linli.shell\n", "A floor imports"),
        ("linli/foundation/places/a.py", "import linli.foundation.bodies\n", "On the ground floor"),
        (
            "linli/foundation/places/a.py",
            "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import linli.foundation.people\n",
            "On the ground floor",
        ),
        ("linli/foundation/cellar/__init__.py", "", "On the ground floor"),
        ("linli/attic/__init__.py", "", "A floor imports"),
    ],
)
def test_floors_finds_an_import_upwards_and_an_unlisted_room(
    build: Build, file: str, text: str, contract: str
) -> None:
    found = tools.floors(build({**_rooms(), file: text}))
    assert any(contract in line and "BROKEN" in line for line in found)


def test_floors_finds_a_circle_inside_a_room(build: Build) -> None:
    circle = {
        "linli/work/a.py": "import linli.work.b\n",
        "linli/work/b.py": "import linli.work.a\n",
    }
    assert any(
        "No circle" in line and "BROKEN" in line for line in tools.floors(build({**_rooms(), **circle}))
    )


def test_floors_lets_a_good_house_and_tests_pass(build: Build) -> None:
    good = {
        "linli/work/a.py": "import linli.foundation.core\n",
        "linli/foundation/core/tests/__init__.py": "",
        "linli/foundation/core/tests/test_a.py": "import linli.shell\n",
    }
    assert tools.floors(build({**_rooms(), **good})) == []


def test_deploy_finds_a_weak_key() -> None:
    found = tools.deploy(House(ROOT), {"LINLI_SECRET_KEY": "short"})
    assert found != []
    assert any("W009" in line or "LINLI_SECRET_KEY" in line for line in found)


def test_a_check_that_breaks_has_failed(build: Build) -> None:
    def broken(house: House) -> list[str]:
        raise ZeroDivisionError("no")

    outcome = checks.run_one("broken", broken, build({}))
    assert outcome.problems == ["The check itself broke: ZeroDivisionError: no"]


def test_an_unknown_check_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert checks.main(["horoscope"]) == 2
    assert "horoscope" in capsys.readouterr().err


def test_the_run_prints_a_line_for_each_check_and_tells_by_its_status(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checks, "CHECKS", {"good": lambda house: [], "bad": lambda house: ["a line"]})
    assert checks.main([]) == 1
    printed = capsys.readouterr().out.splitlines()
    assert printed[0].split()[:2] == ["good", "ok"]
    assert printed[1].split()[:2] == ["bad", "failed"]
    assert printed[2].strip() == "a line"
    assert checks.main(["good"]) == 0
