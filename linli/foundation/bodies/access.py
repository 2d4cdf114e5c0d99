"""Who may do what with a body. Read from the one acting grant; the system may do everything."""

from __future__ import annotations

from django.db.models import Exists, OuterRef, Q, QuerySet

from linli.foundation.bodies import rules
from linli.foundation.bodies.models import Body, BodyPlace
from linli.foundation.core.rules.actor import Actor
from linli.foundation.places.models import Place


def may_manage(actor: Actor, place: Place) -> bool:
    """Found, change and end bodies seated at this place."""
    return place.district == actor.district and actor.may("bodies.manage") and actor.covers(place.path)


def may_manage_level(actor: Actor) -> bool:
    """Change the duty list of a whole level: only somebody whose scope is the district."""
    return actor.may("bodies.manage") and (actor.kind == "system" or rules.is_root(actor.scope))


def may_appoint(actor: Actor, body: Body, place: Place) -> bool:
    """Give or take an office of this body at this place: both must lie within the actor's scope."""
    within = body.district == actor.district and place.district == actor.district
    return (
        within and actor.may("bodies.appoint") and actor.covers(body.place.path) and actor.covers(place.path)
    )


def may_roster(actor: Actor, body: Body) -> bool:
    """Write the duty roster: the body itself, or whoever manages bodies at its seat."""
    if body.district != actor.district:
        return False
    own = actor.body == body.id and actor.may("bodies.roster")
    return own or may_manage(actor, body.place)


def may_see(actor: Actor, body: Body, served: list[str]) -> bool:
    """Whether a body is there for the actor; `served` are the paths of the places it serves now."""
    if body.district != actor.district:
        return False
    if actor.kind == "system" or actor.body == body.id:
        return True
    return actor.kind == "staff" and any(actor.covers(path) for path in (body.place.path, *served))


def visible_to(actor: Actor) -> QuerySet[Body]:
    """Bodies that are there for the actor: his own, those seated in his scope and those serving a place in it."""
    bodies = Body.objects.filter(district=actor.district)
    if actor.kind == "system":
        return bodies
    if actor.kind != "staff" or not actor.scope:
        return bodies.filter(id=actor.body) if actor.body else bodies.none()
    serving = BodyPlace.objects.filter(
        district=actor.district,
        body=OuterRef("id"),
        valid_to__isnull=True,
        place__path__startswith=actor.scope,
    )
    return bodies.filter(Q(id=actor.body) | Q(place__path__startswith=actor.scope) | Exists(serving))
