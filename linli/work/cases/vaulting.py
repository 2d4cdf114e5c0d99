"""What the case room tells the vault: a case is a task, an open case is a hold, and what it holds of a person."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.utils.translation import gettext as _

from linli.foundation.core.rules.actor import Actor
from linli.foundation.people.registry import Holding, register_hold, register_holding, register_task
from linli.work.cases import access
from linli.work.cases.models import Case


def is_my_task(actor: Actor, case_id: int, person: int) -> bool:
    """Whether the case is open, about this caller, and this actor's to dispatch or call back.

    Companies never get here: their role has neither verb (Personal Information Protection Law art. 6).
    """
    if not (actor.may("cases.dispatch") or actor.may("cases.callback")):
        return False
    rows = access.visible_to(actor).filter(id=case_id, contact=person, ended_at=None)
    return rows.exists()


def keeps(district: int, person: int, now: datetime) -> str:
    """An open case needs its caller: erased after its end, or withdrawn first."""
    if Case.objects.filter(district=district, contact=person, ended_at=None).exists():
        return _("A case of this person is still open. Withdraw it first, or wait for its end.")
    return ""


def rows(district: int, person: int) -> Sequence[dict[str, str]]:
    """The person's cases for an export of one's own data."""
    found = (
        Case.objects.filter(district=district, contact=person)
        .select_related("place")
        .order_by("received_at", "id")
    )
    return [
        {
            "number": case.number,
            "received": case.received_at.isoformat(),
            "place": case.place.name,
            "kind": case.kind,
            "stage": case.stage,
            "text": case.text,
        }
        for case in found
    ]


def subjects(district: int, person: int) -> Sequence[tuple[str, int]]:
    """The cases whose kept texts are the person's."""
    return [
        ("case", id_)
        for id_ in Case.objects.filter(district=district, contact=person).values_list("id", flat=True)
    ]


HOLDING = Holding("cases", rows, subjects)


def connect() -> None:
    register_task("case", is_my_task)
    register_hold("cases.open", keeps)
    register_holding(HOLDING)
