"""Pages of places, in both languages, for the public and for the desk."""

from __future__ import annotations

import json
from types import SimpleNamespace

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse, set_script_prefix

from linli.foundation.accounts.tests.builders import staff
from linli.foundation.core import ui
from linli.foundation.places import actions, queries
from linli.foundation.places.models import Building, Gate, Grid, Place, Plate
from linli.foundation.places.rules.geo import to_gcj02
from linli.foundation.places.tests.builders import compound, everything, loaded

ENGLISH = {"lang": "en"}


@pytest.fixture(autouse=True)
def _own_addresses():
    """A request to `/d/...` leaves its prefix on the thread; the next request sets its own, `reverse` does not."""
    yield
    set_script_prefix("/")


@pytest.fixture
def world(other_work, work) -> SimpleNamespace:
    here, there = loaded(work), loaded(other_work)
    context, actor = work
    one = compound(work, here["140403004001"], "和平小区", longitude=113.110, latitude=36.190)
    two = compound(work, here["140403004001"], "北苑", longitude=113.112, latitude=36.191)
    foreign = compound(other_work, there["140403004001"], "和平外院", longitude=113.110, latitude=36.190)
    gate = actions.add_gate(actor=actor, place=one, name="南门", now=context.now)
    plate = actions.issue_plate(actor=actor, place=one, gate=gate, now=context.now)
    return SimpleNamespace(
        context=context, actor=actor, here=here, one=one, two=two, foreign=foreign, gate=gate, plate=plate
    )


@pytest.fixture
def desk(world) -> SimpleNamespace:
    return staff(world.context, "district_admin", scope=world.here["140403"].path)


def results(response) -> list[str]:
    return [line["name"] for line in json.loads(response.content)["results"]]


def test_searching_as_json(world, client) -> None:
    response = client.get(reverse("places:search"), {"q": "heping", "format": "json"})
    line = json.loads(response.content)["results"][0]
    assert line == {
        "public_id": world.one.public_id, "name": "和平小区", "level": "compound", "code": "140403-004-001-001-5",
        "community": world.here["140403004001"].name,
    }  # fmt: skip
    assert "和平外院" not in response.content.decode()
    near = client.get(
        reverse("places:search"), {"lon": "113.1101", "lat": "36.19"}, headers={"accept": "application/json"}
    )
    assert results(near) == ["和平小区", "北苑"]
    far = client.get(reverse("places:search"), {"lon": "116.4", "lat": "39.9", "format": "json"})
    assert json.loads(far.content) == {"results": [], "outside": True}
    for broken in (
        {"lon": "nan", "lat": "36"},
        {"lon": "x", "lat": "36"},
        {"lon": "999", "lat": "36"},
        {"q": "%%%"},
    ):
        assert results(client.get(reverse("places:search"), {**broken, "format": "json"})) == []


def test_a_position_from_a_chinese_map_is_converted(world, client) -> None:
    lon, lat = to_gcj02(113.110, 36.190)
    answer = client.get(
        reverse("places:search"), {"lon": lon, "lat": lat, "system": "gcj02", "format": "json"}
    )
    assert json.loads(answer.content)["results"][0]["metres"] <= 1


def test_search_costs_the_same_for_one_and_for_many(world, work, client, django_assert_num_queries) -> None:
    counts = []
    for wanted in ("北苑", "花园"):
        with CaptureQueriesContext(connection) as held:
            client.get(reverse("places:search"), {"q": wanted, "format": "json"})
        counts.append(
            sum(1 for q in held.captured_queries if not q["sql"].startswith(("SAVEPOINT", "RELEASE")))
        )
        for n in range(20):
            compound(work, world.here["140403001001"], f"花园{wanted}{n}")
    assert counts[1] <= counts[0] <= 6


def test_too_many_searches_are_stopped(world, client) -> None:
    statuses = {
        client.get(reverse("places:search"), {"q": "a", "format": "json"}).status_code for _ in range(70)
    }
    assert statuses == {200, 429}


