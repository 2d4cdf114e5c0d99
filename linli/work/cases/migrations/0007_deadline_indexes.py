"""Deadlines, first contacts and further rounds of cases, found for a period without reading every clock.

They stand on the ground floor's table and hold only clocks of cases, so this room makes them.
"""

from django.db import migrations

FORWARD = """
CREATE INDEX cases_clock_due ON core_clock (district, coalesce(next_due, breached_at))
  INCLUDE (subject_id, started_at, next_due, stopped_at, breached_at, state)
  WHERE subject_type = 'case' AND kind = 'finish' AND round = 1;
CREATE INDEX cases_clock_contact ON core_clock (district, subject_id)
  INCLUDE (started_at, next_due, stopped_at, breached_at, state)
  WHERE subject_type = 'case' AND kind = 'contact' AND round = 1;
CREATE INDEX cases_clock_later ON core_clock (district, subject_id)
  INCLUDE (kind, round, started_at, next_due, stopped_at, breached_at, state)
  WHERE subject_type = 'case' AND kind IN ('contact', 'finish') AND round > 1;
"""
BACK = "DROP INDEX cases_clock_due; DROP INDEX cases_clock_contact; DROP INDEX cases_clock_later;"


class Migration(migrations.Migration):
    dependencies = [("cases", "0006_flow"), ("core", "0002_append_only")]
    operations = [migrations.RunSQL(FORWARD, BACK)]
