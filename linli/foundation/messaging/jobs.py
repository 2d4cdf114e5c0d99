"""Delivery, and giving up what no channel takes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from linli.foundation.core.context import Context
from linli.foundation.core.outbox import job
from linli.foundation.messaging import actions


@job("messaging.deliver")
def deliver(payload: Mapping[str, Any], context: Context) -> None:
    """Deliver one message; a channel that does not take it makes the outbox try again."""
    actions.deliver(context=context, message=int(payload["message"]))


@job("messaging.give_up")
def give_up(payload: Mapping[str, Any], context: Context) -> None:
    """Messages nobody took within a day are failed."""
    actions.give_up(context=context)
