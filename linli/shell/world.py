"""Two districts always: the world every test database and the demonstration begin with."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from linli.foundation.core import actions
from linli.foundation.core.context import work_in
from linli.foundation.core.models import District
from linli.foundation.core.rules.workdays import parse_holidays_csv

HOLIDAYS = Path(__file__).resolve().parents[1] / "foundation" / "core" / "data" / "holidays.csv"


def enrol(
    placement: int, slug: str, name_zh: str, name_en: str, now: datetime, *, demonstration: bool
) -> District:
    """One empty district with its charter and the known years of the working calendar."""
    district = actions.enrol_district(
        placement=placement, slug=slug, name_zh=name_zh, name_en=name_en, charter_file="luzhou", now=now,
        is_demonstration=demonstration,
    )  # fmt: skip
    load_known_years(district)
    return district


def load_known_years(district: District) -> None:
    """Load the published years of holidays and make-up days."""
    holidays = parse_holidays_csv(HOLIDAYS.read_text("utf-8"))
    rows = [(day, str(kind), name) for day, kind, name in holidays]
    years = sorted({day.year for day, _kind, _name in rows})
    with work_in(district.id, district.slug, district.zone) as (context, actor):
        actions.load_calendar(
            actor=actor, context=context, district=district, rows=rows, years=years,
            source="State Council notices 2018-2026 (chinesecalendar 1.11.0, MIT)",
        )  # fmt: skip


def two_districts(now: datetime) -> None:
    """The first district and a second, tiny one with equal names and codes."""
    enrol(140403, "luzhou", "潞州区", "Luzhou District", now, demonstration=True)
    enrol(
        140499,
        "qingshan",
        "青山区（隔离样区）",
        "Qingshan District (isolation sample)",
        now,
        demonstration=True,
    )
