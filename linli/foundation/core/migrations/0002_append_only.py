"""The ledger refuses change in the database itself, whoever asks."""

from django.db import migrations

FORWARD = """
CREATE FUNCTION core_event_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'The event ledger is append-only: % is refused.', TG_OP USING ERRCODE = 'insufficient_privilege';
END $$;
CREATE TRIGGER core_event_no_change BEFORE UPDATE OR DELETE ON core_event
  FOR EACH ROW EXECUTE FUNCTION core_event_refuse();
CREATE TRIGGER core_event_no_truncate BEFORE TRUNCATE ON core_event
  FOR EACH STATEMENT EXECUTE FUNCTION core_event_refuse();
DO $$ BEGIN
  IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'linli_app') THEN
    REVOKE UPDATE, DELETE, TRUNCATE ON core_event FROM linli_app;
    REVOKE DELETE, TRUNCATE ON core_charterversion FROM linli_app;
  END IF;
END $$;
"""
BACK = """
DROP TRIGGER core_event_no_change ON core_event;
DROP TRIGGER core_event_no_truncate ON core_event;
DROP FUNCTION core_event_refuse();
"""


class Migration(migrations.Migration):
    dependencies = [("core", "0001_initial")]
    operations = [migrations.RunSQL(FORWARD, BACK)]
