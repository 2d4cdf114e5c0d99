"""The district's working calendar and opening hours as the clock rules need them."""

from __future__ import annotations

import time
from collections.abc import Sequence
from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.db import transaction

from linli.foundation.core.charter import current
from linli.foundation.core.models import CalendarDay, CalendarYear, District
from linli.foundation.core.rules.clocks import Basis
from linli.foundation.core.rules.workdays import WorkCalendar

_cache: dict[int, tuple[float, WorkCalendar]] = {}
REFRESH_SECONDS = 5.0


def calendar(district: int) -> WorkCalendar:
    """All known days of a district, held for a few seconds."""
    held = _cache.get(district)
    if held is not None and time.monotonic() - held[0] < REFRESH_SECONDS:
        return held[1]
    days = CalendarDay.objects.filter(district=district).values_list("day", "kind")
    years = CalendarYear.objects.filter(district=district).values_list("year", flat=True)
    off: set[date] = set()
    work: set[date] = set()
    for day, kind in days:
        (off if kind == CalendarDay.Kind.OFF else work).add(day)
    result = WorkCalendar(off=frozenset(off), work=frozenset(work), years=frozenset(years))
    _cache[district] = (time.monotonic(), result)
    return result


def forget(district: int) -> None:
    _cache.pop(district, None)


def basis(district: int, zone: ZoneInfo, now: datetime, starts: str) -> Basis:
    """Everything a deadline needs: calendar, opening hours of the charter, zone, how it starts."""
    charter = current(district, now)
    return Basis(
        calendar=calendar(district),
        hours=charter["office.hours"],
        zone=zone,
        day_end=charter["office.day_end"],
        starts="at_once" if starts == "at_once" else "next_opening",
    )


def load_days(
    district: District,
    rows: Sequence[tuple[date, str, str]],
    *,
    years: Sequence[int],
    source: str,
    now: datetime,
) -> int:
    """Replace the days of whole years; returns how many days were written. The caller records the event.

    `rows` are (day, kind, name); a day outside `years` is refused, because half a year is not a calendar.
    """
    strangers = [day for day, _kind, _name in rows if day.year not in years]
    if strangers:
        raise ValueError(f"{strangers[0]} is not in the years {sorted(years)} that are being loaded.")
    with transaction.atomic(savepoint=False):
        CalendarDay.objects.filter(district=district.id, day__year__in=years).delete()
        CalendarDay.objects.bulk_create(
            [
                CalendarDay(district=district.id, day=day, kind=kind, name=name, source=source)
                for day, kind, name in rows
            ]
        )
        for year in years:
            CalendarYear.objects.update_or_create(
                district=district.id, year=year, defaults={"source": source, "loaded_at": now}
            )
    forget(district.id)
    return len(rows)
