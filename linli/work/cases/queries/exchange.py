"""Reads of the exchange with the city's hotline: what waits for its place, what went wrong, what goes back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet

from linli.foundation.core.rules.actor import Actor
from linli.foundation.core.rules.typed import whole_number
from linli.work.cases.access import SEALED
from linli.work.cases.models import OutsideBatch, OutsideMessage, OutsideOrder

PAGE = 50
LISTS = ("places", "problems", "waiting", "sheets")


@dataclass(frozen=True, slots=True)
class ExchangePage:
    """One page of a list, oldest work first; the cursor is the last id."""

    rows: list[Any]
    next_cursor: str


def orders(actor: Actor) -> QuerySet[OutsideOrder]:
    """Orders that wait for their place; sealed ones only for who may open sealed reports."""
    rows = OutsideOrder.objects.filter(district=actor.district, state="place_missing")
    return rows if actor.may(SEALED) else rows.exclude(kind_of_request="misconduct")


def order(actor: Actor, public_id: str) -> OutsideOrder | None:
    """One waiting order within reach."""
    return orders(actor).filter(public_id=public_id).first()


def exchange_page(actor: Actor, name: str, after: str = "") -> ExchangePage:
    """One statement for each list, whatever page."""
    rows: QuerySet[Any]
    if name == "places":
        rows = orders(actor)
    elif name == "sheets":
        rows = OutsideBatch.objects.filter(district=actor.district)
    else:
        state = "refused" if name == "problems" else "waiting"
        rows = OutsideMessage.objects.filter(district=actor.district, state=state).select_related(
            "order__case"
        )
    last, newest_first = whole_number(after), name == "sheets"
    if last is not None:
        rows = rows.filter(id__lt=last) if newest_first else rows.filter(id__gt=last)
    found = list(rows.order_by("-id" if newest_first else "id")[: PAGE + 1])
    return ExchangePage(found[:PAGE], str(found[PAGE - 1].id) if len(found) > PAGE else "")


def exchange_counts(actor: Actor) -> dict[str, int]:
    """How many wait on each list, up to 1,000 each."""
    messages = OutsideMessage.objects.filter(district=actor.district).order_by()
    return {
        "places": orders(actor).order_by()[:1000].count(),
        "problems": messages.filter(state="refused")[:1000].count(),
        "waiting": messages.filter(state="waiting")[:1000].count(),
    }
