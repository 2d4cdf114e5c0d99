"""Periodic work on cases."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from linli.foundation.core.context import Context
from linli.foundation.core.outbox import job
from linli.work.cases.actions.dispatching import mirror_moved, refresh_waiting


@job("cases.refresh_waiting")
def waiting(payload: Mapping[str, Any], context: Context) -> None:
    """Give cases their promise once the calendar year they waited for has been computed."""
    refresh_waiting(context=context)


@job("cases.mirror_clocks")
def moved(payload: Mapping[str, Any], context: Context) -> None:
    """Show the due moments that a changed calendar moved."""
    mirror_moved(context=context, ids=[int(id_) for id_ in payload["ids"]])
