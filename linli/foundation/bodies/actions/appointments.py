"""Appointing files the grant; ending ends it. Both in one transaction with the appointment's row."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from linli.foundation.accounts import actions as accounts
from linli.foundation.accounts.models import Grant, User
from linli.foundation.bodies import access, rules
from linli.foundation.bodies.actions.bodies import lock_open, new_public_id
from linli.foundation.bodies.models import Appointment, Body, BodyPlace, Shift
from linli.foundation.core import charter, ledger
from linli.foundation.core.errors import Conflict, Invalid, NotAllowed, OutOfScope, WrongStage
from linli.foundation.core.rules.actor import Actor
from linli.foundation.core.rules.charter import Text
from linli.foundation.people.models import Person
from linli.foundation.places.models import Place


def _check_actor(actor: Actor, body: Body, place: Place) -> None:
    if not actor.may("bodies.appoint"):
        raise NotAllowed(
            "bodies.appoint",
            _(
                "The appointment you act in may not give or take offices. Ask the subdistrict or the district."
            ),
        )
    if not access.may_appoint(actor, body, place):
        raise OutOfScope(
            "bodies.place", _("The body or the place is not within your reach. Choose one of your own area.")
        )


def _check_role(actor: Actor, role: str, now: datetime) -> Text:
    """The role's name. Raises Invalid for an unknown role, NotAllowed for one above the actor's own."""
    known = charter.current(actor.district, now)
    rule = known.get(f"role.{role}")
    if rule is None:
        raise Invalid(
            "appoint.role",
            _("The charter has no such role. Choose one of the list."),
            fields={"role": _("Choose a role.")},
        )
    own = "district" if actor.kind == "system" else known[f"role.{actor.role}"]["level"]
    if not rules.role_within(rule["level"], own):
        raise NotAllowed(
            "appoint.level", _("A role of a higher level than your own cannot be given. Ask the level above.")
        )
    name: Text = rule["name"]
    return name


def _check_holder(actor: Actor, user: User | None, person: int | None) -> None:
    if user is None and person is None:
        raise Invalid(
            "appoint.nobody",
            _("An office needs somebody who holds it: choose an account by its sign-in name."),
        )
    if person is not None:
        known = Person.objects.filter(district=actor.district, id=person, erased_at__isnull=True)
        if not known.exists():
            raise OutOfScope("appoint.person", _("There is no such person here, or the data were erased."))
    if user is None:
        return
    if user.district != actor.district:
        raise OutOfScope("appoint.account", _("There is no such account. Check the sign-in name."))
    if user.id == actor.user:
        raise NotAllowed("appoint.self", _("Nobody appoints himself. Ask a colleague who may appoint."))
    if not user.is_active or user.ended_at is not None:
        raise Invalid("appoint.ended_account", _("This account has ended and cannot hold an office."))


def _check_place(body: Body, place: Place) -> None:
    """The office must lie within the body's seat or a place it serves."""
    served = BodyPlace.objects.filter(
        district=body.district, body=body, valid_to__isnull=True, place__path__in=rules.prefixes(place.path)
    )
    if not place.path.startswith(body.place.path) and not served.exists():
        sentence = _(
            "The body does not work at this place. Add the place to the body first, or choose another."
        )
        raise Invalid("appoint.place", sentence, fields={"place": sentence})


def label_of(body: Body, title: str, role_name: Text) -> Text:
    """How an acting appointment is named: body and office, nobody's name."""
    office = rules.TITLES.get(title, role_name)
    return Text(f"{body.name} {office.zh}", f"{body.name} {office.en}")


def appoint(
    *, actor: Actor, body: Body, user: User | None, role: str, place: Place, now: datetime, person: int | None = None,
    valid_to: datetime | None = None, valid_from: datetime | None = None, title: str = "",
) -> Appointment:  # fmt: skip
    """Give an office of a body, and with it the rights of a role at a place, until `valid_to` at the latest.

    `person` is an id of the vault for an office without an account (no rights come from it). `title` is a code
    of `rules.TITLES`. Raises NotAllowed (verb, oneself, higher level), OutOfScope, Invalid, Conflict.
    """
    _check_actor(actor, body, place)
    _check_holder(actor, user, person)
    role_name = _check_role(actor, role, now)
    starts = valid_from or now
    _check_office(title, starts, valid_to, now)
    with transaction.atomic(savepoint=False):
        locked = lock_open(actor, body)
        _check_place(locked, place)
        _check_free(locked, user, role)
        made = Appointment.objects.create(
            district=actor.district, public_id=new_public_id(), body=locked, user=user, person_id=person, role=role,
            title=title, place=place, valid_from=starts, valid_to=valid_to,
        )  # fmt: skip
        if user is not None:
            accounts.file_grant(
                actor=actor, user=user, appointment=made.id, body=locked.id, role=role, place=place.id,
                scope_path=place.path, label=label_of(locked, title, role_name), valid_from=starts, now=now,
            )  # fmt: skip
        ledger.record(
            "appointment.made", actor=actor, subject=("appointment", made.id), place=place.id, now=now, seq=1,
            data={
                "body": locked.id, "user": made.user_id, "person": person, "role": role, "title": title or None,
                "valid_from": ledger.moment(starts), "valid_to": ledger.moment(valid_to) if valid_to else None,
            },
        )  # fmt: skip
    return made


