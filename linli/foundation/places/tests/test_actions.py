"""Writes of places: dated, recorded, refused without a trace."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from linli.foundation.core import ledger
from linli.foundation.core.errors import Conflict, Invalid, NotAllowed, OutOfScope, Refused, WrongStage
from linli.foundation.places import actions, queries
from linli.foundation.places.models import (
    Building,
    Dwelling,
    GridPlace,
    Place,
    PlaceCode,
    PlaceName,
    Plate,
    Stairwell,
)
from linli.foundation.places.rules.codes import check_character, compound_code
from linli.foundation.places.rules.divisions import DivisionRow
from linli.foundation.places.tests.builders import clerk, compound, divisions, events, everything, loaded


def test_loading_the_real_divisions_twice_changes_nothing(work) -> None:
    context, actor = work
    first = actions.load_divisions(actor=actor, rows=divisions().rows, now=context.now)
    assert (first.added, first.renamed, first.unchanged, first.absent) == (100, 0, 0, 0)
    second = actions.load_divisions(actor=actor, rows=divisions().rows, now=context.now)
    assert (second.added, second.renamed, second.unchanged) == (0, 0, 100)
    assert (
        Place.objects.filter(district=140403).count()
        == PlaceName.objects.filter(district=140403).count()
        == 100
    )
    twins = Place.objects.filter(district=140403, name="八一社区居委会")
    assert twins.count() == 2


def test_a_changed_name_in_the_list_is_a_dated_rename(work) -> None:
    context, actor = work
    places = loaded(work)
    rows = [
        DivisionRow(row.code, "和平新社区居委会", row.level, row.parent)
        if row.code == "140403001001"
        else row
        for row in divisions().rows
    ]
    later = context.now + timedelta(days=30)
    assert actions.load_divisions(actor=actor, rows=rows, now=later).renamed == 1
    names = PlaceName.objects.filter(district=140403, place=places["140403001001"]).order_by("valid_from")
    assert [(n.name, n.valid_to) for n in names] == [("和平社区居委会", later), ("和平新社区居委会", None)]


@pytest.mark.parametrize("spoil", ["orphan", "twice", "rootless"])
def test_a_broken_list_is_refused_whole(work, spoil: str) -> None:
    context, actor = work
    rows = list(divisions().rows)
    if spoil == "orphan":
        rows.append(DivisionRow("140403099001", "无主社区", "community", "140403099"))
    elif spoil == "twice":
        rows.append(rows[-1])
    else:
        rows = rows[1:]
    before = everything(140403)
    with pytest.raises(Invalid), transaction.atomic():
        actions.load_divisions(actor=actor, rows=rows, now=context.now)
    assert everything(140403) == before


def test_two_districts_hold_equal_codes_apart(work, other_work) -> None:
    here, there = loaded(work), loaded(other_work)
    assert here.keys() == there.keys()
    assert not {p.id for p in here.values()} & {p.id for p in there.values()}
    mine = compound(work, here["140403004001"], "和平小区")
    theirs = compound(other_work, there["140403004001"], "和平小区")
    assert mine.code == theirs.code == "1404030040010015"
    assert [p.id for p in queries.search(140403, "和平小区")] == [mine.id]
    assert [p.id for p in queries.search(140499, "和平小区")] == [theirs.id]


def test_a_compound_gets_the_next_code_and_its_history(work) -> None:
    context, actor = work
    community = loaded(work)["140403004001"]
    first = compound(work, community, "一号院", longitude=113.11, latitude=36.19)
    second = compound(work, community, "二号院")
    assert (first.code, second.code[:15]) == ("1404030040010015", "140403004001002")
    assert first.path == f"{community.path}{first.id & (2**33 - 1)}."
    assert events(first) == ["place.added"]
    actions.close_place(actor=actor, place=second, now=context.now)
    third = compound(work, community, "三号院")
    assert third.code[12:15] == "003"


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"name": " "}, "place.name"),
        ({"name": "长" * 81}, "place.name"),
        ({"code": "1.40403E+15"}, "place.code.number"),
        ({"code": "140403-004-001-001-6"}, "place.code.check"),
        ({"code": "140403-001-001-001-8"}, "place.code.parent"),
        ({"code": "140403004001"}, "place.code.length"),
        ({"longitude": 113.0}, "place.position"),
        ({"longitude": 313.0, "latitude": 36.0}, "place.position"),
        ({"level": "community"}, "place.level"),
        ({"name": "一号院"}, "place.name.taken"),
        ({"code": "140403-004-001-001-5"}, "place.code.taken"),
    ],
)
def test_refused_places_leave_no_trace(work, change: dict, code: str) -> None:
    context, actor = work
    community = loaded(work)["140403004001"]
    compound(work, community, "一号院")
    before = everything(140403)
    given = {"level": "compound", "parent": community, "name": "新院", **change}
    if code == "place.code.parent":
        given["code"] = compound_code("140403001001", 1)
    with pytest.raises(Refused) as refused, transaction.atomic():
        actions.add_place(actor=actor, now=context.now, **given)
    assert refused.value.code == code
    assert everything(140403) == before


def test_scope_and_verb_are_checked_in_the_action(work) -> None:
    context, _actor = work
    places = loaded(work)
    here, there = places["140403004001"], places["140403001001"]
    before = everything(140403)
    with pytest.raises(OutOfScope), transaction.atomic():
        actions.add_place(
            actor=clerk(here, "places.manage"), level="compound", parent=there, name="甲", now=context.now
        )
    with pytest.raises(NotAllowed), transaction.atomic():
        actions.add_place(
            actor=clerk(here, "places.read"), level="compound", parent=here, name="甲", now=context.now
        )
    with pytest.raises(NotAllowed), transaction.atomic():
        actions.load_divisions(actor=clerk(here, "places.read"), rows=divisions().rows, now=context.now)
    with pytest.raises(OutOfScope), transaction.atomic():
        actions.load_divisions(actor=clerk(here, "places.import"), rows=divisions().rows, now=context.now)
    assert everything(140403) == before


def test_renaming_keeps_the_former_name_findable(work) -> None:
    context, actor = work
    place = compound(work, loaded(work)["140403004001"], "老院")
    later = context.now + timedelta(days=1)
    actions.rename_place(actor=actor, place=place, name="幸福家园", now=later)
    fresh = Place.objects.get(id=place.id)
    assert (fresh.name, fresh.pinyin) == ("幸福家园", "xing fu jia yuan")
    for text in ("老院", "xingfu", "xfjy", "幸福"):
        assert [p.id for p in queries.search(140403, text)] == [place.id]
    assert events(place) == ["place.added", "place.renamed"]
    with pytest.raises(Invalid), transaction.atomic():
        actions.rename_place(actor=actor, place=place, name="幸福家园", now=later)
    with pytest.raises(Invalid), transaction.atomic():
        actions.rename_place(
            actor=actor, place=place, name="另名", now=later, valid_from=later + timedelta(days=1)
        )
    assert events(place) == ["place.added", "place.renamed"]


def test_recoding_keeps_the_former_code(work) -> None:
    context, actor = work
    place = compound(work, loaded(work)["140403004001"], "一号院")
    later = context.now + timedelta(days=1)
    actions.recode_place(
        actor=actor, place=place, code="140403-004-001-009-" + _check("140403004001009"), now=later
    )
    codes = PlaceCode.objects.filter(district=140403, place=place).order_by("valid_from")
    assert [(c.code[12:15], c.valid_to) for c in codes] == [("001", later), ("009", None)]
    assert [p.id for p in queries.search(140403, "140403-004-001-001")] == [place.id]


def _check(body: str) -> str:
    return check_character(body)


def test_closing_ends_name_code_and_grid(work) -> None:
    context, actor = work
    community = loaded(work)["140403004001"]
    place = compound(work, community, "一号院")
    actions.make_grid(
        actor=actor, community=community, code="1", name="一网格", compounds=[place], now=context.now
    )
    later = context.now + timedelta(days=1)
    with pytest.raises(WrongStage), transaction.atomic():
        actions.close_place(actor=actor, place=community, now=later)
    actions.close_place(actor=actor, place=place, now=later)
    assert queries.search(140403, "一号院") == []
    assert [p.id for p in queries.search(140403, "一号院", with_closed=True)] == [place.id]
    assert GridPlace.objects.get(district=140403, place=place).valid_to == later
    before = everything(140403)
    closed = Place.objects.get(id=place.id)
    for refuse in (
        lambda: actions.close_place(actor=actor, place=closed, now=later),
        lambda: actions.rename_place(actor=actor, place=closed, name="新", now=later),
        lambda: actions.add_building(actor=actor, place=closed, code="1", now=later),
        lambda: actions.issue_plate(actor=actor, place=closed, now=later),
    ):
        with pytest.raises(WrongStage), transaction.atomic():
            refuse()
    assert everything(140403) == before


def test_the_database_refuses_overlapping_periods(work) -> None:
    context, _actor = work
    place = compound(work, loaded(work)["140403004001"], "一号院")
    with pytest.raises(IntegrityError), transaction.atomic():
        PlaceName.objects.create(
            district=140403, place=place, name="同时", valid_from=context.now + timedelta(days=1)
        )
    with pytest.raises(IntegrityError), transaction.atomic():
        PlaceCode.objects.create(
            district=140403,
            place=place,
            code="x",
            valid_from=context.now - timedelta(days=9),
            valid_to=context.now + timedelta(days=9),
        )
    assert PlaceName.objects.filter(district=140403, place=place).count() == 1


def test_parts_of_a_compound(work) -> None:
    context, actor = work
    place = compound(work, loaded(work)["140403004001"], "一号院")
    building = actions.add_building(
        actor=actor, place=place, code="1号楼", stairwells=2, storeys=6, now=context.now
    )
    assert (building.code, building.name) == ("001", "1号楼")
    actions.add_stairwell(actor=actor, building=building, number="3", now=context.now)
    actions.add_gate(actor=actor, place=place, name="南门", longitude=113.1, latitude=36.2, now=context.now)
    rows = [actions.DwellingRow("1", f"{floor}0{n}", floor, 8956) for floor in range(1, 7) for n in (1, 2)]
    rows += [actions.DwellingRow("4", "101", 1, 9000), actions.DwellingRow("", "101", 1, None)]
    assert actions.add_dwellings(actor=actor, building=building, rows=rows, now=context.now) == 14
    facts = queries.compound_facts(place)
    assert (facts.dwellings, facts.area) == (14, 12 * 8956 + 9000)
    assert [s.name for s in facts.buildings[0].stairwells] == ["1单元", "2单元", "3单元", "4单元"]
    assert events(place) == [
        "place.added",
        "building.added",
        "stairwells.added",
        "gates.added",
        "dwellings.added",
    ]


def test_refused_parts_leave_no_trace(work) -> None:
    context, actor = work
    community = loaded(work)["140403004001"]
    place = compound(work, community, "一号院")
    building = actions.add_building(actor=actor, place=place, code="1", stairwells=1, now=context.now)
    row = actions.DwellingRow("1", "101", 1, 100)
    actions.add_dwellings(actor=actor, building=building, rows=[row], now=context.now)
    actions.add_gate(actor=actor, place=place, name="南门", now=context.now)
    before = everything(140403)
    refusals = [
        (Conflict, lambda: actions.add_building(actor=actor, place=place, code="001", now=context.now)),
        (Invalid, lambda: actions.add_building(actor=actor, place=place, code="十二", now=context.now)),
        (Invalid, lambda: actions.add_building(actor=actor, place=place, code="9", storeys=300, now=context.now)),
        (Invalid, lambda: actions.add_building(actor=actor, place=place, code="9", stairwells=100, now=context.now)),
        (Invalid, lambda: actions.add_building(actor=actor, place=community, code="9", now=context.now)),
        (Conflict, lambda: actions.add_stairwells(actor=actor, building=building, numbers=["2", "1"], now=context.now)),
        (Conflict, lambda: actions.add_gates(actor=actor, place=place, names=["北门", "南门"], now=context.now)),
        (Conflict, lambda: actions.add_dwellings(actor=actor, building=building, rows=[actions.DwellingRow("2", "101"), row], now=context.now)),
        (Invalid, lambda: actions.add_dwellings(actor=actor, building=building, rows=[actions.DwellingRow("1", "102", 1, 0)], now=context.now)),
        (Invalid, lambda: actions.add_dwellings(actor=actor, building=building, rows=[actions.DwellingRow("1", "102", 999)], now=context.now)),
        (Invalid, lambda: actions.set_facts(actor=actor, place=place, now=context.now, built_year=45000)),
        (Invalid, lambda: actions.set_facts(actor=actor, place=place, now=context.now, management="company")),
    ]  # fmt: skip
    for expected, refuse in refusals:
        with pytest.raises(expected), transaction.atomic():
            refuse()
    assert everything(140403) == before
    assert Stairwell.objects.filter(district=140403, building=building).count() == 1


def test_plates_bind_and_end(work) -> None:
    context, actor = work
    community = loaded(work)["140403004001"]
    place, other = compound(work, community, "一号院"), compound(work, community, "二号院")
    building = actions.add_building(actor=actor, place=place, code="1", stairwells=2, now=context.now)
    gate = actions.add_gate(actor=actor, place=place, name="南门", now=context.now)
    single = actions.issue_plate(
        actor=actor, place=place, gate=gate, police_code="140403-A-17", now=context.now
    )
    assert actions.issue_plates(actor=actor, place=place, now=context.now) == 3
    found = queries.by_plate(140403, single.code.lower())
    assert found is not None and (found.place.id, found.gate.id, found.kind) == (place.id, gate.id, "gate")
    assert queries.by_plate(140499, single.code) is None
    stairwell = Stairwell.objects.filter(district=140403, building=building).first()
    before = everything(140403)
    with pytest.raises(WrongStage), transaction.atomic():
        actions.issue_plates(actor=actor, place=place, now=context.now)
    with pytest.raises(Invalid), transaction.atomic():
        actions.issue_plate(actor=actor, place=other, stairwell=stairwell, now=context.now)
    with pytest.raises(Conflict), transaction.atomic():
        actions.issue_plate(actor=actor, place=other, police_code="140403-A-17", now=context.now)
    assert everything(140403) == before
    actions.end_plate(actor=actor, plate=single, now=context.now)
    with pytest.raises(WrongStage), transaction.atomic():
        actions.end_plate(actor=actor, plate=single, now=context.now)
    ended = queries.by_plate(140403, single.code)
    assert ended is not None and ended.ended_at == context.now
    assert Plate.objects.filter(district=140403).count() == 4
    assert events(place)[-3:] == ["plate.issued", "plates.issued", "plate.ended"]


def test_grids_hold_their_own_community_only(work) -> None:
    context, actor = work
    places = loaded(work)
    here, there = places["140403004001"], places["140403001001"]
    mine, foreign = compound(work, here, "一号院"), compound(work, there, "一号院")
    grid = actions.make_grid(
        actor=actor, community=here, code="01", name="第一网格", compounds=[mine], now=context.now
    )
    assert [g.id for g in queries.grids_of(mine)] == [grid.id]
    assert list(ledger.history(140403, ("grid", grid.id)).values_list("code", flat=True)) == ["grid.made"]
    before = everything(140403)
    with pytest.raises(Invalid), transaction.atomic():
        actions.make_grid(
            actor=actor, community=here, code="02", name="二", compounds=[foreign], now=context.now
        )
    with pytest.raises(Conflict), transaction.atomic():
        actions.make_grid(
            actor=actor, community=here, code="01", name="二", compounds=[mine], now=context.now
        )
    assert everything(140403) == before


def test_models_hold_nothing_about_persons() -> None:
    names = {
        field.name for model in (Building, Dwelling, Place, Stairwell) for field in model._meta.get_fields()
    }
    assert not names & {"owner", "resident", "phone", "person", "contact", "household"}
