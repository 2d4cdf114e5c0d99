"""Key rotation: a new key-encryption key, and the data keys wrapped again in batches that survive any stop.

Meanwhile both keys open (dual-read): the key file holds every key that still wraps something. Sealed values are
not touched; each is under its own data key. Index keys are not rotated: finding by exact value would stop.
"""

from __future__ import annotations

import secrets
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from django.conf import settings
from django.db import connection, transaction
from django.utils.translation import gettext as _

from linli.foundation.core import ledger, outbox
from linli.foundation.core.errors import Conflict, NotAllowed
from linli.foundation.core.keys import DATA_KEY_BYTES, write_keyring
from linli.foundation.core.rules.actor import Actor
from linli.foundation.people import vault
from linli.foundation.people.access import may_rotate
from linli.foundation.people.models import DataKey
from linli.foundation.people.sealed import KeyState, state_of

BATCH = 1000
JOB = "people.rewrap"


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
        state = state_of(actor.district)
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
    return state_of(actor.district)


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
