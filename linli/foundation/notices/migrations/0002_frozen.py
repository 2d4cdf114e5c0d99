"""What has been published is frozen in the database itself, whoever asks."""

from django.db import migrations

FORWARD = """
CREATE FUNCTION notices_notice_frozen() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF OLD.digest = '' THEN
    IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;
    RETURN NEW;
  END IF;
  IF TG_OP = 'DELETE' THEN
    RAISE EXCEPTION 'A published notice is not deleted.' USING ERRCODE = 'insufficient_privilege';
  END IF;
  IF (OLD.public_id, OLD.kind, OLD.rule, OLD.version, OLD.corrects_id, OLD.place_id, OLD.place_path, OLD.body_name, OLD.title,
      OLD.text, OLD.basis, OLD.personal_basis, OLD.shown_amount, OLD.shown_unit, OLD.published_at, OLD.first_day, OLD.last_day,
      OLD.objections_until, OLD.digest)
     IS DISTINCT FROM
     (NEW.public_id, NEW.kind, NEW.rule, NEW.version, NEW.corrects_id, NEW.place_id, NEW.place_path, NEW.body_name, NEW.title,
      NEW.text, NEW.basis, NEW.personal_basis, NEW.shown_amount, NEW.shown_unit, NEW.published_at, NEW.first_day, NEW.last_day,
      NEW.objections_until, NEW.digest) THEN
    RAISE EXCEPTION 'The content of a published notice is frozen.' USING ERRCODE = 'insufficient_privilege';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER notices_notice_frozen BEFORE UPDATE OR DELETE ON notices_notice
  FOR EACH ROW EXECUTE FUNCTION notices_notice_frozen();
"""
BACK = """
DROP TRIGGER notices_notice_frozen ON notices_notice;
DROP FUNCTION notices_notice_frozen();
"""


class Migration(migrations.Migration):
    dependencies = [("notices", "0001_initial")]
    operations = [migrations.RunSQL(FORWARD, BACK)]
