"""Who sees which body: queryset and single check agree, and districts stay apart."""

from __future__ import annotations

from linli.foundation.bodies import access, queries
from linli.foundation.bodies.models import Body
from linli.foundation.bodies.tests.builders import Town
from linli.foundation.core.rules.actor import public, system


def test_queryset_and_check_agree(town: Town, other_work) -> None:
    other = Town(other_work[0].district, town.now)
    foreign = other.body()
    bodies = [
        town.body(),
        town.body("subdistrict_office", "北街道办", town.north),
        town.body("subdistrict_office", "南街道办", town.south),
        town.body("property_company", "安居物业", town.root, serves=[town.elm_one, town.oak_one]),
        foreign,
    ]
    actors = [
        town.actor("community_clerk", town.elm),
        town.actor("subdistrict_clerk", town.north),
        town.actor("subdistrict_clerk", town.south),
        town.actor("handler", town.oak_one, body=bodies[0].id),
        town.actor("district_admin", town.root),
        public(town.district_id),
        system(town.district_id),
    ]
    for actor in actors:
        seen = set(access.visible_to(actor).values_list("id", flat=True))
        for body in bodies:
            served = [place.path for place in queries.places_of(body)]
            assert (body.id in seen) is access.may_see(actor, body, served), (actor.role, body.name)
        assert foreign.id not in seen


def test_scopes(town: Town) -> None:
    company = town.body("property_company", "安居物业", town.root, serves=[town.elm_one])
    assert company in access.visible_to(town.actor("community_clerk", town.elm))
    assert company not in access.visible_to(town.actor("community_clerk", town.oak))
    assert not access.may_appoint(town.actor("subdistrict_clerk", town.north), company, town.elm_one)
    assert access.may_appoint(town.actor("district_admin", town.root), company, town.elm_one)
    assert access.may_manage_level(town.actor("district_admin", town.root))
    assert not access.may_manage_level(town.actor("subdistrict_clerk", town.north))


def test_the_other_district_is_not_there(town: Town, other_work) -> None:
    other = Town(other_work[0].district, town.now)
    foreign = other.body()
    assert queries.handling_bodies(town.district_id, other.elm) == []
    assert not Body.objects.filter(district=town.district_id, id=foreign.id).exists()
    assert not access.may_roster(system(town.district_id), foreign)