def _check_office(title: str, starts: datetime, valid_to: datetime | None, now: datetime) -> None:
    if title and title not in rules.TITLES:
        raise Invalid(
            "appoint.title",
            _("This office title is not in the list."),
            fields={"title": _("Choose a title.")},
        )
    if valid_to is not None and valid_to <= max(starts, now):
        sentence = _("The term would be over before it begins. Choose a later last day.")
        raise Invalid("appoint.term", sentence, fields={"last_day": sentence})


def _check_free(body: Body, user: User | None, role: str) -> None:
    twins = Appointment.objects.filter(
        district=body.district, user=user, body=body, role=role, ended_at__isnull=True
    )
    if user is not None and twins.exists():
        raise Conflict(
            "appoint.twice",
            _("This account holds this role in this body already. End that appointment first."),
        )


def end_appointment(*, actor: Actor, appointment: Appointment, reason: str, now: datetime) -> Appointment:
    """Take an office back: the grant ends and its sessions with it, coming shifts are dropped.

    Raises NotAllowed (verb, one's own office), OutOfScope, Invalid (reason), WrongStage (ended already).
    """
    if appointment.district != actor.district:
        raise OutOfScope("appointment.none", _("There is no such appointment within your reach."))
    body = Body.objects.select_related("place").get(district=actor.district, id=appointment.body_id)
    place = Place.objects.get(district=actor.district, id=appointment.place_id)
    _check_actor(actor, body, place)
    if appointment.user_id is not None and appointment.user_id == actor.user:
        raise NotAllowed(
            "appointment.own", _("Nobody ends his own appointment. Ask a colleague who may appoint.")
        )
    if reason not in rules.END_REASONS:
        raise Invalid(
            "appointment.reason",
            _("Say why the appointment ends."),
            fields={"reason": _("Choose why it ends.")},
        )
    with transaction.atomic(savepoint=False):
        return _end(actor, appointment.id, reason, now)


def _end(actor: Actor, id_: int, reason: str, now: datetime) -> Appointment:
    locked = Appointment.objects.select_for_update().get(district=actor.district, id=id_)
    if locked.ended_at is not None:
        raise WrongStage("appointment.ended", _("This appointment has ended already."))
    locked.ended_at, locked.end_reason = max(now, locked.valid_from), reason
    locked.save(update_fields=["ended_at", "end_reason"])
    if locked.user_id is not None and _has_grant(locked):
        accounts.end_grant(actor=actor, appointment=locked.id, now=now)
    dropped = Shift.objects.filter(
        district=actor.district, appointment=locked, dropped_at__isnull=True, starts_at__gt=now
    ).update(dropped_at=now)
    ledger.record(
        "appointment.ended", actor=actor, subject=("appointment", locked.id), place=locked.place_id, now=now,
        data={"body": locked.body_id, "user": locked.user_id, "role": locked.role, "reason": reason, "shifts_dropped": dropped},
    )  # fmt: skip
    return locked


def _has_grant(appointment: Appointment) -> bool:
    """An account that was ended took its grants along."""
    return Grant.objects.filter(
        district=appointment.district, appointment=appointment.id, valid_to__isnull=True
    ).exists()


def end_terms(*, actor: Actor, now: datetime) -> int:
    """End every appointment whose term is over, as the system. Returns how many."""
    over = Appointment.objects.filter(district=actor.district, ended_at__isnull=True, valid_to__lte=now)
    ids = list(over.order_by("id").values_list("id", flat=True))
    with transaction.atomic(savepoint=False):
        for id_ in ids:
            _end(actor, id_, "term_over", now)
    return len(ids)


def end_offices_of(*, actor: Actor, user: int, now: datetime) -> int:
    """End every office of an account that was ended, as the system. Returns how many."""
    rows = Appointment.objects.filter(district=actor.district, user=user, ended_at__isnull=True)
    ids = list(rows.order_by("id").values_list("id", flat=True))
    with transaction.atomic(savepoint=False):
        for id_ in ids:
            _end(actor, id_, "account_ended", now)
    return len(ids)
