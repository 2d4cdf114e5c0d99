"""Who may do what with a notice. `may_…` and `visible_to` agree (tested)."""

from __future__ import annotations

from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from linli.foundation.core.errors import NotAllowed, OutOfScope
from linli.foundation.core.rules.actor import Actor
from linli.foundation.notices import rules
from linli.foundation.notices.models import Notice, Objection
from linli.foundation.places.models import Place

PUBLISH = "notices.publish"
LIBRARY = "notices.library"


def may_publish(actor: Actor, place_path: str) -> bool:
    """Write, publish, correct, withdraw and answer for a place within the scope."""
    return actor.may(PUBLISH) and actor.covers(place_path)


def may_read(actor: Actor, notice: Notice) -> bool:
    """Everybody reads what is or was shown; a draft is read by those who may publish it."""
    if notice.district != actor.district:
        return False
    return notice.stage in rules.PUBLIC_STAGES or may_publish(actor, notice.place_path)


def visible_to(actor: Actor) -> QuerySet[Notice]:
    """The notices an actor may read."""
    rows = Notice.objects.filter(district=actor.district)
    shown = Q(stage__in=rules.PUBLIC_STAGES)
    if actor.kind == "system":
        return rows
    if actor.may(PUBLISH) and actor.scope:
        return rows.filter(shown | Q(place_path__startswith=actor.scope))
    return rows.filter(shown)


def managed_by(actor: Actor) -> QuerySet[Notice]:
    """The notices an actor may publish, correct, withdraw and answer for."""
    rows = Notice.objects.filter(district=actor.district)
    if actor.kind == "system":
        return rows
    if actor.may(PUBLISH) and actor.scope:
        return rows.filter(place_path__startswith=actor.scope)
    return rows.none()


def may_answer(actor: Actor, objection: Objection) -> bool:
    """Objections are answered by whoever may publish for the place."""
    return objection.district == actor.district and may_publish(actor, objection.notice.place_path)


def objections_visible_to(actor: Actor) -> QuerySet[Objection]:
    """The objections an actor may answer."""
    rows = Objection.objects.filter(district=actor.district)
    if actor.kind == "system":
        return rows
    if actor.may(PUBLISH) and actor.scope:
        return rows.filter(notice__place_path__startswith=actor.scope)
    return rows.none()


def require_publish(actor: Actor, place: Place) -> None:
    """Raises NotAllowed without the verb, OutOfScope for a place of others."""
    if not actor.may(PUBLISH):
        raise NotAllowed(
            PUBLISH,
            _(
                "The appointment you act in may not publish notices. Switch appointment, or ask the community's office."
            ),
        )
    if place.district != actor.district or not actor.covers(place.path):
        raise OutOfScope(
            "notices.place",
            _("This place is not within your reach. Choose a place of your own community or compound."),
        )


def require_library(actor: Actor) -> None:
    """Raises NotAllowed: the rules library is kept by the district's office."""
    if not actor.may(LIBRARY):
        raise NotAllowed(
            LIBRARY, _("Only the district's office keeps the rules library. Ask it to file the rule.")
        )
