"""Reads beside a call: the caller's earlier cases, open cases of the same place, places by what is typed."""

from __future__ import annotations

from linli.foundation.core.rules.actor import Actor
from linli.foundation.people import queries as people
from linli.foundation.places import queries as places
from linli.foundation.places.models import Place
from linli.work.cases import access
from linli.work.cases.models import Case

BESIDE = 8


def of_caller(actor: Actor, phone: str, limit: int = BESIDE) -> list[Case]:
    """Cases within reach whose caller has exactly this phone, open ones first, newest first. Two statements.

    A sealed report is not among them for whoever may not open sealed reports.
    """
    persons = [person.id for person in people.by_phone(actor, phone)]
    if not persons:
        return []
    rows = access.visible_to(actor).filter(contact__in=persons).select_related("place", "contact")
    found = list(rows.order_by("-received_at", "-id")[:50])
    return sorted(found, key=lambda case: case.ended_at is not None)[:limit]


def open_here(actor: Actor, place: Place, limit: int = BESIDE) -> list[Case]:
    """Open cases of one place within reach, newest first. One statement."""
    rows = access.visible_to(actor).filter(place=place, ended_at__isnull=True)
    return list(rows.order_by("-received_at", "-id")[:limit])


def find_places(actor: Actor, text: str, limit: int = BESIDE) -> list[Place]:
    """Open compounds and communities within reach by name, pinyin, initials or code. Two statements."""
    return places.search(actor.district, text, limit=limit, within=places.in_scope(actor))
