"""What the checks look at: the files of the repository, read and parsed once."""

from __future__ import annotations

import ast
import subprocess
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

TEXT_SUFFIXES = {
    ".py",
    ".html",
    ".txt",
    ".md",
    ".toml",
    ".js",
    ".css",
    ".svg",
    ".po",
    ".in",
    ".json",
    ".csv",
    ".xml",
}
SKIPPED_FOLDERS = {"var", "node_modules", "staticfiles", "test-results"}


@dataclass(frozen=True)
class File:
    """One file: its path from the root with slashes, and its text."""

    path: str
    full: Path

    @cached_property
    def text(self) -> str:
        return self.full.read_text("utf-8")

    @cached_property
    def lines(self) -> list[str]:
        return self.text.splitlines()

    @cached_property
    def tree(self) -> ast.Module:
        return ast.parse(self.text, self.path)

    @property
    def parts(self) -> tuple[str, ...]:
        return tuple(self.path.split("/"))

    @property
    def is_test(self) -> bool:
        return "tests" in self.parts

    @property
    def is_migration(self) -> bool:
        return "migrations" in self.parts


class House:
    """The repository below `root`; a folder without version control is read as it stands."""

    def __init__(self, root: Path) -> None:
        self.root = root

    @cached_property
    def files(self) -> list[File]:
        """All files that are, or would be, under version control."""
        return [
            File(path, self.root / path) for path in sorted(self._listed()) if (self.root / path).is_file()
        ]

    @cached_property
    def every(self) -> list[File]:
        """Everything under version control, links with a lost end too."""
        return [File(path, self.root / path) for path in sorted(self._listed())]

    def _listed(self) -> set[str]:
        if (self.root / ".git").exists():
            command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
            done = subprocess.run(command, cwd=self.root, capture_output=True, text=True, check=True)  # noqa: S603  # fixed command
            return set(done.stdout.split("\0")) - {""}
        found = (path.relative_to(self.root) for path in self.root.rglob("*"))
        return {path.as_posix() for path in found if not SKIPPED_FOLDERS & set(path.parts)}

    @property
    def texts(self) -> Iterator[File]:
        """Files that a person writes: code, templates, documents, catalogues, settings."""
        for file in self.files:
            if (file.full.suffix in TEXT_SUFFIXES or file.full.suffix == "") and not file.full.is_symlink():
                yield file

    @property
    def code(self) -> list[File]:
        """Python files without migrations, which Django writes."""
        return [file for file in self.files if file.path.endswith(".py") and not file.is_migration]

    @property
    def templates(self) -> list[File]:
        return [
            file for file in self.files if "templates" in file.parts and file.full.suffix in (".html", ".svg")
        ]

    @cached_property
    def exceptions(self) -> dict[str, dict[str, str]]:
        """Listed exceptions: check -> what -> reason."""
        path = self.root / "linli" / "shell" / "checks" / "exceptions.toml"
        return tomllib.loads(path.read_text("utf-8")) if path.exists() else {}

    def excepted(self, check: str, what: str) -> bool:
        return what in self.exceptions.get(check, {})
