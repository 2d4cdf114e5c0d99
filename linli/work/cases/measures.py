"""Named measures of the cases as SQL on Django's connection: numerators and denominators per place, body, kind,
channel and complaint number, for any period, as of a moment. `rules.rates` says the same in plain words; a test
holds the two together. One statement per table asked.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection

from linli.work.cases.rules.rates import COLUMNS, Counts

LEVELS = ("district", "subdistrict", "community", "compound")


@dataclass(frozen=True, slots=True)
class Asked:
    """Which cases: deadline in `start < deadline <= end`, as of a moment, below a path, of a body, kind, channel, line."""

    district: int
    start: datetime
    end: datetime
    as_of: datetime
    # Until when approvals to leave a case out are let in; the same moment unless a frozen period is corrected.
    excluded_as_of: datetime | None = None
    path: str = ""
    body: int | None = None
    kind: str = ""
    channel: str = ""
    line: str | None = None


# The column that a table is made of. Places are taken from the path, so that no second table is read per level;
# a case filed for a whole community has no compound.
_KEYS: Mapping[str, str] = {
    "body": "coalesce(c.handling_body_id::text, '')",
    "kind": "c.kind",
    "channel": "c.channel",
    "line": "c.line",
    **{level: f"split_part(p.path, '.', {at})" for at, level in enumerate(LEVELS, 1)},
}

# First rounds of the finish clock whose deadline lies in the period. A held clock has no due moment; what was
# promised stands, so that a parking past its review brings the case back.
_ASKED = """
asked AS (
  SELECT f.subject_id AS id, coalesce(f.next_due, f.breached_at) AS due
  FROM core_clock f
  WHERE f.district = %(district)s AND f.subject_type = 'case' AND f.kind = 'finish' AND f.round = 1
    AND coalesce(f.next_due, f.breached_at) > %(start)s AND coalesce(f.next_due, f.breached_at) <= %(end)s
  UNION ALL
  SELECT f.subject_id, c.promised_at
  FROM core_clock f JOIN cases_case c ON c.district = f.district AND c.id = f.subject_id
  WHERE f.district = %(district)s AND f.subject_type = 'case' AND f.kind = 'finish' AND f.round = 1
    AND f.state = 'paused' AND coalesce(f.next_due, f.breached_at) IS NULL
    AND c.promised_at > %(start)s AND c.promised_at <= %(end)s
)"""

_WANTED = """
wanted AS (
  SELECT a.due, c.id, c.stage, c.ended_at, c.solved, c.rating, c.not_judged_reason, {key} AS key
  FROM asked a
  JOIN cases_case c ON c.district = %(district)s AND c.id = a.id
  JOIN places_place p ON p.district = %(district)s AND p.id = c.place_id
  WHERE {filters}
)"""

_LIMIT = "CASE WHEN k.kind = 'finish' AND k.round = 1 THEN w.due ELSE coalesce(k.next_due, k.breached_at) END"
_MET = "(k.state <> 'stopped' AND k.stopped_at <= %(as_of)s)"
_ROUNDS = f"""
rounds AS (
  SELECT w.id,
    bool_or(k.kind = 'contact' AND {_MET} AND k.stopped_at <= {_LIMIT}) AS contacted,
    bool_or(k.kind = 'contact' AND {_LIMIT} <= %(as_of)s
      AND ({_MET} AND k.stopped_at <= {_LIMIT}) IS NOT TRUE) AS uncontacted,
    bool_or(k.kind = 'finish' AND {_LIMIT} <= %(as_of)s
      AND ({_MET} AND k.stopped_at <= {_LIMIT}) IS NOT TRUE) AS overrun,
    max(k.round) FILTER (WHERE k.kind = 'finish') AS last_round,
    max(k.round) FILTER (WHERE k.kind = 'finish' AND {_MET}) AS last_met
  FROM wanted w
  JOIN core_clock k ON k.district = %(district)s AND k.subject_type = 'case' AND k.subject_id = w.id
    AND k.kind IN ('contact', 'finish') AND k.started_at <= %(as_of)s
  GROUP BY w.id
)"""  # noqa: S608  # our own fragments; every value is a parameter

_FACTS = """
facts AS (
  SELECT w.id, w.due, w.key, w.solved = 'yes' AS solved,
    w.rating IN ('very', 'satisfied', 'basic') AS satisfied,
    coalesce(r.contacted, false) AND NOT coalesce(r.uncontacted, false) AS responded,
    NOT coalesce(r.overrun, false) AS on_time,
    CASE
      WHEN w.ended_at <= %(as_of)s AND w.stage = 'merged' THEN 'merged'
      WHEN w.ended_at <= %(as_of)s AND w.stage = 'answered_at_intake' THEN 'at_intake'
      WHEN w.due > %(as_of)s THEN 'not_due'
      WHEN x.case_id IS NOT NULL THEN 'excluded'
      WHEN h.case_id IS NOT NULL THEN 'parked'
      WHEN w.ended_at <= %(as_of)s AND w.stage = 'closed' THEN 'judged'
      WHEN r.last_met IS NULL OR r.last_met < r.last_round THEN 'late'
      WHEN w.ended_at IS NULL OR w.ended_at > %(as_of)s THEN 'awaiting'
      WHEN w.stage <> 'not_judged' THEN 'withdrawn'
      WHEN w.not_judged_reason IN ('no_contact', 'unreached') THEN w.not_judged_reason
      ELSE 'by_time'
    END AS outcome
  FROM wanted w
  LEFT JOIN rounds r ON r.id = w.id
  LEFT JOIN (
    SELECT DISTINCT case_id FROM cases_exclusion
    WHERE district = %(district)s AND approved_at <= %(excluded_as_of)s
      AND (withdrawn_at IS NULL OR withdrawn_at > %(excluded_as_of)s)
  ) x ON x.case_id = w.id
  LEFT JOIN (
    SELECT DISTINCT case_id FROM cases_casehold
    WHERE district = %(district)s AND kind = 'parked' AND opened_at <= %(as_of)s
      AND (closed_at IS NULL OR closed_at > %(as_of)s) AND until > %(as_of)s
  ) h ON h.case_id = w.id
)"""

_INSIDE = "outcome NOT IN ('excluded', 'parked', 'merged', 'at_intake', 'not_due')"
# What each column counts. The same conditions choose the cases behind a figure.
CONDITIONS: Mapping[str, str] = {
    "base": _INSIDE,
    "responded": f"{_INSIDE} AND responded",
    "on_time": f"{_INSIDE} AND on_time",
    "judged": "outcome = 'judged'",
    "late": "outcome = 'late'",
    "solved": "outcome = 'judged' AND solved",
    "satisfied": "outcome = 'judged' AND satisfied",
    **{
        name: f"outcome = '{name}'"
        for name in (
            "no_contact", "unreached", "awaiting", "by_time", "withdrawn",
            "excluded", "parked", "merged", "at_intake", "not_due",
        )
    },
}  # fmt: skip
# Further sets that a person may open: what a rate lacks, and what has no judgement.
BEHIND: Mapping[str, str] = {
    **CONDITIONS,
    "not_responded": f"{_INSIDE} AND NOT responded",
    "not_on_time": f"{_INSIDE} AND NOT on_time",
    "not_solved": "outcome = 'late' OR (outcome = 'judged' AND NOT solved)",
    "not_satisfied": "outcome = 'late' OR (outcome = 'judged' AND NOT satisfied)",
    "judging_base": "outcome IN ('judged', 'late')",
    "not_judged": "outcome IN ('no_contact', 'unreached', 'awaiting', 'by_time', 'withdrawn')",
}


def _filters(asked: Asked) -> tuple[str, dict[str, Any]]:
    """Conditions on the case and its place, and every parameter of the statement."""
    values: dict[str, Any] = {
        "district": asked.district, "start": asked.start, "end": asked.end, "as_of": asked.as_of,
        "excluded_as_of": asked.excluded_as_of or asked.as_of,
    }  # fmt: skip
    parts = ["true"]
    if asked.path:
        parts.append("starts_with(p.path, %(path)s)")
        values["path"] = asked.path
    for name, column in (("body", "handling_body_id"), ("kind", "kind"), ("channel", "channel")):
        wanted = getattr(asked, name)
        if wanted:
            parts.append(f"c.{column} = %({name})s")
            values[name] = wanted
    if asked.line is not None:
        parts.append("c.line = %(line)s")
        values["line"] = asked.line
    return " AND ".join(parts), values


def _facts_of(asked: Asked, by: str) -> tuple[str, dict[str, Any]]:
    filters, values = _filters(asked)
    wanted = _WANTED.format(key=_KEYS[by], filters=filters)
    return f"WITH {_ASKED}, {wanted}, {_ROUNDS}, {_FACTS}", values


def statement(asked: Asked, by: str) -> tuple[str, dict[str, Any]]:
    """The SQL of one table and its parameters: one row per key. Raises KeyError for an unknown dimension."""
    facts, values = _facts_of(asked, by)
    sums = ", ".join(f"count(*) FILTER (WHERE {CONDITIONS[name]})" for name in COLUMNS)
    return f"{facts} SELECT key, {sums} FROM facts GROUP BY key", values  # noqa: S608  # our own fragments


def table(asked: Asked, by: str) -> dict[str, Counts]:
    """Counts by key: the id of a place or body as text ("" for none), the code of a kind, channel or line."""
    sql, values = statement(asked, by)
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        rows: list[Any] = cursor.fetchall()
    found = {str(row[0]): Counts(*row[1:]) for row in rows}
    if by in LEVELS:
        return {_place_key(asked.district, key): counts for key, counts in found.items()}
    return found


def _place_key(district: int, counter: str) -> str:
    """Paths are made of node counters; the id has the district in front."""
    return str((district << 33) | int(counter)) if counter else ""


def total(asked: Asked) -> Counts:
    """The counts of everything asked for."""
    return sum(table(asked, "district").values(), Counts())


def ids_behind(asked: Asked, figure: str) -> tuple[str, dict[str, Any]]:
    """SQL that gives the ids of the cases behind a figure, for a queryset. Raises KeyError."""
    facts, values = _facts_of(asked, "kind")
    return f"{facts} SELECT id FROM facts WHERE {BEHIND[figure]}", values  # noqa: S608  # our own fragments
