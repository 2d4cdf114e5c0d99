"""A compound with its places above, a body, and people who may publish there."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.apps import apps

from linli.foundation.bodies.actions import found_body
from linli.foundation.bodies.models import Body
from linli.foundation.core.context import Context
from linli.foundation.core.models import Clock, Event
from linli.foundation.core.rules.actor import Actor
from linli.foundation.notices import actions
from linli.foundation.notices.access import LIBRARY, PUBLISH
from linli.foundation.notices.models import Notice
from linli.foundation.places.actions import add_place
from linli.foundation.places.models import Place

TEXT = "根据工作安排，现将小区公共收益收支情况予以公示。\n收入共12万元，支出共8万元。"


@dataclass(frozen=True)
class World:
    """One district's small world; `clerk` may publish for the community, `stranger` for another one."""

    context: Context
    system: Actor
    root: Place
    community: Place
    compound: Place
    other: Place
    body: Body
    clerk: Actor
    stranger: Actor


def world(work: tuple[Any, Actor]) -> World:
    """Two communities, a compound in the first, a residents' committee as the body."""
    context, actor = work
    places: dict[str, Place] = {}

    def add(level: str, name: str, parent: str = "") -> Place:
        places[name] = add_place(
            actor=actor,
            level=level,
            parent=places.get(parent),
            name=name,
            code=CODES.get(name, ""),
            now=context.now,
        )
        return places[name]

    root = add("district", "本区")
    add("subdistrict", "东街街道", "本区")
    community = add("community", "紫坊社区", "东街街道")
    other = add("community", "延安社区", "东街街道")
    compound = add("compound", "梧桐苑", "紫坊社区")
    body = found_body(
        actor=actor, kind="community_committee", name="紫坊社区居民委员会", place=community, now=context.now
    )
    return World(
        context,
        actor,
        root,
        community,
        compound,
        other,
        body,
        staff(community, body, PUBLISH),
        staff(other, body, PUBLISH),
    )


CODES = {"本区": "140403", "东街街道": "140403001", "紫坊社区": "140403001001", "延安社区": "140403001002"}


def staff(place: Place, body: Body, *verbs: str) -> Actor:
    """Somebody who acts for a body with a reach."""
    return Actor(
        district=place.district, kind="staff", user=7, grant=1, appointment=11, body=body.id, role="community_clerk",
        scope=place.path, verbs=frozenset(verbs),
    )  # fmt: skip


def librarian(made: World) -> Actor:
    """Somebody of the district's office."""
    return staff(made.root, made.body, PUBLISH, LIBRARY)


def drafted(made: World, **more: Any) -> Notice:
    """A draft for the compound."""
    wanted = {
        "rule": "consultation",
        "place": made.compound,
        "title": "公共收益收支公示",
        "text": TEXT,
        **more,
    }
    return actions.draft(actor=made.clerk, context=made.context, **wanted)


def published(made: World, **more: Any) -> Notice:
    """A running notice for the compound."""
    return actions.publish(actor=made.clerk, context=made.context, notice=drafted(made, **more))


def later(context: Context, days: float) -> Context:
    """The same request some days on."""
    return Context(
        context.district, context.slug, context.zone, context.now + timedelta(days=days), context.request_id
    )


def everything(district: int) -> tuple[int, ...]:
    """How many rows of each table stand: equal before and after a refusal."""
    tables = [
        *apps.get_app_config("notices").get_models(),
        *apps.get_app_config("people").get_models(),
        Event,
        Clock,
    ]
    return tuple(model._default_manager.filter(district=district).count() for model in tables)


def events(notice: Notice) -> list[str]:
    """Codes of a notice's events in order."""
    rows = Event.objects.filter(district=notice.district, subject_type="notice", subject_id=notice.id)
    return list(rows.order_by("seq").values_list("code", flat=True))
