"""What kind of thing each column of places holds: nothing here is personal."""

from __future__ import annotations

from linli.foundation.core import classes


def declare_all() -> None:
    """Called once from wiring."""
    for model, words in _DECLARED.items():
        classes.declare_each(
            f"places.{model}", {name: kind for kind, names in words.items() for name in names}
        )


_PERIOD = ("valid_from", "valid_to")
_DECLARED: dict[str, dict[str, tuple[str, ...]]] = {
    "Place": {
        "id": ("parent",),
        "code": ("public_id", "level", "code"),
        "official": ("name", "pinyin", "search_text"),
        "place": ("path", "longitude", "latitude"),
        "moment": _PERIOD,
    },
    "PlaceCode": {"id": ("place",), "code": ("code",), "moment": _PERIOD},
    "PlaceName": {"id": ("place",), "official": ("name",), "moment": _PERIOD},
    "CompoundFile": {
        "id": ("place",),
        "place": ("address",),
        "count": ("built_year", "household_count", "has_lift"),
        "code": ("management",),
        "moment": ("updated_at",),
    },
    "Building": {
        "id": ("place",),
        "code": ("code",),
        "official": ("name",),
        "count": ("storeys",),
        "moment": ("completed_on", "ended_at"),
    },
    "Stairwell": {"id": ("building",), "code": ("code",), "official": ("name",), "moment": ("ended_at",)},
    "Gate": {
        "id": ("place",),
        "official": ("name",),
        "place": ("longitude", "latitude"),
        "moment": ("ended_at",),
    },
    "Dwelling": {
        "id": ("place", "building", "stairwell"),
        "code": ("code",),
        "place": ("number",),
        "count": ("floor", "area"),
        "moment": ("ended_at",),
    },
    "Grid": {
        "id": ("community",),
        "code": ("public_id", "code"),
        "official": ("name",),
        "moment": ("ended_at",),
    },
    "GridPlace": {"id": ("grid", "place"), "moment": _PERIOD},
    "Plate": {
        "id": ("place", "gate", "stairwell"),
        "code": ("code", "kind", "police_code"),
        "moment": ("issued_at", "ended_at"),
    },
    "ImportRun": {
        "id": ("file", "errors", "started_by"),
        "code": ("public_id", "kind", "state"),
        "digest": ("digest",),
        "settings": ("mapping",),
        "count": ("rows", "good", "bad", "created", "changed"),
        "place": ("scope",),
        "moment": ("started_at", "finished_at"),
    },
}
