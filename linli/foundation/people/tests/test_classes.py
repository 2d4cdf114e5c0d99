"""Every field of every installed model is classified, and personal ones live in the vault alone."""

from __future__ import annotations

import pytest
from django.apps import apps

from linli.foundation.core import classes

# Exceptions of the vault's monopoly, by design (mechanism 8): accounts keep a blind index of a phone.
OUTSIDE = {"accounts.User.phone_index"}


def _fields(label: str) -> dict[str, set[str]]:
    models = apps.get_app_config(label).get_models(include_auto_created=True)
    return {m._meta.label: {f.name for f in m._meta.concrete_fields} for m in models}


@pytest.mark.parametrize("label", sorted(config.label for config in apps.get_app_configs()))
def test_every_field_is_classified(label: str) -> None:
    missing, gone = [], []
    for model, fields in _fields(label).items():
        known = set(classes.classes_of(model))
        missing += [f"{model}.{f}" for f in sorted(fields - known - {"pk"}) if f not in classes.ALWAYS]
        gone += [f"{model}.{f}" for f in sorted(known - fields - set(classes.ALWAYS))]
    assert missing == [], "declare their classes in the room's wiring: core.classes.declare(...)"
    assert gone == [], "declared, but the model has no such field"


def test_personal_classes_occur_in_the_vault_only() -> None:
    strangers = {
        f"{model}.{field}"
        for model, fields in classes.declared().items()
        for field, kind in fields.items()
        if kind.startswith("personal_") and not model.startswith("people.")
    }
    assert strangers <= OUTSIDE


def test_personal_looking_names_are_personal_sealed_or_in_the_vault() -> None:
    wrong = [
        f"{model._meta.label}.{field.name}"
        for model in apps.get_models()
        if model.__module__.startswith("linli.") and model._meta.app_label != "people"
        for field in model._meta.concrete_fields
        if field.name
        in ("id_number", "id_card", "person_name", "reporter_name", "reporter_phone", "mobile", "birthday")
    ]
    assert wrong == []


def test_unknown_classes_and_second_words_are_refused(monkeypatch) -> None:
    monkeypatch.setattr(classes, "_declared", {})
    with pytest.raises(RuntimeError, match="no field class"):
        classes.declare("x.Y", name="secret")
    classes.declare("x.Y", name="code")
    classes.declare("x.Y", name="code")
    with pytest.raises(RuntimeError, match="declared twice"):
        classes.declare("x.Y", name="id")
    assert (
        classes.classes_of("x.Y") == {"id": "id", "district": "id", "name": "code"}
        and classes.classes_of("x.Z") == {}
    )
