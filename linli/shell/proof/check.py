"""The checker: compares what the clients were told with what the tables and the receiver hold. No Django here.

Reads as the superuser, past the row-level policies, so that nothing can hide.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC
from pathlib import Path
from typing import Any

import psycopg

from linli.foundation.core.rules.events import leaf_hash
from linli.shell.proof.ledgers import Ledgers

DISTRICT_CASES = """
SELECT id, public_id, encode(sha256(convert_to(text, 'UTF8')), 'hex'), stage, judged_by
FROM cases_case WHERE public_id <> ALL(%s)
"""
EVENTS = """
SELECT id, district, code, actor, actor_kind, appointment, place, subject_type, subject_id, seq, data, charter, at, salt, leaf
FROM core_event
"""
GAPS = """
SELECT count(*) FROM (
  SELECT 1 FROM core_event GROUP BY district, subject_type, subject_id
  HAVING min(seq) <> 1 OR max(seq) <> count(*) OR count(DISTINCT seq) <> count(*)) AS wrong
"""
MESSAGES = """
SELECT e.id, e.code, count(m.id), count(m.id) FILTER (WHERE m.state IN ('sent', 'read')),
  count(r.id) FILTER (WHERE m.channel <> 'inbox'), count(m.id) FILTER (WHERE m.channel = 'inbox')
FROM core_event AS e
JOIN cases_case AS c ON c.district = e.district AND c.id = e.subject_id
LEFT JOIN messaging_message AS m ON m.district = e.district AND m.event = e.id
LEFT JOIN messaging_recorded AS r ON r.district = m.district AND r.message_id = m.id
WHERE e.subject_type = 'case' AND c.contact_id IS NOT NULL
  AND e.code IN ('case.received', 'case.dispatched', 'case.answered', 'case.closed')
