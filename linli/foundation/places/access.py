"""Who may read and change places: `may_*` for one row, `visible_to` for a query; a test proves they agree.

Names, codes and positions of places are public facts (`queries.search`, `queries.nearest`); the desk's lists and
the compound file are not.
"""

from __future__ import annotations

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from linli.foundation.core.errors import NotAllowed, OutOfScope
from linli.foundation.core.rules.actor import Actor
from linli.foundation.places.models import ImportRun, Place, PlaceQuerySet

READ, MANAGE, IMPORT = "places.read", "places.manage", "places.import"


def in_scope(actor: Actor) -> PlaceQuerySet:
    """Places that the actor's grant reaches, whatever the verb. The public's scope is empty."""
    places = Place.objects.of(actor.district)
    if actor.kind == "system":
        return places
    return places.under(actor.scope) if actor.scope else places.none()


def reaches(actor: Actor, place: Place) -> bool:
    """Whether one place lies in the actor's district and scope."""
    return place.district == actor.district and actor.covers(place.path)


def visible_to(actor: Actor) -> PlaceQuerySet:
    """Places whose desk pages the actor may open."""
    return in_scope(actor) if actor.may(READ) else Place.objects.none()


def may_read(actor: Actor, place: Place) -> bool:
    return actor.may(READ) and reaches(actor, place)


def may_manage(actor: Actor, place: Place) -> bool:
    return actor.may(MANAGE) and reaches(actor, place)


def may_import(actor: Actor, place: Place) -> bool:
    """Whether rows below this place may be written by an import."""
    return actor.may(IMPORT) and reaches(actor, place)


def require(actor: Actor, verb: str, place: Place) -> None:
    """Raises OutOfScope (as if the place did not exist) or NotAllowed (the role does not have the verb)."""
    if not reaches(actor, place):
        raise OutOfScope(
            "place.out_of_scope", _("This place does not exist within your reach. Choose another one.")
        )
    require_verb(actor, verb)


def require_verb(actor: Actor, verb: str) -> None:
    """Raises NotAllowed when the acting role does not have the verb."""
    if not actor.may(verb):
        raise NotAllowed(
            verb,
            _(
                "The appointment you act in may not change places. Nothing was stored. Switch appointment or ask the district's platform office."
            ),
        )


def may_see_run(actor: Actor, run: ImportRun) -> bool:
    """Whoever imports sees the imports begun within the own scope."""
    return actor.may(IMPORT) and run.district == actor.district and actor.covers(run.scope)


def runs_visible_to(actor: Actor) -> QuerySet[ImportRun]:
    """Imports that the actor may see."""
    runs = ImportRun.objects.filter(district=actor.district)
    if not actor.may(IMPORT):
        return runs.none()
    if actor.kind == "system":
        return runs
    return runs.filter(scope__startswith=actor.scope) if actor.scope else runs.none()
