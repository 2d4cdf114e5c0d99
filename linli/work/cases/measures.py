"""Named measures of the cases as SQL on Django's connection: numerators and denominators per place, body, kind,
channel and complaint number, for any period, as of a moment. `rules.rates` says the same in plain words; a test
holds the two together. One statement per table asked.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection

from linli.work.cases.rules.rates import NOT_JUDGED, OUTCOMES, Counts, Verdict, tally

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

# First rounds of the finish clock whose deadline lies in the period (index cases_clock_due). A held clock has no due
# moment; what was promised stands, so that a parking past its review brings the case back.
_ASKED = """
asked AS (
  SELECT f.subject_id AS id, coalesce(f.next_due, f.breached_at) AS due, f.started_at, f.stopped_at, f.state
  FROM core_clock f
  WHERE f.district = %(district)s AND f.subject_type = 'case' AND f.kind = 'finish' AND f.round = 1
    AND coalesce(f.next_due, f.breached_at) > %(start)s AND coalesce(f.next_due, f.breached_at) <= %(end)s
  UNION ALL
  SELECT f.subject_id, c.promised_at, f.started_at, f.stopped_at, f.state
  FROM core_clock f JOIN cases_case c ON c.district = f.district AND c.id = f.subject_id
  WHERE f.district = %(district)s AND f.subject_type = 'case' AND f.kind = 'finish' AND f.round = 1
    AND f.state = 'paused' AND coalesce(f.next_due, f.breached_at) IS NULL
    AND c.promised_at > %(start)s AND c.promised_at <= %(end)s
)"""

_LIMIT = "coalesce(k.next_due, k.breached_at)"
_MET = "(k.state <> 'stopped' AND k.stopped_at <= %(as_of)s)"
_IN_TIME = f"({_MET} AND k.stopped_at <= {_LIMIT})"
_RAN_OUT = f"({_LIMIT} <= %(as_of)s AND {_IN_TIME} IS NOT TRUE)"
# Second and further rounds are few: one row a case (index cases_clock_later).
_LATER = f"""
later AS (
  SELECT k.subject_id AS id,
    bool_or(k.kind = 'contact' AND {_IN_TIME}) AS contacted, bool_or(k.kind = 'contact' AND {_RAN_OUT}) AS uncontacted,
    bool_or(k.kind = 'finish' AND {_RAN_OUT}) AS overrun,
    max(k.round) FILTER (WHERE k.kind = 'finish') AS last_round,
    max(k.round) FILTER (WHERE k.kind = 'finish' AND {_MET}) AS last_met
  FROM core_clock k
  WHERE k.district = %(district)s AND k.subject_type = 'case' AND k.kind IN ('contact', 'finish') AND k.round > 1
    AND k.started_at <= %(as_of)s
  GROUP BY k.subject_id
)"""  # noqa: S608  # our own fragments; every value is a parameter

_FIRST_MET = "(a.started_at <= %(as_of)s AND a.state <> 'stopped' AND a.stopped_at <= %(as_of)s) IS TRUE"
_FACTS = f"""
facts AS (
  SELECT c.id, a.due, {{key}} AS key, c.solved = 'yes' AS solved, c.rating IN ('very', 'satisfied', 'basic') AS satisfied,
    (coalesce({_IN_TIME}, false) OR coalesce(l.contacted, false))
      AND NOT coalesce({_RAN_OUT}, false) AND NOT coalesce(l.uncontacted, false) AS responded,
    NOT (a.started_at <= %(as_of)s AND a.due <= %(as_of)s AND NOT ({_FIRST_MET} AND a.stopped_at <= a.due))
      AND NOT coalesce(l.overrun, false) AS on_time,
    CASE
      WHEN c.ended_at <= %(as_of)s AND c.stage = 'merged' THEN {{merged}}
      WHEN c.ended_at <= %(as_of)s AND c.stage = 'answered_at_intake' THEN {{at_intake}}
      WHEN a.due > %(as_of)s THEN {{not_due}}
      WHEN x.case_id IS NOT NULL THEN {{excluded}}
      WHEN h.case_id IS NOT NULL THEN {{parked}}
      WHEN c.ended_at <= %(as_of)s AND c.stage = 'closed' THEN {{judged}}
      WHEN CASE WHEN l.last_round IS NULL THEN NOT {_FIRST_MET} ELSE (l.last_met = l.last_round) IS NOT TRUE END THEN {{late}}
      WHEN c.ended_at IS NULL OR c.ended_at > %(as_of)s THEN {{awaiting}}
      WHEN c.stage <> 'not_judged' THEN {{withdrawn}}
      WHEN c.not_judged_reason = 'no_contact' THEN {{no_contact}}
      WHEN c.not_judged_reason = 'unreached' THEN {{unreached}}
      ELSE {{by_time}}
    END AS outcome
  FROM asked a
  JOIN cases_case c ON c.district = %(district)s AND c.id = a.id
  JOIN places_place p ON p.district = %(district)s AND p.id = c.place_id
  LEFT JOIN core_clock k ON k.district = %(district)s AND k.subject_type = 'case' AND k.subject_id = a.id
    AND k.kind = 'contact' AND k.round = 1 AND k.started_at <= %(as_of)s
  LEFT JOIN later l ON l.id = a.id
  LEFT JOIN (
    SELECT DISTINCT case_id FROM cases_exclusion
    WHERE district = %(district)s AND approved_at <= %(excluded_as_of)s
      AND (withdrawn_at IS NULL OR withdrawn_at > %(excluded_as_of)s)
  ) x ON x.case_id = a.id
  LEFT JOIN (
    SELECT DISTINCT case_id FROM cases_casehold
    WHERE district = %(district)s AND kind = 'parked' AND opened_at <= %(as_of)s
      AND (closed_at IS NULL OR closed_at > %(as_of)s) AND until > %(as_of)s
  ) h ON h.case_id = a.id
  WHERE {{filters}}
)"""  # noqa: S608  # our own fragments; every value is a parameter

# An outcome is a small number in SQL: a quarter of a million rows are grouped by it.
CODES: Mapping[str, int] = {name: code for code, name in enumerate(OUTCOMES)}


def _is(*names: str) -> str:
    return f"outcome IN ({', '.join(str(CODES[name]) for name in names)})"


_INSIDE = _is("judged", "late", *NOT_JUDGED)
# The cases behind each figure, and behind what it lacks.
BEHIND: Mapping[str, str] = {
    "base": _INSIDE,
    "responded": f"{_INSIDE} AND responded",
    "not_responded": f"{_INSIDE} AND NOT responded",
    "on_time": f"{_INSIDE} AND on_time",
    "not_on_time": f"{_INSIDE} AND NOT on_time",
    "solved": f"{_is('judged')} AND solved",
    "not_solved": f"({_is('late')} OR ({_is('judged')} AND NOT solved))",
    "satisfied": f"{_is('judged')} AND satisfied",
    "not_satisfied": f"({_is('late')} OR ({_is('judged')} AND NOT satisfied))",
    "judging_base": _is("judged", "late"),
    "not_judged": _is(*NOT_JUDGED),
    **{name: _is(name) for name in OUTCOMES},
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
    return f"WITH {_ASKED}, {_LATER}, {_FACTS.format(key=_KEYS[by], filters=filters, **CODES)}", values


def statement(asked: Asked, by: str) -> tuple[str, dict[str, Any]]:
    """The SQL of one table and its parameters: cases by key and kind of verdict. Raises KeyError for an unknown table."""
    facts, values = _facts_of(asked, by)
    groups = "key, outcome, responded, on_time, solved, satisfied"
    return f"{facts} SELECT {groups}, count(*) FROM facts GROUP BY {groups}", values  # noqa: S608  # our own fragments


def table(asked: Asked, by: str) -> dict[str, Counts]:
    """Counts by key: the id of a place or body as text ("" for none), the code of a kind, channel or line."""
    sql, values = statement(asked, by)
    with connection.cursor() as cursor:
        # A year's join of a district fits; in the usual few MB it would be written to disk and read again.
        cursor.execute("SELECT set_config('work_mem', '64MB', true)")
        cursor.execute(sql, values)
        rows: list[Any] = cursor.fetchall()
    groups: dict[str, list[tuple[Verdict, int]]] = defaultdict(list)
    for key, outcome, responded, on_time, solved, satisfied, times in rows:
        judged = OUTCOMES[outcome] == "judged"
        verdict = Verdict(OUTCOMES[outcome], responded, on_time, judged and solved, judged and satisfied)
        name = _place_key(asked.district, key) if by in LEVELS else str(key)
        groups[name].append((verdict, times))
    return {name: tally(found) for name, found in groups.items()}


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
