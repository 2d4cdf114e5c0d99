"""Finding places: by name in the browser, code, plate, typed words, position; walking the tree."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Case, F, IntegerField, Q, Value, When

from linli.foundation.core.db.blocks import COUNTER_BITS
from linli.foundation.core.rules.actor import Actor
from linli.foundation.places.access import in_scope
from linli.foundation.places.models import Place, PlaceQuerySet, Plate
from linli.foundation.places.rules import geo, plates, words

PUBLIC_LEVELS = ("compound", "community")
NEAR_METRES = 5000.0


@dataclass(frozen=True, slots=True)
class Near:
    """A place and how far it is, in metres."""

    place: Place
    metres: int


def place(actor_or_district: Actor | int, public_id: str) -> Place | None:
    """A place by its name in addresses; of the whole district for a number or the public, else within scope."""
    found = Place.objects.select_related("parent").filter(public_id=public_id)
    if isinstance(actor_or_district, int):
        return found.filter(district=actor_or_district).first()
    if actor_or_district.kind == "staff":
        return in_scope(actor_or_district).select_related("parent").filter(public_id=public_id).first()
    return found.filter(district=actor_or_district.district).first()


@dataclass(frozen=True, slots=True)
class PlaceKey:
    """What a report needs of a place: nothing is read that it does not."""

    id: int
    path: str
    level: str
    closed: bool


def key_of(district: int, public_id: str) -> PlaceKey | None:
    """A place of the district for the path of every report: one light statement, open or closed."""
    rows = Place.objects.filter(district=district, public_id=public_id)
    found = rows.values_list("id", "path", "level", "valid_to").order_by()[:1]
    return next((PlaceKey(i, path, level, ended is not None) for i, path, level, ended in found), None)


def by_code(district: int, code: str) -> Place | None:
    """The open place that carries a code today."""
    return Place.objects.of(district).filter(code=code, valid_to__isnull=True).exclude(code="").first()


def by_path(district: int, path: str) -> Place | None:
    """The place at the end of a path, as grants and rollups name it."""
    return Place.objects.of(district).filter(path=path).first()


def root(district: int) -> Place | None:
    """The district's own node."""
    return Place.objects.of(district).filter(level=Place.Level.DISTRICT).order_by("id").first()


def by_plate(district: int, code: str) -> Plate | None:
    """The plate with this code, ended ones too; `.place` is the compound. Nothing for what can be no plate."""
    normal = plates.normal_code(code)
    if normal is None:
        return None
    found = Plate.objects.filter(district=district, code=normal)
    return found.select_related("place", "place__parent", "gate", "stairwell", "stairwell__building").first()


def children(place: Place) -> PlaceQuerySet:
    """Open places directly below, by name."""
    return (
        Place.objects.of(place.district).filter(parent=place, valid_to__isnull=True).order_by("pinyin", "id")
    )


def _ids_of(place: Place) -> list[int]:
    base = place.district << COUNTER_BITS
    return [base | int(part) for part in place.path.split(".") if part]


def ancestors(place: Place) -> list[Place]:
    """From the district down to the parent, read from the path in one statement."""
    above = _ids_of(place)[:-1]
    found = {row.id: row for row in Place.objects.of(place.district).filter(id__in=above)}
    return [found[id_] for id_ in above if id_ in found]


def community_of(place: Place) -> Place | None:
    """The community a place lies in (itself, when it is one); None above communities."""
    if place.level == Place.Level.COMMUNITY:
        return place
    if place.level != Place.Level.COMPOUND:
        return None
    return Place.objects.of(place.district).filter(id=place.parent_id).first()


def _rank(whole: str) -> Case:
    return Case(
        When(Q(search_text__contains=f"|{whole}|") | Q(search_text__endswith=f"|{whole}"), then=Value(0)),
        When(search_text__contains=f"|{whole}", then=Value(1)),
        When(search_text__contains=whole, then=Value(2)),
        default=Value(3),
        output_field=IntegerField(),
    )


def matching(places: PlaceQuerySet, district: int, text: str) -> PlaceQuerySet:
    """Places whose own words or whose parent's hold every typed word.

    A subquery instead of a join: on a table that was just loaded and has no statistics yet, the planner joins by
    district and reads every pair of rows (0.5 s instead of 5 ms for 1,200 compounds).
    """
    for term in words.terms(text):
        pattern = words.pattern(term)
        above = Place.objects.of(district).filter(search_text__contains=pattern)
        places = places.filter(Q(search_text__contains=pattern) | Q(parent__in=above.values("id")))
    return places


def search(
    district: int, text: str, limit: int = 10, levels: Sequence[str] = PUBLIC_LEVELS, *,
    within: PlaceQuerySet | None = None, with_closed: bool = False,
) -> list[Place]:  # fmt: skip
    """Places by name (present or former), pinyin, initials or code; words may name the community too.

    One statement for the places and one for their parents; closed places only when asked for. Best first: equal, beginning, containing, by community.
    """
    found = words.terms(text)
    if not found:
        return []
    places = (within if within is not None else Place.objects.of(district)).filter(level__in=levels)
    if not with_closed:
        places = places.filter(valid_to__isnull=True)
    places = matching(places, district, text)
    kind = Case(When(level="compound", then=Value(0)), default=Value(1), output_field=IntegerField())
    ranked = places.annotate(rank=_rank("".join(found)), kind=kind).order_by("rank", "kind", "pinyin", "id")
    return list(ranked.prefetch_related("parent")[:limit])


def nearest(
    district: int, lon: float, lat: float, limit: int = 5, *, levels: Sequence[str] = ("compound",),
    metres: float = NEAR_METRES,
) -> list[Near]:  # fmt: skip
    """Open places around a position (WGS-84), nearest first, within `metres`. Two statements."""
    if not geo.is_position(lon, lat):
        return []
    west, south, east, north = geo.box(lon, lat, metres)
    squeeze = math.cos(math.radians(lat))
    north_south, east_west = F("latitude") - lat, (F("longitude") - lon) * squeeze
    rows = (
        Place.objects.of(district)
        .filter(level__in=levels, valid_to__isnull=True)
        .filter(latitude__gte=south, latitude__lte=north, longitude__gte=west, longitude__lte=east)
        .annotate(square=north_south * north_south + east_west * east_west)
        .prefetch_related("parent")
        .order_by("square", "id")[:limit]
    )
    near = [Near(row, round(geo.distance(lon, lat, row.longitude or 0, row.latitude or 0))) for row in rows]
    return sorted((one for one in near if one.metres <= metres), key=lambda one: (one.metres, one.place.id))


def is_open(place: Place, now: datetime) -> bool:
    """Whether a place exists at a moment."""
    return place.valid_from <= now and (place.valid_to is None or place.valid_to > now)
