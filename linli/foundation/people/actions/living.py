"""Where people live and what they own: dated rows, ended, never deleted."""

from __future__ import annotations

import secrets
from datetime import date, datetime

from django.db import transaction
from django.utils.translation import gettext as _

from linli.foundation.core import ledger
from linli.foundation.core.errors import Conflict, Invalid, NotAllowed, OutOfScope
from linli.foundation.core.rules.actor import Actor
from linli.foundation.people.access import person_in_scope
from linli.foundation.people.models import Household, Ownership, Person, Residence
from linli.foundation.places.models import Place


def _check(actor: Actor, compound: Place, *days: date | None) -> None:
    if not actor.may("people.register"):
        raise NotAllowed(
            "people.register",
            _("Your appointment may not keep the register of residents. Ask the clerk of the community."),
        )
    if compound.district != actor.district or not actor.covers(compound.path):
        raise OutOfScope("people.compound", _("There is no such compound within your reach."))
    if compound.level != Place.Level.COMPOUND:
        raise Invalid("people.compound", _("Residence and ownership belong to a compound. Choose one."))
    first, last = (*days, None, None)[:2]
    if first and last and last < first:
        raise Invalid("people.dates", _("The last day lies before the first day. Correct one of them."))


def found_household(
    *, actor: Actor, compound: Place, dwelling: int | None, valid_from: date, now: datetime
) -> Household:
    """Begin a household in a dwelling (`dwelling` is an id of the places room)."""
    _check(actor, compound)
    with transaction.atomic(savepoint=False):
        household = Household.objects.create(
            district=actor.district, public_id=secrets.token_urlsafe(12), compound=compound, dwelling=dwelling,
            valid_from=valid_from,
        )  # fmt: skip
        ledger.record(
            "people.household", actor=actor, subject=("household", household.id), now=now, place=compound.id, seq=1,
            data={"household": household.id},
        )  # fmt: skip
    return household


def file_residence(
    *, actor: Actor, person: Person, compound: Place, kind: str, valid_from: date, now: datetime,
    dwelling: int | None = None, household: Household | None = None,
) -> Residence:  # fmt: skip
    """Say that a person lives in a compound from a day on. Raises Conflict when that stands already."""
    _check(actor, compound)
    if kind not in Residence.Kind.values:
        raise Invalid(
            "people.residence_kind", _("Residence is as owner, as tenant or with family. Choose one.")
        )
    with transaction.atomic(savepoint=False):
        locked = _lock(person)
        if Residence.objects.filter(
            district=actor.district, person=locked, compound=compound, valid_to__isnull=True
        ).exists():
            raise Conflict(
                "people.residence",
                _("This person is registered in the compound already. End that entry first."),
            )
        row = Residence.objects.create(
            district=actor.district, person=locked, household=household, compound=compound, dwelling=dwelling, kind=kind,
            valid_from=valid_from,
        )  # fmt: skip
        _recorded("people.residence", actor, locked, compound, now)
    return row


def end_residence(*, actor: Actor, residence: Residence, last_day: date, now: datetime) -> Residence:
    """A person moved out on a day; the row stays with its end."""
    _check(actor, residence.compound, residence.valid_from, last_day)
    with transaction.atomic(savepoint=False):
        locked = person_in_scope(actor, residence.person_id, lock=True)
        changed = Residence.objects.filter(
            district=actor.district, id=residence.id, valid_to__isnull=True
        ).update(valid_to=last_day)
        if not changed:
            raise Conflict("people.residence_ended", _("This entry has ended already."))
        residence.valid_to = last_day
        _recorded("people.moved_out", actor, locked, residence.compound, now)
    return residence


def file_ownership(
    *, actor: Actor, person: Person, compound: Place, dwelling: int | None, valid_from: date, now: datetime,
    share: int = 10000,
) -> Ownership:  # fmt: skip
    """Say that a person owns an exclusive unit, or `share` ten-thousandths of it, from a day on."""
    _check(actor, compound)
    if not 0 < share <= 10000:
        raise Invalid("people.share", _("A share lies above 0 and at most at 10,000 ten-thousandths."))
    with transaction.atomic(savepoint=False):
        locked = _lock(person)
        held = Ownership.objects.filter(
            district=actor.district, person=locked, dwelling=dwelling, valid_to__isnull=True
        )
        if dwelling is not None and held.exists():
            raise Conflict(
                "people.ownership", _("This person is registered as owner already. End that entry first.")
            )
        row = Ownership.objects.create(
            district=actor.district,
            person=locked,
            compound=compound,
            dwelling=dwelling,
            share=share,
            valid_from=valid_from,
        )
        _recorded("people.ownership", actor, locked, compound, now)
    return row


def _lock(person: Person) -> Person:
    """A person just met has no place yet: registering one is what brings it into scope."""
    locked = Person.objects.select_for_update().get(district=person.district, id=person.id)
    if locked.erased_at is not None:
        raise Conflict("people.erased", _("The data of this person were erased. Keep a new contact instead."))
    return locked


def _recorded(code: str, actor: Actor, person: Person, compound: Place, now: datetime) -> None:
    ledger.record(
        code,
        actor=actor,
        subject=("person", person.id),
        now=now,
        place=compound.id,
        data={"person": person.id},
    )
