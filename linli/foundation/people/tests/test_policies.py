"""The second net: what PostgreSQL itself refuses the application role when our own filters are missing."""

from __future__ import annotations

import pytest
from django.db import DatabaseError, connection, transaction

from linli.foundation.core.context import begin, work_in
from linli.foundation.core.errors import OutOfScope
from linli.foundation.core.keys import Sealed
from linli.foundation.core.rules.actor import system
from linli.foundation.people import actions, queries, vault
from linli.foundation.people.sealed import open_fields
from linli.foundation.people.tests.builders import PHONE, person

SHOWN = ("person", "household", "residence", "ownership", "reveal")
SEALED = ("datakey", "personsecret", "kepttext")


def _count(table: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM people_{table}")
        return cursor.fetchone()[0]


def _fill() -> dict[int, int]:
    """One person and one text in each district; person id by district."""
    ids = {}
    for district, slug in ((140403, "luzhou"), (140499, "qingshan")):
        with work_in(district, slug, "Asia/Shanghai") as (context, actor):
            ids[district] = person(context).id
            actions.keep_text(actor=actor, subject=("case", 1), text="t", now=context.now)
    return ids


def test_every_vault_table_is_under_forced_policies(db) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT relname FROM pg_class WHERE relname LIKE 'people\\_%' AND relkind = 'r' AND NOT (relrowsecurity AND relforcerowsecurity)"
        )
        assert cursor.fetchall() == []


def test_without_our_filter_no_foreign_row_is_seen(db) -> None:
    ids = _fill()
    begin(140403)
    assert _count("person") == 1
    with connection.cursor() as cursor:
        cursor.execute("SELECT district FROM people_person WHERE id = %s OR district = 140499", [ids[140499]])
        assert cursor.fetchall() == []
        cursor.execute("UPDATE people_person SET name_mask = '' WHERE district = 140499")
        assert cursor.rowcount == 0
    with vault.opened():
        assert [_count(t) for t in SEALED] == [2, 1, 1]


def test_without_context_no_row_is_seen(db) -> None:
    _fill()
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT set_config('linli.district', '', true), set_config('linli.sealed', 'open', true)"
        )
    assert [_count(t) for t in (*SHOWN, *SEALED)] == [0] * 8
    with connection.cursor() as cursor:
        cursor.execute("RESET linli.district")
    assert [_count(t) for t in (*SHOWN, *SEALED)] == [0] * 8


def test_closed_vault_shows_no_secret(db) -> None:
    _fill()
    begin(140403)
    assert [_count(t) for t in SEALED] == [0, 0, 0]
    with vault.opened():
        assert _count("personsecret") == 1
    assert [_count(t) for t in SEALED] == [0, 0, 0]
    with connection.cursor() as cursor:
        cursor.execute("UPDATE people_personsecret SET sealed_phone = NULL")
        assert cursor.rowcount == 0


def test_the_switch_closes_after_an_error_inside(work) -> None:
    with pytest.raises(Sealed), vault.opened():
        raise Sealed("x")
    assert _count("personsecret") == 0


def test_the_vault_opens_inside_a_transaction_only(committed) -> None:
    with pytest.raises(RuntimeError, match="transaction"), vault.opened():
        pass


def test_a_row_of_another_district_cannot_be_written(db) -> None:
    with work_in(140403, "luzhou", "Asia/Shanghai") as (context, _):
        with pytest.raises(DatabaseError, match="row-level security"), transaction.atomic():
            actions.keep_contact(actor=system(140499), name="张三", now=context.now)
        assert _count("person") == 0


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM people_person",
        "UPDATE people_reveal SET purpose = 'x'",
        "DELETE FROM people_reveal",
        "DELETE FROM people_personsecret",
        "TRUNCATE people_kepttext",
    ],
)
def test_nothing_is_deleted_and_the_log_never_changed(work, statement: str) -> None:
    context, actor = work
    kept = person(context)
    actions.reveal(actor=actor, person=kept, fields=["phone"], purpose="emergency", now=context.now)
    with (
        pytest.raises(DatabaseError, match="permission denied"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement)
    assert (_count("person"), _count("reveal")) == (1, 1)


@pytest.mark.parametrize(
    "move", ["sealed_name = b.sealed_name", "sealed_name = a.sealed_phone", "data_key_id = b.data_key_id"]
)
def test_swapped_ciphertexts_do_not_open(work, move: str) -> None:
    context, _ = work
    one, two = person(context), person(context, name="李四")
    with vault.opened():
        with connection.cursor() as cursor:
            cursor.execute(
                f"UPDATE people_personsecret t SET {move} "
                "FROM people_personsecret a, people_personsecret b WHERE t.id = a.id AND a.id = %s AND b.id = %s",
                [one.id, two.id],
            )
            assert cursor.rowcount == 1
        with pytest.raises(Sealed):
            open_fields(one)
        assert open_fields(two)["name"] == "李四"


def test_one_district_never_finds_or_opens_the_other(db) -> None:
    ids = _fill()
    with work_in(140403, "luzhou", "Asia/Shanghai") as (context, actor):
        assert [p.district for p in queries.by_phone(actor, PHONE)] == [140403]
        assert queries.masked(140403, ids.values()).keys() == {ids[140403]}
        assert queries.masked(140499, ids.values()) == {}
        own = queries.by_phone(actor, PHONE)[0]
        assert own.phone_index != vault.index("phone", PHONE, 140499)
        own.id, own.district = ids[140499], 140499
        with pytest.raises(OutOfScope):
            actions.reveal(actor=actor, person=own, fields=["phone"], purpose="emergency", now=context.now)
