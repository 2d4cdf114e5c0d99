"""The rates from plain rows, case by case, for who computes a period again; and what the pages show of them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

from django.db.models import Q

from linli.foundation.core.models import Clock
from linli.work.cases.measures import LEVELS, Asked
from linli.work.cases.models import DIMENSIONS, Case, CaseHold, Exclusion, RatePeriod, RateRow
from linli.work.cases.rules.rates import COLUMNS, Counts, Facts, Round, Verdict, tally, verdict

BATCH = 2000


@dataclass(frozen=True, slots=True)
class Judged:
    """One case with what it counts as."""

    case: int
    number: str
    keys: dict[str, str]
    verdict: Verdict


def _round(clock: Clock) -> Round:
    return Round(
        clock.started_at, clock.next_due, clock.stopped_at, clock.breached_at,
        dropped=clock.state == Clock.State.STOPPED, held=clock.state == Clock.State.PAUSED,
    )  # fmt: skip


def _candidates(asked: Asked) -> list[int]:
    """Cases whose first finish deadline may lie in the period; the pure rule decides."""
    within = {"gt": asked.start, "lte": asked.end}
    due = Q(**{f"next_due__{k}": v for k, v in within.items()})
    breached = Q(next_due=None, **{f"breached_at__{k}": v for k, v in within.items()})
    held = Q(next_due=None, breached_at=None, state=Clock.State.PAUSED)
    rows = Clock.objects.filter(district=asked.district, subject_type="case", kind="finish", round=1)
    return sorted(rows.filter(due | breached | held).values_list("subject_id", flat=True))


def _keys(case: Case) -> dict[str, str]:
    parts = [part for part in case.place.path.split(".") if part]
    places = {
        level: str((case.district << 33) | int(parts[at])) if at < len(parts) else ""
        for at, level in enumerate(LEVELS)
    }
    body = str(case.handling_body_id) if case.handling_body_id else ""
    return {**places, "body": body, "kind": case.kind, "channel": case.channel, "line": case.line}


def judged(asked: Asked) -> Iterator[Judged]:
    """Every case of a period with its verdict, from plain rows; only the district and the period are asked."""
    ids = _candidates(asked)
    for at in range(0, len(ids), BATCH):
        yield from _judged(asked, ids[at : at + BATCH])


def _judged(asked: Asked, ids: list[int]) -> Iterator[Judged]:
    rounds: dict[tuple[int, str], list[Round]] = defaultdict(list)
    clocks = Clock.objects.filter(district=asked.district, subject_type="case", subject_id__in=ids)
    for clock in clocks.filter(kind__in=["finish", "contact"]).order_by("round"):
        rounds[clock.subject_id, clock.kind].append(_round(clock))
    parked = defaultdict(list)
    holds = CaseHold.objects.filter(district=asked.district, case__in=ids, kind="parked")
    for case, opened, closed, until in holds.values_list("case", "opened_at", "closed_at", "until"):
        parked[case].append((opened, closed, until))
    excluded = defaultdict(list)
    for case, approved, withdrawn in Exclusion.objects.filter(
        district=asked.district, case__in=ids
    ).values_list("case", "approved_at", "withdrawn_at"):
        excluded[case].append((approved, withdrawn))
    rows = Case.objects.filter(district=asked.district, id__in=ids).select_related("place").order_by("id")
    for row in rows.defer("text"):
        facts = Facts(
            row.stage, tuple(rounds[row.id, "finish"]), tuple(rounds[row.id, "contact"]), row.promised_at, row.ended_at,
            row.solved, row.rating, row.not_judged_reason, tuple(parked[row.id]), tuple(excluded[row.id]),
        )  # fmt: skip
        found = verdict(facts, asked.start, asked.end, asked.as_of, asked.excluded_as_of)
        if found is not None:
            yield Judged(row.id, row.number, _keys(row), found)


def tables(
    rows: Iterator[Judged] | list[Judged], dimensions: tuple[str, ...]
) -> dict[str, dict[str, Counts]]:
    """Counts by dimension and key, from verdicts."""
    cells: dict[tuple[str, str], list[tuple[Verdict, int]]] = defaultdict(list)
    for row in rows:
        for dimension in dimensions:
            cells[dimension, row.keys[dimension]].append((row.verdict, 1))
    result: dict[str, dict[str, Counts]] = {dimension: {} for dimension in dimensions}
    for (dimension, key), verdicts in cells.items():
        result[dimension][key] = tally(verdicts)
    return result


@dataclass(frozen=True, slots=True)
class Difference:
    """A number of a frozen period that the plain rows do not give again."""

    dimension: str
    key: str
    column: str
    frozen: int
    now: int


def frozen_tables(period: RatePeriod) -> dict[str, dict[str, Counts]]:
    """The stored numbers of a frozen period by dimension and key."""
    result: dict[str, dict[str, Counts]] = {dimension: {} for dimension in DIMENSIONS}
    rows = RateRow.objects.filter(district=period.district, period=period)
    for dimension, key, *numbers in rows.values_list("dimension", "key", *COLUMNS):
        result[dimension][key] = Counts(*numbers)
    return result


def differences(period: RatePeriod) -> list[Difference]:
    """What computing a frozen period again, case by case from plain rows, gives differently; empty when equal."""
    asked = Asked(
        period.district, period.starts, period.ends, period.as_of, excluded_as_of=period.excluded_as_of
    )
    now, frozen = tables(judged(asked), DIMENSIONS), frozen_tables(period)
    return [
        Difference(dimension, key, column, getattr(before, column), getattr(after, column))
        for dimension in DIMENSIONS
        for key in sorted({*now[dimension], *frozen[dimension]})
        for before, after in [(frozen[dimension].get(key, Counts()), now[dimension].get(key, Counts()))]
        for column in COLUMNS
        if getattr(before, column) != getattr(after, column)
    ]
