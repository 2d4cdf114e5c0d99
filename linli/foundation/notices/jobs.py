"""Periodic work: the daily proof of showing, and the end of showing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from linli.foundation.core.context import Context
from linli.foundation.core.outbox import job
from linli.foundation.notices import actions


@job("notices.daily")
def daily(payload: Mapping[str, Any], context: Context) -> None:
    """Runs several times a day so that no day is missed; each notice is proved once a day."""
    actions.end_shown(context=context)
    actions.prove_shown(context=context)
