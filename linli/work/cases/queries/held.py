"""Reports that wait for the abuse check, for the clerks of their places; keys for the administrator."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q, QuerySet

from linli.foundation.core.rules.actor import Actor
from linli.foundation.core.rules.typed import whole_number
from linli.work.cases.models import ApiKey, HeldReport

PAGE = 50


@dataclass(frozen=True, slots=True)
class HeldPage:
    """One page of waiting reports, oldest first, and the cursor of the next."""

    rows: list[HeldReport]
    next_cursor: str


@dataclass(frozen=True, slots=True)
class KeyPage:
    """One page of keys, newest first, and the cursor of the next."""

    rows: list[ApiKey]
    next_cursor: str


def visible_to(actor: Actor) -> QuerySet[HeldReport]:
    """Reports of places within the scope of whoever takes reports there."""
    rows = HeldReport.objects.filter(district=actor.district)
    if actor.kind == "system":
        return rows
    if not actor.may("cases.record") or not actor.scope:
        return rows.none()
    return rows.filter(place__path__startswith=actor.scope)


def _moment(text: str) -> datetime | None:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found if found.tzinfo is not None and 1970 <= found.year <= 9000 else None


def waiting(actor: Actor, after: str = "") -> HeldPage:
    """What waits, oldest first; one statement."""
    rows = (
        visible_to(actor)
        .filter(state="held")
        .select_related("place", "api_key")
        .order_by("received_at", "id")
    )
    at_text, _sign, id_text = after.rpartition("~")
    at, id_ = _moment(at_text), whole_number(id_text)
    if at is not None and id_ is not None:
        rows = rows.filter(Q(received_at__gt=at) | Q(received_at=at, id__gt=id_))
    found = list(rows[: PAGE + 1])
    last = found[PAGE - 1] if len(found) > PAGE else None
    return HeldPage(found[:PAGE], f"{last.received_at.isoformat()}~{last.id}" if last else "")


def keys(actor: Actor, after: str = "") -> KeyPage:
    """The district's keys for whoever manages them, newest first; one statement."""
    rows = ApiKey.objects.filter(district=actor.district).order_by("-id")
    if not actor.may("cases.api_keys"):
        rows = rows.none()
    id_ = whole_number(after)
    if id_ is not None:
        rows = rows.filter(id__lt=id_)
    found = list(rows[: PAGE + 1])
    return KeyPage(found[:PAGE], str(found[PAGE - 1].id) if len(found) > PAGE else "")
