"""A small house of files for each test, in which one thing is wrong."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from linli.shell.checks.house import House

Build = Callable[[dict[str, str]], House]


@pytest.fixture
def build(tmp_path: Path) -> Build:
    """Write files below a fresh folder and look at them as a house."""

    def write(files: dict[str, str]) -> House:
        for name, text in files.items():
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, "utf-8")
        return House(tmp_path)

    return write
