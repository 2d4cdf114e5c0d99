"""Loading the published list of divisions, as often as one likes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from linli.foundation.core import ledger
from linli.foundation.core.errors import Invalid
from linli.foundation.core.rules.actor import Actor
from linli.foundation.places.access import IMPORT, require, require_verb
from linli.foundation.places.actions.tree import new_place, rename_place, save_all
from linli.foundation.places.models import Place, PlaceCode, PlaceName
from linli.foundation.places.rules.divisions import DivisionRow


@dataclass(frozen=True, slots=True)
class Loaded:
    """What a load did: added, renamed, left as they were, open places whose code the list does not know."""

    added: int
    renamed: int
    unchanged: int
    absent: int


def _check(rows: Sequence[DivisionRow], held: dict[str, Place]) -> None:
    """One district, every code once, every parent known. Raises Invalid before anything is written."""
    known = {row.code for row in rows}
    roots = [row.code for row in rows if row.level == "district"]
    mine = [code for code, place in held.items() if place.level == "district"]
    if len(known) != len(rows) or len(roots) != 1 or (mine and mine != roots):
        raise Invalid(
            "divisions.root",
            _(
                "The list must hold each code once and exactly one district, the same as before. Nothing was stored."
            ),
        )
    orphan = next((row for row in rows if row.level != "district" and row.parent not in known), None)
    if orphan is not None:
        raise Invalid(
            "divisions.parent",
            _(
                "The division %(code)s names a parent that the list does not hold. Nothing was stored. Complete the list."
            )
            % {"code": orphan.code},
        )


def load_divisions(
    *, actor: Actor, rows: Sequence[DivisionRow], now: datetime, valid_from: datetime | None = None
) -> Loaded:
    """Bring the tree down to the communities in line with a list, keyed by code because names repeat.

    New codes are added, changed names become dated renames from `valid_from` (default: now); places missing in the
    list are counted, not closed. Raises Invalid or NotAllowed with nothing written.
    """
    require_verb(actor, IMPORT)
    begins = valid_from or now
    with transaction.atomic(savepoint=False):
        open_places = Place.objects.of(actor.district).select_for_update().filter(valid_to__isnull=True)
        held = {row.code: row for row in open_places.exclude(level="compound").exclude(code="")}
        _check(rows, held)
        own = next((place for place in held.values() if place.level == "district"), None)
        if own is not None:
            require(actor, IMPORT, own)
        added: list[tuple[Place, PlaceCode | None, PlaceName]] = []
        renamed = unchanged = 0
        for division in sorted(rows, key=lambda row: len(row.code)):
            place = held.get(division.code)
            if place is None:
                made = new_place(
                    actor.district, level=division.level, parent=held.get(division.parent), name=division.name,
                    code=division.code, valid_from=begins,
                )  # fmt: skip
                added.append(made)
                held[division.code] = made[0]
            elif place.name != division.name:
                rename_place(actor=actor, place=place, name=division.name, now=now, valid_from=valid_from)
                renamed += 1
            else:
                unchanged += 1
        save_all(added)
        result = Loaded(len(added), renamed, unchanged, len(set(held) - {row.code for row in rows}))
        root = next(place for place in held.values() if place.level == "district")
        ledger.record(
            "divisions.loaded", actor=actor, subject=("place", root.id), place=root.id, now=now,
            data={"added": result.added, "renamed": renamed, "unchanged": unchanged, "absent": result.absent},
        )  # fmt: skip
    return result
