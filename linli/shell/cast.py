"""The fixed cast: the same places, bodies and offices in tests, demonstration, docs and screenshots.

Filed through the rooms' own actions. Both districts get it, with equal names and codes, so that whatever
crosses the border between them shows.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from linli.foundation.accounts.actions import create_account
from linli.foundation.accounts.models import User
from linli.foundation.bodies.actions import appoint, found_body, set_duty
from linli.foundation.bodies.models import Body
from linli.foundation.core import charter
from linli.foundation.core.rules.actor import Actor
from linli.foundation.places.actions import add_place
from linli.foundation.places.models import Place
from linli.foundation.places.queries import by_code, root

SUBDISTRICT, COMMUNITY, NEIGHBOUR_COMMUNITY, OTHER_SUBDISTRICT, OTHER_COMMUNITY = (
    "140403001", "140403001001", "140403001002", "140403004", "140403004001",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Office:
    """One seat of the cast: sign-in name, role, which body and which place it is held for."""

    login: str
    role: str
    body: str
    place: str
    title: str
    zh: str
    en: str


OFFICES = (
    Office("district.admin", "district_admin", "centre", "district", "", "区平台管理员", "District administrator"),
    Office("district.clerk", "district_clerk", "centre", "district", "", "区指挥中心专员", "District coordination clerk"),
    Office("subdistrict.clerk", "subdistrict_clerk", "office", "subdistrict", "", "街道专员", "Subdistrict clerk"),
    Office("community.clerk", "community_clerk", "committee", "community", "", "社区专员", "Community clerk"),
    Office("property.handler", "handler", "company", "compound", "", "物业经办人", "Property company handler"),
    Office("callback.clerk", "callback_clerk", "office", "subdistrict", "", "回访员", "Call-back clerk"),
    Office("auditor", "auditor", "department", "district", "", "审计员", "Auditor"),
    Office("data.officer", "data_officer", "department", "district", "", "个人信息保护负责人", "Data protection officer"),
    Office("neighbour.clerk", "community_clerk", "neighbour_committee", "neighbour", "", "邻社区专员", "Clerk of the next community"),
    Office("other.handler", "handler", "other_company", "other_compound", "", "他街道物业经办人", "Handler in another subdistrict"),
)  # fmt: skip


@dataclass(slots=True)
class Cast:
    """What was filed: places, bodies, accounts and their passwords by name."""

    district: int
    places: dict[str, Place] = field(default_factory=dict)
    bodies: dict[str, Body] = field(default_factory=dict)
    users: dict[str, User] = field(default_factory=dict)
    passwords: dict[str, str] = field(default_factory=dict)


def build(
    actor: Actor, now: datetime, password: Callable[[str], str], offices: tuple[Office, ...] = OFFICES
) -> Cast:
    """File the cast in a district whose divisions are loaded. `password(login)` gives each account's password."""
    cast = Cast(actor.district)
    _places(cast, actor, now)
    _bodies(cast, actor, now)
    _duties(cast, actor, now)
    for office in offices:
        secret = password(office.login)
        user = create_account(
            actor=actor, login_name=office.login, password=secret, now=now, is_demonstration=True
        )
        appoint(
            actor=actor,
            body=cast.bodies[office.body],
            user=user,
            role=office.role,
            place=cast.places[office.place],
            now=now,
            title=office.title,
        )
        cast.users[office.login], cast.passwords[office.login] = user, secret
    return cast


def _found(district: int, code: str) -> Place:
    place = by_code(district, code)
    if place is None:
        raise LookupError(f"The division {code} is not loaded in district {district}.")
    return place


def _places(cast: Cast, actor: Actor, now: datetime) -> None:
    top = root(actor.district)
    if top is None:
        raise LookupError(f"District {actor.district} has no tree yet.")
    cast.places |= {
        "district": top,
        "subdistrict": _found(actor.district, SUBDISTRICT),
        "community": _found(actor.district, COMMUNITY),
        "neighbour": _found(actor.district, NEIGHBOUR_COMMUNITY),
        "other_subdistrict": _found(actor.district, OTHER_SUBDISTRICT),
        "other_community": _found(actor.district, OTHER_COMMUNITY),
    }
    for name, parent, words, longitude, latitude in (
        ("compound", "community", "东风小区", 113.1187, 36.1912),
        ("second_compound", "community", "府后小区", 113.1202, 36.1934),
        ("neighbour_compound", "neighbour", "解放小区", 113.1235, 36.1950),
        ("other_compound", "other_community", "一运小区", 113.1105, 36.1843),
    ):
        cast.places[name] = add_place(
            actor=actor,
            level="compound",
            parent=cast.places[parent],
            name=words,
            now=now,
            longitude=longitude,
            latitude=latitude,
        )


def _bodies(cast: Cast, actor: Actor, now: datetime) -> None:
    at = cast.places
    for name, kind, words, seat, serves in (
        ("centre", "district_property_centre", "区物业管理服务中心", "district", ()),
        ("department", "district_department", "区政务服务部门", "district", ()),
        ("office", "subdistrict_office", f"{at['subdistrict'].name}办事处", "subdistrict", ()),
        (
            "committee",
            "community_committee",
            at["community"].name.replace("居委会", "居民委员会"),
            "community",
            (),
        ),
        (
            "neighbour_committee",
            "community_committee",
            at["neighbour"].name.replace("居委会", "居民委员会"),
            "neighbour",
            (),
        ),
        ("company", "property_company", "安居物业（演示）", "compound", ("compound", "second_compound")),
        ("other_company", "property_company", "和顺物业（演示）", "other_compound", ()),
    ):
        cast.bodies[name] = found_body(
            actor=actor, kind=kind, name=words, place=at[seat], now=now, serves=tuple(at[s] for s in serves)
        )


def _duties(cast: Cast, actor: Actor, now: datetime) -> None:
    """Property companies have every kind of the charter as their main duty in the cast."""
    for row in charter.current(actor.district, now)["cases.kinds"]:
        set_duty(
            actor=actor, level="compound", kind_code=row["code"], role="main", now=now, basis="demonstration"
        )
