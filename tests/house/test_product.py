"""The checks on the running product find a missing migration, a wrong charter, a poor event, an unnamed table."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.db import models
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.state import ModelState, ProjectState
from django.test.utils import isolate_apps

from linli.foundation.core import locale
from linli.foundation.core.db.fields import DistrictModel
from linli.foundation.core.rules.events import EventType
from linli.shell.checks import product
from tests.house.conftest import Build


def _states() -> tuple[ProjectState, ProjectState]:
    loader = MigrationLoader(None)
    return loader.project_state(), loader.project_state()


def test_a_missing_migration_is_found() -> None:
    old, new = _states()
    assert product.missing_migrations(old, new) == []
    new.add_model(ModelState("core", "Forgotten", [("id", models.BigAutoField(primary_key=True))]))
    assert product.missing_migrations(old, new) == ["core: no migration for: Create model Forgotten."]


def test_a_wrong_charter_is_found(build: Build, settings: object, tmp_path: Path) -> None:
    settings.LINLI_CHARTERS = str(tmp_path)  # type: ignore[attr-defined]  # pytest-django's settings
    house = build({"national.toml": '[rules."no.such.key"]\nvalue = 1\n', "luzhou.toml": "[rules]\n"})
    assert any("no.such.key" in line for line in product.charters(house))


def test_a_sentence_without_chinese_is_found(
    build: Build, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    source = "from django.utils.translation import gettext as _\n_('Say why.')\n"
    house = build({"linli/work/cases/apps.py": "", "linli/work/cases/forms.py": source})
    monkeypatch.setattr(locale, "ROOT", tmp_path)
    monkeypatch.setattr(locale, "PACKAGE", tmp_path / "linli")
    monkeypatch.setattr(locale.rooms, "__defaults__", (tmp_path / "linli",))
    assert any("Say why." in line for line in product.catalogues(house))


@pytest.mark.parametrize(
    ("event", "why"),
    [
        (EventType("a.b", "", "Done", {}), "no Chinese"),
        (EventType("a.b", "完成", "", {}), "no English"),
        (EventType("a.b", "完成", "完成", {}), "no English"),
        (EventType("a.b", "完成", "Done", {"name": "text"}), "kind 'text'"),  # type: ignore[dict-item]  # the fault
        (EventType("a.b", "完成{who}", "Done", {}), "'who', which is no field"),
        (EventType("Done", "完成", "Done", {}), "not written subject.happened"),
    ],
)
def test_a_poor_event_is_found(event: EventType, why: str) -> None:
    found = product.faulty_events({event.code: event})
    assert len(found) == 1
    assert why in found[0]


def test_a_good_event_passes() -> None:
    good = EventType("a.b", "完成{when}", "Done {when}", {"when": "moment"})
    assert product.faulty_events({"a.b": good}) == []


def test_an_unnamed_table_is_found() -> None:
    one, two = product.own_models()[:2]
    names = [f"`{model._meta.app_label}.{model.__name__}`" for model in (one, two)]
    assert product.missing_words(f"| {names[0]} |", [one, two]) == [
        f"docs/glossary.md has no line for {names[1]}."
    ]


def test_a_house_without_a_glossary_names_nothing(build: Build) -> None:
    assert len(product.glossary(build({}))) == len(product.own_models())


@isolate_apps("linli.foundation.core")
def test_a_table_that_cannot_be_spread_is_found() -> None:
    class Other(DistrictModel):
        class Meta:
            app_label = "core"
            constraints = DistrictModel.Meta.constraints

    class Wrong(DistrictModel):
        name = models.CharField(max_length=9)
        others = models.ManyToManyField(Other)

        class Meta:
            app_label = "core"
            constraints = [models.UniqueConstraint(name="wrong_name", fields=["name", "district"])]

    assert product.faulty_tables([Other]) == []
    assert product.faulty_tables([Wrong]) == [
        "core.Wrong.others is an automatic link table.",
        "core.Wrong: the unique constraint wrong_name does not begin with district.",
        "core.Wrong: Meta.constraints does not begin with *DistrictModel.Meta.constraints.",
    ]
