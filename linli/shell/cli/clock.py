"""`linli clock`: a due date by hand, from the published years and the national opening hours. No database."""

from __future__ import annotations

import argparse
import tomllib
from datetime import datetime, time
from pathlib import Path
from zoneinfo import ZoneInfo

from linli.foundation.core.commands import CommandRefused
from linli.foundation.core.rules.clocks import Basis, OpeningHours, Span, due_at, last_day
from linli.foundation.core.rules.workdays import CalendarMissing, calendar_from_rows, parse_holidays_csv
from linli.shell.cli.installation import ROOT

ZONE = ZoneInfo("Asia/Shanghai")
PUBLISHED = ROOT / "linli" / "foundation" / "core" / "data" / "holidays.csv"
NATIONAL = ROOT / "charters" / "national.toml"
UNITS = ("working_days", "working_hours", "working_minutes", "calendar_days", "months", "hours")
WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


def run(arguments: argparse.Namespace) -> int:
    """Print the due day, the moment, and what was not counted."""
    unit = next(unit for unit in UNITS if getattr(arguments, unit) is not None)
    received = read_moment(arguments.received)
    try:
        span = Span.parse({"amount": getattr(arguments, unit), "unit": unit})
        basis = basis_of(Path(arguments.calendar) if arguments.calendar else PUBLISHED)
        due = due_at(received, span, basis)
        days = last_day(due, basis)
        basis.calendar.is_workday(days)
    except CalendarMissing as problem:
        raise CommandRefused(str(problem)) from problem
    except (ValueError, OSError) as problem:
        raise CommandRefused(f"{problem}") from problem
    local = due.astimezone(ZONE)
    end = "24:00" if local.time() == time() and local.date() != days else f"{local:%H:%M}"
    print(f"received  {received.astimezone(ZONE):%Y-%m-%d %H:%M} (the day of receipt is not counted)")
    print(f"span      {span.amount} {unit.replace('_', ' ')}")
    print(f"due       {days} {WEEKDAYS[days.weekday()]} {end} Asia/Shanghai")
    return 0


def read_moment(text: str) -> datetime:
    """A day (its beginning) or a moment, on the district's wall clock. Raises CommandRefused."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise CommandRefused(
            f"--received {text!r} is neither a day nor a moment. Write it as 2026-02-14 or 2026-02-14T09:30."
        ) from None
    return moment if moment.tzinfo else moment.replace(tzinfo=ZONE)


def basis_of(holidays: Path) -> Basis:
    """Calendar and opening hours. Raises ValueError or OSError when a file cannot be used."""
    rows = parse_holidays_csv(holidays.read_text("utf-8"))
    calendar = calendar_from_rows(rows, {day.year for day, _kind, _name in rows})
    rules = tomllib.loads(NATIONAL.read_text("utf-8"))["rules"]
    hours = OpeningHours(tuple((opens, closes) for opens, closes in rules["office.hours"]["value"]))
    return Basis(calendar, hours, ZONE, rules["office.day_end"]["value"], "next_opening")
