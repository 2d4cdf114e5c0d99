"""Lists: who sees what, pages that neither lose nor repeat a row, constant numbers of statements."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from linli.foundation.core.rules.actor import public
from linli.foundation.notices import actions, queries, rules
from linli.foundation.notices.tests.builders import World, drafted, librarian, published, world


def test_a_place_shows_its_own_notices_those_above_and_those_within(made: World) -> None:
    office = librarian(made)
    at = {
        name: actions.publish_now(
            actor=office, context=made.context, rule="announcement", place=place, title=name, text="内容"
        )
        for name, place in (
            ("root", made.root),
            ("community", made.community),
            ("compound", made.compound),
            ("other", made.other),
        )
    }
    district = made.context.district

    def titles(path: str) -> set[str]:
        return {row.title for row in queries.public_page(district, path=path).rows}

    assert titles("") == set(at)
    assert titles(made.compound.path) == {"root", "community", "compound"}
    assert titles(made.other.path) == {"root", "other"}
    assert {row.title for row in queries.running_for(district, made.compound.path, 10)} == {
        "root",
        "community",
        "compound",
    }


def test_filters_by_kind(made: World) -> None:
    published(made)
    published(made, rule="announcement")
    found = queries.public_page(made.context.district, kind=rules.ANNOUNCEMENT).rows
    assert [row.kind for row in found] == [rules.ANNOUNCEMENT]


@pytest.mark.parametrize("size", [1, 2, 3, 5])
def test_paging_forward_and_back_loses_and_repeats_nothing(made: World, size: int) -> None:
    wanted = [published(made).public_id for _number in range(5)]
    district, seen, cursor = made.context.district, [], ""
    pages = []
    while True:
        page = queries.public_page(district, after=cursor, size=size)
        pages.append([row.public_id for row in page.rows])
        seen += pages[-1]
        cursor = page.next
        if not cursor:
            break
    assert sorted(seen) == sorted(wanted)
    assert len(seen) == len(set(seen))
    if len(pages) > 1:
        back = queries.public_page(district, before=pages[-1][0], size=size)
        assert [row.public_id for row in back.rows] == pages[-2]


def test_a_foreign_cursor_is_ignored(made: World) -> None:
    published(made)
    assert len(queries.public_page(made.context.district, after="nothing").rows) == 1


def test_lists_cost_the_same_for_one_and_for_twenty(made: World) -> None:
    def cost(read: Any) -> int:
        with CaptureQueriesContext(
            connection,
        ) as caught:
            read()
        return len(caught)

    notice = published(made)
    anyone = public(notice.district)
    actions.object_to(actor=anyone, context=made.context, notice=notice, text="不对")
    reads = (
        lambda: [(row.title, row.place.name) for row in queries.public_page(notice.district).rows],
        lambda: [(row.title, row.place.name) for row in queries.desk_page(made.clerk).rows],
        lambda: [row.notice.title for row in queries.objections(made.clerk)],
        lambda: queries.running_for(notice.district, made.compound.path, 50),
    )
    before = [cost(read) for read in reads]
    for _number in range(19):
        actions.object_to(actor=anyone, context=made.context, notice=published(made), text="不对")
    assert [cost(read) for read in reads] == before


def test_nothing_of_one_district_shows_in_the_other(made: World, request: pytest.FixtureRequest) -> None:
    here = published(made)
    there = world(request.getfixturevalue("other_work"))
    drafted(there)
    assert queries.public_page(there.context.district).rows == []
    assert [row.stage for row in queries.desk_page(there.clerk).rows] == ["draft"]
    assert queries.running_for(there.context.district, made.compound.path, 5) == []
    shown = published(there)
    assert [row.id for row in queries.public_page(there.context.district).rows] == [shown.id]
    assert [row.id for row in queries.public_page(here.district).rows] == [here.id]
