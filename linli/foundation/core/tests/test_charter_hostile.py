"""Charter files that are missing, not text or not rules: one plain sentence each, for whoever starts the service."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from linli.foundation.core import charter


def _folder_for_file(folder: Path) -> None:
    (folder / "national.toml").unlink()
    (folder / "national.toml").mkdir()


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (shutil.rmtree, "There is no charter of a district in"),
        (lambda folder: [path.unlink() for path in folder.glob("*.toml")], "Put national.toml and the district's file there"),
        (lambda folder: (folder / "national.toml").unlink(), "national.toml, line 1, the file: it cannot be read from"),
        (_folder_for_file, "Is a directory"),
        (lambda folder: (folder / "national.toml").write_bytes(b"\xff\xfe\x00"), "it is not text in UTF-8"),
        (lambda folder: (folder / "national.toml").write_bytes(b"\x00"), "it is not TOML"),
        (lambda folder: (folder / "national.toml").write_text("[rules"), "it is not TOML"),
        (lambda folder: (folder / "national.toml").write_text("rules = 3\n"), "sections that a charter does not have"),
    ],
)  # fmt: skip
def test_each_is_one_sentence(
    tmp_path: Path, settings: Any, spoil: Callable[[Path], Any], words: str
) -> None:
    copy = tmp_path / "charters"
    shutil.copytree(charter.folder(), copy)
    settings.LINLI_CHARTERS = str(copy)
    assert charter.check_files() == []
    spoil(copy)
    (sentence,) = charter.check_files()
    assert words in sentence
    assert not any(sign in sentence for sign in ("Errno", "Traceback", "codec"))
