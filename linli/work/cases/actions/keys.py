"""Keys of connected systems: made once, shown once, ended at once, also for what is on its way in."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass

from django.db import connection, transaction
from django.utils.translation import gettext_lazy as _

from linli.foundation.core import ledger
from linli.foundation.core.context import Context
from linli.foundation.core.errors import Conflict, Invalid, NotAllowed, OutOfScope
from linli.foundation.core.rules.actor import Actor
from linli.work.cases.models import SCOPES, ApiKey

MANAGE = "cases.api_keys"
LONGEST_LABEL = 60


@dataclass(frozen=True, slots=True)
class NewKey:
    """A key just made. The secret is shown now and never again."""

    key: ApiKey
    secret: str


def digest_of(secret: str) -> str:
    """What is kept of a secret."""
    return hashlib.sha256(secret.encode()).hexdigest()


def _manages(actor: Actor) -> None:
    if not actor.may(MANAGE):
        raise NotAllowed(
            MANAGE, _("Your appointment does not manage connected systems. Ask the district administrator.")
        )


def create_key(*, actor: Actor, context: Context, label: str, scopes: Sequence[str]) -> NewKey:
    """Make a key for a connected system. Raises NotAllowed, Invalid."""
    _manages(actor)
    name = label.strip()
    fields = {}
    if not name or len(name) > LONGEST_LABEL:
        fields["label"] = _("Name the system in at most 60 characters.")
    if not scopes or not set(scopes) <= set(SCOPES):
        fields["scopes"] = _("Say what the system may do: read, report or both.")
    if fields:
        raise Invalid("cases.key", _("The key was not made. See the marked fields."), fields=dict(fields))
    secret = secrets.token_urlsafe(24)
    with transaction.atomic(savepoint=False):
        key = ApiKey.objects.create(
            district=context.district, label=name, digest=digest_of(secret), created_at=context.now,
            scopes=" ".join(s for s in SCOPES if s in scopes), created_by=actor.appointment,
        )  # fmt: skip
        ledger.record(
            "cases.key_created", actor=actor, subject=("api_key", key.id), now=context.now, seq=1,
            data={"scopes": key.scopes.split()},
        )  # fmt: skip
    return NewKey(key, secret)


def end_key(*, actor: Actor, context: Context, key: str) -> ApiKey:
    """End a key. Waits for what came in with it and is being written; afterwards nothing more comes in.

    `key` is the public id. Raises NotAllowed, OutOfScope, Conflict.
    """
    _manages(actor)
    with transaction.atomic(savepoint=False):
        rows = ApiKey.objects.filter(district=context.district, public_id=key)
        found = rows.select_for_update(no_key=True).first()
        if found is None:
            raise OutOfScope("cases.key", _("There is no such key in this district."))
        if found.ended_at is not None:
            raise Conflict("cases.key_ended", _("This key has ended already. Nothing was changed."))
        found.ended_at, found.ended_by = context.now, actor.appointment
        found.save(update_fields=["ended_at", "ended_by"])
        ledger.record("cases.key_ended", actor=actor, subject=("api_key", found.id), now=context.now)
    return found


# A sender holds the row until its report is written: whoever ends the key waits that long, and whatever begins
# later finds the key ended.
_HOLD = "SELECT * FROM cases_apikey WHERE district = %s AND digest = %s AND ended_at IS NULL FOR SHARE"
# The first use of a day is noted; who is in the way is not waited for.
_USED = """
UPDATE cases_apikey SET last_used_on = %(day)s WHERE district = %(district)s AND id IN (
  SELECT id FROM cases_apikey WHERE district = %(district)s AND id = %(id)s FOR NO KEY UPDATE SKIP LOCKED)
"""


def living(context: Context, secret: str, *, hold: bool) -> ApiKey | None:
    """The key with this secret while it is in force; with `hold` it cannot end before this transaction does."""
    if not secret or len(secret) > 200:
        return None
    digest = digest_of(secret)
    if hold:
        found = next(iter(ApiKey.objects.raw(_HOLD, [context.district, digest])), None)
    else:
        found = ApiKey.objects.filter(district=context.district, digest=digest, ended_at=None).first()
    today = context.now.astimezone(context.zone).date()
    if found is not None and found.last_used_on != today:
        with connection.cursor() as cursor:
            cursor.execute(_USED, {"day": today, "district": context.district, "id": found.id})
    return found
