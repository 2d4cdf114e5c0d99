"""Periodic work of accounts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from linli.foundation.accounts import actions, rules
from linli.foundation.core import charter
from linli.foundation.core.context import Context
from linli.foundation.core.outbox import job


@job("accounts.forget_old")
def forget_old(payload: Mapping[str, Any], context: Context) -> None:
    """Delete ended sign-ins after the charter's period, dead sessions and old wrong tries."""
    keep = rules.length(charter.current(context.district, context.now)["retention.accounts.signed_in"])
    actions.forget_old(district=context.district, now=context.now, keep=keep)
