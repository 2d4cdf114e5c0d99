"""Saved filters of one appointment: save, rename, delete."""

from __future__ import annotations

import secrets

from django.db import connection, transaction
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from linli.foundation.core import ledger
from linli.foundation.core.context import Context
from linli.foundation.core.errors import Conflict, Invalid, NotAllowed, OutOfScope
from linli.foundation.core.rules.actor import Actor
from linli.foundation.people.rules import mask_text
from linli.work.cases.models import CHANNELS, SavedFilter
from linli.work.cases.rules.desk import MAX_NAME, MAX_SAVED, query, read


def _own(actor: Actor) -> int:
    """The acting appointment, whose filters are asked for. Raises NotAllowed."""
    if actor.appointment is None or not (actor.may("cases.read") or actor.may("cases.read_assigned")):
        raise NotAllowed("cases.read", _("The appointment you act in has no case work. Switch appointment."))
    return actor.appointment


def _locked(actor: Actor, appointment: int) -> None:
    """One change of an appointment's filters at a time: their number and names are limited."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_advisory_xact_lock(hashtextextended('cases_savedfilter', %s))", [appointment]
        )


def _open(actor: Actor, appointment: int) -> list[SavedFilter]:
    rows = SavedFilter.objects.filter(district=actor.district, appointment=appointment, ended_at=None)
    return list(rows)


def _name(typed: str, standing: list[SavedFilter], but: SavedFilter | None = None) -> str:
    """A name nobody's phone or name stands in. Raises Invalid, Conflict."""
    name = mask_text(" ".join(typed.split()))
    if not name or len(name) > MAX_NAME:
        problem = _("Give the filter a name of at most %(n)d characters.") % {"n": MAX_NAME}
        raise Invalid("filter.name", problem, fields={"name": problem})
    if any(row.name == name and row != but for row in standing):
        taken = _("You have a filter of this name already. Choose another name, or delete the old one first.")
        raise Conflict("filter.taken", taken, fields={"name": taken})
    return name


def save_filter(*, actor: Actor, context: Context, name: str, address: str) -> SavedFilter:
    """Keep a filtered list under a name. `address` is the part behind the question mark.

    Saving the same list under the same name again changes nothing. Raises Invalid, Conflict, NotAllowed.
    """
    from_address = _address(address)
    with transaction.atomic(savepoint=False):
        appointment = _own(actor)
        _locked(actor, appointment)
        standing = _open(actor, appointment)
        same = next(
            (r for r in standing if (r.name, r.query) == (" ".join(name.split()), from_address)), None
        )
        if same is not None:
            return same
        chosen = _name(name, standing)
        if len(standing) >= MAX_SAVED:
            raise Conflict(
                "filter.many",
                _("You have %(n)d saved filters, as many as fit. Delete one you no longer need.")
                % {"n": MAX_SAVED},
            )
        row = SavedFilter.objects.create(
            district=actor.district, public_id=secrets.token_hex(9), appointment=appointment, name=chosen,
            query=from_address, at=context.now,
        )  # fmt: skip
        ledger.record(
            "cases.filter_saved", actor=actor, subject=("saved_filter", row.id), now=context.now, seq=1
        )
        return row


def _address(text: str) -> str:
    """An address's filters as we write them ourselves, with masked words. Raises Invalid when none is left."""
    asked = QueryDict(text[:2000]).dict()
    clean = read({k: str(v) for k, v in asked.items()}, CHANNELS)
    return query(clean)


def _mine(actor: Actor, public_id: str) -> tuple[SavedFilter, list[SavedFilter]]:
    appointment = _own(actor)
    _locked(actor, appointment)
    standing = _open(actor, appointment)
    found = next((row for row in standing if row.public_id == public_id), None)
    if found is None:
        raise OutOfScope(
            "filter.none",
            _("There is no such filter among those of your appointment. It may have been deleted."),
        )
    return found, standing


def rename_filter(*, actor: Actor, context: Context, saved: str, name: str) -> SavedFilter:
    """Call a saved filter by another name. Raises OutOfScope, Invalid, Conflict, NotAllowed."""
    with transaction.atomic(savepoint=False):
        row, standing = _mine(actor, saved)
        chosen = _name(name, standing, but=row)
        if chosen != row.name:
            row.name = chosen
            row.save(update_fields=["name"])
            ledger.record(
                "cases.filter_renamed", actor=actor, subject=("saved_filter", row.id), now=context.now
            )
        return row


def delete_filter(*, actor: Actor, context: Context, saved: str) -> None:
    """End a saved filter. Raises OutOfScope, NotAllowed."""
    with transaction.atomic(savepoint=False):
        row, _standing = _mine(actor, saved)
        row.ended_at = context.now
        row.save(update_fields=["ended_at"])
        ledger.record("cases.filter_deleted", actor=actor, subject=("saved_filter", row.id), now=context.now)
