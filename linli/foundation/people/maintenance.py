"""Key rotation from the command line, over all districts: finish it, and retire what wraps nothing any more."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from django.conf import settings

from linli.foundation.core import ledger
from linli.foundation.core.context import work_in
from linli.foundation.core.keys import write_keyring
from linli.foundation.core.models import District
from linli.foundation.people import vault
from linli.foundation.people.actions.rotation import BATCH, rewrap_batch
from linli.foundation.people.sealed import state_of


def rewrap_all(
    district: District, *, size: int = BATCH, progress: Callable[[int], None] | None = None
) -> int:
    """Rewrap everything of one district, a transaction per batch: the command line's rotation. How many.

    `progress` is told the size of each finished batch.
    """
    total = 0
    while True:
        with work_in(district.id, district.slug, district.zone) as (context, actor):
            done = rewrap_batch(actor=actor, now=context.now, size=size)
        if done == 0:
            return total
        total += done
        if progress is not None:
            progress(done)


def retire_keys() -> list[int]:
    """Take keys out of the key file that wrap nothing in any district; returns their ids. Command line only.

    From then on backups made under these keys open no data key any more, so what was erased is gone from them
    too. Run it after every district has finished and the key file was copied to every machine.
    """
    ring = vault.ring()
    used = {ring.active}
    for district in District.objects.order_by("id"):
        with work_in(district.id, district.slug, district.zone):
            used |= {key for key, n in state_of(district.id).rows.items() if n}
    retired = sorted(set(ring.wrapping) - used)
    if retired:
        kept = {key: value for key, value in ring.wrapping.items() if key in used}
        write_keyring(Path(settings.LINLI_KEYS), replace(ring, wrapping=kept))
    for district in District.objects.order_by("id"):
        with work_in(district.id, district.slug, district.zone) as (context, actor):
            for key in retired:
                ledger.record(
                    "people.key_retired",
                    actor=actor,
                    subject=("key", key),
                    now=context.now,
                    data={"key": key},
                )
    return retired
