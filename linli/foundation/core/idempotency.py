"""A second send gives the same answer; another body under the same key is refused and noticed.

The key's row is inserted first thing in the action's transaction: a twin that arrives meanwhile waits at the
unique constraint and then reads the answer. Keys are kept 180 days because phones sleep.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection
from django.utils.translation import gettext_lazy as _

from linli.foundation.core.db.blocks import next_id
from linli.foundation.core.errors import Conflict, Invalid
from linli.foundation.core.models import IdempotencyKey
from linli.foundation.core.ratelimit import Try

KEEP_DAYS = 180
MAX_KEY = 80


@dataclass(frozen=True, slots=True)
class Answer:
    """What was answered: an HTTP status and a reference (a public id), never a body."""

    status: int
    reference: str


@dataclass(slots=True)
class Slot:
    """A key taken by this request (`replay` is None), or the answer that stands already."""

    id: int
    district: int
    replay: Answer | None

    def answer(self, status: int, reference: str) -> Answer:
        """Store the answer in the same transaction."""
        IdempotencyKey.objects.filter(district=self.district, id=self.id).update(
            status=status, reference=reference
        )
        return Answer(status, reference)


class KeyReused(Conflict):
    """Same key, other body: the door writes a security event after the refusal."""

    status = 422


def digest(*parts: bytes | str) -> bytes:
    """SHA-256 over length-prefixed parts: no two different bodies look alike."""
    hasher = hashlib.sha256()
    for part in parts:
        raw = part.encode() if isinstance(part, str) else part
        hasher.update(len(raw).to_bytes(8, "big"))
        hasher.update(raw)
    return hasher.digest()


_TAKE = """
INSERT INTO core_idempotencykey (id, district, door, key, digest, status, reference, at)
VALUES (%(key_id)s, %(district)s, %(key_door)s, %(key)s, %(digest)s, %(status)s, %(reference)s, %(at)s)
ON CONFLICT (district, door, key) DO NOTHING
"""


def _taken(row: dict[str, Any], limited: Try | None) -> bool:
    """Insert the key; False when it stands already. Counts the try of a new one. Raises TooMany."""
    with connection.cursor() as cursor:
        if limited is None:
            cursor.execute(_TAKE, row)
            return bool(cursor.rowcount == 1)
        count, values = limited.statement(row["district"], condition="FROM taken")
        cursor.execute(f"WITH taken AS ({_TAKE} RETURNING id) {count}", row | values)
        left = cursor.fetchone()
    if left is not None:
        limited.judge(left[0])
    return left is not None


def take(
    *,
    district: int,
    door: str,
    key: str,
    body: bytes,
    now: datetime,
    answer: Answer | None = None,
    limited: Try | None = None,
) -> Slot:
    """Take a key or find what was answered to it. `body` is `digest(...)` of what was sent.

    With `answer` (known before the work is done) no second statement is needed. `limited` counts the try in the
    same statement, and only when the key is new: a second send must not use up its sender's tries. Raises Invalid
    for a missing or oversized key, KeyReused when the same key came with another body, TooMany.
    """
    if not key or len(key) > MAX_KEY or not key.isascii() or not key.isprintable():
        raise Invalid(
            "idempotency.key",
            _(
                "This form has lost its sending number. Nothing was stored. Open the form again and send it once more."
            ),
        )
    id_ = next_id(district, "core_idempotencykey")
    status, reference = (answer.status, answer.reference) if answer else (None, "")
    row = {
        "key_id": id_, "district": district, "key_door": door, "key": key, "digest": body, "status": status,
        "reference": reference, "at": now,
    }  # fmt: skip
    if _taken(row, limited):
        return Slot(id_, district, None)
    found = IdempotencyKey.objects.get(district=district, door=door, key=key)
    if bytes(found.digest) != body:
        raise KeyReused(
            "idempotency.reused",
            _(
                "This sending number was already used for another text. Nothing was stored. Open a new form to send something else."
            ),
        )
    if found.status is None:
        raise Conflict(
            "idempotency.open", _("The first send is still being worked on. Try again in a moment.")
        )
    return Slot(found.id, district, Answer(found.status, found.reference))
