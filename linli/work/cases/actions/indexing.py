"""Making cases searchable: their masked words, as of their last event. Runs behind, a few seconds late."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from datetime import timedelta

from django.db import connection
from django.db.models import Exists, OuterRef, QuerySet

from linli.foundation.core.context import Context
from linli.foundation.core.db.blocks import reserve
from linli.foundation.core.models import Event
from linli.work.cases.models import Case, CaseWords, Entry
from linli.work.cases.rules.words import VERSION, pieces, place_pieces, searchable

BATCH = 500
# A transaction may be open this long between its moment and its end.
LATE = timedelta(minutes=10)
BUSY_SECONDS = 10.0

_WRITE = """
INSERT INTO cases_casewords (id, district, case_id, seq, version, words, pieces)
VALUES (%s, %s, %s, %s, %s, %s, array_to_tsvector(%s::text[]))
ON CONFLICT (district, case_id) DO UPDATE SET seq = excluded.seq, version = excluded.version,
  words = excluded.words, pieces = excluded.pieces
"""
_SAME = (
    "UPDATE cases_casewords SET seq = %s WHERE district = %s AND case_id = %s AND words = %s AND version = %s"
)


def stale(district: int) -> QuerySet[Case]:
    """Cases whose words are not as of their last event."""
    current = CaseWords.objects.filter(
        district=district, case=OuterRef("pk"), seq=OuterRef("seq"), version=VERSION
    )
    return Case.objects.filter(district=district).filter(~Exists(current))


def lately(context: Context) -> QuerySet[Case]:
    """Stale cases something happened to a short while ago; what was loaded in bulk is found by `stale`."""
    happened = Event.objects.filter(
        district=context.district, at__gt=context.now - LATE, subject_type="case"
    ).values("subject_id")
    return stale(context.district).filter(id__in=happened)


def index(district: int, cases: Sequence[Case]) -> None:
    """Write the words of these cases."""
    texts: dict[int, list[str]] = {
        case.id: [case.number, case.outside_number, case.place.name, case.text] for case in cases
    }
    entries = Entry.objects.filter(district=district, case__in=list(texts)).order_by("at", "id")
    for case_id, text in entries.values_list("case", "text"):
        texts[case_id].append(text)
    rows = []
    for id_, case in zip(reserve(district, CaseWords._meta.db_table, len(cases)), cases, strict=True):
        words = searchable(texts[case.id])
        rows.append(
            (
                id_,
                district,
                case.id,
                case.seq,
                VERSION,
                words,
                [*pieces(words), *place_pieces(case.place.path)],
            )
        )
    with connection.cursor() as cursor:
        changed = [row for row in rows if not _unchanged(cursor, row)]
        cursor.executemany(_WRITE, changed)


def _unchanged(cursor: object, row: Sequence[object]) -> bool:
    """Note the new `seq` of a case nothing was said on; its pieces stay as they are."""
    _id, district, case, seq, version, words, _pieces = row
    cursor.execute(_SAME, [seq, district, case, words, version])  # type: ignore[attr-defined]  # Django's cursor
    return bool(cursor.rowcount)  # type: ignore[attr-defined]  # as above


def index_waiting(*, context: Context, everything: bool = False, seconds: float = BUSY_SECONDS) -> bool:
    """Index what waits, for a few seconds; True when more is left. Records no event: nothing was decided."""
    begun = time.monotonic()
    while True:
        rows = stale(context.district) if everything else lately(context)
        cases = list(rows.select_related("place").order_by("id")[:BATCH])
        if not cases:
            return False
        index(context.district, cases)
        if time.monotonic() - begun > seconds:
            return True


def forget(district: int, case_ids: Iterable[int]) -> None:
    """Let these cases be indexed again, as when a place got another name."""
    CaseWords.objects.filter(district=district, case__in=list(case_ids)).update(version=0)
