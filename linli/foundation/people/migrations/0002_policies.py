"""Row-level policies of the vault: one district at a time, sealed rows only while the vault is open.

FORCE binds the owner role too. Inserting sealed rows needs the district alone; reading and changing them needs
`linli.sealed = open` besides. The log of reveals is written and read, never changed; nothing is deleted here.
"""

from django.db import migrations

DISTRICT = "district = NULLIF(current_setting('linli.district', true), '')::integer"
OPEN = f"{DISTRICT} AND current_setting('linli.sealed', true) = 'open'"
SHOWN = ("person", "household", "residence", "ownership")
SEALED = ("datakey", "personsecret", "kepttext")
LOGS = ("reveal",)

ENABLE = """
ALTER TABLE people_{table} ENABLE ROW LEVEL SECURITY;
ALTER TABLE people_{table} FORCE ROW LEVEL SECURITY;
"""
DISABLE = """
ALTER TABLE people_{table} NO FORCE ROW LEVEL SECURITY;
ALTER TABLE people_{table} DISABLE ROW LEVEL SECURITY;
"""


def _policy(table: str, name: str, rule: str) -> str:
    return f"CREATE POLICY {name} ON people_{table} {rule};\n"


def forward() -> str:
    sql = "".join(ENABLE.format(table=t) for t in (*SHOWN, *SEALED, *LOGS))
    for table in SHOWN:
        sql += _policy(table, "own_district", f"USING ({DISTRICT}) WITH CHECK ({DISTRICT})")
    for table in SEALED:
        sql += _policy(table, "write_own", f"FOR INSERT WITH CHECK ({DISTRICT})")
        sql += _policy(table, "read_open", f"FOR SELECT USING ({OPEN})")
        sql += _policy(table, "change_open", f"FOR UPDATE USING ({OPEN}) WITH CHECK ({OPEN})")
    for table in LOGS:
        sql += _policy(table, "write_own", f"FOR INSERT WITH CHECK ({DISTRICT})")
        sql += _policy(table, "read_own", f"FOR SELECT USING ({DISTRICT})")
    # The sealed half has the id of its person, so one foreign key on the id itself.
    sql += "ALTER TABLE people_personsecret ADD CONSTRAINT people_personsecret_person FOREIGN KEY (id) REFERENCES people_person (id);\n"
    tables = ", ".join(f"people_{t}" for t in (*SHOWN, *SEALED, *LOGS))
    sql += f"""
DO $$ BEGIN
  IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'linli_app') THEN
    REVOKE DELETE, TRUNCATE ON {tables} FROM linli_app;
    REVOKE UPDATE ON people_reveal FROM linli_app;
  END IF;
END $$;
"""
    return sql


def back() -> str:
    sql = "ALTER TABLE people_personsecret DROP CONSTRAINT people_personsecret_person;\n"
    for table in SHOWN:
        sql += f"DROP POLICY own_district ON people_{table};\n"
    for table in SEALED:
        sql += "".join(f"DROP POLICY {p} ON people_{table};\n" for p in ("write_own", "read_open", "change_open"))
    for table in LOGS:
        sql += "".join(f"DROP POLICY {p} ON people_{table};\n" for p in ("write_own", "read_own"))
    return sql + "".join(DISABLE.format(table=t) for t in (*SHOWN, *SEALED, *LOGS))


class Migration(migrations.Migration):
    dependencies = [("people", "0001_initial")]
    operations = [migrations.RunSQL(forward(), back())]
