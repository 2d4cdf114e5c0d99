"""What the pages show of the rates: one table for a period, frozen where it is frozen, and the cases behind a figure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from django.db.models import Sum
from django.db.models.expressions import RawSQL

from linli.foundation.bodies.models import Body
from linli.foundation.core import charter
from linli.foundation.core.context import Context
from linli.foundation.core.rules.actor import Actor
from linli.foundation.places.models import Dwelling, Place
from linli.work.cases import access, measures
from linli.work.cases.measures import LEVELS, Asked
from linli.work.cases.models import Case, Exclusion, RatePeriod, RateRow, Sample
from linli.work.cases.rules.periods import Period, containing
from linli.work.cases.rules.rates import COLUMNS, Counts

PAGE = 50


@dataclass(frozen=True, slots=True)
class Question:
    """What a person asked for: a period, a table, and filters within the reach of the appointment."""

    period: Period
    by: str
    path: str
    place: str = ""
    kind: str = ""
    channel: str = ""
    line: str = ""
    body: str = ""
    body_id: int | None = None
    sort: str = "name"

    @property
    def filtered(self) -> bool:
        return bool(self.kind or self.channel or self.line or self.body)


@dataclass(frozen=True, slots=True)
class Shown:
    """A table as it stands: cells by key, the whole, and by what and when it was counted."""

    cells: dict[str, Counts]
    whole: Counts
    state: str  # frozen | partly | provisional
    as_of: datetime
    charters: tuple[str, ...]


def latest_frozen(district: int, names: Iterable[str]) -> dict[str, RatePeriod]:
    """The frozen rows that hold, by month: those no correction names."""
    rows = list(RatePeriod.objects.filter(district=district, name__in=list(names)))
    replaced = {row.corrects_id for row in rows}
    return {row.name: row for row in rows if row.id not in replaced}


def _months(period: Period) -> tuple[Period, ...]:
    """The months a period lies in, also for a day or a week."""
    if period.months():
        return period.months()
    first, last = containing("month", period.first), containing("month", period.after - timedelta(days=1))
    return (first,) if first == last else (first, last)


def asked(context: Context, question: Question, period: Period, frozen: RatePeriod | None) -> Asked:
    """The question to the measures for one stretch of time: as of its freeze, or as of now."""
    start, end = period.bounds(context.zone)
    return Asked(
        context.district, start, end, frozen.as_of if frozen else context.now,
        excluded_as_of=frozen.excluded_as_of if frozen else None, path=question.path,
        body=question.body_id, kind=question.kind, channel=question.channel,
        line=question.line or None,
    )  # fmt: skip


def shown(context: Context, question: Question, *, charter_digest: str, whole_district: bool) -> Shown:
    """The table of a question. Frozen months give their frozen numbers; only what is not frozen is counted now."""
    months = _months(question.period)
    frozen = latest_frozen(context.district, [m.name for m in months])
    cells: dict[str, Counts] = defaultdict(Counts)
    if question.period.months():
        done = [frozen[m.name] for m in months if m.name in frozen]
        stored = not question.filtered and (whole_district or question.by in LEVELS)
        parts = _stored(context, question, done) if stored and done else {}
        _add(cells, parts)
        for period in [] if stored else done:
            asked_one = replace(
                asked(context, question, question.period, period), start=period.starts, end=period.ends
            )
            _add(cells, measures.table(asked_one, question.by))
        for stretch in _stretches(months, frozen):
            _add(cells, measures.table(asked(context, question, stretch, None), question.by))
    else:
        last = frozen.get(months[-1].name)
        _add(cells, measures.table(asked(context, question, question.period, last), question.by))
    held = [frozen[m.name] for m in months if m.name in frozen]
    state = "provisional" if not held else "frozen" if len(held) == len(months) else "partly"
    as_of = max(row.as_of for row in held) if state == "frozen" else context.now
    charters = tuple(
        dict.fromkeys([*(row.charter for row in held), *([charter_digest] if state != "frozen" else [])])
    )
    return Shown(dict(cells), sum(cells.values(), Counts()), state, as_of, charters)


def _add(cells: dict[str, Counts], more: dict[str, Counts]) -> None:
    for key, counts in more.items():
        cells[key] = cells[key] + counts


def _stretches(months: tuple[Period, ...], frozen: dict[str, RatePeriod]) -> list[Period]:
    """Runs of neighbouring months that are not frozen: one statement each."""
    runs: list[Period] = []
    for month in months:
        if month.name in frozen:
            continue
        if runs and runs[-1].after == month.first:
            runs[-1] = replace(runs[-1], after=month.after)
        else:
            runs.append(month)
    return runs


def _stored(context: Context, question: Question, periods: list[RatePeriod]) -> dict[str, Counts]:
    """The sums of frozen rows, of places within the path only."""
    rows = RateRow.objects.filter(
        district=context.district, period__in=[p.id for p in periods], dimension=question.by
    )
    if question.by in LEVELS and question.path:
        reach = Place.objects.filter(
            district=context.district, level=question.by, path__startswith=question.path
        )
        rows = rows.filter(key__in=[str(id_) for id_ in reach.values_list("id", flat=True)])
    sums = rows.values("key").annotate(**{f"n_{name}": Sum(name) for name in COLUMNS}).order_by("key")
    return {
        key: Counts(*numbers) for key, *numbers in sums.values_list("key", *(f"n_{name}" for name in COLUMNS))
    }


@dataclass(frozen=True, slots=True)
class CasePage:
    """One page of the cases behind a figure."""

    rows: list[Case]
    next_cursor: str


def cases_behind(actor: Actor, asked_for: Asked, figure: str, after: str = "") -> CasePage:
    """Cases behind a figure that the actor may open, oldest first; the cursor is the last id."""
    sql, values = measures.ids_behind(asked_for, figure)
    rows = access.visible_to(actor).filter(id__in=_ids(sql, values))
    if after.isdigit() and len(after) < 19:
        rows = rows.filter(id__gt=int(after))
    found = list(rows.select_related("place", "handling_body").order_by("id")[: PAGE + 1])
    return CasePage(found[:PAGE], str(found[PAGE - 1].id) if len(found) > PAGE else "")


def _ids(sql: str, values: dict[str, object]) -> RawSQL:
    """The measure's statement inside a queryset, whose parameters go by position."""
    order: list[object] = []
    parts = sql.split("%(")
    text = parts[0]
    for part in parts[1:]:
        name, _sign, rest = part.partition(")s")
        order.append(values[name])
        text += "%s" + rest
    return RawSQL(text, order)  # noqa: S611  # our own fragments; every value is a parameter


