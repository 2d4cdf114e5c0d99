"""The ledger: leaves by fixed vectors, nothing but ids and codes, nothing ever changed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from django.db import InternalError, ProgrammingError, connection, transaction

from linli.foundation.core import ledger
from linli.foundation.core.models import Event
from linli.foundation.core.rules.events import EventRefused, leaf_hash, record_bytes

VECTORS = json.loads((Path(__file__).parent / "ledger_vectors.json").read_text("utf-8"))


@pytest.mark.parametrize("vector", VECTORS, ids=[v["name"] for v in VECTORS])
def test_leaf_vectors(vector: dict) -> None:
    assert record_bytes(vector["record"]).decode() == vector["canonical"]
    assert leaf_hash(vector["record"], bytes.fromhex(vector["salt"])).hex() == vector["leaf"]


def test_salt_has_sixteen_bytes() -> None:
    with pytest.raises(ValueError, match="16 bytes"):
        leaf_hash({}, b"short")


def test_record_writes_leaf_over_stored_row(work) -> None:
    context, actor = work
    event = ledger.record(
        "calendar.loaded",
        actor=actor,
        subject=("calendar", 2031),
        now=context.now,
        data={"year": 2031, "days": 3},
    )
    stored = Event.objects.get(id=event.id)
    assert leaf_hash(ledger.leaf_record(stored), bytes(stored.salt)) == bytes(stored.leaf)
    assert len(stored.charter) == 64
    again = ledger.record(
        "calendar.loaded",
        actor=actor,
        subject=("calendar", 2031),
        now=context.now,
        data={"year": 2031, "days": 3},
    )
    assert (event.seq, again.seq) == (1, 2)


@pytest.mark.parametrize(
    "data", [{"name": "张三"}, {"year": "2031年"}, {"year": 2.5}, {"days": 2**53}, {"year": True}]
)
def test_free_text_and_strangers_are_refused(work, data: dict) -> None:
    context, actor = work
    before = Event.objects.count()
    with pytest.raises(EventRefused):
        ledger.record("calendar.loaded", actor=actor, subject=("calendar", 1), now=context.now, data=data)
    assert Event.objects.count() == before


@pytest.mark.parametrize(
    "statement", ["UPDATE core_event SET code='x'", "DELETE FROM core_event", "TRUNCATE core_event CASCADE"]
)
def test_events_cannot_be_changed(db, statement: str) -> None:
    before = Event.objects.count()
    assert before > 0
    with (
        pytest.raises((ProgrammingError, InternalError)),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement)
    assert Event.objects.count() == before


def test_the_application_role_serves(db) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT current_user, rolsuper, rolbypassrls FROM pg_roles WHERE rolname = current_user"
        )
        assert cursor.fetchone() == ("linli_app", False, False)
