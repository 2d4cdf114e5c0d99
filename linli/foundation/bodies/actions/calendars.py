"""Telling in time that next year's working days are missing."""

from __future__ import annotations

from linli.foundation.bodies import queries
from linli.foundation.core import ledger
from linli.foundation.core.context import Context
from linli.foundation.core.rules.actor import system


def warn_missing_calendar(*, context: Context) -> int | None:
    """Record once per year that its days are missing (from 1 November of the year before). Returns the year."""
    year = queries.missing_year(context.district, context.now.astimezone(context.zone).date())
    if year is None or ledger.last_seq(context.district, ("calendar_missing", year)):
        return None
    ledger.record(
        "calendar.missing", actor=system(context.district), subject=("calendar_missing", year), now=context.now, seq=1,
        data={"year": year},
    )  # fmt: skip
    return year
