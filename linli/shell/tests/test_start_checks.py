"""What a start refuses, each with a sentence that says what to do."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
from django.core.checks import Error

from linli.foundation.accounts import actions as accounts
from linli.foundation.core import charter
from linli.foundation.core.commands import CommandRefused
from linli.foundation.core.models import District
from linli.shell.cli import checks, installation, prepared, starting, words

LONG = "k" * 60


@pytest.fixture
def production(settings: Any) -> Any:
    settings.LINLI_MODE = "production"
    settings.SECRET_KEY = LONG
    settings.ALLOWED_HOSTS = ["linli.example.cn"]
    return settings


def test_nothing_speaks_against_a_good_start(work: Any) -> None:
    assert checks.problems() == []


def test_the_application_role_is_served_and_no_other(work: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    assert checks.database() == []

    class Cursor:
        def __enter__(self) -> Cursor:
            return self

        def __exit__(self, *_: object) -> None: ...
        def execute(self, *_: object) -> None: ...
        def fetchone(self) -> tuple[object, ...]:
            return (140005, "postgres", True, False)

    class Connection:
        def cursor(self) -> Cursor:
            return Cursor()

    monkeypatch.setattr(checks, "connection", Connection())
    old, above = checks.database()
    assert "15 or newer" in old and "signs in as postgres" in above


def test_a_wrong_charter_file_is_named_with_line_and_allowed_values(
    work: Any, settings: Any, tmp_path: Path
) -> None:
    for path in Path(settings.LINLI_CHARTERS).glob("*.toml"):
        text = path.read_text("utf-8").replace('value = "close"', 'value = "sunset"')
        (tmp_path / path.name).write_text(text)
    settings.LINLI_CHARTERS = str(tmp_path)
    (problem,) = checks.problems()
    assert "national.toml, line" in problem and "office.day_end" in problem and "close, midnight" in problem


def bare_district(work: Any) -> District:
    """A district that never adopted a charter."""
    return District.objects.create(
        id=140405, slug="changzi", name_zh="长子县", name_en="Changzi", enrolled_at=work[0].now
    )


def test_an_unknown_verb_and_an_unknown_job_are_refused(work: Any, settings: Any, tmp_path: Path) -> None:
    for path in Path(settings.LINLI_CHARTERS).glob("*.toml"):
        text = path.read_text("utf-8")
        text = text.replace('"charter.adopt"', '"accounts.fly", "charter.adopt"').replace(
            "core.sweep_clocks", "core.dance"
        )
        (tmp_path / path.name).write_text(text)
    settings.LINLI_CHARTERS = str(tmp_path)
    assert any("no room knows the verb 'accounts.fly'" in problem for problem in checks.charter_files())
    read = charter.read_files("luzhou", work[0].now)
    charter.adopt_version(bare_district(work), read, valid_from=work[0].now, now=work[0].now, user=None)
    (problem,) = checks.periods()
    assert "job.core.dance: no room has this job. Allowed: " in problem and "core.sweep_clocks" in problem


def test_a_district_without_a_charter_is_refused(work: Any) -> None:
    bare_district(work)
    assert checks.adopted_charters() == [
        "No charter is in force in district 140405. Adopt one: linli charter adopt."
    ]


def test_pending_migrations_are_refused(work: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    assert checks.migrations() == []
    real = checks.MigrationExecutor.migration_plan

    def one_missing(self: Any, targets: Any, clean_start: bool = False) -> Any:
        (leaf,) = self.loader.graph.leaf_nodes("core")
        self.loader.applied_migrations.pop(leaf)
        return real(self, targets, clean_start)

    monkeypatch.setattr(checks.MigrationExecutor, "migration_plan", one_missing)
    (problem,) = checks.migrations()
    assert "1 migrations are pending (core.0" in problem and "linli migrate" in problem


def test_errors_of_the_rooms_own_checks_are_refused(work: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checks, "run_checks", lambda **_: [Error("The moon is full.", id="x.E1")])
    (problem,) = checks.system_checks()
    assert "The moon is full." in problem


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda path: path.unlink(), "is missing"),
        (lambda path: path.write_text("{}"), "cannot be read as keys"),
        (lambda path: path.chmod(0o644), "chmod 600"),
    ],
)
def test_a_key_file_that_is_missing_broken_or_open_is_refused(
    settings: Any, tmp_path: Path, spoil: Any, said: str
) -> None:
    path = tmp_path / "keys.json"
    path.write_text(Path(settings.LINLI_KEYS).read_text("utf-8"))
    path.chmod(0o600)
    settings.LINLI_KEYS = str(path)
    assert checks.keyring() == []
    spoil(path)
    (problem,) = checks.keyring()
    assert said in problem


def test_a_data_folder_that_cannot_be_written_is_refused(settings: Any, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    settings.LINLI_DATA = tmp_path / "file" / "below"
    (problem,) = checks.files_writable()
    assert "LINLI_DATA" in problem


def test_production_refuses_settings_that_a_demonstration_may_have(work: Any, production: Any) -> None:
    District.objects.update(is_demonstration=False)
    assert checks.production() == []
    production.DEBUG = True
    production.SECRET_KEY = production.DEFAULT_KEY
    production.ALLOWED_HOSTS = ["testserver"]
    words = " ".join(checks.production())
    assert "LINLI_DEBUG" in words and "LINLI_SECRET_KEY" in words and "LINLI_HOSTS" in words
    assert len(checks.system_checks()) == 0
    production.LINLI_MODE = "demo"
    assert checks.production() == []


def test_production_refuses_demonstration_districts_and_accounts(work: Any, settings: Any) -> None:
    context, actor = work
    settings.LINLI_MODE = "demo"
    District.objects.update(is_demonstration=True)
    accounts.create_account(
        actor=actor,
        login_name="printed",
        password="a long one-time phrase",
        now=context.now,
        is_demonstration=True,
    )
    assert checks.production() == []
    settings.LINLI_MODE = "production"
    assert any("demonstration district" in problem.lower() for problem in checks.production())
    District.objects.update(is_demonstration=False)
    assert any("demonstration account" in problem.lower() for problem in checks.production())


def parsed(*given: str) -> Any:
    return words.parser().parse_args(["serve", *given])


def test_too_many_threads_for_the_database_are_refused(work: Any) -> None:
    _plan, problems = starting._planned(parsed("--workers", "20", "--threads", "8"), Path("/x"), None, 97)
    assert "need 240 database connections, and max_connections leaves 97" in problems[0]


def test_the_default_number_of_web_processes_fits(
    work: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _pid: set(range(32)), raising=False)
    plan, problems = starting._planned(parsed(), Path("/x"), None, checks.connections_available())
    assert problems == [] and plan.connections <= checks.connections_available()
    assert "max_connections allows no more" in capsys.readouterr().err


def test_production_never_invents_keys(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("LINLI_MODE", "production")
    monkeypatch.setenv("LINLI_KEYS", str(tmp_path / "keys.json"))
    with pytest.raises(CommandRefused, match="never invented in production"):
        installation.ensure_keys(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_demonstration_gets_a_secret_once_and_private(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv("LINLI_SECRET_KEY", raising=False)
    monkeypatch.setenv("LINLI_MODE", "demo")
    installation.ensure_secrets(tmp_path)
    first = os.environ["LINLI_SECRET_KEY"]
    monkeypatch.delenv("LINLI_SECRET_KEY")
    installation.ensure_secrets(tmp_path)
    assert os.environ["LINLI_SECRET_KEY"] == first and len(first) > 60
    assert (tmp_path / "secret").stat().st_mode & 0o777 == 0o600
    monkeypatch.delenv("LINLI_SECRET_KEY")


def test_static_files_are_collected_only_when_they_changed(settings: Any, tmp_path: Path) -> None:
    settings.STATIC_ROOT = str(tmp_path / "static")
    assert prepared.static_files() is True
    assert prepared.static_files() is False
    (tmp_path / "static" / prepared.STAMP).write_text("unfinished")
    assert prepared.static_files() is True


def test_a_static_folder_with_other_files_is_never_cleared(settings: Any, tmp_path: Path) -> None:
    settings.STATIC_ROOT = str(tmp_path)
    (tmp_path / "letter.txt").write_text("dear")
    with pytest.raises(CommandRefused, match="holds other files"):
        prepared.static_files()
    assert (tmp_path / "letter.txt").read_text() == "dear"
