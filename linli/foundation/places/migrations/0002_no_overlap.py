"""Periods of one place, and of one code, never overlap: the database refuses what a race could write."""

from django.db import migrations

FORWARD = """
CREATE EXTENSION IF NOT EXISTS btree_gist;
ALTER TABLE places_placecode ADD CONSTRAINT places_placecode_place_overlap EXCLUDE USING gist
  (district WITH =, place_id WITH =, tstzrange(valid_from, valid_to) WITH &&);
ALTER TABLE places_placecode ADD CONSTRAINT places_placecode_code_overlap EXCLUDE USING gist
  (district WITH =, code WITH =, tstzrange(valid_from, valid_to) WITH &&);
ALTER TABLE places_placename ADD CONSTRAINT places_placename_overlap EXCLUDE USING gist
  (district WITH =, place_id WITH =, tstzrange(valid_from, valid_to) WITH &&);
"""
BACK = """
ALTER TABLE places_placename DROP CONSTRAINT places_placename_overlap;
ALTER TABLE places_placecode DROP CONSTRAINT places_placecode_code_overlap;
ALTER TABLE places_placecode DROP CONSTRAINT places_placecode_place_overlap;
"""


class Migration(migrations.Migration):
    dependencies = [("places", "0001_initial")]
    operations = [migrations.RunSQL(FORWARD, BACK)]
