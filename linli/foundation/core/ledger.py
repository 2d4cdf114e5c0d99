"""The event ledger: `record()` writes one event and queues its reactions, in the action's transaction."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from django.db.models import Max, QuerySet

from linli.foundation.core import outbox
from linli.foundation.core.charter import current_digest
from linli.foundation.core.db.blocks import next_id
from linli.foundation.core.db.fields import DistrictModel
from linli.foundation.core.db.together import Together
from linli.foundation.core.models import Event
from linli.foundation.core.rules.actor import Actor
from linli.foundation.core.rules.events import LEAF_ALG, EventType, Value, check_data, leaf_hash

_types: dict[str, EventType] = {}


def declare(*types: EventType) -> None:
    """Make event types known. A code declared twice differently is a programming error."""
    for kind in types:
        if _types.get(kind.code, kind) != kind:
            raise RuntimeError(f"Event code {kind.code!r} is declared twice.")
        _types[kind.code] = kind


def event_types() -> Mapping[str, EventType]:
    """All declared event types by code."""
    return dict(_types)


def moment(at: datetime) -> str:
    """A moment as events carry it: UTC, microseconds, Z."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def leaf_record(event: Event) -> dict[str, Any]:
    """The record whose canonical bytes the leaf is made of."""
    return {
        "v": 1,
        "id": event.id,
        "district": event.district,
        "code": event.code,
        "actor": event.actor,
        "actor_kind": event.actor_kind,
        "appointment": event.appointment,
        "place": event.place,
        "subject": [event.subject_type, event.subject_id],
        "seq": event.seq,
        "data": event.data,
        "charter": event.charter,
        "at": moment(event.at),
    }


def build(
    code: str, *, actor: Actor, subject: tuple[str, int], place: int | None, now: datetime,
    data: Mapping[str, Value], seq: int, id_: int,
) -> Event:  # fmt: skip
    """An event with its leaf, not yet written (bulk loads write many at once)."""
    kind = _types.get(code)
    if kind is None:
        raise RuntimeError(f"Event code {code!r} is not declared.")
    check_data(kind, data)
    event = Event(
        id=id_, district=actor.district, code=code, actor=actor.user, actor_kind=actor.kind,
        appointment=actor.appointment, place=place, subject_type=subject[0], subject_id=subject[1], seq=seq,
        data=dict(data), charter=current_digest(actor.district, now), at=now, salt=secrets.token_bytes(16), alg=LEAF_ALG,
    )  # fmt: skip
    event.leaf = leaf_hash(leaf_record(event), bytes(event.salt))
    return event


def last_seq(district: int, subject: tuple[str, int]) -> int:
    """Number of the subject's newest event, 0 when it has none. Call it under the subject's row lock."""
    found = Event.objects.filter(district=district, subject_type=subject[0], subject_id=subject[1])
    return found.aggregate(top=Max("seq"))["top"] or 0


def record(
    code: str, *, actor: Actor, subject: tuple[str, int], now: datetime, place: int | None = None,
    data: Mapping[str, Value] | None = None, seq: int | None = None, together: Together | None = None,
) -> Event:  # fmt: skip
    """Write one event and queue one outbox row for each reaction to its code; with `together`, when that is written.

    `subject` is (type, id) of what it happened to; the caller holds that row's lock, or has just created it
    and passes `seq=1`. Raises EventRefused for anything but ids and codes.
    """
    number = seq if seq is not None else last_seq(actor.district, subject) + 1
    id_ = next_id(actor.district, Event._meta.db_table)
    event = build(
        code, actor=actor, subject=subject, place=place, now=now, data=data or {}, seq=number, id_=id_
    )
    at_once = together or Together()
    at_once.add(event)
    outbox.queue_reactions([event], now, together=at_once)
    if together is None:
        at_once.write()
    return event


def history(district: int, subject: tuple[str, int]) -> QuerySet[Event]:
    """Events of one subject in order."""
    return Event.objects.filter(district=district, subject_type=subject[0], subject_id=subject[1]).order_by(
        "seq"
    )


def on(code: str, *, name: str) -> Callable[[outbox.Reaction], outbox.Reaction]:
    """Register a reaction to an event code. It runs at least once, in a transaction of its own."""

    def register(handler: outbox.Reaction) -> outbox.Reaction:
        outbox.register_reaction(code, name, handler)
        return handler

    return register


def subject_of(row: DistrictModel, kind: str) -> tuple[str, int]:
    """(type, id) of a row, as events name it."""
    return (kind, row.id)


def sentences(events: Iterable[Event], language: str) -> list[tuple[Event, str]]:
    """Each event with its sentence in a language ("zh…" or else English)."""
    result = []
    for event in events:
        kind = _types.get(event.code)
        template = "" if kind is None else (kind.zh if language.startswith("zh") else kind.en)
        filled = template.format_map({**dict.fromkeys(kind.fields, ""), **event.data} if kind else {})
        result.append((event, filled or event.code))
    return result
