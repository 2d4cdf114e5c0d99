"""Roles and databases: who owns, who serves, and what the serving role can never do."""

import psycopg
from psycopg import sql

from linli.shell.postgres.endpoint import APP, OWNER, Endpoint

CREATION_LOCK = 7_315_001  # any number, the same in every process


def connect(endpoint: Endpoint, db: str = "postgres") -> psycopg.Connection[tuple[object, ...]]:
    """An autocommit connection as superuser, for creating and dropping."""
    return psycopg.connect(endpoint.super_url(db), autocommit=True, connect_timeout=10)


def create_roles(endpoint: Endpoint) -> None:
    """Create the owner and the application role, or bring them back to what they may be. Idempotent."""
    role_options = "LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS"
    with connect(endpoint) as connection:
        connection.execute("SELECT pg_advisory_lock(%s)", [CREATION_LOCK])
        for role, password in ((OWNER, endpoint.secrets.owner), (APP, endpoint.secrets.app)):
            known = connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [role]).fetchone()
            verb = sql.SQL("ALTER" if known else "CREATE")
            connection.execute(
                sql.SQL("{} ROLE {} {} PASSWORD {}").format(
                    verb, sql.Identifier(role), sql.SQL(role_options), sql.Literal(password)
                )
            )
        # Nobody but the superuser works in the maintenance databases.
        connection.execute("REVOKE ALL ON DATABASE postgres, template1 FROM PUBLIC")


def create_database(endpoint: Endpoint, name: str, template: str | None = None) -> None:
    """Create a database of the owner role in which the application role reads and writes rows only.

    `template` names a database to copy; nobody may be connected to it (PostgreSQL's rule). Idempotent: an
    existing database is kept, only its privileges are set again.
    """
    with connect(endpoint) as connection:
        # Two processes may do this at once; PostgreSQL reports such races in several unhelpful ways.
        connection.execute("SELECT pg_advisory_lock(%s)", [CREATION_LOCK])
        known = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone()
        if known is None:
            creation = sql.SQL("CREATE DATABASE {} OWNER {} TEMPLATE {} ENCODING 'UTF8'")
            names = (sql.Identifier(word) for word in (name, OWNER, template or "template0"))
            connection.execute(creation.format(*names))
        connection.execute(sql.SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC").format(sql.Identifier(name)))
        connection.execute(
            sql.SQL("GRANT CONNECT ON DATABASE {} TO {}").format(sql.Identifier(name), sql.Identifier(APP))
        )
        # Still under the lock: privileges set twice at once end in "tuple concurrently updated".
        with connect(endpoint, name) as inside:
            for statement in PRIVILEGES:
                inside.execute(
                    sql.SQL(statement).format(owner=sql.Identifier(OWNER), app=sql.Identifier(APP))
                )


PRIVILEGES = (
    "ALTER SCHEMA public OWNER TO {owner}",
    "REVOKE ALL ON SCHEMA public FROM PUBLIC",
    "GRANT USAGE ON SCHEMA public TO {app}",
    "ALTER DEFAULT PRIVILEGES FOR ROLE {owner} GRANT USAGE ON SCHEMAS TO {app}",
    "ALTER DEFAULT PRIVILEGES FOR ROLE {owner} GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO {app}",
    "ALTER DEFAULT PRIVILEGES FOR ROLE {owner} GRANT USAGE ON SEQUENCES TO {app}",
)


def drop_database(endpoint: Endpoint, name: str) -> None:
    """Drop a database together with the connections to it; nothing happens when it does not exist."""
    with connect(endpoint) as connection:
        connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))
