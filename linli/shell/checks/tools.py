"""Checks that other programs make: ruff, mypy, import-linter, Django's own."""

from __future__ import annotations

import os
import secrets
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from linli.shell.checks.house import House

BIN = Path(sys.executable).parent


def run_program(command: list[str], root: Path, environment: Mapping[str, str] | None = None) -> list[str]:
    """Lines of output when the program fails, none when it succeeds."""
    environ = {**os.environ, "PYTHONPATH": str(root), **(environment or {})}
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, env=environ, check=False)  # noqa: S603  # our own commands
    if done.returncode == 0:
        return []
    lines = [line for line in (done.stdout + done.stderr).splitlines() if line.strip()]
    return lines or [f"{command[0]} ended with {done.returncode} and said nothing."]


def style(house: House) -> list[str]:
    """ruff check: every rule that pyproject.toml selects."""
    return run_program([str(BIN / "ruff"), "check", "--output-format", "concise", "."], house.root)


def layout(house: House) -> list[str]:
    """ruff format: the whole repository is formatted."""
    return run_program(
        [str(BIN / "ruff"), "format", "--check", "--output-format", "concise", "."], house.root
    )


def types(house: House) -> list[str]:
    """mypy --strict over the product code, with Django's plugin."""
    return run_program([sys.executable, "-m", "mypy", "--no-error-summary", "linli"], house.root)


def floors(house: House) -> list[str]:
    """import-linter: floors, the order inside the ground floor, no circles."""
    lines = run_program([str(BIN / "lint-imports"), "--no-logo"], house.root)
    return [line for line in lines if line.strip("=-")]


def deploy(house: House, environment: Mapping[str, str] | None = None) -> list[str]:
    """Django's check --deploy in production mode: no warning, without a database."""
    given = {
        "LINLI_MODE": "production",
        "LINLI_SECRET_KEY": secrets.token_urlsafe(50),
        "LINLI_HOSTS": "linli.example",
        "LINLI_ORIGINS": "https://linli.example",
        "DJANGO_SETTINGS_MODULE": "linli.shell.settings",
        **(environment or {}),
    }
    command = [sys.executable, "-m", "django", "check", "--deploy", "--fail-level", "WARNING"]
    return run_program(command, house.root, given)
