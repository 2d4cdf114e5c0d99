"""The expectations as cells: pattern x method x role x relation. Reads one hand-written file and writes nothing."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver

FILE = Path(__file__).with_name("expectations.toml")
HAND = "Written by hand."
MADE = ("generated", "do not edit", "auto-", "recorded from")
WITHIN = ("own", "same_community", "other_community", "other_subdistrict")
RELATIONS = (*WITHIN, "other_district", "none")
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
STAFF = (
    "district_admin", "district_clerk", "subdistrict_clerk", "community_clerk", "property_handler", "callback_clerk",
    "auditor", "data_officer", "neighbour_clerk", "other_handler",
)  # fmt: skip
OUTSIDE = ("public", "ended", "foreign_admin", "foreign_clerk", "foreign_handler")
COLUMNS = (*STAFF, "without_office", "caller", *OUTSIDE)
DOORS = ("public", "desk", "signed", "caller", "closed")


class Unusable(Exception):
    """The file of expectations may not be used."""


@dataclass(frozen=True, slots=True)
class Cell:
    """One question: who asks what about which thing, and what must come back."""

    block: int
    url: str
    name: str
    method: str
    role: str
    relation: str
    statuses: frozenset[int]
    allowed: bool
    writes: bool
    exception: bool
    spec: dict[str, Any] = field(hash=False, compare=False)


@dataclass(slots=True)
class Expectations:
    """The whole file."""

    blocks: list[dict[str, Any]]
    roles: dict[str, list[str]]
    reach: dict[str, dict[str, list[str]]]

    def reaches(self, kind: str, role: str, relation: str) -> bool:
        """Whether a role's grant covers a thing of this kind at this relation."""
        return relation in self.reach[kind].get(role, ())


def load(text: str | None = None) -> Expectations:
    """Read the file. Raises Unusable when it does not say that it is hand-written, or says otherwise."""
    raw = FILE.read_text("utf-8") if text is None else text
    head = raw[: raw.find("[")].lower()
    if HAND.lower() not in head or any(word in head for word in MADE):
        raise Unusable(
            "The expectations must be written by hand; a made file only repeats what the code does."
        )
    data = tomllib.loads(raw)
    reach = {
        kind: {role: list(WITHIN) if where == "*" else where for role, where in rows.items()}
        for kind, rows in data["reach"].items()
    }
    found = Expectations(data["block"], data["roles"], reach)
    for block in found.blocks:
        _check(found, block)
    return found


KEYS = {"url", "name", "door", "args", "relations", *METHODS}
SPEC_KEYS = {
    "roles", "enter", "reach", "status", "missing", "marker", "to", "send", "query", "event", "but", "lists", "opens", "json", "same",
}  # fmt: skip


def _check(found: Expectations, block: dict[str, Any]) -> None:
    where = f"{block.get('url')} {block.get('name', '')}"
    if set(block) - KEYS or block.get("door", "desk") not in DOORS:
        raise Unusable(f"{where}: unknown key or door.")
    for method in METHODS:
        spec = block.get(method)
        if spec is None:
            continue
        if set(spec) - SPEC_KEYS:
            raise Unusable(f"{where} {method}: unknown {set(spec) - SPEC_KEYS}.")
        if spec.get("status", 200) < 400 and not (spec.get("marker") or spec.get("to") or spec.get("lists")):
            raise Unusable(f"{where} {method}: an allowed answer needs its own positive marker.")
        for name in ("roles", "enter"):
            if name in spec:
                _known(found, spec[name], where)


def _known(found: Expectations, names: Any, where: str) -> None:
    for name in names if isinstance(names, list) else [names]:
        if name not in found.roles and name not in COLUMNS:
            raise Unusable(f"{where}: unknown role {name}.")


def members(found: Expectations, names: Any) -> set[str]:
    """Roles of a list of roles and role groups."""
    result: set[str] = set()
    for name in names if isinstance(names, list) else [names]:
        result |= set(found.roles.get(name, [name]))
    return result


def patterns() -> dict[str, str]:
    """Every address of the resolver: its full name and its route."""
    return dict(_walk(get_resolver(), "", ""))


def _walk(resolver: URLResolver, space: str, route: str) -> Iterator[tuple[str, str]]:
    for one in resolver.url_patterns:
        here = route + str(one.pattern)
        if isinstance(one, URLResolver):
            yield from _walk(one, f"{space}{one.namespace}:" if one.namespace else space, here)
        elif isinstance(one, URLPattern):
            yield f"{space}{one.name}", here


