"""Who reaches which person, and with which verb."""

from __future__ import annotations

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext as _

from linli.foundation.core.errors import OutOfScope
from linli.foundation.core.rules.actor import Actor
from linli.foundation.people.models import Person, Residence


def visible_to(actor: Actor) -> QuerySet[Person]:
    """Persons within the actor's scope: met at a place of it, or living in a compound of it.

    Only who holds a verb of this room sees anybody. A person without a place is visible to a scope that is a
    whole district (a path of one node) and to the system.
    """
    everybody = Person.objects.filter(district=actor.district)
    if actor.kind == "system":
        return everybody
    if actor.kind != "staff" or not actor.scope or not any(actor.may(verb) for verb in VERBS):
        return everybody.none()
    lives = Residence.objects.filter(
        district=actor.district,
        person=OuterRef("pk"),
        compound__path__startswith=actor.scope,
        valid_to__isnull=True,
    )
    met = Q(scope_path__startswith=actor.scope)
    if whole_district(actor):
        met |= Q(scope_path="")
    return everybody.filter(Q(met) | Q(Exists(lives)))


def whole_district(actor: Actor) -> bool:
    """Whether the scope is the root of the tree: a path of one node."""
    return actor.scope.count(".") == 1


VERBS = ("people.reveal", "people.search", "people.audit", "people.erase")


def may_reveal(actor: Actor, person: Person) -> bool:
    """Whether the acting role may open fields of this person outside a task."""
    return actor.may("people.reveal") and visible_to(actor).filter(pk=person.pk).exists()


def may_erase(actor: Actor, person: Person) -> bool:
    """Whether the acting role may erase this person."""
    return actor.may("people.erase") and visible_to(actor).filter(pk=person.pk).exists()


def may_audit(actor: Actor) -> bool:
    """Whether the acting role reads the list of reveals."""
    return actor.may("people.audit")


def may_rotate(actor: Actor) -> bool:
    """Whether the acting role sees and starts key rotations."""
    return actor.may("keys.rotate")


def person_in_scope(actor: Actor, person: int, *, lock: bool = False) -> Person:
    """The person, when the actor reaches it. Raises OutOfScope, said as if there were nobody."""
    found = visible_to(actor).filter(pk=person)
    row = (found.select_for_update(of=("self",)) if lock else found).first()
    if row is None:
        raise OutOfScope("people.person", _("There is no such person within your reach."))
    return row
