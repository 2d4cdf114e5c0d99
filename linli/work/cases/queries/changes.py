"""Public cases in the order in which they changed, for systems that keep a copy."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Q

from linli.foundation.core.context import Context
from linli.foundation.core.models import Event
from linli.foundation.core.rules.typed import whole_number
from linli.work.cases.models import Case
from linli.work.cases.queries.open import public_cases
from linli.work.cases.rules.open311 import Unusable

# Events carry the moment at which their transaction began; one that is still being written must not be passed over.
SETTLED = timedelta(seconds=20)


@dataclass(frozen=True, slots=True)
class Changes:
    """Cases that changed after a cursor, each once; the cursor to go on from; whether there is more now."""

    cases: list[Case]
    cursor: str
    more: bool


def _cursor(text: str) -> tuple[datetime, int]:
    """Moment and id of the last event that was read. Raises Unusable."""
    at_text, _sign, id_text = text.rpartition("~")
    id_ = whole_number(id_text)
    try:
        at = datetime.fromisoformat(at_text.replace(" ", "+"))
    except ValueError as problem:
        raise Unusable("cursor") from problem
    if id_ is None or at.tzinfo is None or not 1970 <= at.year <= 9000:
        raise Unusable("cursor")
    return at, id_


def changed_since(context: Context, cursor: str, since: datetime | None, size: int) -> Changes:
    """At most `size` events further: the public cases among them. Two statements. Raises Unusable.

    A page may hold fewer cases than events, even none: whoever reads goes on while `more` says so.
    """
    events = Event.objects.filter(
        district=context.district, subject_type="case", at__lte=context.now - SETTLED
    ).order_by("at", "id")
    if cursor:
        at, id_ = _cursor(cursor)
        events = events.filter(Q(at__gt=at) | Q(at=at, id__gt=id_), at__gte=at)
    elif since is not None:
        events = events.filter(at__gte=since)
    found = list(events.values_list("at", "id", "subject_id")[: size + 1])
    seen = found[:size]
    if not seen:
        return Changes([], cursor, False)
    order = {subject: place for place, (_at, _id, subject) in enumerate(seen)}
    rows = sorted(public_cases(context).filter(id__in=order), key=lambda case: order[case.id])
    return Changes(rows, f"{seen[-1][0].isoformat()}~{seen[-1][1]}", len(found) > size)
