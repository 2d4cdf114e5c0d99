"""docs/operations.md against the code: no variable missing or invented, the roles as the software makes them."""

from __future__ import annotations

import re
from collections.abc import Iterator

import psycopg
import pytest

from linli.shell import postgres
from linli.shell.cli import words
from linli.shell.cli.installation import ROOT

PAGE = (ROOT / "docs" / "operations.md").read_text("utf-8")
NAME = re.compile(r"""["'](LINLI_[A-Z_]+|DATABASE_URL)["']""")
# Read by the test run and by tools of developers only, or settings that no environment variable sets.
ELSEWHERE = {"LINLI_PG_EXPECT", "LINLI_TEST_DATA", "LINLI_MAX_BODY"}


def read_by_code() -> set[str]:
    """Names that code passes to the environment, in the shell's settings, command line and database server."""
    found: set[str] = set()
    for file in (ROOT / "linli" / "shell").rglob("*.py"):
        if "tests" in file.parts or {"checks", "bench", "proof"} & set(file.relative_to(ROOT).parts[2:3]):
            continue
        for line in file.read_text("utf-8").splitlines():
            if re.search(r"environ|_flag\(|_choice\(|_number\(|for name in \(", line):
                found |= set(NAME.findall(line))
    return found - ELSEWHERE


def test_the_table_names_every_variable_and_no_other() -> None:
    listed = set(re.findall(r"^\| `([A-Z_]+)` \|", PAGE, re.MULTILINE))
    assert listed == read_by_code()


def test_every_command_on_the_page_exists() -> None:
    known = {name for name, _help, _configure, _module in words.SINGLE}
    known |= {f"{group} {name}" for group, _help, members in words.GROUPS for name, _h, _c, _m in members}
    named = re.findall(r"`(?:\./run )?linli ([a-z-]+(?: [a-z]+)?)", PAGE)
    assert len(named) > 15
    assert [one for one in named if one not in known and one.split()[0] not in known] == []


@pytest.fixture
def documented(server: postgres.Endpoint) -> Iterator[postgres.Endpoint]:
    """The page's roles and database, under another name so that nothing else is touched."""
    first, second = (
        block.replace("linli", "opspage") for block in re.findall(r"```sql\n(.*?)```", PAGE, re.DOTALL)
    )
    with psycopg.connect(server.super_url(), autocommit=True) as connection:
        for statement in first.split(";\n"):
            if statement.strip():
                connection.execute(statement)  # type: ignore[call-overload]  # text of our own page
    with psycopg.connect(server.super_url("opspage"), autocommit=True) as connection:
        connection.execute(second)  # type: ignore[call-overload]  # text of our own page
    yield server
    postgres.drop_database(server, "opspage")
    with psycopg.connect(server.super_url(), autocommit=True) as connection:
        connection.execute("DROP ROLE opspage_owner, opspage_app, opspage_backup")


def url(server: postgres.Endpoint, role: str) -> str:
    return (
        f"host={server.host} port={server.port} dbname=opspage user=opspage_{role} password={role}-password"
    )


def test_the_roles_on_the_page_work_and_are_no_more_than_they_may_be(documented: postgres.Endpoint) -> None:
    with psycopg.connect(url(documented, "owner"), autocommit=True) as owner:
        owner.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
        owner.execute("CREATE TABLE sealed (id int)")
        owner.execute("ALTER TABLE sealed ENABLE ROW LEVEL SECURITY")
        owner.execute("ALTER TABLE sealed FORCE ROW LEVEL SECURITY")
        owner.execute("CREATE POLICY all_in ON sealed FOR INSERT WITH CHECK (true)")
    with psycopg.connect(url(documented, "app"), autocommit=True) as app:
        app.execute("INSERT INTO sealed VALUES (1)")
        assert app.execute("SELECT count(*) FROM sealed").fetchone() == (0,)
        for statement in (
            "CREATE TABLE own (id int)",
            "TRUNCATE sealed",
            "ALTER TABLE sealed DISABLE ROW LEVEL SECURITY",
        ):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                app.execute(statement)  # type: ignore[call-overload]  # one of the three above
    with psycopg.connect(url(documented, "backup"), autocommit=True) as backup:
        backup.execute("SET row_security = off")
        assert backup.execute("SELECT count(*) FROM sealed").fetchone() == (1,)
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            backup.execute("INSERT INTO sealed VALUES (2)")
