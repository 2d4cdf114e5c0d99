"""What stands in a compound: facts, buildings, stairwells, gates, dwellings."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from linli.foundation.core import ledger
from linli.foundation.core.errors import Conflict, Invalid
from linli.foundation.core.rules.actor import Actor
from linli.foundation.places.actions.tree import (
    check_position,
    clean_name,
    code_sentence,
    locked,
    require_open,
)
from linli.foundation.places.models import Building, CompoundFile, Dwelling, Gate, Place, Stairwell
from linli.foundation.places.rules import codes

LIMITS = {"built_year": (1800, 2200), "household_count": (0, 100_000)}
MAX_AREA = 100_000_000


@dataclass(frozen=True, slots=True)
class DwellingRow:
    """A dwelling to add: stairwell as typed ("" for none), number as typed, floor, area in 0.01 square metres."""

    stairwell: str
    number: str
    floor: int | None = None
    area: int | None = None


def _compound(actor: Actor, place: Place) -> Place:
    """The locked, open compound."""
    row = locked(actor, place)
    require_open(row)
    if row.level != Place.Level.COMPOUND:
        raise Invalid("place.not_compound", _("This can only be done in a compound. Choose a compound."))
    return row


def _code(kind: codes.PartKind, text: str, field: str) -> str:
    try:
        return codes.part_code(kind, text)
    except codes.CodeRefused as refusal:
        sentence = part_sentence(kind, refusal.reason)
        raise Invalid(f"{kind}.code", sentence, fields={field: sentence}) from refusal


def part_sentence(kind: str, reason: str) -> Any:
    """What is wrong with the number of a building, stairwell or dwelling."""
    if reason in ("number", "empty"):
        return code_sentence(reason)
    return {
        "building": _("A building's number has at most 3 letters or digits, such as 12 or A1."),
        "stairwell": _("A stairwell's number has at most 2 letters or digits, such as 2."),
        "dwelling": _("A dwelling's number has at most 4 letters or digits, such as 1203."),
    }[kind]  # fmt: skip


def set_facts(
    *, actor: Actor, place: Place, now: datetime, longitude: float | None = None, latitude: float | None = None,
    **facts: Any,
) -> CompoundFile:  # fmt: skip
    """Write the facts of a compound (address, built_year, household_count, management, has_lift) and its position.

    Only the facts that are passed are changed. Raises Invalid with the field named.
    """
    with transaction.atomic(savepoint=False):
        row = _compound(actor, place)
        check_facts(facts)
        check_position(longitude, latitude)
        held = CompoundFile.objects.filter(district=actor.district, place=row).first()
        file = held or CompoundFile(district=actor.district, place=row)
        for name, value in facts.items():
            setattr(file, name, value)
        file.updated_at = now
        file.save()
        changed = sorted(facts)
        if longitude is not None:
            row.longitude, row.latitude = longitude, latitude
            row.save(update_fields=["longitude", "latitude"])
            changed.append("position")
        ledger.record(
            "compound.facts_set", actor=actor, subject=("place", row.id), place=row.id, now=now,
            data={"fields": [str(name) for name in changed]},
        )  # fmt: skip
    return file


def check_facts(facts: dict[str, Any]) -> None:
    """Raises Invalid for facts outside their limits, with the field named."""
    for name, (low, high) in LIMITS.items():
        value = facts.get(name)
        if value is not None and not low <= value <= high:
            sentence = _("This number must lie between %(low)d and %(high)d.") % {"low": low, "high": high}
            raise Invalid("compound.fact", sentence, fields={name: sentence})
    if facts.get("management", "") not in ("", *CompoundFile.Management.values):
        sentence = _("Choose one of the kinds of management.")
        raise Invalid("compound.fact", sentence, fields={"management": sentence})
    if len(facts.get("address", "")) > 200:
        sentence = _("The address has at most 200 characters.")
        raise Invalid("compound.fact", sentence, fields={"address": sentence})


def add_building(
    *, actor: Actor, place: Place, code: str, now: datetime, name: str = "", storeys: int | None = None,
    completed_on: date | None = None, stairwells: int = 0,
) -> Building:  # fmt: skip
    """Add a building with `stairwells` stairwells numbered from 1. `code` as typed: "12", "12号楼"."""
    with transaction.atomic(savepoint=False):
        row = _compound(actor, place)
        normal = _code("building", code, "code")
        if Building.objects.filter(district=actor.district, place=row, code=normal).exists():
            sentence = _("This compound already has a building of this number. Nothing was stored.")
            raise Conflict("building.taken", sentence, fields={"code": sentence})
        if storeys is not None and not 1 <= storeys <= 200:
            sentence = _("A building has 1 to 200 storeys.")
            raise Invalid("building.storeys", sentence, fields={"storeys": sentence})
        if not 0 <= stairwells <= 99:
            sentence = _("A building has at most 99 stairwells.")
            raise Invalid("building.stairwells", sentence, fields={"stairwells": sentence})
        building = Building.objects.create(
            district=actor.district, place=row, code=normal, storeys=storeys, completed_on=completed_on,
            name=clean_name(name or building_name(normal), size=40),
        )  # fmt: skip
        Stairwell.objects.bulk_create(new_stairwell(building, f"{n:02d}") for n in range(1, stairwells + 1))
        ledger.record(
            "building.added", actor=actor, subject=("place", row.id), place=row.id, now=now,
            data={"building": building.id, "code": normal, "stairwells": stairwells},
        )  # fmt: skip
    return building


def building_name(code: str) -> str:
    """What people call a building of a code: 1号楼."""
    return f"{code.lstrip('0') or code}号楼"


def new_stairwell(building: Building, code: str) -> Stairwell:
    """An unsaved stairwell."""
    return Stairwell(
        district=building.district, building=building, code=code, name=f"{code.lstrip('0') or code}单元"
    )


def add_stairwells(
    *, actor: Actor, building: Building, numbers: Sequence[str], now: datetime
) -> list[Stairwell]:
    """Add stairwells by their numbers as typed. Raises Conflict when one is there already: none is added then."""
    with transaction.atomic(savepoint=False):
        row = _compound(actor, building.place)
        wanted = [_code("stairwell", number, "stairwells") for number in numbers]
        held = Stairwell.objects.filter(district=actor.district, building=building, code__in=wanted)
        if len(set(wanted)) != len(wanted) or held.exists():
            sentence = _("This building already has a stairwell of this number. Nothing was stored.")
            raise Conflict("stairwell.taken", sentence, fields={"stairwells": sentence})
        made = Stairwell.objects.bulk_create([new_stairwell(building, code) for code in wanted])
        ledger.record(
            "stairwells.added", actor=actor, subject=("place", row.id), place=row.id, now=now,
            data={"building": building.id, "codes": wanted, "count": len(made)},
        )  # fmt: skip
    return made


def add_stairwell(*, actor: Actor, building: Building, number: str, now: datetime) -> Stairwell:
    """Add one stairwell."""
    return add_stairwells(actor=actor, building=building, numbers=[number], now=now)[0]


def add_gates(*, actor: Actor, place: Place, names: Sequence[str], now: datetime) -> list[Gate]:
    """Add gates by name. Raises Conflict when an open gate has one of the names: none is added then."""
    with transaction.atomic(savepoint=False):
        row = _compound(actor, place)
        wanted = [clean_name(name, field="gates", size=40) for name in names]
        held = Gate.objects.filter(district=actor.district, place=row, name__in=wanted, ended_at__isnull=True)
        if len(set(wanted)) != len(wanted) or held.exists():
            sentence = _("This compound already has a gate of this name. Nothing was stored.")
            raise Conflict("gate.taken", sentence, fields={"gates": sentence})
        made = Gate.objects.bulk_create(
            [Gate(district=actor.district, place=row, name=name) for name in wanted]
        )
        ledger.record(
            "gates.added", actor=actor, subject=("place", row.id), place=row.id, now=now,
            data={"gates": [gate.id for gate in made], "count": len(made)},
        )  # fmt: skip
    return made


def add_gate(
    *,
    actor: Actor,
    place: Place,
    name: str,
    now: datetime,
    longitude: float | None = None,
    latitude: float | None = None,
) -> Gate:
    """Add one gate, with its position where known."""
    check_position(longitude, latitude)
    with transaction.atomic(savepoint=False):
        gate = add_gates(actor=actor, place=place, names=[name], now=now)[0]
        if longitude is not None:
            gate.longitude, gate.latitude = longitude, latitude
            gate.save(update_fields=["longitude", "latitude"])
    return gate


def _check_dwelling(row: DwellingRow) -> None:
    if row.area is not None and not 0 < row.area <= MAX_AREA:
        raise Invalid("dwelling.area", _("An area lies between 0.01 and 1,000,000 square metres."))
    if row.floor is not None and not -9 <= row.floor <= 200:
        raise Invalid("dwelling.floor", _("A floor lies between -9 and 200."))


def add_dwellings(*, actor: Actor, building: Building, rows: Sequence[DwellingRow], now: datetime) -> int:
    """Add dwellings of one building at once; missing stairwells are made. Returns how many.

    Raises Invalid (number, floor, area) or Conflict (a number stands twice or is there already): none is added.
    """
    with transaction.atomic(savepoint=False):
        place = _compound(actor, building.place)
        held = {s.code: s for s in Stairwell.objects.filter(district=actor.district, building=building)}
        wanted: dict[tuple[str, str], DwellingRow] = {}
        for row in rows:
            _check_dwelling(row)
            stairwell = _code("stairwell", row.stairwell, "stairwell") if row.stairwell.strip() else ""
            key = (stairwell, _code("dwelling", row.number, "number"))
            if key in wanted:
                raise _taken(row.number)
            wanted[key] = row
        missing = sorted({code for code, _number in wanted if code} - set(held))
        held |= {
            s.code: s
            for s in Stairwell.objects.bulk_create(new_stairwell(building, code) for code in missing)
        }
        there = Dwelling.objects.filter(district=actor.district, building=building)
        known = set(there.values_list("stairwell__code", "code"))
        twice = next((row for (s, code), row in wanted.items() if (s or None, code) in known), None)
        if twice is not None:
            raise _taken(twice.number)
        Dwelling.objects.bulk_create(
            Dwelling(
                district=actor.district, place=place, building=building, stairwell=held[s] if s else None,
                code=code, number=row.number.strip()[:20], floor=row.floor, area=row.area,
            )
            for (s, code), row in wanted.items()
        )  # fmt: skip
        ledger.record(
            "dwellings.added", actor=actor, subject=("place", place.id), place=place.id, now=now,
            data={"building": building.id, "count": len(wanted)},
        )  # fmt: skip
    return len(wanted)


def _taken(number: str) -> Conflict:
    sentence = _("The dwelling %(number)s stands twice, or is there already. Nothing was stored.") % {
        "number": number
    }
    return Conflict("dwelling.taken", sentence, fields={"number": sentence})
