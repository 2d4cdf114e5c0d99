"""`linli calendar load`: whole years of days from a file. Imported when Django is set up."""

from __future__ import annotations

import argparse
from pathlib import Path

from linli.foundation.core import actions
from linli.foundation.core.commands import CommandRefused
from linli.foundation.core.context import work_in
from linli.foundation.core.rules.workdays import parse_holidays_csv
from linli.shell.cli.districts import chosen


def load(arguments: argparse.Namespace) -> int:
    """Load the years; clocks that waited for them are computed by the next job."""
    path = Path(arguments.file)
    try:
        found = parse_holidays_csv(path.read_text("utf-8"))
    except OSError as problem:
        raise CommandRefused(f"The file {path} cannot be read: {problem.strerror}.") from problem
    except ValueError as problem:
        raise CommandRefused(f"{path.name}: {problem} Nothing was loaded.") from problem
    rows = [(day, str(kind), name) for day, kind, name in found]
    years = sorted(set(arguments.year or {day.year for day, _kind, _name in rows}))
    if not years:
        raise CommandRefused(f"{path.name} names no day. Nothing was loaded.")
    district = chosen(arguments.district)
    with work_in(district.id, district.slug, district.zone) as (context, actor):
        written = actions.load_calendar(
            actor=actor, context=context, district=district, rows=rows, years=years, source=arguments.source
        )
    named = ", ".join(str(year) for year in years)
    print(
        f"{district.name_zh}: {written} days of {named} are loaded. Clocks that waited for them are computed now."
    )
    return 0
