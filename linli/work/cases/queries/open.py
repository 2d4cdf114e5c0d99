"""What everybody may read of cases: public kinds, the compound's place, an approved text and approved pictures."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.db.models import Count, Max, QuerySet

from linli.foundation.core import charter
from linli.foundation.core.context import Context
from linli.foundation.core.models import Event, StoredFile
from linli.foundation.places.models import CompoundFile, Dwelling, Place
from linli.work.cases.models import Case, PublicCard
from linli.work.cases.rules.open311 import Slice, Window

SEALED_REQUEST = "misconduct"


@dataclass(slots=True)
class Shown:
    """One case as everybody may read it. `place` is a compound, or its community when few homes would tell who."""

    case: Case
    place: Place
    agency: str
    updated_at: datetime
    text: str = ""
    answer: str = ""
    photos: list[str] = field(default_factory=list)


def public_kinds(context: Context) -> list[str]:
    """Codes of the kinds that the charter marks public."""
    rows = charter.current(context.district, context.now)["cases.kinds"]
    return [row["code"] for row in rows if row["public"]]


def public_cases(context: Context) -> QuerySet[Case]:
    """Cases of public kinds, never a report of misconduct."""
    rows = Case.objects.filter(district=context.district, kind__in=public_kinds(context))
    return rows.exclude(kind_of_request=SEALED_REQUEST).select_related("place", "handling_body__place")


def is_public(context: Context, case: Case) -> bool:
    """Whether a single case is among `public_cases`."""
    return case.kind_of_request != SEALED_REQUEST and case.kind in public_kinds(context)


def by_ids(context: Context, public_ids: Sequence[str]) -> list[Case]:
    """The public ones among these."""
    rows = public_cases(context).filter(public_id__in=list(public_ids))
    return list(rows.order_by("-received_at", "-id")[: len(public_ids)])


def in_window(
    context: Context, asked: Window, rows: Slice, *, kinds: Sequence[str] = (), statuses: Sequence[str] = ()
) -> list[Case]:
    """Public cases received in a window, newest first; one statement."""
    found = public_cases(context).filter(received_at__gte=asked.start, received_at__lte=asked.end)
    if kinds:
        found = found.filter(kind__in=list(kinds))
    if set(statuses) == {"open"}:
        found = found.filter(ended_at__isnull=True)
    elif set(statuses) == {"closed"}:
        found = found.filter(ended_at__isnull=False)
    return list(found.order_by("-received_at", "-id")[rows.first : rows.first + rows.size])


def shown(context: Context, cases: Sequence[Case]) -> list[Shown]:
    """Cases as everybody may read them, in at most six statements however many there are."""
    if not cases:
        return []
    hidden = _small(context, {case.place_id for case in cases if case.place.level == Place.Level.COMPOUND})
    above = {c.place.parent_id for c in cases if c.place_id in hidden}
    communities = {p.id: p for p in Place.objects.filter(district=context.district, id__in=above)}
    cards = {
        card.case_id: card
        for card in PublicCard.objects.filter(district=context.district, case__in=cases, ended_at=None)
    }
    photos = _photos(context, cards.values())
    changed = _changed(context, [case.id for case in cases])
    rows = []
    for case in cases:
        small = case.place_id in hidden
        place = communities.get(case.place.parent_id or 0, case.place) if small else case.place
        row = Shown(case, place, _agency(case, small), _updated(case, changed))
        card = cards.get(case.id)
        if card is not None:
            row.text, row.answer = card.text, card.answer
            row.photos = [p for p in card.photos if (case.id, p) in photos]
        rows.append(row)
    return rows


def _small(context: Context, compounds: set[int]) -> set[int]:
    """Compounds of fewer homes than the charter's number: by the register of dwellings, or by their file."""
    least = charter.current(context.district, context.now)["cases.public_min_homes"]
    homes = Dwelling.objects.filter(district=context.district, place__in=compounds, ended_at=None)
    counted = dict(homes.order_by().values_list("place").annotate(n=Count("id")))
    files = CompoundFile.objects.filter(district=context.district, place__in=compounds)
    filed = dict(files.values_list("place", "household_count"))
    return {c for c in compounds if max(counted.get(c, 0), filed.get(c) or 0) < least}


def _agency(case: Case, small: bool) -> str:
    """Who is responsible. A body that sits in a small compound would name the compound."""
    body = case.handling_body
    if body is None or (small and body.place.level == Place.Level.COMPOUND):
        return ""
    return str(body.name)


def _changed(context: Context, ids: list[int]) -> dict[int, datetime]:
    events = Event.objects.filter(district=context.district, subject_type="case", subject_id__in=ids)
    return dict(events.order_by().values_list("subject_id").annotate(last=Max("at")))


def _updated(case: Case, changed: dict[int, datetime]) -> datetime:
    """When it last changed; for an ended case the moment of its end, as the standard says."""
    return case.ended_at or changed.get(case.id) or case.recorded_at


def _photos(context: Context, cards: Iterable[PublicCard]) -> set[tuple[int, str]]:
    """(case, picture) of approved pictures that are still kept and belong to their case."""
    wanted = {(card.case_id, photo) for card in cards for photo in card.photos}
    if not wanted:
        return set()
    rows = StoredFile.objects.filter(
        district=context.district,
        public_id__in=[p for _case, p in wanted],
        subject_type="case",
        ended_at=None,
    )
    return wanted & {(row.subject_id or 0, row.public_id) for row in rows}


def public_photo(context: Context, public_id: str) -> StoredFile | None:
    """An approved picture of a public case; None for every other."""
    file = StoredFile.objects.filter(
        district=context.district, public_id=public_id, subject_type="case", ended_at=None
    ).first()
    if file is None:
        return None
    cards = PublicCard.objects.filter(district=context.district, case=file.subject_id, ended_at=None)
    card = cards.select_related("case").first()
    approved = card is not None and public_id in card.photos and is_public(context, card.case)
    return file if approved else None
