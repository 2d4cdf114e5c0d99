"""The desk's list of compounds: two statements a page, whatever its length."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import OuterRef, Q, Subquery

from linli.foundation.core.rules.actor import Actor
from linli.foundation.core.rules.typed import whole_number
from linli.foundation.places.access import visible_to
from linli.foundation.places.models import CompoundFile, Place
from linli.foundation.places.queries.tree import matching

PAGE = 50


@dataclass(frozen=True, slots=True)
class Listing:
    """One page of places and the cursors around it ("" where there is no more)."""

    rows: list[Place]
    next_cursor: str
    previous_cursor: str


def _cursor(place: Place) -> str:
    return f"{place.id}:{place.pinyin}"


def _parts(cursor: str) -> tuple[str, int] | None:
    id_, sep, pinyin = cursor.partition(":")
    number = whole_number(id_)
    return (pinyin[:300], number) if sep and number is not None else None


def listing(
    actor: Actor, *, text: str = "", level: str = "compound", closed: bool = False, after: str = "",
    before: str = "", size: int = PAGE,
) -> Listing:  # fmt: skip
    """Places of a level within the actor's reach, by name; each with `management` and `household_count`."""
    facts = CompoundFile.objects.filter(district=OuterRef("district"), place=OuterRef("pk"))
    places = matching(
        visible_to(actor).filter(level=level, valid_to__isnull=not closed), actor.district, text
    )
    places = places.annotate(
        management=Subquery(facts.values("management")[:1]),
        household_count=Subquery(facts.values("household_count")[:1]),
    ).prefetch_related("parent")
    upwards = _parts(before)
    downwards = _parts(after)
    if upwards is not None:
        pinyin, id_ = upwards
        places = places.filter(Q(pinyin__lt=pinyin) | Q(pinyin=pinyin, id__lt=id_))
        rows = list(places.order_by("-pinyin", "-id")[: size + 1])
        more = len(rows) > size
        rows = rows[:size][::-1]
        return Listing(rows, _cursor(rows[-1]) if rows else "", _cursor(rows[0]) if more else "")
    if downwards is not None:
        pinyin, id_ = downwards
        places = places.filter(Q(pinyin__gt=pinyin) | Q(pinyin=pinyin, id__gt=id_))
    rows = list(places.order_by("pinyin", "id")[: size + 1])
    more = len(rows) > size
    rows = rows[:size]
    return Listing(rows, _cursor(rows[-1]) if more else "", _cursor(rows[0]) if downwards and rows else "")