def relations_of(block: dict[str, Any]) -> list[str]:
    """The relations asked: all six where the address or the form names a thing, one otherwise."""
    if "relations" in block:
        return list(block["relations"])
    texts = [*block.get("args", {}).values()]
    texts += [str(block[m].get("send", "")) + str(block[m].get("query", "")) for m in METHODS if m in block]
    return list(RELATIONS) if any(re.search(r"\{[a-z_.]+\}", text) for text in texts) else ["own"]


def cells(found: Expectations, *, only: str = "", relations: tuple[str, ...] = RELATIONS) -> Iterator[Cell]:
    """Every cell of the file, or of the blocks of one address."""
    seen: set[tuple[str, str]] = set()
    for number, block in enumerate(found.blocks):
        if only and block["url"] != only:
            continue
        listed = [(m, r) for r in relations_of(block) if r in relations for m in METHODS if m in block]
        for method, relation in listed:
            for role in COLUMNS:
                if relation in SAMPLE or role in (
                    STRANGE if block.get("door", "desk") == "public" else (*STAFF, "caller")
                ):
                    yield _cell(found, number, block, method, role, relation)
        everywhere = {m for b in found.blocks if b["url"] == block["url"] for m in METHODS if m in b}
        for method in METHODS:
            if "own" in relations and method not in everywhere and (block["url"], method) not in seen:
                seen.add((block["url"], method))
                for role in STRANGE:
                    yield _unlisted(found, number, block, method, role, "own")


# Whoever is nobody here is asked about one's own and another district's things only: the door comes first.
SAMPLE = ("own", "other_district")
STRANGE = ("district_admin", "district_clerk", "property_handler", "public")


def _cell(
    found: Expectations, number: int, block: dict[str, Any], method: str, role: str, relation: str
) -> Cell:
    spec = block[method]
    statuses, allowed = _expected(found, block.get("door", "desk"), spec, method, role, relation)
    exception = False
    for who, other in spec.get("but", {}).items():
        names, _sep, where = who.partition(" ")
        if role in members(found, names) and where in ("*", relation):
            statuses, allowed, exception = {other}, other < 400 and other == spec.get("status", 200), True
    writes = allowed and bool(spec.get("event"))
    return Cell(
        number,
        block["url"],
        block.get("name", ""),
        method,
        role,
        relation,
        frozenset(statuses),
        allowed,
        writes,
        exception,
        spec,
    )


SIGN_IN = {302, 401}


def _expected(
    found: Expectations, door: str, spec: dict[str, Any], method: str, role: str, relation: str
) -> tuple[set[int], bool]:
    """The rule in words: sign in first, then the verb (403), then the reach (404), then the stage."""
    good, missing = int(spec.get("status", 200)), int(spec.get("missing", 404))
    yes, away = ({good}, good < 400), relation in ("other_district", "none") and not spec.get("same")
    if door in ("public", "closed"):
        return ({missing}, False) if away else yes
    if door == "caller":
        return yes if role == "caller" and relation == "own" else ({missing}, False)
    if role in (*OUTSIDE, "caller"):
        return SIGN_IN if method != "GET" else {302}, False
    if door == "signed":
        return ({missing}, False) if away else yes
    if role == "without_office":
        return {302}, False
    if role not in members(found, spec.get("enter", spec["roles"])):
        return {403}, False
    if away or ("reach" in spec and "lists" not in spec and not found.reaches(spec["reach"], role, relation)):
        return {missing}, False
    return yes if role in members(found, spec["roles"]) else ({403}, False)


def _unlisted(
    found: Expectations, number: int, block: dict[str, Any], method: str, role: str, relation: str
) -> Cell:
    """A method without a line of its own: 405, or refused earlier. Never an answer."""
    statuses = {405}
    door = block.get("door", "desk")
    for listed in METHODS:
        if listed in block:
            early, allowed = _expected(found, door, block[listed], method, role, relation)
            statuses |= set() if allowed else early & {302, 401, 403, 404}
    return Cell(
        number,
        block["url"],
        block.get("name", ""),
        method,
        role,
        relation,
        frozenset(statuses),
        False,
        False,
        False,
        {},
    )
