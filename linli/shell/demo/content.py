"""What the demonstration holds. Runs in the fresh database, as the application role."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Literal
from zoneinfo import ZoneInfo

from linli.foundation.accounts import actions as accounts
from linli.foundation.bodies import actions as bodies
from linli.foundation.bodies.models import Body
from linli.foundation.core import charter
from linli.foundation.core.context import Context, work_in
from linli.foundation.core.models import District
from linli.foundation.core.rules.actor import Actor
from linli.foundation.places import actions as places
from linli.foundation.places.models import Place
from linli.foundation.places.rules.divisions import DivisionRow, parse_divisions
from linli.shell.cli.districts import one_time_password
from linli.shell.cli.progress import Progress
from linli.shell.world import two_districts

Size = Literal["tiny", "small"]
DIVISIONS = Path(__file__).resolve().parents[2] / "foundation" / "places" / "data" / "luzhou_divisions.csv"
FIRST, SECOND = 140403, 140499
COMMUNITIES_OF_SECOND = 3


@dataclass(frozen=True, slots=True)
class DemoAccount:
    """One sign-in that the start prints: whose seat it is, and its random password."""

    district: str
    role_zh: str
    role_en: str
    login_name: str
    password: str

    def as_json(self) -> dict[str, str]:
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Seat:
    """An office that the demonstration fills: the role, its sign-in name, and the body it belongs to."""

    role: str
    login_name: str
    body_kind: str
    body_name: str
    level: Literal["district", "subdistrict", "community"]


SEATS = (
    Seat("district_admin", "admin", "district_department", "平台管理办公室", "district"),
    Seat("district_clerk", "district", "district_department", "区社会治理指挥中心", "district"),
    Seat("subdistrict_clerk", "subdistrict", "subdistrict_office", "街道办事处", "subdistrict"),
    Seat("community_clerk", "community", "community_committee", "社区居民委员会", "community"),
    Seat("handler", "handler", "district_department", "区住房和城乡建设局", "district"),
    Seat("callback_clerk", "callback", "subdistrict_office", "街道办事处", "subdistrict"),
    Seat("auditor", "auditor", "district_department", "区审计局", "district"),
    Seat("data_officer", "dataofficer", "district_department", "区数据局", "district"),
)


def build(size: Size, anchor: date, progress: Progress) -> list[DemoAccount]:
    """Fill an empty, migrated database; returns the accounts to print, one per role of the first district.

    `anchor` is the last day of the made-up past; equal size and anchor give equal data but for passwords.
    """
    two_districts(enrolled_at(anchor))
    listed: list[DemoAccount] = []
    for number in progress.each((FIRST, SECOND), "districts with their divisions and offices"):
        district = District.objects.get(id=number)
        with work_in(district.id, district.slug, district.zone) as (context, actor):
            places.load_divisions(actor=actor, rows=division_rows(number), now=context.now)
            seats = SEATS if number == FIRST else SEATS[:1]
            listed += [seat_account(seat, district, context, actor) for seat in seats]
    return listed


def enrolled_at(anchor: date) -> datetime:
    """The moment of enrolment: now, or the beginning of an anchor day that has passed."""
    return min(datetime.now(UTC), datetime.combine(anchor, time(8), tzinfo=ZoneInfo("Asia/Shanghai")))


def division_rows(number: int) -> tuple[DivisionRow, ...]:
    """The published divisions of the first district; for the second a few of them, names and all, as its own."""
    rows = parse_divisions(DIVISIONS.read_text("utf-8").splitlines()).rows
    if number == FIRST:
        return rows
    root = next(row for row in rows if row.level == "district")
    subdistrict = next(row for row in rows if row.level == "subdistrict")
    below = [row for row in rows if row.parent == subdistrict.code][:COMMUNITIES_OF_SECOND]
    return tuple(
        replace(row, code=f"{number}{row.code[6:]}", parent=row.parent and f"{number}{row.parent[6:]}")
        for row in (root, subdistrict, *below)
    )


def seat_account(seat: Seat, district: District, context: Context, actor: Actor) -> DemoAccount:
    """An account in the office of a body; the body is founded when the first seat needs it."""
    place = first_place(district, seat.level)
    body = Body.objects.filter(district=district.id, name=seat.body_name, place=place).first()
    if body is None:
        body = bodies.found_body(
            actor=actor, kind=seat.body_kind, name=seat.body_name, place=place, now=context.now
        )
    password = one_time_password()
    user = accounts.create_account(
        actor=actor, login_name=seat.login_name, password=password, now=context.now, is_demonstration=True
    )
    bodies.appoint(actor=actor, body=body, user=user, role=seat.role, place=place, now=context.now)
    name = charter.current(district.id, context.now)[f"role.{seat.role}"]["name"]
    return DemoAccount(district.slug, name.zh, name.en, seat.login_name, password)


def first_place(district: District, level: str) -> Place:
    """The place of a level that comes first by its code, below the one that comes first above it."""
    return Place.objects.filter(district=district.id, level=level, valid_to__isnull=True).order_by("code")[0]
