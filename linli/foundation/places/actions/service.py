"""Grids and plates."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from linli.foundation.core import ledger
from linli.foundation.core.errors import Conflict, Invalid, WrongStage
from linli.foundation.core.rules.actor import Actor
from linli.foundation.places.actions.tree import clean_name, locked, require_open
from linli.foundation.places.models import Gate, Grid, GridPlace, Place, Plate, Stairwell
from linli.foundation.places.rules import plates


def make_grid(
    *, actor: Actor, community: Place, code: str, name: str, compounds: Sequence[Place], now: datetime
) -> Grid:
    """Make a grid of a community with its compounds. Raises Invalid, Conflict, WrongStage."""
    with transaction.atomic(savepoint=False):
        row = locked(actor, community)
        require_open(row)
        if row.level != Place.Level.COMMUNITY:
            raise Invalid("grid.community", _("A grid belongs to a community. Choose a community."))
        strangers = [place for place in compounds if place.parent_id != row.id or place.valid_to is not None]
        if strangers:
            sentence = _("A grid holds open compounds of its own community only. Nothing was stored.")
            raise Invalid("grid.compounds", sentence, fields={"compounds": sentence})
        plain_code = clean_name(code, field="code", size=20)
        if Grid.objects.filter(
            district=actor.district, community=row, code=plain_code, ended_at__isnull=True
        ).exists():
            sentence = _("This community already has a grid of this number. Nothing was stored.")
            raise Conflict("grid.taken", sentence, fields={"code": sentence})
        grid = Grid.objects.create(
            district=actor.district, public_id=plates.new_public_id(secrets.randbelow), community=row,
            code=plain_code, name=clean_name(name, size=60),
        )  # fmt: skip
        GridPlace.objects.bulk_create(
            GridPlace(district=actor.district, grid=grid, place=place, valid_from=now) for place in compounds
        )
        ledger.record(
            "grid.made", actor=actor, subject=("grid", grid.id), place=row.id, now=now, seq=1,
            data={"grid": grid.id, "places": [place.id for place in compounds], "count": len(compounds)},
        )  # fmt: skip
    return grid


def _bound(place: Place, gate: Gate | None, stairwell: Stairwell | None) -> str:
    """Kind of a plate; raises Invalid when gate or stairwell stand in another compound."""
    if gate is not None and stairwell is not None:
        raise Invalid("plate.bound", _("A plate hangs at one thing: the compound, a gate or a stairwell."))
    foreign = (gate is not None and gate.place_id != place.id) or (
        stairwell is not None and stairwell.building.place_id != place.id
    )
    if foreign:
        raise Invalid(
            "plate.bound", _("This gate or stairwell stands in another compound. Nothing was stored.")
        )
    if gate is not None:
        return "gate"
    return "stairwell" if stairwell is not None else "compound"


def issue_plate(
    *, actor: Actor, place: Place, now: datetime, gate: Gate | None = None, stairwell: Stairwell | None = None,
    police_code: str = "",
) -> Plate:  # fmt: skip
    """Give a compound, gate or stairwell a plate with a random code; `police_code` binds an existing plate."""
    with transaction.atomic(savepoint=False):
        row = locked(actor, place)
        require_open(row)
        if row.level != Place.Level.COMPOUND:
            raise Invalid("plate.compound", _("Plates are issued for compounds. Choose a compound."))
        kind = _bound(row, gate, stairwell)
        bound = police_code.strip()
        if len(bound) > 40:
            sentence = _("The number of an address plate has at most 40 characters.")
            raise Invalid("plate.police", sentence, fields={"police_code": sentence})
        held = Plate.objects.filter(district=actor.district, police_code=bound, ended_at__isnull=True)
        if bound and held.exists():
            sentence = _("This address plate is already bound to another plate. End that one first.")
            raise Conflict("plate.police.taken", sentence, fields={"police_code": sentence})
        plate = Plate.objects.create(
            district=actor.district, code=plates.new_code(secrets.randbelow), kind=kind, place=row, gate=gate,
            stairwell=stairwell, police_code=bound, issued_at=now,
        )  # fmt: skip
        ledger.record(
            "plate.issued", actor=actor, subject=("place", row.id), place=row.id, now=now,
            data={"plate": plate.id, "kind": kind, "count": 1},
        )  # fmt: skip
    return plate


def issue_plates(*, actor: Actor, place: Place, now: datetime) -> int:
    """Give each gate and stairwell, and the compound itself, the plate it does not have yet. Returns how many."""
    with transaction.atomic(savepoint=False):
        row = locked(actor, place)
        require_open(row)
        if row.level != Place.Level.COMPOUND:
            raise Invalid("plate.compound", _("Plates are issued for compounds. Choose a compound."))
        mine = {"district": actor.district, "place": row, "ended_at__isnull": True}
        held = set(Plate.objects.filter(**mine).values_list("gate_id", "stairwell_id"))
        gates = Gate.objects.filter(**mine).values_list("id", flat=True)
        stairwells = Stairwell.objects.filter(
            district=actor.district, building__place=row, ended_at__isnull=True
        ).values_list("id", flat=True)
        wanted: list[tuple[str, int | None, int | None]] = [("compound", None, None)]
        wanted += [("gate", id_, None) for id_ in gates]
        wanted += [("stairwell", None, id_) for id_ in stairwells]
        fresh = [
            Plate(
                district=actor.district, code=plates.new_code(secrets.randbelow), kind=kind, place=row,
                gate_id=gate, stairwell_id=stairwell, issued_at=now,
            )
            for kind, gate, stairwell in wanted
            if (gate, stairwell) not in held
        ]  # fmt: skip
        if not fresh:
            raise WrongStage(
                "plate.none",
                _("Every gate and stairwell has its plate already. Print them, or end one first."),
            )
        Plate.objects.bulk_create(fresh)
        ledger.record(
            "plates.issued", actor=actor, subject=("place", row.id), place=row.id, now=now,
            data={"plates": [plate.id for plate in fresh], "count": len(fresh)},
        )  # fmt: skip
    return len(fresh)


def end_plate(*, actor: Actor, plate: Plate, now: datetime) -> Plate:
    """End a plate (lost, replaced, wrong wall). Its code is never given again; the page behind it says so."""
    with transaction.atomic(savepoint=False):
        place = locked(actor, plate.place)
        row = Plate.objects.select_for_update().filter(district=actor.district, id=plate.id).get()
        if row.ended_at is not None:
            raise WrongStage("plate.ended", _("This plate has ended already."))
        row.ended_at = now
        row.save(update_fields=["ended_at"])
        ledger.record(
            "plate.ended",
            actor=actor,
            subject=("place", place.id),
            place=place.id,
            now=now,
            data={"plate": row.id},
        )
    return row
