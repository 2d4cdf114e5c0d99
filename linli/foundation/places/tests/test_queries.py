"""Reads of places: scope, search, neighbourhood, statement counts."""

from __future__ import annotations

import time

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from linli.foundation.core.rules.actor import public
from linli.foundation.places import access, actions, queries
from linli.foundation.places.actions.tree import new_place
from linli.foundation.places.models import Place
from linli.foundation.places.tests.builders import clerk, compound, loaded


@pytest.fixture
def tree(work, other_work):
    """Two communities with compounds here, equal names there."""
    here, there = loaded(work), loaded(other_work)
    a, b = here["140403004001"], here["140403001001"]
    return {
        "a": a, "b": b, "sub": here["140403004"], "root": here["140403"],
        "one": compound(work, a, "和平小区", longitude=113.110, latitude=36.190),
        "two": compound(work, a, "和平小区北院", longitude=113.112, latitude=36.191),
        "three": compound(work, b, "长治花园", longitude=113.150, latitude=36.200),
        "foreign": compound(other_work, there["140403004001"], "和平小区", longitude=113.110, latitude=36.190),
    }  # fmt: skip


@pytest.mark.parametrize("scope", ["root", "sub", "a", "b", "one"])
@pytest.mark.parametrize(
    "verbs", [(), ("places.read",), ("places.manage",), ("places.read", "places.import")]
)
def test_access_and_visibility_agree(tree, scope: str, verbs: tuple[str, ...]) -> None:
    actor = clerk(tree[scope], *verbs)
    seen = set(access.visible_to(actor).values_list("id", flat=True))
    for place in Place.objects.all():
        assert access.may_read(actor, place) == (place.id in seen)
        assert not access.may_manage(actor, place) or "places.manage" in verbs
        assert not access.may_import(actor, place) or "places.import" in verbs
    assert tree["foreign"].id not in seen


def test_the_public_reaches_no_desk_list(tree) -> None:
    assert not access.visible_to(public(140403)).exists()
    assert not access.in_scope(public(140403)).exists()
    found = queries.place(public(140403), tree["one"].public_id)
    assert found is not None and found.id == tree["one"].id


def test_places_by_public_id_stay_in_their_district_and_scope(tree) -> None:
    assert queries.place(140499, tree["one"].public_id) is None
    assert queries.place(140403, tree["foreign"].public_id) is None
    assert queries.place(clerk(tree["a"], "places.read"), tree["three"].public_id) is None
    assert queries.place(clerk(tree["a"]), tree["one"].public_id) == tree["one"]


@pytest.mark.parametrize(
    ("typed", "names"),
    [
        ("和平小区", ["和平小区", "和平小区北院"]),
        ("和平小区北", ["和平小区北院"]),
        ("hepingxiao", ["和平小区", "和平小区北院"]),
        ("HPXQ", ["和平小区", "和平小区北院"]),
        ("changzhi", ["长治花园"]),
        ("zhangzhi", ["长治花园"]),
        ("czhy", ["长治花园"]),
        ("花", ["长治花园"]),
        ("140403-001-001-001", ["长治花园"]),
        ("1404030010010", ["长治花园"]),
        ("%", []),
        ("__", []),
        ("", []),
        ("没有的地方", []),
    ],
)
def test_search_finds_what_people_type(tree, typed: str, names: list[str]) -> None:
    found = queries.search(140403, typed, levels=("compound",))
    assert [place.name for place in found] == names
    assert all(place.district == 140403 for place in found)


def test_search_by_community_and_name(tree) -> None:
    community = tree["b"].name
    assert [p.id for p in queries.search(140403, f"{community} 花园")] == [tree["three"].id]
    assert tree["three"] in queries.search(140403, community)
    assert queries.search(140403, community, levels=("community",)) == [tree["b"]]


def test_search_is_two_statements_for_one_and_for_many(tree, work, django_assert_num_queries) -> None:
    for n in range(20):
        compound(work, tree["a"], f"花园{n}号院")
    with django_assert_num_queries(2):
        found = queries.search(140403, "花园", limit=30, levels=("compound",))
        assert [place.parent.name for place in found] and len(found) == 21
    with django_assert_num_queries(2):
        assert len(queries.search(140403, "北院")) == 1


def test_nearest_comes_by_distance(tree, django_assert_num_queries) -> None:
    with django_assert_num_queries(2):
        near = queries.nearest(140403, 113.1101, 36.1900, 5)
    assert [one.place.id for one in near] == [tree["one"].id, tree["two"].id, tree["three"].id]
    assert near[0].metres < 20 < near[1].metres < 300 < near[2].metres < 5000
    assert queries.nearest(140403, 0, 0) == []
    assert queries.nearest(140403, float("nan"), 36) == []
    assert len(queries.nearest(140403, 113.1101, 36.19, 1)) == 1


def test_the_outline_tells_inside_from_outside() -> None:
    assert queries.inside_outline(140403, 113.11, 36.19) is True
    assert queries.inside_outline(140403, 116.40, 39.90) is False
    assert queries.inside_outline(140499, 113.11, 36.19) is None
    assert len(queries.outline(140403)["features"]) == 1
    assert queries.outline(140499)["features"] == []


def test_points_of_one_district(tree, django_assert_num_queries) -> None:
    with django_assert_num_queries(1):
        found = queries.points(140403)
    assert {f["properties"]["public_id"] for f in found["features"]} == {
        tree[k].public_id for k in ("one", "two", "three")
    }


def test_walking_up_the_tree(tree, django_assert_num_queries) -> None:
    with django_assert_num_queries(1):
        above = queries.ancestors(tree["one"])
    assert [place.level for place in above] == ["district", "subdistrict", "community"]
    assert queries.ancestors(tree["root"]) == []
    assert queries.community_of(Place.objects.get(id=tree["one"].id)) == tree["a"]
    assert queries.community_of(tree["a"]) == tree["a"]
    assert queries.community_of(tree["sub"]) is None
    assert queries.by_path(140403, tree["one"].path) == tree["one"]
    assert queries.by_code(140403, "140403004001") == tree["a"]
    assert queries.root(140403) == tree["root"]
    assert tree["two"] in queries.children(tree["a"])


def test_the_file_costs_the_same_for_a_large_compound(tree, work) -> None:
    context, actor = work
    counts = []
    for number in range(1, 6):
        building = actions.add_building(
            actor=actor, place=tree["one"], code=str(number), stairwells=4, now=context.now
        )
        rows = [actions.DwellingRow("1", f"{floor}01", floor, 9000) for floor in range(1, 12)]
        actions.add_dwellings(actor=actor, building=building, rows=rows, now=context.now)
        with CaptureQueriesContext(connection) as held:
            facts = queries.compound_facts(tree["one"])
        counts.append(len(held))
    assert (facts.dwellings, len(facts.buildings)) == (55, 5)
    assert counts[0] == counts[-1] <= 10


@pytest.mark.slow
def test_search_over_a_district_of_1200_compounds(work) -> None:
    context, _actor = work
    communities = [p for p in loaded(work).values() if p.level == "community"]
    rows = [
        new_place(
            140403,
            level="compound",
            parent=communities[n % 83],
            name=f"安居苑{n}号院",
            code="",
            valid_from=context.now,
        )[0]
        for n in range(1200)
    ]
    Place.objects.bulk_create(rows)
    started = time.perf_counter()
    for text in ("安居", "anju", "ajy", "苑77", "没有"):
        queries.search(140403, text)
    assert (time.perf_counter() - started) / 5 < 0.15
