"""Periodic work of the ground floor: sweep clocks, compute waiting ones, drop old keys and buckets."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from linli.foundation.core import clocks
from linli.foundation.core.actions import sweep_clocks
from linli.foundation.core.context import Context
from linli.foundation.core.idempotency import KEEP_DAYS
from linli.foundation.core.models import IdempotencyKey, Outbox, RateBucket
from linli.foundation.core.outbox import job, queue_job


@job("core.sweep_clocks")
def sweep(payload: Mapping[str, Any], context: Context) -> None:
    """Mark deadlines that have passed; runs every few seconds, survives any stop."""
    sweep_clocks(context)


@job("core.compute_waiting")
def compute_waiting(payload: Mapping[str, Any], context: Context) -> None:
    """Compute clocks anew after a calendar year was loaded: a batch a run, so that no clock is held for long."""
    last = clocks.recompute(context, after=int(payload.get("after", 0)))
    if last is not None:
        again = json.dumps({"after": last})
        queue_job("core.compute_waiting", district=context.district, now=context.now, payload=again)


@job("core.forget_old")
def forget_old(payload: Mapping[str, Any], context: Context) -> None:
    """Delete what has no use any more: old sending numbers, idle buckets, finished outbox rows."""
    old = context.now - timedelta(days=KEEP_DAYS)
    IdempotencyKey.objects.filter(district=context.district, at__lt=old).delete()
    RateBucket.objects.filter(district=context.district, at__lt=context.now - timedelta(days=2)).delete()
    Outbox.objects.filter(district=context.district, done_at__lt=context.now - timedelta(days=30)).delete()
