"""Founding, changing and ending bodies, and the places they serve."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from linli.foundation.bodies import access, rules
from linli.foundation.bodies.models import Appointment, Body, BodyPlace, DutyItem, Roster
from linli.foundation.core import ledger
from linli.foundation.core.errors import Conflict, Invalid, NotAllowed, OutOfScope, WrongStage
from linli.foundation.core.rules.actor import Actor
from linli.foundation.people.rules import check_uscc
from linli.foundation.places.models import Place


def new_public_id() -> str:
    """A random name for addresses."""
    return secrets.token_urlsafe(15)[:16]


def check_manage(actor: Actor, place: Place) -> None:
    """Raises NotAllowed without the verb and OutOfScope for a place out of reach."""
    if not actor.may("bodies.manage"):
        raise NotAllowed(
            "bodies.manage",
            _("The appointment you act in may not change bodies. Ask the subdistrict or the district."),
        )
    if not access.may_manage(actor, place):
        raise OutOfScope(
            "bodies.place", _("This place is not within your reach. Choose one of your own area.")
        )


def check_phone(phone: str) -> None:
    """Raises Invalid for a work number that cannot be dialled; none at all is fine."""
    if phone and not rules.is_office_phone(phone):
        sentence = _(
            "This work number cannot be dialled. Write digits, spaces, brackets and hyphens only, such as 0355-2031234."
        )
        raise Invalid("body.phone", sentence, fields={"phone": sentence})


def _checked_texts(name: str, uscc: str, phone: str) -> tuple[str, str, str]:
    name, uscc, phone = name.strip(), uscc.strip().upper(), phone.strip()
    if not 2 <= len(name) <= 80:
        raise Invalid(
            "body.name",
            _("A body needs a name of 2 to 80 characters."),
            fields={"name": _("Write the full name, 2 to 80 characters.")},
        )
    if uscc and not check_uscc(uscc):
        sentence = _(
            "This unified social credit code has a slip: 18 characters whose last one must fit the others. Check it against the certificate."
        )
        raise Invalid("body.uscc", sentence, fields={"uscc": sentence})
    check_phone(phone)
    return name, uscc, phone


def _check_free(district: int, *, kind: str, name: str, place: Place, uscc: str, but: int = 0) -> None:
    bodies = Body.objects.filter(district=district, valid_to__isnull=True).exclude(id=but)
    if bodies.filter(kind=kind, name=name, place=place).exists():
        raise Conflict(
            "body.exists",
            _(
                "A body of this kind and name is at this place already. Open it instead of founding a second one."
            ),
        )
    if uscc and bodies.filter(uscc=uscc).exists():
        raise Conflict(
            "body.uscc_taken",
            _(
                "This social credit code belongs to a body that exists already. Add the place to that body instead."
            ),
        )


def found_body(
    *, actor: Actor, kind: str, name: str, place: Place, now: datetime, uscc: str = "", phone: str = "",
    serves: Sequence[Place] = (),
) -> Body:  # fmt: skip
    """Found a body seated at a place; it serves `serves`, or its seat when that is empty.

    `phone` is an office's number, never a person's. Raises NotAllowed, OutOfScope, Invalid, Conflict.
    """
    check_manage(actor, place)
    if kind not in rules.KINDS:
        raise Invalid(
            "body.kind",
            _("This kind of body is not in the list. Choose one of the list."),
            fields={"kind": _("Choose a kind.")},
        )
    if not rules.may_sit(kind, place.level):
        sentence = _(
            "A body of this kind is not seated at a place of this level. Choose a place of the level it works for."
        )
        raise Invalid("body.level", sentence, fields={"place": sentence})
    name, uscc, phone = _checked_texts(name, uscc, phone)
    for other in serves:
        if other.district != actor.district or not actor.covers(other.path):
            raise OutOfScope("bodies.place", _("One of the places served is not within your reach."))
    with transaction.atomic(savepoint=False):
        _check_free(actor.district, kind=kind, name=name, place=place, uscc=uscc)
        body = Body.objects.create(
            district=actor.district, public_id=new_public_id(), kind=kind, level=rules.level_of(kind, place.level),
            name=name, place=place, uscc=uscc, phone=phone, valid_from=now,
        )  # fmt: skip
        served = list({other.id: other for other in (serves or (place,))}.values())
        for other in served:
            BodyPlace.objects.create(district=actor.district, body=body, place=other, valid_from=now)
        ledger.record(
            "body.founded", actor=actor, subject=("body", body.id), place=place.id, now=now, seq=1,
            data={"kind": kind, "level": body.level, "places": [other.id for other in served]},
        )  # fmt: skip
    return body


def lock_open(actor: Actor, body: Body) -> Body:
    """The body's row under lock. Raises OutOfScope for a stranger, WrongStage for an ended one."""
    if body.district != actor.district:
        raise OutOfScope("bodies.none", _("There is no such body within your reach."))
    locked = (
        Body.objects.select_for_update(of=("self",))
        .select_related("place")
        .get(district=actor.district, id=body.id)
    )
    if locked.valid_to is not None:
        raise WrongStage(
            "body.ended", _("This body has ended. Its record stays readable, but nothing more is entered.")
        )
    return locked


