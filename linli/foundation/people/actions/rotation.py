"""Key rotation: a new key-encryption key, and the data keys wrapped again in batches that survive any stop.

Meanwhile both keys open (dual-read): the key file holds every key that still wraps something. Sealed values are
not touched; each is under its own data key. Index keys are not rotated: finding by exact value would stop.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Count
from django.utils.translation import gettext as _

from linli.foundation.core import ledger, outbox
from linli.foundation.core.context import work_in
from linli.foundation.core.errors import Conflict, NotAllowed
from linli.foundation.core.keys import DATA_KEY_BYTES, write_keyring
from linli.foundation.core.models import District
from linli.foundation.core.rules.actor import Actor
from linli.foundation.people import vault
from linli.foundation.people.access import may_rotate
from linli.foundation.people.models import DataKey

BATCH = 1000
JOB = "people.rewrap"


@dataclass(frozen=True, slots=True)
class KeyState:
    """Which key wraps now, and how many living data keys of the district lie under each."""

    active: int
    rows: dict[int, int]

    @property
    def waiting(self) -> int:
        """Data keys still under an old key."""
        return sum(n for key, n in self.rows.items() if key != self.active)


def key_state(*, actor: Actor) -> KeyState:
    """The state of the keys in the actor's district. Raises NotAllowed without `keys.rotate`."""
    if not may_rotate(actor):
        raise NotAllowed("keys.rotate", _("Only who keeps the keys sees this page."))
    return _state(actor.district)


def _state(district: int) -> KeyState:
    active = vault.ring().active
    with vault.opened():
        counted = (
            DataKey.objects.filter(district=district, wrapped__isnull=False)
            .values_list("key_id")
            .annotate(n=Count("id"))
        )
        rows = dict(counted.order_by("key_id"))
    return KeyState(active, {active: 0, **rows})


def start_rotation(*, actor: Actor, now: datetime) -> KeyState:
    """Put a new key-encryption key in use and queue the rewrapping. Raises Conflict while one is running.

    The key file is written last and whole: a failure before leaves everything as it was, a failure after leaves
    a new key in use, which is harmless.
    """
    if not may_rotate(actor):
        raise NotAllowed("keys.rotate", _("Only who keeps the keys sees this page."), security=True)
    with transaction.atomic(savepoint=False):
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended('people.keys', 7))")
        state = _state(actor.district)
        if state.waiting:
            raise Conflict(
                "people.rotating",
                _(
                    "A rotation is running. Wait until no data key lies under an old key, then start the next."
                ),
            )
        ring = vault.ring()
        new = max(ring.wrapping) + 1
        ledger.record(
            "people.rotation_started",
            actor=actor,
            subject=("key", new),
            now=now,
            data={"key": new, "old": ring.active},
        )
        outbox.queue_job(JOB, district=actor.district, now=now, key=f"{JOB}:{new}:start")
        fresh = replace(
            ring, wrapping={**ring.wrapping, new: secrets.token_bytes(DATA_KEY_BYTES)}, active=new
        )
        write_keyring(Path(settings.LINLI_KEYS), fresh)
    return _state(actor.district)


_REWRAP = """
UPDATE people_datakey AS k SET key_id = %s, wrapped = v.wrapped
FROM unnest(%s::bigint[], %s::bytea[]) AS v(id, wrapped) WHERE k.district = %s AND k.id = v.id
"""


def rewrap_batch(*, actor: Actor, now: datetime, size: int = BATCH) -> int:
    """Wrap up to `size` data keys again under the active key; how many. 0 means nothing is left to do.

    One transaction: a stop loses at most this batch, and the next run takes it up. Records the end of the
    rotation when the last key is done. System only.
    """
    if actor.kind != "system":
        raise NotAllowed("keys.rotate", _("Only who keeps the keys sees this page."))
    with transaction.atomic(savepoint=False):
        active = vault.ring().active
        with vault.opened():
            old = DataKey.objects.filter(district=actor.district, wrapped__isnull=False).exclude(
                key_id=active
            )
            rows = list(old.order_by("id").select_for_update()[:size])
            fresh = [vault.wrap(vault.unwrap(r.wrapped, r.id), r.id) for r in rows]
            if rows:
                with connection.cursor() as cursor:
                    cursor.execute(_REWRAP, [active, [r.id for r in rows], fresh, actor.district])
            left = old.exists()
        if rows and not left:
            ledger.record(
                "people.rotation_finished",
                actor=actor,
                subject=("key", active),
                now=now,
                data={"key": active},
            )
    return len(rows)


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
            used |= {key for key, n in _state(district.id).rows.items() if n}
    retired = sorted(set(ring.wrapping) - used)
    if retired:
        write_keyring(
            Path(settings.LINLI_KEYS),
            replace(ring, wrapping={k: v for k, v in ring.wrapping.items() if k in used}),
        )
    return retired
