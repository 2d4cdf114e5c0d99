"""Residence, ownership, households; access of one row and of the list agree."""

from __future__ import annotations

from datetime import date

import pytest

from linli.foundation.core.errors import Conflict, Invalid, NotAllowed, OutOfScope
from linli.foundation.core.models import Event
from linli.foundation.people import access, actions
from linli.foundation.people.models import Household, Ownership, Person, Residence
from linli.foundation.people.tests.builders import clerk, person, refused
from linli.foundation.places import actions as places

DAY = date(2026, 3, 1)


@pytest.fixture
def tree(work):
    """District, and two compounds in two communities."""
    context, actor = work

    def add(level, parent, name, code):
        return places.add_place(
            actor=actor, level=level, parent=parent, name=name, code=code, now=context.now
        )

    root = add("district", None, "潞州区", "140403")
    street = add("subdistrict", root, "常青街道", "140403009")
    first, second = (
        add("community", street, "一社区", "140403009001"),
        add("community", street, "二社区", "140403009002"),
    )
    return (
        root,
        first,
        add("compound", first, "甲小区", ""),
        add("compound", second, "乙小区", ""),
    )


def test_moving_in_brings_a_person_into_scope_and_moving_out_takes_it_away(work, tree) -> None:
    context, _ = work
    root, community, compound, _other = tree
    one = person(context)
    actor = clerk(context, "people.register", "people.search", scope=community.path)
    assert not access.visible_to(actor).filter(id=one.id).exists()
    row = actions.file_residence(
        actor=actor, person=one, compound=compound, kind="owner", valid_from=DAY, now=context.now
    )
    assert access.visible_to(actor).filter(id=one.id).exists()
    actions.end_residence(actor=actor, residence=row, last_day=date(2026, 9, 1), now=context.now)
    assert not access.visible_to(actor).filter(id=one.id).exists()
    codes = Event.objects.filter(
        district=context.district, subject_type="person", subject_id=one.id
    ).order_by("seq")
    assert [e.code for e in codes] == ["people.residence", "people.moved_out"]
    assert root.path != community.path


def test_household_and_ownership_are_recorded(work, tree) -> None:
    context, actor = work
    _root, _community, compound, _other = tree
    one = person(context)
    household = actions.found_household(
        actor=actor, compound=compound, dwelling=5, valid_from=DAY, now=context.now
    )
    actions.file_residence(
        actor=actor,
        person=one,
        compound=compound,
        kind="family",
        valid_from=DAY,
        now=context.now,
        dwelling=5,
        household=household,
    )
    owned = actions.file_ownership(
        actor=actor, person=one, compound=compound, dwelling=5, valid_from=DAY, now=context.now, share=5000
    )
    assert owned.share == 5000
    with refused(Conflict):
        actions.file_ownership(
            actor=actor, person=one, compound=compound, dwelling=5, valid_from=DAY, now=context.now
        )
    with refused(Conflict):
        actions.file_residence(
            actor=actor, person=one, compound=compound, kind="owner", valid_from=DAY, now=context.now
        )
    actions.erase(actor=actor, person=one, reason="own_request", now=context.now)
    assert (
        Residence.objects.get(person=one).dwelling is None
        and Ownership.objects.get(person=one).valid_to == context.now.date()
    )
    with refused(Conflict):
        actions.file_residence(
            actor=actor, person=one, compound=compound, kind="owner", valid_from=DAY, now=context.now
        )
    assert Household.objects.filter(district=context.district).count() == 1


@pytest.mark.parametrize(
    ("verbs", "scope", "changes", "error"),
    [
        ((), "root", {}, NotAllowed),
        (("people.register",), "9.", {}, OutOfScope),
        (("people.register",), "root", {"kind": "guest"}, Invalid),
        (("people.register",), "root", {"compound": "community"}, Invalid),
    ],
)
def test_refusals_write_nothing(work, tree, verbs, scope, changes, error) -> None:
    context, _ = work
    root, community, compound, _other = tree
    one = person(context)
    before = Event.objects.count()
    actor = clerk(context, *verbs, scope=root.path if scope == "root" else scope)
    where = community if changes.get("compound") else compound
    with refused(error):
        actions.file_residence(
            actor=actor,
            person=one,
            compound=where,
            kind=changes.get("kind", "owner"),
            valid_from=DAY,
            now=context.now,
        )
    assert (Event.objects.count(), Residence.objects.count()) == (before, 0)


def test_dates_and_shares_have_rules(work, tree) -> None:
    context, actor = work
    _root, _community, compound, _other = tree
    one = person(context)
    row = actions.file_residence(
        actor=actor, person=one, compound=compound, kind="tenant", valid_from=DAY, now=context.now
    )
    with refused(Invalid):
        actions.end_residence(actor=actor, residence=row, last_day=date(2026, 2, 1), now=context.now)
    with refused(Invalid):
        actions.file_ownership(
            actor=actor, person=one, compound=compound, dwelling=5, valid_from=DAY, now=context.now, share=0
        )
    actions.end_residence(actor=actor, residence=row, last_day=DAY, now=context.now)
    with refused(Conflict):
        actions.end_residence(actor=actor, residence=row, last_day=DAY, now=context.now)


def test_access_of_one_row_and_of_the_list_agree(work, tree) -> None:
    context, system = work
    root, community, compound, other = tree
    people = [
        person(context),
        person(context, scope_path=compound.path),
        person(context, scope_path=other.path),
        person(context),
    ]
    actions.file_residence(
        actor=system, person=people[3], compound=compound, kind="owner", valid_from=DAY, now=context.now
    )
    wanted = {root.path: {0, 1, 2, 3}, community.path: {1, 3}, other.path: {2}, "": set()}
    for scope, numbers in wanted.items():
        actor = clerk(context, "people.reveal", "people.erase", scope=scope)
        assert set(access.visible_to(actor).values_list("id", flat=True)) == {people[n].id for n in numbers}
        for number, one in enumerate(people):
            assert access.may_reveal(actor, one) == access.may_erase(actor, one) == (number in numbers)
    assert not access.visible_to(clerk(context, "cases.read")).exists()
    assert access.visible_to(system).count() == Person.objects.count() == 4
