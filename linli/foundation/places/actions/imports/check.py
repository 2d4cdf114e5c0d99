"""Checking a list row by row: nothing is written, every problem becomes a sentence with its line and column."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from linli.foundation.core.rules.actor import Actor
from linli.foundation.places.actions.imports.lookups import Lookups
from linli.foundation.places.actions.imports.sentences import cell_sentence
from linli.foundation.places.models import Place
from linli.foundation.places.queries.maps import inside_outline
from linli.foundation.places.rules import codes
from linli.foundation.places.rules.cells import Cell, CellRefused, read, shown
from linli.foundation.places.rules.columns import COLUMNS, Kind
from linli.foundation.places.rules.words import folded
from linli.foundation.places.sheets import Table

MAX_SUGGESTIONS = 100


@dataclass(frozen=True, slots=True)
class RowProblem:
    """One problem of one row, as people read it."""

    line: int
    column: str
    sentence: str


@dataclass(frozen=True, slots=True)
class GoodRow:
    """A row that can be imported: its values, with the places they name found."""

    line: int
    values: dict[str, Any]


@dataclass(slots=True)
class Checked:
    """What a list holds: rows to import and problems."""

    good: list[GoodRow] = field(default_factory=list)
    problems: list[RowProblem] = field(default_factory=list)
    bad: int = 0


class _Stop(Exception):
    """A row that cannot go on: field, reason and facts of its sentence."""

    def __init__(self, at: str, reason: str, **facts: object) -> None:
        super().__init__(reason)
        self.at, self.reason, self.facts = at, reason, facts


class Checker:
    """Checks the rows of one list against what is there within the actor's scope."""

    def __init__(self, actor: Actor, kind: Kind, mapping: Mapping[str, int], now: datetime) -> None:
        self.kind, self.mapping, self.now = kind, mapping, now
        self.district = actor.district
        self.lookups = Lookups(actor, kind)
        self.seen: dict[tuple[Any, ...], int] = {}
        self.suggestions = 0
        checks: dict[Kind, Callable[[int, dict[str, Any]], None]] = {
            "compounds": self._compound_row,
            "buildings": self._building_row,
            "dwellings": self._dwelling_row,
        }
        self.check = checks[kind]

    def run(self, table: Table) -> Checked:
        """All rows of a table."""
        result = Checked()
        for line, row in table.rows:
            values, stops = self._read(row)
            if not stops:
                try:
                    self.check(line, values)
                except _Stop as stop:
                    stops.append(stop)
            if stops:
                result.bad += 1
                result.problems += [self._problem(line, table, stop) for stop in stops]
            else:
                result.good.append(GoodRow(line, values))
        return result

    def _problem(self, line: int, table: Table, stop: _Stop) -> RowProblem:
        at = self.mapping.get(stop.at)
        return RowProblem(
            line, "" if at is None else table.headers[at], cell_sentence(stop.reason, stop.facts)
        )

    def _read(self, row: tuple[Cell, ...]) -> tuple[dict[str, Any], list[_Stop]]:
        values: dict[str, Any] = {}
        stops: list[_Stop] = []
        for column in COLUMNS[self.kind]:
            at = self.mapping.get(column.field)
            cell = None if at is None else row[at]
            try:
                values[column.field] = read(column, cell)
            except CellRefused as refused:
                facts = {"low": column.low, "high": column.high} if refused.reason == "range" else {}
                stops.append(_Stop(column.field, refused.reason, **facts))
        return values, stops

    def _once(self, line: int, at: str, *key: Any) -> None:
        first = self.seen.setdefault((at, *key), line)
        if first != line:
            raise _Stop(at, "duplicate", line=first)

    def _near(self, word: str, names: list[str]) -> str:
        """The most similar names, for the first rows that need them."""
        self.suggestions += 1
        if self.suggestions > MAX_SUGGESTIONS:
            return "-"
        return ", ".join(difflib.get_close_matches(word, names, n=3, cutoff=0.3)) or _("none similar")

    def _community(self, word: str, at: str = "community") -> Place:
        found = self.lookups.communities(word)
        if not found:
            raise _Stop(at, "community_unknown", near=self._near(word, self.lookups.community_names()))
        if len(found) > 1:
            raise _Stop(at, "community_many", count=len(found))
        return found[0]

    def _compound(self, values: dict[str, Any]) -> Place:
        """The open compound a row names, by code or name, with the community where the name alone is not enough."""
        community = self._community(values["community"]) if values["community"] else None
        word = values["compound"]
        found = self.lookups.compounds(word, community)
        if not found:
            raise _Stop("compound", "compound_unknown", near=self._near(word, self.lookups.compound_names()))
        still = [place for place in found if place.valid_to is None]
        if not still:
            raise _Stop("compound", "compound_closed")
        if len(still) > 1:
            raise _Stop("compound", "compound_many", count=len(still))
        return still[0]

    def _day(self, at: str, day: date | None) -> None:
        if day is not None and day > timezone.localtime(self.now).date():
            raise _Stop(at, "future")

    def _part(self, at: str, kind: codes.PartKind, word: str) -> str:
        try:
            return codes.part_code(kind, word)
        except codes.CodeRefused as refused:
            raise _Stop(at, f"part:{kind}:{refused.reason}") from refused

    def _compound_row(self, line: int, values: dict[str, Any]) -> None:
        community = values["community"] = self._community(values["community"])
        self._day("valid_from", values["valid_from"])
        lon, lat = values["longitude"], values["latitude"]
        if (lon is None) != (lat is None):
            raise _Stop("longitude" if lon is None else "latitude", "half_position")
        if lon is not None and inside_outline(self.district, lon, lat) is False:
            raise _Stop("longitude", "outside")
        self._once(line, "name", community.id, folded(values["name"]))
        here = [p for p in self.lookups.compounds(values["name"], community) if p.valid_to is None]
        held = values["held"] = here[0] if here else None
        if values["code"]:
            values["code"] = self._compound_code(line, values["code"], community, held)

    def _compound_code(self, line: int, word: str, community: Place, held: Place | None) -> str:
        try:
            code = codes.normal_compound_code(word)
        except codes.CodeRefused as refused:
            raise _Stop("code", f"code:{refused.reason}") from refused
        if not community.code or not code.startswith(community.code):
            raise _Stop("code", "code_parent")
        self._once(line, "code", code)
        owner = self.lookups.by_code.get(code)
        if owner is not None and (held is None or owner.id != held.id):
            raise _Stop("code", "code_taken", name=owner.name)
        if held is not None and held.code != code:
            raise _Stop("code", "code_other", code=codes.shown(held.code))
        return code

    def _building_row(self, line: int, values: dict[str, Any]) -> None:
        place = values["place"] = self._compound(values)
        values["code"] = self._part("code", "building", values["code"])
        self._day("completed_on", values["completed_on"])
        self._once(line, "code", place.id, values["code"])
        values["held"] = self.lookups.building(place, values["code"])

    def _dwelling_row(self, line: int, values: dict[str, Any]) -> None:
        place = values["place"] = self._compound(values)
        building = self.lookups.building(place, self._part("building", "building", values["building"]))
        if building is None:
            raise _Stop("building", "building_unknown")
        stairwell = values["stairwell"]
        values["building"] = building
        values["stairwell"] = self._part("stairwell", "stairwell", stairwell) if stairwell else ""
        values["code"] = self._part("number", "dwelling", values["number"])
        self._once(line, "number", building.id, values["stairwell"], values["code"])


def check_table(actor: Actor, kind: Kind, table: Table, mapping: Mapping[str, int], now: datetime) -> Checked:
    """Every row of a table; a constant number of statements."""
    return Checker(actor, kind, mapping, now).run(table)


def original(row: tuple[Cell, ...]) -> list[str]:
    """A row as it stood in the file."""
    return [shown(cell) for cell in row]
