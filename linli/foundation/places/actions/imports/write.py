"""Writing the good rows of a list: bulk, in one transaction, the same rows twice change nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time
from typing import Any

from django.db import connection
from django.db.models import Max
from django.utils import timezone

from linli.foundation.core import ledger, outbox
from linli.foundation.core.db.blocks import reserve
from linli.foundation.core.db.together import Together
from linli.foundation.core.models import Event
from linli.foundation.core.rules.actor import Actor
from linli.foundation.places.actions.imports.check import GoodRow
from linli.foundation.places.actions.parts import building_name, new_stairwell
from linli.foundation.places.actions.tree import new_place, place_full, save_all
from linli.foundation.places.models import (
    Building,
    CompoundFile,
    Dwelling,
    Place,
    PlaceCode,
    Stairwell,
)
from linli.foundation.places.rules import codes
from linli.foundation.places.rules.columns import Kind

FACTS = ("address", "built_year", "household_count", "management")
BATCH = 2000


@dataclass(slots=True)
class Written:
    """Counts of an import; `touched` counts rows per compound, for the history of each."""

    created: int
    changed: int
    touched: Counter[int]


def write_rows(*, actor: Actor, kind: Kind, rows: Sequence[GoodRow], now: datetime) -> Written:
    """Insert what is new and change what differs; an empty cell never empties a fact."""
    if not rows:
        return Written(0, 0, Counter())
    if kind == "compounds":
        return _compounds(actor, rows, now)
    if kind == "buildings":
        return _buildings(actor, rows)
    return _dwellings(actor, rows)


def _last_running(communities: Sequence[Place]) -> dict[str, int]:
    """The highest running number given so far in each community, past codes counted."""
    highest: dict[str, int] = {}
    rows = PlaceCode.objects.filter(district=communities[0].district, place__level=Place.Level.COMPOUND)
    for code in rows.values_list("code", flat=True):
        if len(code) == codes.LENGTHS["compound"]:
            highest[code[:12]] = max(highest.get(code[:12], 0), int(code[12:15]))
    return highest


def _new_compounds(actor: Actor, rows: Sequence[GoodRow], now: datetime) -> list[Place]:
    communities = list({row.values["community"].id: row.values["community"] for row in rows}.values())
    list(
        Place.objects.of(actor.district)
        .select_for_update()
        .filter(id__in=[c.id for c in communities])
        .order_by("id")
    )
    highest = _last_running(communities)
    for row in rows:
        given = row.values["code"]
        if given:
            highest[given[:12]] = max(highest.get(given[:12], 0), int(given[12:15]))
    made = []
    for row in rows:
        values = row.values
        community = values["community"]
        code = values["code"]
        if not code:
            highest[community.code] = highest.get(community.code, 0) + 1
            try:
                code = codes.compound_code(community.code, highest[community.code])
            except codes.CodeRefused as refused:
                raise place_full() from refused
        begins = now
        if values["valid_from"] is not None:
            zone = timezone.get_current_timezone()
            begins = min(now, datetime.combine(values["valid_from"], time(), zone))
        made.append(
            new_place(
                actor.district, level="compound", parent=community, name=values["name"], code=code,
                valid_from=begins, longitude=values["longitude"], latitude=values["latitude"],
            )
        )  # fmt: skip
    save_all(made)
    return [place for place, _code, _name in made]


def _compounds(actor: Actor, rows: Sequence[GoodRow], now: datetime) -> Written:
    fresh = [row for row in rows if row.values["held"] is None]
    new = _new_compounds(actor, fresh, now) if fresh else []
    for row, place in zip(fresh, new, strict=True):
        row.values["place"] = place
    old = [row for row in rows if row.values["held"] is not None]
    for row in old:
        row.values["place"] = row.values["held"]
    moved = [row.values["place"] for row in old if _moved(row)]
    Place.objects.bulk_update(moved, ["longitude", "latitude"], batch_size=500)
    changed = {place.id for place in moved} | _facts(actor, rows, now)
    touched = Counter({place.id: 1 for place in new})
    touched.update({id_: 1 for id_ in changed if id_ not in touched})
    return Written(len(new), len(touched) - len(new), touched)


def _moved(row: GoodRow) -> bool:
    """Whether an existing compound gets another position."""
    place, lon, lat = row.values["place"], row.values["longitude"], row.values["latitude"]
    if lon is None or (place.longitude, place.latitude) == (lon, lat):
        return False
    place.longitude, place.latitude = lon, lat
    return True


def _facts(actor: Actor, rows: Sequence[GoodRow], now: datetime) -> set[int]:
    """Write what the rows say about their compounds; ids of compounds whose file changed."""
    ids = [row.values["place"].id for row in rows]
    held = {f.place_id: f for f in CompoundFile.objects.filter(district=actor.district, place_id__in=ids)}
    new: list[CompoundFile] = []
    changed: list[CompoundFile] = []
    for row in rows:
        said = {name: row.values[name] for name in FACTS if row.values[name] not in ("", None)}
        place = row.values["place"]
        file = held.get(place.id)
        if file is None:
            if said:
                new.append(CompoundFile(district=actor.district, place=place, updated_at=now, **said))
        elif any(getattr(file, name) != value for name, value in said.items()):
            for name, value in said.items():
                setattr(file, name, value)
            file.updated_at = now
            changed.append(file)
    CompoundFile.objects.bulk_create(new, batch_size=BATCH)
    CompoundFile.objects.bulk_update(changed, [*FACTS, "updated_at"], batch_size=500)
    return {file.place_id for file in [*new, *changed]}


def _buildings(actor: Actor, rows: Sequence[GoodRow]) -> Written:
    new: list[Building] = []
    changed: list[Building] = []
    wanted: list[tuple[Building, int]] = []
    touched: Counter[int] = Counter()
    for row in rows:
        values = row.values
        said: dict[str, Any] = {
            name: values[name]
            for name in ("name", "storeys", "completed_on")
            if values[name] not in ("", None)
        }
        building = values["held"]
        if building is None:
            said.setdefault("name", building_name(values["code"]))
            building = Building(district=actor.district, place=values["place"], code=values["code"], **said)
            new.append(building)
            touched[values["place"].id] += 1
        elif any(getattr(building, name) != value for name, value in said.items()):
            for name, value in said.items():
                setattr(building, name, value)
            changed.append(building)
            touched[values["place"].id] += 1
        wanted.append((building, values["stairwells"] or 0))
    Building.objects.bulk_create(new, batch_size=BATCH)
    Building.objects.bulk_update(changed, ["name", "storeys", "completed_on"], batch_size=500)
    needed = [(building, f"{n:02d}") for building, count in wanted for n in range(1, count + 1)]
    _stairwells(actor, needed)
    return Written(len(new), len(changed), touched)


def _stairwells(actor: Actor, needed: Sequence[tuple[Building, str]]) -> dict[tuple[int, str], int]:
    """Make the stairwells that are missing; ids by (building, code)."""
    ids = sorted({building.id for building, _code in needed})
    rows = Stairwell.objects.filter(district=actor.district, building_id__in=ids)
    held = {(b, c): i for b, c, i in rows.values_list("building_id", "code", "id")}
    missing = {(building.id, code): building for building, code in needed if (building.id, code) not in held}
    made = Stairwell.objects.bulk_create(
        [new_stairwell(building, code) for (_id, code), building in missing.items()], batch_size=BATCH
    )
    held |= {(row.building_id, row.code): row.id for row in made}
    return held


_COPY = "COPY places_dwelling (id, district, place_id, building_id, stairwell_id, code, number, floor, area) FROM STDIN"
_CHANGE = """
UPDATE places_dwelling d SET floor = coalesce(v.floor, d.floor), area = coalesce(v.area, d.area)
FROM unnest(%s::bigint[], %s::smallint[], %s::integer[]) AS v(id, floor, area)
WHERE d.district = %s AND d.id = v.id
"""


def _dwellings(actor: Actor, rows: Sequence[GoodRow]) -> Written:
    """COPY for new dwellings, one UPDATE for changed ones."""
    stairwells = _stairwells(
        actor, [(r.values["building"], r.values["stairwell"]) for r in rows if r.values["stairwell"]]
    )
    buildings = sorted({row.values["building"].id for row in rows})
    there = Dwelling.objects.filter(district=actor.district, building_id__in=buildings)
    held = {
        (b, s, c): (i, f, a)
        for b, s, c, i, f, a in there.values_list(
            "building_id", "stairwell_id", "code", "id", "floor", "area"
        )
    }
    new: list[tuple[Any, ...]] = []
    changed: list[tuple[int, int | None, int | None]] = []
    touched: Counter[int] = Counter()
    for row in rows:
        values = row.values
        building = values["building"]
        stairwell = stairwells[building.id, values["stairwell"]] if values["stairwell"] else None
        old = held.get((building.id, stairwell, values["code"]))  # type: ignore[arg-type]  # no stairwell is None
        floor, area = values["floor"], values["area"]
        if old is None:
            new.append(
                (building.place_id, building.id, stairwell, values["code"], values["number"], floor, area)
            )
        elif (floor is not None and floor != old[1]) or (area is not None and area != old[2]):
            changed.append((old[0], floor, area))
        else:
            continue
        touched[building.place_id] += 1
    with connection.cursor() as cursor:
        if new:
            ids = reserve(actor.district, "places_dwelling", len(new))
            with cursor.copy(_COPY) as copy:
                for id_, record in zip(ids, new, strict=True):
                    copy.write_row((id_, actor.district, *record))
        if changed:
            cursor.execute(
                _CHANGE, [*(list(column) for column in zip(*changed, strict=True)), actor.district]
            )
    return Written(len(new), len(changed), touched)


def record_touched(
    *, actor: Actor, run: int, kind: Kind, touched: Counter[int], now: datetime
) -> list[Event]:
    """One event per compound that the list changed, so that each file's history tells of it."""
    if not touched:
        return []
    ids = sorted(touched)
    rows = Event.objects.filter(district=actor.district, subject_type="place", subject_id__in=ids)
    last = dict(rows.values_list("subject_id").annotate(top=Max("seq")))
    events = [
        ledger.build(
            "place.imported", actor=actor, subject=("place", place), place=place, now=now,
            data={"run": run, "kind": kind, "count": touched[place]}, seq=last.get(place, 0) + 1, id_=id_,
        )
        for place, id_ in zip(ids, reserve(actor.district, "core_event", len(ids)), strict=True)
    ]  # fmt: skip
    Event.objects.bulk_create(events, batch_size=BATCH)
    for start in range(0, len(events), BATCH):
        at_once = Together()
        outbox.queue_reactions(events[start : start + BATCH], now, together=at_once)
        at_once.write()
    return events