GROUP BY e.id, e.code
"""
UNFINISHED = """
SELECT count(*) FROM core_outbox WHERE done_at IS NULL AND dead_at IS NULL AND due_at <= clock_timestamp()
"""

IN_HAND = """
SELECT count(*) FROM core_outbox
WHERE done_at IS NULL AND dead_at IS NULL AND lease_until > clock_timestamp() + make_interval(secs => %s)
"""


@dataclass(slots=True)
class Found:
    """What does not fit, by name; every list is empty when all is well."""

    acknowledged: int = 0
    refused: list[str] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)
    duplicated: list[str] = field(default_factory=list)
    unasked: list[str] = field(default_factory=list)
    wrong_answers: list[str] = field(default_factory=list)
    judged_wrong: list[str] = field(default_factory=list)
    keys_wrong: list[str] = field(default_factory=list)
    repeats: int = 0
    aliens: int = 0
    aliens_taken: list[str] = field(default_factory=list)
    aliens_unnoticed: int = 0
    messages: int = 0
    messages_missing: list[str] = field(default_factory=list)
    messages_twice: list[str] = field(default_factory=list)
    undelivered: list[str] = field(default_factory=list)
    effects_wrong: list[str] = field(default_factory=list)
    delivered_again: int = 0
    deliveries: int = 0
    unfinished: int = 0
    dead: int = 0
    gaps: int = 0
    events: int = 0
    leaves_wrong: int = 0


def unfinished(url: str) -> int:
    """Outbox rows that are due and not done; -1 while the database does not answer."""
    try:
        with psycopg.connect(url, connect_timeout=3) as connection:
            row = connection.execute(UNFINISHED).fetchone()
    except psycopg.OperationalError:
        return -1
    return int(row[0]) if row else -1


def in_hand(url: str, lease: float) -> bool:
    """Whether a jobs process has just claimed rows: less than half a lease ago."""
    try:
        with psycopg.connect(url, connect_timeout=3) as connection:
            row = connection.execute(IN_HAND, [lease / 2]).fetchone()
    except psycopg.OperationalError:
        return False
    return bool(row and row[0])


def compare(url: str, ledgers: Ledgers, receiver: Path, prepared: list[str]) -> Found:
    """Everything in one pass over a database at rest."""
    found = Found(
        acknowledged=len(ledgers.acknowledged), repeats=len(ledgers.repeats), aliens=len(ledgers.aliens)
    )
    with psycopg.connect(url, connect_timeout=10) as connection:
        _reports(connection, ledgers, prepared, found)
        _judgements(connection, ledgers, found)
        _keys(connection, ledgers, found)
        _bad_input(connection, ledgers, found)
        _deliveries(connection, receiver, found)
        _messages(connection, found)
        _outbox(connection, found)
        _events(connection, found)
    return found


def _public_id(location: str) -> str:
    parts = location.strip("/").split("/")
    return parts[-2] if len(parts) >= 2 else ""


def _reports(connection: Any, ledgers: Ledgers, prepared: list[str], found: Found) -> None:
    """Every acknowledged report is one case with its words, under the answered number; no case is unasked for."""
    by_digest: dict[str, list[str]] = {}
    for _id, public_id, digest, _stage, _by in connection.execute(DISTRICT_CASES, [prepared]):
        by_digest.setdefault(digest, []).append(public_id)
    known = set()
    for line in ledgers.reports:
        known.add(line["digest"])
        cases = by_digest.get(line["digest"], [])
        if not line["answer"]:
            found.refused.append(f"{line['key']}: answered {line['status']} after {line['tries']} tries")
        elif not cases:
            found.lost.append(line["key"])
        elif _public_id(line["answer"]) not in cases:
            found.wrong_answers.append(line["key"])
        if len(cases) > 1:
            found.duplicated.append(f"{line['key']}: {len(cases)} cases")
    found.unasked += [digest for digest in by_digest if digest not in known]


def _judgements(connection: Any, ledgers: Ledgers, found: Found) -> None:
    """Every acknowledged judgement closed its case, once."""
    wanted = [line["case"] for line in ledgers.judgements]
    rows = connection.execute(
        "SELECT c.public_id, c.stage, c.judged_by, (SELECT count(*) FROM core_event AS e WHERE e.district = c.district"
        " AND e.subject_type = 'case' AND e.subject_id = c.id AND e.code = 'case.closed')"
        " FROM cases_case AS c WHERE c.public_id = ANY(%s)",
        [wanted],
    )
    state = {row[0]: row[1:] for row in rows}
    for line in ledgers.judgements:
        if not line["answer"]:
            found.refused.append(f"{line['key']}: answered {line['status']} after {line['tries']} tries")
        stage, by, closings = state.get(line["case"], ("", "", 0))
        if line["answer"] and closings == 0:
            found.lost.append(line["key"])
        elif line["answer"] and (stage, by, closings) != ("closed", "caller", 1):
            found.judged_wrong.append(f"{line['key']}: {stage} by {by}, {closings} closings")


def _keys(connection: Any, ledgers: Ledgers, found: Found) -> None:
    """One row per key, which refers to what was answered."""
    rows = connection.execute(
        "SELECT door, key, count(*), min(reference) FROM core_idempotencykey GROUP BY door, key"
    ).fetchall()
    held = {(door, key): (count, reference) for door, key, count, reference in rows}
    for line in ledgers.acknowledged:
        report = line["what"] == "report"
        count, reference = held.get(("cases.report" if report else "cases.judge", line["key"]), (0, ""))
        wanted = _public_id(line["answer"]) if report else line["case"]
        if count != 1 or reference != wanted:
            found.keys_wrong.append(f"{line['key']}: {count} rows, {reference!r} for {wanted!r}")


def _bad_input(connection: Any, ledgers: Ledgers, found: Found) -> None:
    """A second send gets the first answer; another body under the same key is refused and noticed."""
    found.wrong_answers += [line["key"] for line in ledgers.repeats if line["answer"] != line["first"]]
    found.aliens_taken = [
        f"{line['key']}: {line['status']}" for line in ledgers.aliens if line["status"] != 422
    ]
    row = connection.execute(
        "SELECT count(*) FROM core_securityevent WHERE code = 'idempotency.reused'"
    ).fetchone()
    found.aliens_unnoticed = max(0, len(ledgers.aliens) - int(row[0]))


def _deliveries(connection: Any, receiver: Path, found: Found) -> None:
    """Every event with a reaction reached the receiver, and its effect in the database is there once."""
    wanted = [
        row[0]
        for row in connection.execute(
            "SELECT id FROM core_event WHERE code IN ('case.received', 'case.closed')"
        )
    ]
    raw = receiver.read_text("utf-8").split() if receiver.exists() else []
    lines = Counter(int(word) for word in raw)
    rows = connection.execute(
        "SELECT (data->>'event')::bigint, count(*) FROM core_securityevent WHERE code = 'proof.effect' GROUP BY 1"
    )
    effects = dict(rows.fetchall())
    found.deliveries = len(wanted)
    found.undelivered = [str(event) for event in wanted if not lines[event]]
    found.effects_wrong = [
        f"{event}: {effects.get(event, 0)}" for event in wanted if effects.get(event, 0) != 1
    ]
    found.effects_wrong += [f"{event}: never happened" for event in set(effects) - set(wanted)]
    found.delivered_again = sum(count - 1 for count in lines.values())


def _messages(connection: Any, found: Found) -> None:
    """What the product itself owes callers and bodies: one message each, handed to its channel once."""
    for event, code, made, sent, recorded, inbox in connection.execute(MESSAGES):
        found.messages += 1
        if sent == 0 or recorded + inbox < sent:
            found.messages_missing.append(
                f"{code} {event}: {made} made, {sent} sent, {recorded} at the channel"
            )
        elif made > 1 or recorded + inbox > made:
            found.messages_twice.append(f"{code} {event}: {made} made, {recorded} at the channel")


def _outbox(connection: Any, found: Found) -> None:
    """Nothing is left over and nothing is dead."""
    found.unfinished = int(connection.execute(UNFINISHED).fetchone()[0])
    found.dead = int(
        connection.execute("SELECT count(*) FROM core_outbox WHERE dead_at IS NOT NULL").fetchone()[0]
    )


def _events(connection: Any, found: Found) -> None:
    """The numbers of each subject's events have no gap, and every leaf is what its row says."""
    found.gaps = int(connection.execute(GAPS).fetchone()[0])
    names = ("id", "district", "code", "actor", "actor_kind", "appointment", "place")
    for row in connection.execute(EVENTS):
        found.events += 1
        record = {
            "v": 1, **dict(zip(names, row[:7], strict=True)), "subject": [row[7], row[8]], "seq": row[9], "data": row[10],
            "charter": row[11], "at": row[12].astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
        }  # fmt: skip
        found.leaves_wrong += leaf_hash(record, bytes(row[13])) != bytes(row[14])
