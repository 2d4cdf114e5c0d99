"""What a list may name: communities, compounds and buildings within the actor's scope, read once."""

from __future__ import annotations

from linli.foundation.core.rules.actor import Actor
from linli.foundation.places.access import in_scope
from linli.foundation.places.models import Building, Place
from linli.foundation.places.rules import codes
from linli.foundation.places.rules.columns import Kind
from linli.foundation.places.rules.words import folded

_ENDINGS = ("居民委员会", "居委会", "社区")


def short(name: str) -> str:
    """A community's name without what lists leave out: 和平社区居委会 and 和平社区 are 和平."""
    word = folded(name)
    for ending in _ENDINGS:
        if word.endswith(ending) and len(word) > len(ending):
            word = word.removesuffix(ending)
    return word


class Lookups:
    """Two statements for compounds and buildings lists, three for dwellings; all other look-ups are in memory."""

    def __init__(self, actor: Actor, kind: Kind) -> None:
        self.communities_by_code: dict[str, Place] = {}
        self.communities_by_name: dict[str, list[Place]] = {}
        self.by_code: dict[str, Place] = {}
        self.by_name: dict[str, list[Place]] = {}
        reach = in_scope(actor)
        above = Place.objects.of(actor.district).filter(level=Place.Level.COMMUNITY, valid_to__isnull=True)
        if actor.kind != "system":
            # A grant on one compound may name its community in the list.
            mine = [
                place
                for place in above
                if place.path.startswith(actor.scope) or actor.scope.startswith(place.path)
            ]
        else:
            mine = list(above)
        for place in mine:
            self.communities_by_code[place.code] = place
            self.communities_by_name.setdefault(short(place.name), []).append(place)
        for place in reach.filter(level=Place.Level.COMPOUND):
            if place.valid_to is None:
                self.by_code[place.code] = place
            else:
                self.by_code.setdefault(place.code, place)
            self.by_name.setdefault(folded(place.name), []).append(place)
        self.communities_can_grow = {p.id for p in mine if actor.covers(p.path)}
        self.buildings: dict[tuple[int, str], Building] = {}
        if kind != "compounds":
            rows = Building.objects.filter(district=actor.district, ended_at__isnull=True)
            if actor.kind != "system":
                rows = rows.filter(place__path__startswith=actor.scope)
            self.buildings = {(row.place_id, row.code): row for row in rows}

    def communities(self, word: str) -> list[Place]:
        """Communities that a code or a name stands for."""
        plain = codes.plain(word)
        if plain.isdigit():
            found = self.communities_by_code.get(plain)
            return [found] if found else []
        return self.communities_by_name.get(short(word), [])

    def compounds(self, word: str, community: Place | None) -> list[Place]:
        """Compounds that a code or a name stands for, closed ones too; within one community when it is given."""
        found = self.by_code.get(codes.plain(word))
        rows = [found] if found else self.by_name.get(folded(word), [])
        return [row for row in rows if community is None or row.parent_id == community.id]

    def building(self, place: Place, code: str) -> Building | None:
        return self.buildings.get((place.id, code))

    def community_names(self) -> list[str]:
        return [place.name for rows in self.communities_by_name.values() for place in rows]

    def compound_names(self) -> list[str]:
        return [place.name for rows in self.by_name.values() for place in rows]
