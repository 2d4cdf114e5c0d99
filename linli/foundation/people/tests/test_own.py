"""Own data, erasure and rotation: nothing readable in a dump, nothing left after erasure, any stop resumes."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection, transaction

from linli.foundation.core.context import work_in
from linli.foundation.core.errors import Conflict, Invalid, NotAllowed
from linli.foundation.core.keys import Sealed, read_keyring, write_keyring
from linli.foundation.core.models import District, Event, Outbox
from linli.foundation.core.rules.actor import public
from linli.foundation.people import actions, maintenance, queries, registry, sealed, vault
from linli.foundation.people.actions import rotation
from linli.foundation.people.models import DataKey, KeptText, Person, Reveal
from linli.foundation.people.rules import OwnProof
from linli.foundation.people.sealed import open_fields
from linli.foundation.people.tests.builders import ID_NUMBER, NAME, PHONE, clerk, person, refused

WORDS = "我叫欧阳测试，电话13912345678，暖气咕噜咕噜响"
CANARIES = (NAME, PHONE, ID_NUMBER, "单元502", "欧阳测试", "咕噜咕噜响")
PROOF = OwnProof(PHONE, True)


@pytest.fixture
def rooms_above(monkeypatch):
    """Registries of their own."""
    monkeypatch.setattr(registry, "_holds", {})
    monkeypatch.setattr(registry, "_holdings", {})


@pytest.fixture
def own_keys():
    """The key file as it was comes back after the test."""
    path = Path(settings.LINLI_KEYS)
    before = path.read_bytes()
    yield path
    path.write_bytes(before)
    vault.ring()


def _dump() -> str:
    """Every table of the database as text, with the vault open, as a backup would hold it."""
    parts = []
    with connection.cursor() as cursor:
        cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        tables = [row[0] for row in cursor.fetchall()]
        for table in tables:
            with cursor.cursor.copy(f'COPY (SELECT * FROM "{table}") TO STDOUT') as copy:
                parts += [bytes(chunk).decode("utf-8", "replace") for chunk in copy]
    return "\n".join(parts)


def _hex(word: str) -> str:
    return word.encode().hex()


def _kept(context, actor) -> tuple[Person, KeptText]:
    one = person(context)
    return one, actions.keep_text(actor=actor, subject=("case", 9), text=WORDS, now=context.now, person=one)


def test_a_dump_of_all_tables_holds_no_canary(work) -> None:
    context, actor = work
    one, _text = _kept(context, actor)
    actions.reveal(actor=actor, person=one, fields=["name", "phone"], purpose="emergency", now=context.now)
    actions.search_exact(actor=actor, phone=PHONE, now=context.now)
    with vault.opened():
        dump = _dump()
    assert one.phone_index in dump and "people.revealed" in dump
    assert [c for c in CANARIES if c in dump or _hex(c) in dump] == []


def test_export_holds_everything_and_is_logged(work, rooms_above) -> None:
    context, actor = work
    one, _text = _kept(context, actor)
    actions.keep_text(actor=actor, subject=("case", 10), text="第二段原文", now=context.now)
    registry.register_holding(
        registry.Holding("cases", lambda d, p: [{"number": "LZ-1"}], lambda d, p: [("case", 10)])
    )
    actions.reveal(actor=actor, person=one, fields=["phone"], purpose="emergency", now=context.now)
    held = actions.export_own(actor=public(context.district), person=one, proof=PROOF, now=context.now)
    assert (held["person"]["name"], held["person"]["phone"], held["person"]["id_number"]) == (
        NAME,
        PHONE,
        ID_NUMBER,
    )
    assert [t["text"] for t in held["texts"]] == [WORDS, "第二段原文"]
    assert held["held_by_rooms"] == {"cases": [{"number": "LZ-1"}]}
    assert {o["purpose"] for o in held["openings"]} == {"emergency", "own_export"}
    assert json.loads(json.dumps(held, ensure_ascii=False)) == held
    assert (
        Event.objects.filter(district=context.district, code="people.exported", subject_id=one.id).count()
        == 1
    )


@pytest.mark.parametrize(
    "proof",
    [OwnProof(PHONE, False), OwnProof("13912345679", True), OwnProof("", True), OwnProof("12345", True)],
)
def test_export_and_erasure_need_the_own_proof(work, proof) -> None:
    context, actor = work
    one, _text = _kept(context, actor)
    before = (Event.objects.count(), Reveal.objects.count())
    with refused(NotAllowed):
        actions.export_own(actor=public(context.district), person=one, proof=proof, now=context.now)
    with refused(NotAllowed):
        actions.erase(
            actor=public(context.district), person=one, reason="own_request", now=context.now, proof=proof
        )
    assert (Event.objects.count(), Reveal.objects.count()) == before
    assert Person.objects.get(id=one.id).erased_at is None


def test_erasure_leaves_no_canary_and_no_way_back(work, rooms_above) -> None:
    context, actor = work
    one, text = _kept(context, actor)
    with vault.opened():
        sealed = KeptText.objects.get(id=text.id).sealed
        backup = bytes(DataKey.objects.get(id=text.data_key_id).wrapped)
    actions.erase(
        actor=public(context.district), person=one, reason="own_request", now=context.now, proof=PROOF
    )
    gone = Person.objects.get(district=context.district, id=one.id)
    assert (gone.name_mask, gone.phone_mask, gone.name_index, gone.phone_index, gone.id_index) == (
        "",
        "",
        None,
        None,
        None,
    )
    assert gone.erased_at == context.now and queries.by_phone(actor, PHONE) == []
    with vault.opened():
        dump = _dump()
        with pytest.raises(Sealed):
            open_fields(gone)
    for trace in (one.phone_index, one.name_index, one.id_index, sealed.hex(), backup.hex()):
        assert trace not in dump
    with refused(Conflict):
        actions.reveal(actor=actor, person=gone, fields=["name"], purpose="emergency", now=context.now)
    with refused(Conflict):
        actions.erase(actor=actor, person=gone, reason="own_request", now=context.now)
    event = Event.objects.get(district=context.district, code="people.erased", subject_id=one.id)
    assert event.data == {"person": one.id, "reason": "own_request", "texts": 1}


def test_a_legal_hold_refuses_erasure(work, rooms_above) -> None:
    context, actor = work
    one, _text = _kept(context, actor)
    registry.register_hold(
        "open_case", lambda d, p, now: "Your request is still being worked on." if p == one.id else ""
    )
    with refused(Conflict) as refusal:
        actions.erase(actor=actor, person=one, reason="own_request", now=context.now)
    assert refusal.value.facts["holds"] == ["open_case"] and "worked on" in str(refusal.value.message)
    assert Person.objects.get(id=one.id).phone_mask == "139****5678"


@pytest.mark.parametrize(
    ("verbs", "scope", "reason", "error"),
    [
        ((), "1.", "own_request", NotAllowed),
        (("people.erase",), "1.2.", "own_request", NotAllowed),
        (("people.erase",), "1.", "because", Invalid),
    ],
)
def test_erasure_is_refused_and_nothing_changes(work, verbs, scope, reason, error) -> None:
    context, _ = work
    one = person(context, scope_path="1.3.")
    before = Event.objects.count()
    with refused(error):
        actions.erase(actor=clerk(context, *verbs, scope=scope), person=one, reason=reason, now=context.now)
    assert Event.objects.count() == before and Person.objects.get(id=one.id).erased_at is None


def test_texts_of_a_subject_are_erased_when_their_time_is_over(work) -> None:
    context, actor = work
    _one, text = _kept(context, actor)
    with refused(NotAllowed):
        actions.erase_texts(
            actor=clerk(context), subject=("case", 9), reason="retention_over", now=context.now
        )
    assert (
        actions.erase_texts(actor=actor, subject=("case", 9), reason="retention_over", now=context.now) == 1
    )
    assert (
        actions.erase_texts(actor=actor, subject=("case", 9), reason="retention_over", now=context.now) == 0
    )
    with vault.opened():
        stored = KeptText.objects.select_related("data_key").get(id=text.id)
        assert (stored.sealed, stored.data_key.wrapped, stored.erased_at) == (None, None, context.now)


# --- rotation ---------------------------------------------------------------------------------------------------


def _forty(slug: str = "luzhou", district: int = 140403) -> list[Person]:
    with work_in(district, slug, "Asia/Shanghai") as (context, _actor):
        return [person(context, name=f"张{n}") for n in range(40)]


@pytest.mark.slow
def test_rotation_survives_a_stop_and_both_keys_open_meanwhile(committed, own_keys, monkeypatch) -> None:
    people = _forty()
    old = read_keyring(own_keys).active
    with work_in(140403, "luzhou", "Asia/Shanghai") as (context, actor):
        state = actions.start_rotation(actor=clerk(context, "keys.rotate"), now=context.now)
        assert (state.active, state.waiting) == (old + 1, 40)
        with refused(Conflict):
            actions.start_rotation(actor=clerk(context, "keys.rotate"), now=context.now)
        assert Outbox.objects.filter(district=context.district, handler="people.rewrap").count() == 1
    batches = []
    real = rotation.vault.wrap

    def killed(plain: bytes, row: int) -> bytes:
        batches.append(row)
        if len(batches) == 15:
            raise RuntimeError("killed")
        return real(plain, row)

    monkeypatch.setattr(rotation.vault, "wrap", killed)
    with pytest.raises(RuntimeError, match="killed"):
        maintenance.rewrap_all(District.objects.get(id=140403), size=10)
    monkeypatch.setattr(rotation.vault, "wrap", real)
    with work_in(140403, "luzhou", "Asia/Shanghai") as (context, actor):
        assert sealed.key_state(actor=actor).rows == {old: 30, old + 1: 10}
        with vault.opened():
            assert [open_fields(p)["name"] for p in people] == [f"张{n}" for n in range(40)]
    assert maintenance.retire_keys() == []
    assert maintenance.rewrap_all(District.objects.get(id=140403), size=10) == 30
    with work_in(140403, "luzhou", "Asia/Shanghai") as (context, actor):
        assert sealed.key_state(actor=actor).rows == {old + 1: 40}
        assert Event.objects.filter(district=context.district, code="people.rotation_finished").count() == 1
    assert maintenance.retire_keys() == [old]
    with work_in(140403, "luzhou", "Asia/Shanghai"), vault.opened():
        assert open_fields(people[0])["phone"] == PHONE


@pytest.mark.slow
def test_a_key_that_another_district_still_uses_is_not_retired(committed, own_keys) -> None:
    _forty()
    _forty("qingshan", 140499)
    with work_in(140403, "luzhou", "Asia/Shanghai") as (context, _actor):
        actions.start_rotation(actor=clerk(context, "keys.rotate"), now=context.now)
    assert maintenance.rewrap_all(District.objects.get(id=140403)) == 40
    assert maintenance.retire_keys() == []
    assert maintenance.rewrap_all(District.objects.get(id=140499)) == 40
    assert len(maintenance.retire_keys()) == 1


def test_after_retirement_an_old_backup_opens_nothing(work, own_keys) -> None:
    context, actor = work
    _kept(context, actor)
    with vault.opened():
        backup = bytes(DataKey.objects.exclude(wrapped=None).order_by("id").first().wrapped)
        key_row = DataKey.objects.exclude(wrapped=None).order_by("id").first().id
    assert len(vault.unwrap(backup, key_row)) == 32
    ring = read_keyring(own_keys)
    write_keyring(own_keys, replace(ring, wrapping={9: ring.index_key}, active=9))
    with pytest.raises(Sealed):
        vault.unwrap(backup, key_row)


def test_another_process_sees_the_new_key_at_once(work, own_keys) -> None:
    context, _actor = work
    ring = vault.ring()
    write_keyring(own_keys, replace(ring, wrapping={**ring.wrapping, 7: ring.index_key}, active=7))
    with transaction.atomic():
        one = person(context)
        with vault.opened():
            assert DataKey.objects.order_by("-id").first().key_id == 7
            assert open_fields(one)["phone"] == PHONE


def test_keys_are_seen_and_rotated_by_who_keeps_them_only(work, own_keys) -> None:
    context, _ = work
    before = own_keys.read_bytes()
    for call in (
        sealed.key_state,
        lambda actor: actions.start_rotation(actor=actor, now=context.now),
        lambda actor: actions.rewrap_batch(actor=actor, now=context.now),
    ):
        with refused(NotAllowed):
            call(actor=clerk(context, "people.reveal"))
    assert own_keys.read_bytes() == before


def test_reveals_are_listed_by_week_and_scope(work) -> None:
    context, _ = work
    near, far = person(context, scope_path="1.3.4."), person(context, scope_path="1.5.")
    for one in (near, far):
        actions.reveal(
            actor=clerk(context, "people.reveal"),
            person=one,
            fields=["phone"],
            purpose="emergency",
            now=context.now,
            fresh=True,
        )
    week = context.now - timedelta(days=3)
    assert {r.person_id for r in queries.weekly_reveals(clerk(context, "people.audit"), week)} == {
        near.id,
        far.id,
    }
    assert {
        r.person_id for r in queries.weekly_reveals(clerk(context, "people.audit", scope="1.3."), week)
    } == {near.id}
    assert not queries.weekly_reveals(clerk(context, "people.audit", scope=""), week)
    assert not queries.weekly_reveals(clerk(context, "people.audit"), week - timedelta(days=14))
    with pytest.raises(NotAllowed):
        queries.weekly_reveals(clerk(context, "people.reveal"), week)
