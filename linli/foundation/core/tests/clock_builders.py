"""Shared by the clock tests: the district's bases, and moments written on its wall clock."""

import os
import time as machine
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, time
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from linli.foundation.core.rules.clocks import Basis, ClockFacts, OpeningHours, Span
from linli.foundation.core.rules.workdays import calendar_from_rows, parse_holidays_csv

DATA = Path(__file__).parents[1] / "data"
ROWS = parse_holidays_csv((DATA / "holidays.csv").read_text(encoding="utf-8"))
SHANGHAI = ZoneInfo("Asia/Shanghai")
HOURS = OpeningHours(((time(8, 30), time(12)), (time(14, 30), time(18))))  # seven hours a day
MIDNIGHT = Basis(calendar_from_rows(ROWS, range(2018, 2027)), HOURS, SHANGHAI, "midnight", "at_once")
CLOSE = replace(MIDNIGHT, day_end="close")
OPENING = replace(MIDNIGHT, starts="next_opening")
NO_CALENDAR = replace(MIDNIGHT, calendar=calendar_from_rows([], []))


@pytest.fixture(params=["America/St_Johns", "Asia/Shanghai", "UTC"])
def machine_zone(request: pytest.FixtureRequest) -> Iterator[str]:
    before = os.environ.get("TZ")
    os.environ["TZ"] = request.param
    machine.tzset()
    yield request.param
    if before is None:
        del os.environ["TZ"]
    else:
        os.environ["TZ"] = before
    machine.tzset()


def at(text: str) -> datetime:
    """A local moment of the district, "2026-03-02 09:00" or "03-02 09:00" in 2026, as the instant in UTC."""
    text = text if len(text) == len("2026-03-02 09:00") else f"2026-{text}"
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI).astimezone(UTC)


def local(instant: datetime | None) -> str | None:
    return None if instant is None else f"{instant.astimezone(SHANGHAI):%Y-%m-%d %H:%M}"


def facts(start: str, amount: int, unit: str, *pauses: tuple[str, str | None], **more: object) -> ClockFacts:
    """The facts of a clock with pauses written as local moments."""
    spans = tuple((at(a), at(b) if b else None) for a, b in pauses)
    return replace(ClockFacts(at(start), Span(amount, unit), spans), **more)
