"""Words of places on the command line."""

from __future__ import annotations

import argparse
from pathlib import Path

import pytest

from linli.foundation.core.commands import CommandRefused
from linli.foundation.places import commands
from linli.foundation.places.models import Place
from linli.foundation.places.tests.builders import DATA


def arguments(**values: object) -> argparse.Namespace:
    return argparse.Namespace(**{"district": "luzhou", "errors": None, **values})


def test_loading_and_importing(db, tmp_path: Path, capsys) -> None:
    assert commands.load_divisions(arguments(file=DATA / "luzhou_divisions.csv")) == 0
    assert "100 added" in capsys.readouterr().out
    path, errors = tmp_path / "list.csv", tmp_path / "errors.xlsx"
    path.write_text("社区代码,小区名称\n140403004001,甲院\n无此社区,乙院\n", "utf-8")
    assert commands.import_list(arguments(file=path, kind="compounds", errors=errors)) == 1
    assert errors.read_bytes()[:2] == b"PK"
    path.write_text("社区代码,小区名称\n140403004001,甲院\n", "utf-8")
    assert commands.import_list(arguments(file=path, kind="compounds")) == 0
    assert Place.objects.filter(district=140403, level="compound").count() == 1
    assert not Place.objects.filter(district=140499).exists()


def test_refusals_are_sentences_and_write_nothing(db, tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.csv"
    wrong.write_text("code,name,level,parent\n14040,x,district,\n", "utf-8")
    for values in ({"file": wrong}, {"file": tmp_path / "none.csv"}, {"file": wrong, "district": "nowhere"}):
        with pytest.raises(CommandRefused):
            commands.load_divisions(arguments(**values))
    assert not Place.objects.exists()
