"""Frozen rates refuse change in the database itself, whoever asks; deadlines of cases are found by an index."""

from django.db import migrations

FORWARD = """
CREATE FUNCTION cases_rates_frozen() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'Frozen rates are not changed: % is refused; a correction is a new row.', TG_OP
    USING ERRCODE = 'insufficient_privilege';
END $$;
CREATE TRIGGER cases_rateperiod_frozen BEFORE UPDATE OR DELETE ON cases_rateperiod
  FOR EACH ROW EXECUTE FUNCTION cases_rates_frozen();
CREATE TRIGGER cases_raterow_frozen BEFORE UPDATE OR DELETE ON cases_raterow
  FOR EACH ROW EXECUTE FUNCTION cases_rates_frozen();
CREATE TRIGGER cases_sampledraw_frozen BEFORE UPDATE OR DELETE ON cases_sampledraw
  FOR EACH ROW EXECUTE FUNCTION cases_rates_frozen();
"""
BACK = """
DROP TRIGGER cases_rateperiod_frozen ON cases_rateperiod;
DROP TRIGGER cases_raterow_frozen ON cases_raterow;
DROP TRIGGER cases_sampledraw_frozen ON cases_sampledraw;
DROP FUNCTION cases_rates_frozen();
"""


class Migration(migrations.Migration):
    dependencies = [("cases", "0004_rates")]
    operations = [migrations.RunSQL(FORWARD, BACK)]
