"""No installation can load a planted defect: the settings refuse it, and nothing of the product names it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
LOAD = "import django; django.setup()"


def loaded(**environment: str) -> subprocess.CompletedProcess[str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("LINLI_")}
    told = {**kept, "PYTHONPATH": str(ROOT), **environment}
    return subprocess.run(
        [sys.executable, "-c", LOAD], env=told, capture_output=True, text=True, timeout=60, check=False
    )


@pytest.mark.parametrize("mode", ["production", "demo"])
def test_proof_settings_refuse_other_modes(mode: str) -> None:
    done = loaded(
        DJANGO_SETTINGS_MODULE="linli.shell.proof.settings",
        LINLI_MODE=mode,
        LINLI_PROOF="1",
        LINLI_PROOF_DEFECT="no_unique_key",
    )
    assert done.returncode != 0
    assert "linli.shell.proof.settings is refused" in done.stderr


def test_proof_settings_refuse_the_test_mode_alone() -> None:
    done = loaded(
        DJANGO_SETTINGS_MODULE="linli.shell.proof.settings",
        LINLI_MODE="test",
        LINLI_PROOF_DEFECT="no_unique_key",
    )
    assert done.returncode != 0
    assert "linli.shell.proof.settings is refused" in done.stderr


@pytest.mark.parametrize("mode", ["production", "demo", "test"])
def test_product_settings_load_no_defect(mode: str) -> None:
    words = "; import sys; print([name for name in sys.modules if 'linli.shell.proof' in name])"
    told = {"LINLI_MODE": mode, "LINLI_PROOF": "1", "LINLI_PROOF_DEFECT": "no_unique_key"}
    kept = {name: value for name, value in os.environ.items() if not name.startswith("LINLI_")}
    environment = {**kept, **told, "PYTHONPATH": str(ROOT), "DJANGO_SETTINGS_MODULE": "linli.shell.settings"}
    done = subprocess.run(
        [sys.executable, "-c", LOAD + words],
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == "[]"


def test_the_application_of_the_kill_test_refuses_to_be_loaded_elsewhere() -> None:
    words = "import linli.shell.settings as s; s.INSTALLED_APPS.append('linli.shell.proof'); import django; django.setup()"
    kept = {name: value for name, value in os.environ.items() if not name.startswith("LINLI_")}
    environment = {
        **kept,
        "PYTHONPATH": str(ROOT),
        "DJANGO_SETTINGS_MODULE": "linli.shell.settings",
        "LINLI_MODE": "demo",
        "LINLI_PROOF": "1",
    }
    done = subprocess.run(
        [sys.executable, "-c", words],
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode != 0
    assert "loaded for the kill test only" in done.stderr


def test_nothing_of_the_product_names_the_kill_test() -> None:
    """Only the word that starts it, and the folders of the kill test and of the measuring."""
    own = {"linli/shell/cli/passing.py", "linli/shell/proof", "linli/shell/bench"}
    naming = [
        path.relative_to(ROOT).as_posix()
        for path in (ROOT / "linli").rglob("*.py")
        if "linli.shell.proof" in path.read_text("utf-8")
    ]
    assert [name for name in naming if not any(name.startswith(part) for part in own)] == []
