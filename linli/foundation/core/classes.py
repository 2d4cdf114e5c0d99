"""Field classes: what kind of thing each column of each installed model holds. A pure registry.

Every room declares its own models in its `wiring.connect()`:

    classes.declare("bodies.Body", public_id="code", name="official", valid_from="moment")

`id` and `district` are ids everywhere and need no word. A test fails with the exact names of fields that nobody
declared, and for personal classes outside the vault.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

CLASSES: Mapping[str, str] = {
    "id": "a number of a row",
    "code": "a code of a closed list, a random public id, a technical word",
    "moment": "a moment or a day",
    "count": "a number that counts or measures, a flag",
    "place": "where: a path, a position, an address of a building",
    "digest": "a hash, a salt",
    "settings": "rules, parameters and states of the software",
    "official": "a name or number of a body, an office, a place: not of a natural person",
    "free_public": "text written to be shown to everybody",
    "free_masked": "free text after masking",
    "personal_sealed": "personal, encrypted, in the vault only",
    "personal_masked": "a mask of something personal, in the vault only",
    "personal_index": "a keyed hash of something personal",
    "credential": "a secret or its hash",
    "third_party": "a column of a library's own table, see docs/privacy.md",
}
ALWAYS: Mapping[str, str] = {"id": "id", "district": "id"}

_declared: dict[str, dict[str, str]] = {}


def declare(model: str, /, **fields: str) -> None:
    """Say the class of each field of a model (`app.Model`). Raises RuntimeError for an unknown class or when the
    model was declared differently before."""
    unknown = sorted(set(fields.values()) - set(CLASSES))
    if unknown:
        raise RuntimeError(f"{model}: there is no field class {unknown[0]!r}. Allowed: {', '.join(CLASSES)}.")
    if _declared.get(model, fields) != fields:
        raise RuntimeError(f"The fields of {model} are declared twice.")
    _declared[model] = dict(fields)


def declare_each(model: str, fields: Mapping[str, str]) -> None:
    """The same from a mapping, for field names that look like secrets to a scanner."""
    declare(model, **fields)


def declare_alike(model: str, fields: Iterable[str], kind: str) -> None:
    """The same class for many fields of one model."""
    declare(model, **dict.fromkeys(fields, kind))


def classes_of(model: str) -> dict[str, str]:
    """Field -> class as declared, with `id` and `district`; empty for an unknown model."""
    found = _declared.get(model)
    return {} if found is None else {**ALWAYS, **found}


def declared() -> dict[str, dict[str, str]]:
    """All declarations by model."""
    return {model: dict(fields) for model, fields in _declared.items()}
