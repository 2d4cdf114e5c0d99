"""Reads beside a call: open cases of the same place, places by what is typed."""

from __future__ import annotations

from linli.foundation.core.rules.actor import Actor
from linli.foundation.places import queries as places
from linli.foundation.places.models import Place
from linli.work.cases import access
from linli.work.cases.models import Case

BESIDE = 8


def open_here(actor: Actor, place: Place, limit: int = BESIDE) -> list[Case]:
    """Open cases of one place within reach, newest first. One statement."""
    rows = access.visible_to(actor).filter(place=place, ended_at__isnull=True)
    return list(rows.order_by("-received_at", "-id")[:limit])


def find_places(actor: Actor, text: str, limit: int = BESIDE) -> list[Place]:
    """Open compounds and communities within reach by name, pinyin, initials or code. Two statements."""
    return places.search(actor.district, text, limit=limit, within=places.in_scope(actor))