@pytest.mark.parametrize(("lang", "word"), [({}, "找小区"), (ENGLISH, "Find a place")])
def test_searching_without_script(world, client, lang: dict, word: str) -> None:
    page = client.get(reverse("places:search"), {"q": "和平", **lang}).content.decode()
    assert word in page
    assert world.one.public_id in page
    back = client.get(reverse("places:search"), {"q": "和平", "next": "/report?step=where"}).content.decode()
    assert f"/report?step=where&amp;place={world.one.public_id}" in back
    foreign = client.get(
        reverse("places:search"), {"q": "和平", "next": "https://evil.example/"}
    ).content.decode()
    assert '"https://evil.example' not in foreign
    assert "place=" not in foreign


@pytest.mark.parametrize(("lang", "word"), [({}, "哪个小区"), (ENGLISH, "Which compound?")])
def test_choosing_my_compound(world, client, lang: dict, word: str) -> None:
    assert word in client.get(reverse("places:my_compound"), lang).content.decode()
    chosen = client.post(reverse("places:my_compound"), {"place": world.one.public_id})
    assert chosen.status_code == 302
    page = client.get(reverse("places:my_compound")).content.decode()
    assert "和平小区" in page
    assert "140403-004-001-001-5" in page
    assert "12345" in page
    for wrong in (world.foreign.public_id, world.here["140403"].public_id, "", "x" * 90):
        refused = client.post(reverse("places:my_compound"), {"place": wrong})
        assert refused.status_code == 422
    assert word in client.get(reverse("places:my_compound"), {"change": "1"}).content.decode()


def test_a_plate_leads_to_its_place_and_is_remembered(world, client) -> None:
    page = client.get(reverse("places:plate", args=[world.plate.code.lower()]))
    assert page.status_code == 200
    assert "和平小区" in page.content.decode()
    assert "南门" in page.content.decode()
    assert client.cookies["linli_place"].value == world.one.public_id
    typed = client.get(
        reverse("places:find_plate"), {"code": f" {world.plate.code[:3]} {world.plate.code[3:]}"}
    )
    assert typed.url == reverse("places:plate", args=[world.plate.code])


def test_wrong_and_ended_plates_ask_again(world, client) -> None:
    unknown = client.get(reverse("places:plate", args=["WRONGCODE"]))
    assert unknown.status_code == 404
    assert 'value="WRONGCODE"' in unknown.content.decode()
    typed = client.get(reverse("places:find_plate"), {"code": "0OIL"})
    assert typed.status_code == 422
    assert 'value="0OIL"' in typed.content.decode()
    actions.end_plate(actor=world.actor, plate=world.plate, now=world.context.now)
    ended = client.get(reverse("places:plate", args=[world.plate.code]), ENGLISH)
    assert ended.status_code == 200
    assert "has been replaced" in ended.content.decode()


def test_a_closed_compound_offers_the_nearest(world, client) -> None:
    actions.close_place(actor=world.actor, place=world.one, now=world.context.now)
    page = client.get(reverse("places:plate", args=[world.plate.code])).content.decode()
    assert "北苑" in page
    assert "linli_place" not in client.cookies


def test_upper_rooms_fill_the_public_page(world, client, monkeypatch) -> None:
    monkeypatch.setitem(
        ui._panels,
        "compound.public",
        [
            ui.Panel(
                "compound.public",
                1,
                "core/parts/empty.html",
                lambda request, place: {"title": f"谁负责{place.name}"},
            )
        ],
    )
    page = client.get(reverse("places:my_compound"), {"place": world.one.public_id}).content.decode()
    assert "谁负责和平小区" in page


def test_the_maps_of_two_districts_are_apart(world, client) -> None:
    mine = client.get(reverse("places:points"))
    assert mine["Cache-Control"] == "public, max-age=300"
    assert {f["properties"]["name"] for f in json.loads(mine.content)["features"]} == {"和平小区", "北苑"}
    assert len(json.loads(client.get(reverse("places:outline")).content)["features"]) == 1
    other = Client().get("/d/qingshan" + reverse("places:points"))
    assert {f["properties"]["name"] for f in json.loads(other.content)["features"]} == {"和平外院"}


def test_a_page_of_another_district_does_not_show_mine(world, client) -> None:
    client.post(reverse("places:my_compound"), {"place": world.one.public_id})
    page = client.get("/d/qingshan" + reverse("places:my_compound")).content.decode()
    assert "和平小区" not in page
    assert client.get("/d/qingshan" + reverse("places:plate", args=[world.plate.code])).status_code == 404


DESK = ("places:compounds", "places:upload")


