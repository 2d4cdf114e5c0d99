"""Reads of sealed rows: fields in the clear, data keys counted. Called by actions that have checked and logged."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Count
from django.utils.translation import gettext as _

from linli.foundation.core.errors import NotAllowed
from linli.foundation.core.rules.actor import Actor
from linli.foundation.people import vault
from linli.foundation.people.access import may_rotate
from linli.foundation.people.models import DataKey, KeptText, Person, PersonSecret
from linli.foundation.people.rules import FIELDS

SECRET = PersonSecret._meta.db_table
TEXT = KeptText._meta.db_table


def open_secret(person: Person) -> tuple[PersonSecret, bytes]:
    """The sealed row and its data key; only inside `vault.opened()`. Raises Sealed when erased."""
    secret = PersonSecret.objects.select_related("data_key").get(district=person.district, id=person.id)
    return secret, vault.unwrap(secret.data_key.wrapped, secret.data_key_id)


def open_fields(person: Person, fields: tuple[str, ...] = FIELDS) -> dict[str, str]:
    """The sealed fields in the clear; only inside `vault.opened()`, by actions that have checked and logged."""
    secret, key = open_secret(person)
    return {f: vault.open_field(key, getattr(secret, f"sealed_{f}"), SECRET, secret.id, f) for f in fields}


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
    return state_of(actor.district)


def state_of(district: int) -> KeyState:
    """The same for code that has checked already."""
    active = vault.ring().active
    with vault.opened():
        counted = (
            DataKey.objects.filter(district=district, wrapped__isnull=False)
            .values_list("key_id")
            .annotate(n=Count("id"))
        )
        rows = dict(counted.order_by("key_id"))
    return KeyState(active, {active: 0, **rows})
