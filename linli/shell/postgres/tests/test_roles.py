"""Who may do what: the owner builds, the application reads and writes rows, neither is more."""

import os

import psycopg
import pytest
from psycopg.errors import InsufficientPrivilege

from linli.shell.postgres import APP, OWNER, Endpoint, create_database, drop_database


def ask(url: str, statement: str) -> list[tuple[object, ...]]:
    with psycopg.connect(url, autocommit=True) as connection:
        cursor = connection.execute(statement)
        return cursor.fetchall() if cursor.description else []


@pytest.fixture(scope="module")
def table(endpoint: Endpoint) -> str:
    ask(endpoint.owner_url(), "CREATE TABLE note (id serial PRIMARY KEY, text varchar(20))")
    return "note"


def test_the_expected_version_answers(endpoint: Endpoint) -> None:
    expected = os.environ.get("LINLI_PG_EXPECT")
    assert endpoint.major == int(expected) if expected else endpoint.major >= 15
    (told,) = ask(endpoint.app_url(), "SELECT current_setting('server_version_num')::int")[0]
    assert told == endpoint.version


def test_databases_are_utf8_in_code_point_order_and_utc(endpoint: Endpoint) -> None:
    row = ask(
        endpoint.app_url(),
        "SELECT pg_encoding_to_char(encoding), datcollate, datctype, current_setting('TimeZone') "
        "FROM pg_database WHERE datname = current_database()",
    )
    assert row == [("UTF8", "C.UTF-8", "C.UTF-8", "UTC")]
    assert ask(endpoint.app_url(), "SELECT 'Z' < 'a', upper('é')") == [(True, "É")]


def test_nothing_listens_on_the_network(endpoint: Endpoint) -> None:
    assert ask(endpoint.super_url(), "SHOW listen_addresses") == [("",)]
    assert os.stat(endpoint.host).st_mode & 0o077 == 0
    assert len(f"{endpoint.host}/.s.PGSQL.{endpoint.port}") < 107


def test_wrong_password_is_refused(endpoint: Endpoint) -> None:
    url = endpoint.app_url().replace(endpoint.secrets.app, "guess")
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(url)


def test_passwords_stay_out_of_the_repr(endpoint: Endpoint) -> None:
    assert endpoint.secrets.app not in repr(endpoint)
    assert endpoint.secrets.admin not in repr(endpoint.secrets)


def test_application_reads_and_writes_rows(endpoint: Endpoint, table: str) -> None:
    assert ask(endpoint.app_url(), f"INSERT INTO {table} (text) VALUES ('水管') RETURNING text") == [
        ("水管",)
    ]
    ask(endpoint.app_url(), f"UPDATE {table} SET text = '电梯'")
    assert ask(endpoint.app_url(), f"SELECT text FROM {table}") == [("电梯",)]
    ask(endpoint.app_url(), f"DELETE FROM {table}")
    assert ask(endpoint.owner_url(), f"SELECT count(*) FROM {table}") == [(0,)]


@pytest.mark.parametrize(
    "statement",
    [
        "CREATE TABLE own (id int)",
        "CREATE TEMP TABLE own (id int)",
        "CREATE SCHEMA own",
        "CREATE ROLE other",
        "CREATE DATABASE other",
        "SET ROLE linli_owner",
        "SET ROLE linli_admin",
        "ALTER TABLE note ADD COLUMN more int",
        "TRUNCATE note",
        "DROP TABLE note",
        "CREATE TRIGGER t BEFORE INSERT ON note EXECUTE FUNCTION suppress_redundant_updates_trigger()",
        "ALTER ROLE linli_app BYPASSRLS",
        "COPY note TO '/tmp/stolen'",
    ],
)
def test_application_cannot(endpoint: Endpoint, table: str, statement: str) -> None:
    before = ask(endpoint.owner_url(), "SELECT count(*) FROM pg_class")
    with pytest.raises(InsufficientPrivilege):
        ask(endpoint.app_url(), statement)
    assert ask(endpoint.owner_url(), "SELECT count(*) FROM pg_class") == before


def test_row_security_binds_the_application(endpoint: Endpoint) -> None:
    ask(endpoint.owner_url(), "CREATE TABLE sealed (id int); INSERT INTO sealed VALUES (1)")
    ask(endpoint.owner_url(), "ALTER TABLE sealed ENABLE ROW LEVEL SECURITY")
    assert ask(endpoint.app_url(), "SELECT count(*) FROM sealed") == [(0,)]
    assert ask(endpoint.owner_url(), "SELECT count(*) FROM sealed") == [(1,)]


def test_roles_are_no_more_than_they_may_be(endpoint: Endpoint) -> None:
    columns = "rolname, rolsuper, rolbypassrls, rolcreatedb, rolcreaterole, rolreplication"
    rows = ask(endpoint.app_url(), f"SELECT {columns} FROM pg_roles WHERE rolname LIKE 'linli_%' ORDER BY 1")
    assert [row for row in rows if row[0] != endpoint.superuser] == [
        (APP, False, False, False, False, False),
        (OWNER, False, False, False, False, False),
    ]
    assert ask(
        endpoint.app_url(), "SELECT count(*) FROM pg_auth_members WHERE member::regrole::text ~ 'linli'"
    ) == [(0,)]


def test_database_of_a_template_keeps_the_privileges(endpoint: Endpoint, table: str) -> None:
    create_database(endpoint, "copy", template="linli")
    create_database(endpoint, "copy", template="linli")
    ask(endpoint.owner_url("copy"), "CREATE TABLE later (id int)")
    assert ask(endpoint.app_url("copy"), "SELECT count(*) FROM later") == [(0,)]
    assert ask(endpoint.app_url("copy"), f"SELECT count(*) FROM {table}") == [(0,)]
    with pytest.raises(InsufficientPrivilege):
        ask(endpoint.app_url("copy"), "CREATE TABLE own (id int)")
    with psycopg.connect(endpoint.app_url("copy")):
        drop_database(endpoint, "copy")
    drop_database(endpoint, "copy")
    assert ask(endpoint.super_url(), "SELECT count(*) FROM pg_database WHERE datname = 'copy'") == [(0,)]


def test_owner_brings_its_own_extensions(endpoint: Endpoint) -> None:
    ask(
        endpoint.owner_url(),
        "CREATE EXTENSION IF NOT EXISTS pg_trgm; CREATE EXTENSION IF NOT EXISTS btree_gist",
    )
    assert ask(endpoint.app_url(), "SELECT similarity('linli', 'linli')") == [(1.0,)]


def test_refused_values_are_not_logged(endpoint: Endpoint) -> None:
    ask(
        endpoint.owner_url(),
        "CREATE TABLE phone (number text UNIQUE); INSERT INTO phone VALUES ('13800138000')",
    )
    with pytest.raises(psycopg.errors.UniqueViolation):
        ask(endpoint.app_url(), "INSERT INTO phone VALUES ('13800138000')")
    (text,) = ask(endpoint.super_url(), "SELECT pg_read_file(pg_current_logfile())")[0]
    assert "duplicate key" in str(text)
    assert "13800138000" not in str(text)
