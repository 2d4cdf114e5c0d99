"""What the case room tells the vault about supporters: what they said is theirs, and open cases keep them reachable."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.utils.translation import gettext as _

from linli.foundation.people.registry import Holding, register_hold, register_holding
from linli.work.cases.models import Case, Supporter


def keeps(district: int, person: int, now: datetime) -> str:
    """Whoever waits for the answer of an open case must be reachable until it is there."""
    rows = Supporter.objects.filter(district=district, contact=person, ended_at=None, case__ended_at=None)
    if rows.exists():
        return _("A case that this person supports is still open. Wait for its end.")
    return ""


def rows(district: int, person: int) -> Sequence[dict[str, str]]:
    """What a person supports, for an export of one's own data."""
    found = Supporter.objects.filter(district=district, contact=person).select_related("case__place")
    return [
        {
            "number": row.case.number,
            "supported": row.at.isoformat(),
            "place": row.case.place.name,
            "kind": row.case.kind,
            "text": row.text,
        }
        for row in found.order_by("at", "id")
    ]


def subjects(district: int, person: int) -> Sequence[tuple[str, int]]:
    """Supporters' own words that are kept."""
    ids = Supporter.objects.filter(district=district, contact=person).values_list("id", flat=True)
    return [("supporter", id_) for id_ in ids]


def waiting_for(district: int, case: int) -> list[int]:
    """Contacts who wait for the answer of a case: its supporters, and theirs who support what was merged into it."""
    seen: set[int] = set()
    contacts: dict[int, None] = {}
    wanted = {case}
    while wanted:
        seen |= wanted
        found = Supporter.objects.filter(district=district, case__in=wanted, ended_at=None).order_by(
            "at", "id"
        )
        held = list(found.values_list("contact", "merged_from"))
        contacts |= dict.fromkeys(contact for contact, _merged in held if contact is not None)
        wanted = {merged for _contact, merged in held if merged is not None} - seen
    first = Case.objects.filter(district=district, id=case).values_list("contact", flat=True).first()
    return [contact for contact in contacts if contact != first]


HOLDING = Holding("cases.supporters", rows, subjects)


def connect() -> None:
    register_hold("cases.supported", keeps)
    register_holding(HOLDING)