def change_body(*, actor: Actor, body: Body, name: str, uscc: str, phone: str, now: datetime) -> Body:
    """Correct name, credit code and work number; only what differs is saved. Raises like `found_body`."""
    check_manage(actor, body.place)
    name, uscc, phone = _checked_texts(name, uscc, phone)
    with transaction.atomic(savepoint=False):
        locked = lock_open(actor, body)
        changed = [
            f for f, v in (("name", name), ("uscc", uscc), ("phone", phone)) if getattr(locked, f) != v
        ]
        if not changed:
            return locked
        _check_free(actor.district, kind=locked.kind, name=name, place=locked.place, uscc=uscc, but=locked.id)
        locked.name, locked.uscc, locked.phone = name, uscc, phone
        locked.save(update_fields=changed)
        ledger.record(
            "body.changed",
            actor=actor,
            subject=("body", locked.id),
            place=locked.place_id,
            now=now,
            data={"fields": list(changed)},
        )
    return locked


def add_place(*, actor: Actor, body: Body, place: Place, now: datetime) -> BodyPlace:
    """Let a body serve one more place from now on. Raises Conflict when it does already."""
    check_manage(actor, body.place)
    check_manage(actor, place)
    with transaction.atomic(savepoint=False):
        locked = lock_open(actor, body)
        if BodyPlace.objects.filter(
            district=actor.district, body=locked, place=place, valid_to__isnull=True
        ).exists():
            raise Conflict("body.serves", _("The body serves this place already."))
        row = BodyPlace.objects.create(district=actor.district, body=locked, place=place, valid_from=now)
        ledger.record(
            "body.place_added",
            actor=actor,
            subject=("body", locked.id),
            place=place.id,
            now=now,
            data={"served": place.id},
        )
    return row


def end_place(*, actor: Actor, body: Body, place: Place, now: datetime) -> None:
    """End a body's service of a place; offices held there must have ended. Raises WrongStage, OutOfScope."""
    check_manage(actor, body.place)
    with transaction.atomic(savepoint=False):
        locked = lock_open(actor, body)
        row = BodyPlace.objects.filter(
            district=actor.district, body=locked, place=place, valid_to__isnull=True
        ).first()
        if row is None:
            raise OutOfScope("body.serves_not", _("The body does not serve this place."))
        if Appointment.objects.filter(
            district=actor.district, body=locked, place=place, ended_at__isnull=True
        ).exists():
            raise WrongStage(
                "body.offices",
                _("Somebody still holds an office of this body at this place. End that appointment first."),
            )
        row.valid_to = now
        row.save(update_fields=["valid_to"])
        ledger.record(
            "body.place_ended",
            actor=actor,
            subject=("body", locked.id),
            place=place.id,
            now=now,
            data={"served": place.id},
        )


def end_body(*, actor: Actor, body: Body, now: datetime) -> Body:
    """End a body whose offices have all ended; its places, duty entries and roster end with it."""
    check_manage(actor, body.place)
    with transaction.atomic(savepoint=False):
        locked = lock_open(actor, body)
        if Appointment.objects.filter(district=actor.district, body=locked, ended_at__isnull=True).exists():
            raise WrongStage(
                "body.offices", _("Somebody still holds an office of this body. End the appointments first.")
            )
        for rows in (BodyPlace, DutyItem, Roster):
            rows.objects.filter(district=actor.district, body=locked, valid_to__isnull=True).update(
                valid_to=now
            )
        locked.valid_to = now
        locked.save(update_fields=["valid_to"])
        ledger.record("body.ended", actor=actor, subject=("body", locked.id), place=locked.place_id, now=now)
    return locked