@pytest.mark.parametrize("name", DESK)
def test_the_desk_asks_the_public_to_sign_in(world, client, name: str) -> None:
    response = client.get(reverse(name))
    assert response.status_code == 302
    assert reverse("accounts:sign_in") in response.url


@pytest.mark.parametrize(("lang", "word"), [({}, "管理类型"), (ENGLISH, "Kind of management")])
def test_the_list_of_compounds(world, desk, lang: dict, word: str) -> None:
    page = desk.client.get(reverse("places:compounds"), lang).content.decode()
    assert word in page
    assert "和平小区" in page
    assert "和平外院" not in page
    assert "北苑" not in desk.client.get(reverse("places:compounds"), {"q": "heping"}).content.decode()
    communities = desk.client.get(reverse("places:compounds"), {"level": "community"}).content.decode()
    assert world.here["140403004001"].name in communities


def test_the_list_pages_by_cursor_with_two_statements(world, work, desk, django_assert_num_queries) -> None:
    for n in range(25):
        compound(work, world.here["140403001001"], f"花园{n:02d}号院")
    seen: list[str] = []
    after = ""
    for _ in range(9):
        with django_assert_num_queries(2):
            page = queries.listing(desk.actor, after=after, size=10)
        seen += [place.name for place in page.rows]
        after = page.next_cursor
        if not after:
            break
    assert len(seen) == len(set(seen)) == 27
    last = queries.listing(desk.actor, before=page.previous_cursor, size=10)
    assert [place.name for place in last.rows] == seen[10:20]
    assert queries.listing(desk.actor, after="broken").rows[0].name == seen[0]


@pytest.mark.parametrize(("lang", "word"), [({}, "楼栋"), (ENGLISH, "Buildings")])
def test_the_compound_file(world, desk, lang: dict, word: str) -> None:
    page = desk.client.get(reverse("places:file", args=[world.one.public_id]), lang)
    assert page.status_code == 200
    text = page.content.decode()
    assert word in text
    assert "140403-004-001-001-5" in text
    assert "南门" in text
    for place in (world.here["140403"], world.here["140403004"], world.here["140403004001"]):
        assert desk.client.get(reverse("places:file", args=[place.public_id])).status_code == 200
    assert desk.client.get(reverse("places:file", args=[world.foreign.public_id])).status_code == 404


def test_a_file_out_of_reach_does_not_exist(world) -> None:
    clerk = staff(world.context, "community_clerk", scope=world.here["140403001001"].path)
    assert clerk.client.get(reverse("places:file", args=[world.one.public_id])).status_code == 404
    near = staff(world.context, "community_clerk", scope=world.here["140403004001"].path)
    assert near.client.get(reverse("places:file", args=[world.one.public_id])).status_code == 200
    before = everything(140403)
    assert near.client.get(reverse("places:change", args=[world.one.public_id, "rename"])).status_code == 403
    assert near.client.post(reverse("places:issue_plates", args=[world.one.public_id])).status_code == 403
    assert everything(140403) == before


CHANGES = ["facts", "building", "stairwells", "gates", "plate", "rename", "recode", "close"]


@pytest.mark.parametrize("what", CHANGES)
@pytest.mark.parametrize("lang", [{}, ENGLISH])
def test_every_form_opens(world, desk, what: str, lang: dict) -> None:
    assert (
        desk.client.get(reverse("places:change", args=[world.one.public_id, what]), lang).status_code == 200
    )


def test_changes_by_form(world, desk) -> None:
    def send(place: Place, what: str, **data: object) -> int:
        return desk.client.post(reverse("places:change", args=[place.public_id, what]), data).status_code

    community = world.here["140403004001"]
    assert (
        send(
            world.one,
            "facts",
            address="解放西街1号",
            built_year=1998,
            household_count=320,
            management="self_managed",
            longitude=113.11,
            latitude=36.19,
        )
        == 302
    )
    assert send(world.one, "building", code="1号楼", storeys=6, stairwells=2) == 302
    assert send(world.one, "stairwells", building="001", stairwells="3\n4") == 302
    assert send(world.one, "gates", gates="北门\n西门") == 302
    assert send(world.one, "plate", target=f"gate:{world.gate.id}", police_code="A-17") == 302
    assert send(world.one, "rename", name="和平家园") == 302
    assert send(world.two, "close", sure="on") == 302
    assert send(community, "add", name="新苑") == 302
    assert send(community, "grid", code="01", name="一网格", compounds=[world.one.public_id]) == 302
    place = Place.objects.get(id=world.one.id)
    assert place.name == "和平家园"
    assert Building.objects.filter(district=140403, place=place).count() == 1
    assert Gate.objects.filter(district=140403, place=place).count() == 3
    assert Plate.objects.filter(district=140403, police_code="A-17").exists()
    assert Place.objects.get(id=world.two.id).valid_to is not None
    assert Place.objects.filter(district=140403, name="新苑", code__startswith="140403004001").exists()
    assert Grid.objects.filter(district=140403).count() == 1
    page = desk.client.get(reverse("places:file", args=[place.public_id])).content.decode()
    for word in ("解放西街1号", "1号楼", "4单元", "北门", "一网格", "A-17", "自管"):
        assert word in page


