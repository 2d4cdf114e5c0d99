"""The words themselves: help without Django, sentences for wrong words, hand-over to rooms and tools."""

from __future__ import annotations

import argparse
import subprocess
import sys
from importlib import import_module

import pytest

from linli.foundation.core import commands
from linli.foundation.core.commands import CommandRefused
from linli.shell.cli import main, rooms, words
from linli.shell.cli.installation import ROOT

ALL = [(name, module) for name, _help, _configure, module in words.SINGLE] + [
    (f"{group} {name}", module) for group, _help, members in words.GROUPS for name, _h, _c, module in members
]


@pytest.mark.parametrize(("name", "module"), ALL)
def test_every_word_has_a_function_and_help(
    name: str, module: str, capsys: pytest.CaptureFixture[str]
) -> None:
    path, function = module.split(":")
    assert callable(getattr(import_module(path), function))
    if name.split()[0] not in words.HANDED_ON:
        with pytest.raises(SystemExit) as ended:
            main([*name.split(), "--help"])
        assert ended.value.code == 0
        assert f"linli {name}" in capsys.readouterr().out


def test_help_needs_no_django() -> None:
    code = "import sys; from linli.shell.cli import main; main([]); sys.exit('django' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "check-start" in done.stdout


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (["dmo"], "There is no 'dmo' here. Did you mean demo?"),
        (["charter", "adpt"], "Did you mean adopt?"),
        (["xyz"], "Known: demo, serve"),
        (["serve", "--port", "70000"], "'70000' is not a whole number from 1 to 65535"),
        (["clock", "--working-days", "5"], "Missing: --received."),
        (["restore", "x.tar"], "Missing: --data."),
    ],
)
def test_a_wrong_word_gets_a_sentence(
    given: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(given)
    assert ended.value.code == 2
    assert said in capsys.readouterr().err


@pytest.fixture
def no_commands(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(commands, "_commands", {})


def test_rooms_register_words(no_commands: None) -> None:
    def configure(parser: argparse.ArgumentParser) -> None:
        parser.add_argument("file")

    commands.command("cases import", "Bring cases.", configure, lambda arguments: 7)
    found = rooms.find(["cases", "import", "x.csv"])
    assert found.run(argparse.Namespace()) == 7
    with pytest.raises(CommandRefused, match="It knows: cases import"):
        rooms.find(["cases", "imprt"])
    with pytest.raises(CommandRefused, match="Say which"):
        rooms.find(["cases"])
    with pytest.raises(RuntimeError, match="twice"):
        commands.command("cases import", "Again.", configure, lambda arguments: 8)


@pytest.mark.parametrize("name", ["", "Cases", "one two three"])
def test_a_room_word_is_one_or_two_small_words(no_commands: None, name: str) -> None:
    with pytest.raises(RuntimeError, match="one or two"):
        commands.command(name, "", lambda parser: None, lambda arguments: 0)


def test_tools_get_their_own_options(monkeypatch: pytest.MonkeyPatch) -> None:
    passing = import_module("linli.shell.cli.passing")
    seen: list[list[str]] = []
    monkeypatch.setattr(passing, "locale_main", lambda rest: seen.append(rest) or 3)
    assert main(["locale", "check", "--x", "core"]) == 3
    assert seen == [["check", "--x", "core"]]


def test_a_missing_tool_gets_a_sentence(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    passing = import_module("linli.shell.cli.passing")
    monkeypatch.setattr(passing, "find_spec", lambda name: None)
    assert main(["bench"]) == 1
    assert "This installation has no bench" in capsys.readouterr().err


def run_clock(*given: str) -> int:
    return main(["clock", *given])


@pytest.mark.parametrize(
    ("given", "due"),
    [
        # 2026-02-15 to 02-23 is the Spring Festival, 02-14 and 02-28 are make-up working days.
        (("--received", "2026-02-14", "--working-days", "5"), "2026-02-28 Sat 18:00"),
        (("--received", "2026-09-30T17:00", "--working-hours", "4"), "2026-10-08 Thu 11:00"),
        (("--received", "2026-03-02", "--calendar-days", "30"), "2026-04-01 Wed 18:00"),
        (("--received", "2026-01-31", "--months", "1"), "2026-02-28 Sat 18:00"),
    ],
)
def test_clock_prints_the_due_day(
    given: tuple[str, ...], due: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_clock(*given) == 0
    assert due in capsys.readouterr().out


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (("--received", "2026-12-30", "--working-days", "5"), "working calendar of 2027 is missing"),
        (("--received", "2027-03-01", "--working-days", "5"), "working calendar of 2027 is missing"),
        (("--received", "14.2.2026", "--working-days", "5"), "Write it as 2026-02-14"),
        (("--received", "2026-02-14", "--working-days", "0"), "from 1 to"),
        (("--received", "2026-02-14", "--months", "2", "--calendar", "/nowhere"), "/nowhere"),
    ],
)
def test_clock_refuses_with_a_sentence(
    given: tuple[str, ...], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_clock(*given) == 1
    output = capsys.readouterr()
    assert said in output.err and "due" not in output.out


@pytest.mark.parametrize(
    ("word", "place"),
    [
        ("places", "linli/foundation/places/"),
        ("小区", "docs/glossary.md"),
        ("Outbox", "linli/foundation/core/models.py"),
        ("charter.adopted", "linli/foundation/core/wiring.py"),
        ("office.hotline", "charters/national.toml"),
    ],
)
def test_where_finds_the_home_of_a_word(word: str, place: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["where", word]) == 0
    assert place in "".join(capsys.readouterr().out.splitlines()[:4])


def test_where_refuses_an_unknown_word(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["where", "qqqqqq"]) == 1
    assert "'qqqqqq'" in capsys.readouterr().err
