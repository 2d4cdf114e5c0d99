"""The demonstration's folder: marked, never anybody else's data, a past that does not lie ahead."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from linli.foundation.core import charter
from linli.foundation.core.commands import CommandRefused
from linli.shell.cli import installation
from linli.shell.demo import content, start
from linli.shell.progress import Progress
from linli.shell.serving import Plan

TODAY = (datetime.now(UTC) + timedelta(hours=8)).date()


def test_an_empty_or_new_folder_is_marked_once(tmp_path: Path) -> None:
    data = tmp_path / "var"
    start.mark(data, "tiny", TODAY)
    assert installation.is_demonstration(data)
    start.mark(data, "small", TODAY - timedelta(days=9))
    assert installation.read_json(data / "DEMONSTRATION")["size"] == "tiny"


def test_a_folder_with_other_data_is_neither_marked_nor_deleted(tmp_path: Path) -> None:
    (tmp_path / "letter.txt").write_text("dear")
    with pytest.raises(CommandRefused, match="not marked as a demonstration"):
        start.mark(tmp_path, "tiny", TODAY)
    with pytest.raises(CommandRefused, match="deletes only such a folder"):
        start.delete(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["letter.txt"]


def test_fresh_deletes_a_marked_folder_but_not_through_links(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "letter.txt").write_text("dear")
    data = tmp_path / "var"
    start.mark(data, "tiny", TODAY)
    (data / "files").mkdir()
    (data / "link").symlink_to(outside)
    start.delete(data)
    assert list(data.iterdir()) == []
    assert (outside / "letter.txt").read_text() == "dear"
    start.delete(tmp_path / "never")


def test_the_anchor_is_a_day_that_has_come() -> None:
    assert start.read_anchor(None) == TODAY
    assert start.read_anchor("2026-03-01").isoformat() == "2026-03-01"
    with pytest.raises(CommandRefused, match="lies in the future"):
        start.read_anchor((TODAY + timedelta(days=1)).isoformat())
    with pytest.raises(CommandRefused, match="not a date"):
        start.read_anchor("yesterday")


@pytest.mark.parametrize("mode", ["production", "test"])
def test_production_never_becomes_a_demonstration(mode: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LINLI_MODE", mode)
    with pytest.raises(CommandRefused, match="LINLI_MODE is not demo"):
        start.refuse_production()


def test_progress_prints_lines_where_no_terminal_is(capsys: pytest.CaptureFixture[str]) -> None:
    assert list(Progress().each([1, 2, 3], "steps")) == [1, 2, 3]
    assert "steps: 3 in" in capsys.readouterr().err


def test_every_role_of_the_charter_has_an_account(work: Any) -> None:
    rules = charter.current(140403, work[0].now).rules
    roles = {key.removeprefix("role.") for key in rules if key.startswith("role.")}
    assert {office.role for office in content.OFFICES} == roles


def test_the_second_district_has_a_few_divisions_with_equal_names_and_codes() -> None:
    first, second = content.division_rows(140403), content.division_rows(140499)
    assert 3 < len(second) < len(first) / 5
    assert set(second) <= set(first)


def test_the_welcome_names_address_accounts_and_three_things_to_try(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    one = content.DemoAccount("luzhou", "审计员", "Auditor", "auditor", "aaaaa-bbbbb")
    other = content.DemoAccount("qingshan", "审计员", "Auditor", "auditor", "ccccc-ddddd")
    text = start.json.dumps([one.as_json(), other.as_json()])
    installation.write_private(tmp_path / "accounts.json", text)
    start.welcome(Plan("127.0.0.1", 8000, 1, 1, tmp_path), tmp_path, installation.Stopwatch())
    output = capsys.readouterr().out
    assert "http://127.0.0.1:8000/ (after" in output and "aaaaa-bbbbb   审计员" in output
    assert "http://127.0.0.1:8000/d/qingshan/" in output and "  3. " in output