@pytest.mark.parametrize(
    ("what", "data", "kept"),
    [
        ("building", {"code": "十二", "storeys": "6"}, 'value="十二"'),
        ("rename", {"name": "北苑"}, 'value="北苑"'),
        ("facts", {"address": "某街", "built_year": "45000"}, 'value="某街"'),
        ("recode", {"code": "140403-004-001-009-5"}, 'value="140403-004-001-009-5"'),
        ("gates", {"gates": "南门"}, "南门</textarea>"),
        ("close", {}, "<form"),
    ],
)
def test_a_refused_form_keeps_what_was_typed(world, desk, what: str, data: dict, kept: str) -> None:
    before = everything(140403)
    response = desk.client.post(reverse("places:change", args=[world.one.public_id, what]), data)
    assert response.status_code == 422
    assert kept in response.content.decode()
    assert everything(140403) == before


def test_forms_of_another_level_do_not_exist(world, desk) -> None:
    for place, what in (
        (world.one, "add"),
        (world.one, "grid"),
        (world.here["140403004"], "building"),
        (world.one, "burn"),
        (world.here["140403"], "close"),
    ):
        assert desk.client.get(reverse("places:change", args=[place.public_id, what])).status_code == 404


@pytest.mark.parametrize(("lang", "word"), [({}, "扫"), (ENGLISH, "Scan")])
def test_plates_to_print(world, desk, lang: dict, word: str) -> None:
    assert desk.client.post(reverse("places:issue_plates", args=[world.one.public_id])).status_code == 302
    page = desk.client.get(reverse("places:plate_sheets", args=[world.one.public_id]), lang).content.decode()
    assert page.count('<article class="plate">') == 2
    assert page.count("<svg") >= 2
    assert "12345" in page
    assert word in page
    assert "style=" not in page
    one = desk.client.get(
        reverse("places:plate_sheets", args=[world.one.public_id]), {"plate": world.plate.code}
    )
    assert one.content.decode().count('<article class="plate">') == 1
    assert (
        desk.client.post(
            reverse("places:end_plate", args=[world.one.public_id]), {"plate": world.plate.code}
        ).status_code
        == 302
    )
    assert Plate.objects.get(id=world.plate.id).ended_at is not None
    empty = desk.client.get(reverse("places:plate_sheets", args=[world.two.public_id]), lang)
    assert empty.status_code == 200


def test_pages_cost_the_same_for_one_and_for_many(world, work, desk) -> None:
    context, actor = work
    file_page = reverse("places:file", args=[world.one.public_id])
    pages = (reverse("places:compounds"), file_page, reverse("places:plate", args=[world.plate.code]))

    def counts() -> list[int]:
        result = []
        for page in pages:
            with CaptureQueriesContext(connection) as held:
                assert desk.client.get(page).status_code == 200
            result.append(len(held))
        return result

    actions.add_building(actor=actor, place=world.one, code="99", stairwells=1, now=context.now)
    counts()
    few = counts()
    for n in range(20):
        compound(work, world.here["140403001001"], f"花园{n}")
        building = actions.add_building(
            actor=actor, place=world.one, code=str(n + 1), stairwells=2, now=context.now
        )
        actions.add_dwellings(
            actor=actor, building=building, rows=[actions.DwellingRow("1", "101")], now=context.now
        )
    actions.issue_plates(actor=actor, place=world.one, now=context.now)
    assert counts() == few
    assert max(few) <= 30
