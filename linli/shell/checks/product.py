"""Checks on the running product: charter, events, tables, migrations. They need Django, no database."""

from __future__ import annotations

import re
import string
from collections.abc import Iterable, Mapping

from django.apps import apps
from django.db import models
from django.db.migrations.autodetector import MigrationAutodetector
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.state import ProjectState
from django.utils import translation

from linli.foundation.core import charter, ledger, locale
from linli.foundation.core.db.fields import DistrictModel
from linli.foundation.core.rules.events import EventType
from linli.shell.checks.house import House

FIELD_KINDS = ("id", "code", "count", "moment", "flag", "ids", "codes", "digest")
_CHINESE = re.compile(r"[\u4e00-\u9fff]")


def own_models() -> list[type[models.Model]]:
    """All tables of our own rooms."""
    return [model for model in apps.get_models() if model.__module__.startswith("linli.")]


def migrations(house: House) -> list[str]:
    """Every change of a model has its migration, and every room has one line of them."""
    loader = MigrationLoader(None)
    with translation.override(None):
        now = ProjectState.from_apps(apps)
    conflicts = [
        f"{app}: two last migrations: {', '.join(names)}." for app, names in loader.detect_conflicts().items()
    ]
    return conflicts or missing_migrations(loader.project_state(), now)


def missing_migrations(old: ProjectState, new: ProjectState) -> list[str]:
    """What the models of `new` have that the migrations behind `old` do not make."""
    loader = MigrationLoader(None)
    detector = MigrationAutodetector(old, new)
    own = {model._meta.app_label for model in own_models()}
    with translation.override(None):  # labels are compared as written, not in the language of the machine
        found = detector.changes(graph=loader.graph)
    return [
        f"{app}: no migration for: {operation.describe()}."
        for app, missing in found.items()
        if app in own
        for migration in missing
        for operation in migration.operations
    ]


def charters(house: House) -> list[str]:
    """Every charter file can be adopted."""
    return charter.check_files()


def catalogues(house: House) -> list[str]:
    """Every sentence of every room has its Chinese, and equal sentences have the same."""
    return locale.check()


def glossary(house: House) -> list[str]:
    """Every table stands in docs/glossary.md as `room.Model`."""
    path = house.root / "docs" / "glossary.md"
    return missing_words(path.read_text("utf-8") if path.exists() else "", own_models())


def missing_words(text: str, tables: Iterable[type[models.Model]]) -> list[str]:
    """Tables that a glossary text does not name."""
    names = [f"{model._meta.app_label}.{model.__name__}" for model in tables]
    return [f"docs/glossary.md has no line for `{name}`." for name in names if f"`{name}`" not in text]


def events(house: House) -> list[str]:
    """Every event code has a sentence in both languages and only fields that hold ids and codes."""
    return faulty_events(ledger.event_types())


def faulty_events(types: Mapping[str, EventType]) -> list[str]:
    """Sentences for event types that must not be recorded."""
    problems = []
    for code, kind in types.items():
        if not _CHINESE.search(kind.zh):
            problems.append(f"Event {code} has no Chinese sentence.")
        if not kind.en.strip() or _CHINESE.search(kind.en):
            problems.append(f"Event {code} has no English sentence.")
        if not re.fullmatch(r"[a-z_]+(\.[a-z_]+)+", code):
            problems.append(f"Event {code!r} is not written subject.happened.")
        problems += [
            f"Event {code}: field {name!r} is of kind {of!r}; allowed: {', '.join(FIELD_KINDS)}."
            for name, of in kind.fields.items()
            if of not in FIELD_KINDS
        ]
        for sentence in (kind.zh, kind.en):
            used = {name for _text, name, _spec, _conv in string.Formatter().parse(sentence) if name}
            problems += [
                f"Event {code}: the sentence uses {name!r}, which is no field."
                for name in used - set(kind.fields)
            ]
    return problems


def tables(house: House) -> list[str]:
    """The shape that lets a database be spread by district."""
    return faulty_tables(own_models())


def faulty_tables(found: Iterable[type[models.Model]]) -> list[str]:
    """District tables keep their id within the district and are unique within it; no automatic link tables."""
    problems = []
    for model in found:
        name = f"{model._meta.app_label}.{model.__name__}"
        problems += [
            f"{name}.{field.name} is an automatic link table." for field in model._meta.local_many_to_many
        ]
        if not any(field.name == "district" for field in model._meta.local_fields):
            continue
        for constraint in model._meta.constraints:
            if isinstance(constraint, models.UniqueConstraint) and constraint.fields[:1] != ("district",):
                problems.append(
                    f"{name}: the unique constraint {constraint.name} does not begin with district."
                )
        if issubclass(model, DistrictModel) and not any(
            "id_in_district" in c.name for c in model._meta.constraints
        ):
            problems.append(f"{name}: Meta.constraints does not begin with *DistrictModel.Meta.constraints.")
    return problems
