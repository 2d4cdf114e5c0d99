"""The desk's list: filters, pages by cursor, totals that stop counting."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Exists, F, OuterRef, Q, QuerySet

from linli.foundation.core.context import Context
from linli.foundation.core.rules.actor import Actor
from linli.foundation.core.rules.typed import whole_number
from linli.foundation.places.models import Place
from linli.work.cases import access
from linli.work.cases.models import Case, CaseHold, SavedFilter
from linli.work.cases.queries.search import Found, reach, searched
from linli.work.cases.rules.desk import ARCHIVES, TOTAL_LIMIT, Filters, day_span, due_span

PAGE = 50


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a list: rows and the cursors of its neighbours."""

    rows: list[Case]
    next_cursor: str
    previous_cursor: str


def of_queue(actor: Actor, queue: str) -> QuerySet[Case]:
    """The cases of a queue within the actor's reach."""
    rows = access.visible_to(actor)
    if queue == "ended":
        return rows.filter(ended_at__isnull=False)
    if queue == "all":
        return rows
    rows = rows.filter(ended_at__isnull=True)
    if queue == "new":
        return access.to_give_out(actor)
    if queue == "callback":
        return rows.filter(stage__in=["submitted", "callback"])
    return rows


def listed(actor: Actor, filters: Filters, context: Context) -> QuerySet[Case]:
    """The cases of a filtered list within the actor's reach, in no order."""
    return narrowed(actor, filters, context).rows


def narrowed(actor: Actor, filters: Filters, context: Context) -> Found:
    """As `listed`, and whether a word was searched that very many have. One statement for a place, one for words."""
    rows = of_queue(actor, filters.queue)
    plain = {
        "stage": filters.stage, "kind": filters.kind, "case_class": filters.case_class, "channel": filters.channel,
        "handling_body__public_id": filters.body,
    }  # fmt: skip
    rows = rows.filter(**{name: value for name, value in plain.items() if value})
    path = ""
    if filters.place:
        path = _path(actor.district, filters.place)
        rows = rows.filter(place__path__startswith=path) if path else rows.none()
    rows = _by_time(rows, filters, context)
    if filters.hold:
        held = CaseHold.objects.filter(district=actor.district, case=OuterRef("pk"), closed_at__isnull=True)
        rows = rows.filter(Exists(held if filters.hold == "any" else held.filter(kind=filters.hold)))
    if filters.judged == "not_judged":
        rows = rows.filter(stage="not_judged")
    elif filters.judged:
        rows = rows.filter(solved="yes" if filters.judged == "solved" else "no")
    return searched(rows, actor.district, filters.q, path or reach(actor)) if filters.q else Found(rows)


def _path(district: int, public_id: str) -> str:
    rows = Place.objects.filter(district=district, public_id=public_id)
    return rows.values_list("path", flat=True).first() or ""


def _by_time(rows: QuerySet[Case], filters: Filters, context: Context) -> QuerySet[Case]:
    if filters.due:
        start, end = due_span(filters.due, context.now, context.zone)
        rows = rows.filter(ended_at__isnull=True, next_due__lt=end)
        rows = rows.filter(next_due__gte=start) if start else rows
    start, last = day_span(filters.since, filters.until, context.zone)
    rows = rows.filter(received_at__gte=start) if start else rows
    return rows.filter(received_at__lt=last) if last else rows


def filtered_page(
    actor: Actor, filters: Filters, context: Context, after: str = "", size: int = PAGE
) -> Page:
    """One page of a filtered list. Two statements at most, besides the one for a place."""
    return paged(listed(actor, filters, context), filters.queue, after, size)


def queue_page(actor: Actor, queue: str, after: str = "", size: int = PAGE) -> Page:
    """One page of a whole queue. Two statements at most."""
    return paged(of_queue(actor, queue), queue, after, size)


def paged(rows: QuerySet[Case], queue: str, after: str, size: int = PAGE) -> Page:
    """By next due moment for work, newest first for archives; the cursor is (moment, id) of the last row.

    Each statement begins at the cursor in the index of its order, so a deep page costs what the first costs.
    """
    rows = rows.select_related("place", "handling_body")
    moment, id_ = _read_cursor(after)
    if queue in ARCHIVES:
        rows = rows.order_by("-received_at", "-id")
        if moment and id_:
            rows = rows.filter(received_at__lte=moment).filter(Q(received_at__lt=moment) | Q(id__lt=id_))
        found = list(rows[: size + 1])
    else:
        found = _by_due(rows, moment, id_, size + 1)
    column = "received_at" if queue in ARCHIVES else "next_due"
    cursor = _cursor(found[size - 1], column) if len(found) > size else ""
    return Page(found[:size], cursor, "")


def _by_due(rows: QuerySet[Case], moment: datetime | None, id_: int | None, wanted: int) -> list[Case]:
    """Cases with a due moment first, then those that have none now (they wait for the calendar)."""
    if not id_:
        return list(rows.order_by(F("next_due").asc(nulls_last=True), "id")[:wanted])
    found: list[Case] = []
    if moment:
        dated = rows.filter(next_due__gte=moment).filter(Q(next_due__gt=moment) | Q(id__gt=id_))
        found = list(dated.order_by("next_due", "id")[:wanted])
    if len(found) < wanted:
        undated = rows.filter(next_due__isnull=True).order_by("id")
        if not moment:
            undated = undated.filter(id__gt=id_)
        found += undated[: wanted - len(found)]
    return found


def _cursor(case: Case, column: str) -> str:
    moment = getattr(case, column)
    return f"{moment.isoformat() if moment else ''}~{case.id}"


def _read_cursor(after: str) -> tuple[datetime | None, int | None]:
    """The moment and id of a cursor; (None, None) for what cannot be one."""
    moment_text, _sign, id_text = after.rpartition("~")
    id_ = whole_number(id_text)
    if id_ is None:
        return None, None
    if not moment_text:
        return None, id_
    try:
        moment = datetime.fromisoformat(moment_text)
    except ValueError:
        return None, None
    if moment.tzinfo is None or not 1970 <= moment.year <= 9000:
        return None, None
    return moment, id_


def total(rows: QuerySet[Case], limit: int = TOTAL_LIMIT) -> int:
    """How many, counted up to one more than the limit."""
    return rows.order_by()[: limit + 1].count()


def counts(actor: Actor) -> dict[str, int]:
    """How many wait in each queue of the acting person, up to 1,000 each (shown as "999+")."""
    return {queue: of_queue(actor, queue).order_by()[:1000].count() for queue in ("new", "due", "callback")}


def saved_filters(actor: Actor) -> list[SavedFilter]:
    """The filters that the acting appointment has saved, by name."""
    if actor.appointment is None:
        return []
    rows = SavedFilter.objects.filter(
        district=actor.district, appointment=actor.appointment, ended_at__isnull=True
    )
    return list(rows.order_by("name", "id"))