def place_names(district: int, keys: Iterable[str]) -> dict[str, Place]:
    """Places by key, for the labels of a table."""
    ids = [int(k) for k in keys if k]
    return {str(p.id): p for p in Place.objects.filter(district=district, id__in=ids)}


def body_names(district: int, keys: Iterable[str]) -> dict[str, Body]:
    ids = [int(k) for k in keys if k]
    return {str(b.id): b for b in Body.objects.filter(district=district, id__in=ids)}


def body_by(district: int, public_id: str) -> Body | None:
    """The body of a public id, for a filter."""
    return Body.objects.filter(district=district, public_id=public_id).first() if public_id else None


def exclusions(actor: Actor, after: str = "") -> tuple[list[Exclusion], str]:
    """Exclusions within reach, those that wait for approval first by age; a page and its cursor."""
    reach = access.visible_to(actor)
    rows = Exclusion.objects.filter(district=actor.district, case__in=reach.values("id"))
    if after.isdigit() and len(after) < 19:
        rows = rows.filter(id__lt=int(after))
    found = list(rows.select_related("case__place").order_by("-id")[: PAGE + 1])
    return found[:PAGE], str(found[PAGE - 1].id) if len(found) > PAGE else ""


def open_samples(actor: Actor, after: str = "") -> tuple[list[Sample], str]:
    """Samples within reach that nobody has written down yet; a page and its cursor."""
    rows = Sample.objects.filter(
        district=actor.district, checked_at=None, case__in=access.visible_to(actor).values("id")
    )
    if after.isdigit() and len(after) < 19:
        rows = rows.filter(id__gt=int(after))
    found = list(rows.select_related("case__place", "case__handling_body", "draw").order_by("id")[: PAGE + 1])
    return found[:PAGE], str(found[PAGE - 1].id) if len(found) > PAGE else ""


def frozen_names(district: int, limit: int = 12) -> list[str]:
    """The newest frozen months."""
    rows = RatePeriod.objects.filter(district=district, corrects=None).order_by("-starts")
    return list(rows.values_list("name", flat=True)[:limit])


def exclusion_of(actor: Actor, case: Case) -> Exclusion | None:
    """The standing exclusion or proposal of a case."""
    return Exclusion.objects.filter(district=actor.district, case=case, withdrawn_at=None).first()


def is_small(context: Context, compound: Place) -> bool:
    """Whether a compound has so few homes that it is public with its community only."""
    fewest: int = charter.current(context.district, context.now)["cases.public_min_homes"]
    homes = Dwelling.objects.filter(district=context.district, place=compound, ended_at=None)
    return homes[:fewest].count() < fewest
