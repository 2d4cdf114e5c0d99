"""Reads: right rows, in few statements that do not grow with the rows."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from linli.foundation.bodies import actions, queries
from linli.foundation.bodies.tests.builders import Town
from linli.foundation.core.errors import OutOfScope
from linli.foundation.core.rules.actor import system


def statements(act, *args, **more) -> int:
    with CaptureQueriesContext(
        connection,
    ) as caught:
        act(*args, **more)
    return len(caught)


def test_nearest_body_comes_first(town: Town) -> None:
    office = town.body("subdistrict_office", "北街道办", town.north)
    committee = town.body()
    company = town.body("property_company", "安居物业", town.north, serves=[town.elm_one])
    town.body("school", "一小", town.elm)
    assert queries.handling_bodies(town.district_id, town.elm_one) == [company, committee, office]
    assert queries.handling_bodies(town.district_id, town.elm_two) == [committee, office]
    assert queries.handling_bodies(town.district_id, town.oak_one) == []


def test_statement_counts_do_not_grow(town: Town) -> None:
    admin = town.actor("district_admin", town.root)
    body = town.body(name="组织00")
    town.office(body, "user00", title="clerk")
    acts = {
        "page": lambda: queries.page(admin),
        "handling": lambda: queries.handling_bodies(town.district_id, town.elm),
        "responsible": lambda: queries.responsible(town.district_id, town.elm),
        "members": lambda: [a.user.login_name for a in queries.members(body)],
        "on_duty": lambda: [s.roster.body.phone for s in queries.on_duty(body, town.now)],
        "assignable": lambda: queries.may_be_assigned(body, "noise"),
    }
    one = {name: statements(act) for name, act in acts.items()}
    roster = actions.open_roster(actor=system(town.district_id), body=body, cover="always", now=town.now)
    for n in range(1, 20):
        town.body(name=f"组织{n:02}")
        office = town.office(body, f"user{n:02}", title="clerk")
        actions.set_shift(
            actor=system(town.district_id), roster=roster, kind="officer", appointment=office, starts_at=town.now,
            ends_at=town.now + timedelta(hours=1), now=town.now,
        )  # fmt: skip
        actions.set_duty(
            actor=system(town.district_id),
            level="community",
            kind_code=f"kind_{n}",
            role="main",
            now=town.now,
        )
    twenty = {name: statements(act) for name, act in acts.items()}
    assert (
        one
        == twenty
        == {"page": 1, "handling": 1, "responsible": 2, "members": 1, "on_duty": 1, "assignable": 1}
    )


def test_pages_follow_each_other_without_loss(town: Town) -> None:
    admin = town.actor("district_admin", town.root)
    for n in range(7):
        town.body("volunteer_team", "同名队" if n < 2 else f"队{n}", [town.elm, town.oak][n % 2])
    seen, after = [], ""
    while True:
        page = queries.page(admin, after=after, size=3)
        seen += [b.id for b in page.rows]
        after = page.next_cursor
        if not after:
            break
    assert len(seen) == len(set(seen)) == 7
    assert [b.id for b in queries.page(admin, after="nonsense", size=3).rows] == seen[:3]
    assert [b.name for b in queries.page(admin, text="队5").rows] == ["队5"]
    assert queries.page(admin, kind="court").rows == []


def test_a_foreign_body_is_not_there(town: Town, other_work) -> None:
    other = Town(other_work[0].district, town.now)
    foreign = other.body()
    with pytest.raises(OutOfScope):
        queries.body(town.district_id, foreign.id)
    with pytest.raises(OutOfScope):
        queries.seen(town.actor("district_admin", town.root), foreign.public_id)
    assert queries.page(town.actor("district_admin", town.root)).rows == []


def test_who_holds_a_verb(town: Town) -> None:
    body = town.body("district_department", "区社工部", town.root)
    admin = town.office(body, "admin", role="district_admin")
    town.office(body, "clerk", role="district_clerk")
    assert queries.holders_of_verb(town.district_id, "calendar.load", town.now) == [admin.id]
