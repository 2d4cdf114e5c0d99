"""Search: cases by words of their masked texts, from one Chinese character on, within whatever list is narrowed."""

from __future__ import annotations

from dataclasses import dataclass

from django.db import connection
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.db.models.expressions import RawSQL

from linli.foundation.core.rules.actor import Actor
from linli.work.cases.models import Case, CaseWords
from linli.work.cases.rules.numbers import normal_number
from linli.work.cases.rules.words import beneath, is_exact, terms, tsquery

# So many hits are listed by their ids; a word that more cases have is met at once on the walk along the list.
MANY = 5000
_HITS = "SELECT case_id FROM cases_casewords WHERE district = %s AND pieces @@ %s::tsquery"


def escaped(term: str) -> str:
    """A term as part of a LIKE pattern; runs hold letters and digits only, the signs are escaped all the same."""
    return term.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def hits(district: int, wanted: list[str], path: str) -> list[int] | None:
    """Ids of the cases with every term, below a place when one is given; None when there are more than MANY."""
    inexact = [term for term in wanted if not is_exact(term)]
    sql = _HITS + " AND words LIKE %s" * len(inexact) + " LIMIT %s"
    pieces = tsquery(wanted) + (f" & {beneath(path)}" if path else "")
    with connection.cursor() as cursor:
        cursor.execute(sql, [district, pieces, *(f"%{escaped(term)}%" for term in inexact), MANY + 1])
        found = [row[0] for row in cursor.fetchall()]
    return found if len(found) <= MANY else None


def reach(actor: Actor) -> str:
    """The path that bounds what an actor may find; empty when the reach is not a place's alone."""
    by_place = actor.kind == "staff" and actor.may("cases.read") and not actor.may("cases.read_assigned")
    return actor.scope if by_place else ""


@dataclass(frozen=True, slots=True)
class Found:
    """The cases of a search; `many` when there are so many that counting them is not worth it."""

    rows: QuerySet[Case]
    many: bool = False


def searched(rows: QuerySet[Case], district: int, typed: str, path: str = "") -> Found:
    """Of these cases those with every typed word; a case number finds its case. One statement.

    Names and phones are not in masked texts, so no part of them finds anything. `path` only makes it faster.
    """
    number = normal_number(typed)
    if number is not None:
        return Found(rows.filter(Q(number=number) | Q(outside_number=typed.strip())))
    wanted = terms(typed)
    if not wanted:
        return Found(rows.none())
    ids = hits(district, wanted, path)
    if ids is not None:
        return Found(rows.filter(id__in=RawSQL("SELECT unnest(%s::bigint[])", [ids])))  # bound values
    said = CaseWords.objects.filter(district=district, case=OuterRef("pk"))
    for term in wanted:
        said = said.filter(words__contains=term)
    return Found(rows.filter(Exists(said)), many=True)
