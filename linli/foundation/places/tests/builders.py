"""Small trees for tests."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.apps import apps

from linli.foundation.core import ledger
from linli.foundation.core.models import Event
from linli.foundation.core.rules.actor import Actor
from linli.foundation.places import actions
from linli.foundation.places.models import Place
from linli.foundation.places.rules.divisions import DivisionList, parse_divisions

DATA = Path(__file__).resolve().parents[1] / "data"


def divisions() -> DivisionList:
    """The real list."""
    return parse_divisions((DATA / "luzhou_divisions.csv").read_text("utf-8").splitlines())


def loaded(work: tuple[Any, Actor]) -> dict[str, Place]:
    """The real divisions of one district, by code."""
    context, actor = work
    actions.load_divisions(actor=actor, rows=divisions().rows, now=context.now)
    return {place.code: place for place in Place.objects.filter(district=context.district)}


def compound(work: tuple[Any, Actor], community: Place, name: str, **more: Any) -> Place:
    context, actor = work
    return actions.add_place(
        actor=actor, level="compound", parent=community, name=name, now=context.now, **more
    )


def clerk(place: Place, *verbs: str, user: int = 7) -> Actor:
    """Somebody whose grant reaches a place and who has the verbs."""
    return Actor(
        district=place.district, kind="staff", user=user, grant=1, appointment=1, role="community_clerk",
        scope=place.path, verbs=frozenset(verbs),
    )  # fmt: skip


def events(subject: Place) -> list[str]:
    """Codes of a place's events in order."""
    return list(ledger.history(subject.district, ("place", subject.id)).values_list("code", flat=True))


def everything(district: int) -> tuple[int, ...]:
    """How many rows of each table stand: equal before and after a refusal."""
    tables = [*apps.get_app_config("places").get_models(), Event]
    return tuple(model._default_manager.filter(district=district).count() for model in tables)
