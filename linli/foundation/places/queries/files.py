"""What the compound file (档案) shows: facts, parts, grids, plates, history. A constant number of statements."""

from __future__ import annotations

from dataclasses import dataclass, field

from django.db.models import Count, Q, Sum

from linli.foundation.places.models import (
    Building,
    CompoundFile,
    Dwelling,
    Gate,
    Grid,
    GridPlace,
    Place,
    PlaceCode,
    PlaceName,
    Plate,
    Stairwell,
)


@dataclass(slots=True)
class BuildingLine:
    """A building with its stairwells and the number of its dwellings."""

    building: Building
    dwellings: int
    stairwells: list[Stairwell] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class CompoundFacts:
    """All that is kept about one compound as a place."""

    facts: CompoundFile | None
    buildings: list[BuildingLine]
    dwellings: int
    area: int
    gates: list[Gate]
    grids: list[Grid]
    plates: list[Plate]
    codes: list[PlaceCode]
    names: list[PlaceName]


def grids_of(place: Place) -> list[Grid]:
    """Open grids that hold a compound."""
    held = GridPlace.objects.filter(district=place.district, place=place, valid_to__isnull=True)
    rows = Grid.objects.filter(district=place.district, id__in=held.values("grid_id"), ended_at__isnull=True)
    return list(rows.order_by("code", "id"))


def plates_of(place: Place) -> list[Plate]:
    """Plates in use in a compound."""
    rows = Plate.objects.filter(district=place.district, place=place, ended_at__isnull=True)
    return list(rows.select_related("gate", "stairwell", "stairwell__building").order_by("kind", "code"))


def _buildings(place: Place) -> list[BuildingLine]:
    rows = Building.objects.filter(district=place.district, place=place, ended_at__isnull=True).order_by(
        "code"
    )
    counted = dict(
        Dwelling.objects.filter(district=place.district, place=place, ended_at__isnull=True)
        .values_list("building_id")
        .annotate(n=Count("id"))
    )
    lines = {row.id: BuildingLine(row, counted.get(row.id, 0)) for row in rows}
    stairwells = Stairwell.objects.filter(
        Q(district=place.district, ended_at__isnull=True),
        building__place=place,
        building__district=place.district,
    )
    for stairwell in stairwells.order_by("code"):
        line = lines.get(stairwell.building_id)
        if line is not None:
            line.stairwells.append(stairwell)
    return list(lines.values())


def _area(place: Place) -> int:
    rows = Dwelling.objects.filter(district=place.district, place=place, ended_at__isnull=True)
    return rows.aggregate(total=Sum("area"))["total"] or 0


def compound_facts(place: Place) -> CompoundFacts:
    """Everything of one compound; areas are in hundredths of a square metre."""
    mine = {"district": place.district, "place": place}
    lines = _buildings(place)
    return CompoundFacts(
        facts=CompoundFile.objects.filter(**mine).first(),
        buildings=lines,
        dwellings=sum(line.dwellings for line in lines),
        area=_area(place),
        gates=list(Gate.objects.filter(**mine, ended_at__isnull=True).order_by("name", "id")),
        grids=grids_of(place),
        plates=plates_of(place),
        codes=list(PlaceCode.objects.filter(**mine).order_by("valid_from", "id")),
        names=list(PlaceName.objects.filter(**mine).order_by("valid_from", "id")),
    )
