"""Periodic work: end terms that are over, warn of roster gaps, tell that a calendar year is missing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from linli.foundation.bodies import actions
from linli.foundation.core.context import Context
from linli.foundation.core.outbox import job
from linli.foundation.core.rules.actor import system


@job("bodies.end_terms")
def end_terms(payload: Mapping[str, Any], context: Context) -> None:
    """End appointments whose term is over, and their grants."""
    actions.end_terms(actor=system(context.district), now=context.now)


@job("bodies.warn_gaps")
def warn_gaps(payload: Mapping[str, Any], context: Context) -> None:
    """Tell bodies of coming gaps in their duty rosters."""
    actions.warn_gaps(context=context)


@job("bodies.warn_calendar")
def warn_calendar(payload: Mapping[str, Any], context: Context) -> None:
    """Tell the district from 1 November while next year's working days are missing."""
    actions.warn_missing_calendar(context=context)
