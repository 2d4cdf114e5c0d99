"""Periodic work of the vault: wrap data keys again that lie under an old key."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from linli.foundation.core.context import Context
from linli.foundation.core.outbox import job, queue_job
from linli.foundation.core.rules.actor import system
from linli.foundation.people.actions.rotation import BATCH, JOB, rewrap_batch


@job(JOB)
def rewrap(payload: Mapping[str, Any], context: Context) -> None:
    """One batch; queues the next while there may be more. A stop anywhere loses nothing."""
    if rewrap_batch(actor=system(context.district), now=context.now) == BATCH:
        queue_job(JOB, district=context.district, now=context.now)
