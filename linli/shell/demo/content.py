"""What the demonstration holds. Runs in the fresh database, as the application role."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from linli.foundation.core.context import work_in
from linli.foundation.core.models import District
from linli.foundation.places.actions import load_divisions
from linli.foundation.places.rules.divisions import DivisionRow
from linli.shell.cast import COMMUNITY, NEIGHBOUR_COMMUNITY, OFFICES, OTHER_COMMUNITY, Cast
from linli.shell.cast import build as build_cast
from linli.shell.cli.districts import one_time_password
from linli.shell.demo.desk import settle
from linli.shell.demo.filler import fill
from linli.shell.demo.flows import DEPARTMENT, play
from linli.shell.divisions import rows as published_divisions
from linli.shell.progress import Progress
from linli.shell.world import two_districts

Size = Literal["tiny", "small"]
FIRST, SECOND = 140403, 140499
# The made-up past reaches back a year; the charter that decides its deadlines was in force before it.
PAST = timedelta(days=400)


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


def build(size: Size, anchor: date, progress: Progress) -> list[DemoAccount]:
    """Fill an empty, migrated database; returns the accounts to print, one per role of the first district.

    `anchor` is the last day of the made-up past; equal size and anchor give equal data but for passwords.
    """
    two_districts(enrolled_at(anchor))
    first = _district(FIRST, size, anchor, progress)
    _district(SECOND, None, anchor, progress)
    district = District.objects.get(id=FIRST)
    return [
        DemoAccount(district.slug, office.zh, office.en, office.login, first.passwords[office.login])
        for office in (*OFFICES, DEPARTMENT)
    ]


def _district(number: int, size: Size | None, anchor: date, progress: Progress) -> Cast:
    """Divisions and cast of a district; the first one is filled to its size."""
    district = District.objects.get(id=number)
    with work_in(district.id, district.slug, district.zone) as (context, actor):
        load_divisions(actor=actor, rows=division_rows(number), now=context.now)
        cast = build_cast(actor, context.now, lambda _login: one_time_password(), (*OFFICES, DEPARTMENT))
        if size is not None:

            def each(count: int, words: str) -> Iterator[int]:
                yield from progress.each(range(count), words)

            fill(context, actor, cast, size=size, anchor=anchor, each=each)
            play(context, cast, each=each)
            settle(context, actor)
    return cast


def enrolled_at(anchor: date) -> datetime:
    """The moment of enrolment: before the made-up past begins."""
    begins = datetime.combine(anchor, time(8), tzinfo=ZoneInfo("Asia/Shanghai")) - PAST
    return min(datetime.now(UTC), begins)


def division_rows(number: int) -> tuple[DivisionRow, ...]:
    """The published divisions of the first district; for the second a few of them, with equal names and codes."""
    rows = published_divisions()
    if number == FIRST:
        return rows
    wanted = {COMMUNITY, NEIGHBOUR_COMMUNITY, OTHER_COMMUNITY}
    wanted |= {code[:9] for code in wanted}
    return tuple(row for row in rows if row.level == "district" or row.code in wanted)
