"""Former items of a programme, and occasions and notes of an alert, go with a record whose time is over; else they stay."""

from django.db import migrations

# The arguments: where the row's parent lies, and the column that names it.
GO = """
CREATE FUNCTION exercises_part_stays() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    patient uuid;
BEGIN
    IF TG_OP = 'UPDATE' AND OLD IS NOT DISTINCT FROM NEW THEN
        RETURN NEW;
    END IF;
    EXECUTE format('SELECT patient_id FROM %I WHERE id = $1', TG_ARGV[0])
        INTO patient USING (to_jsonb(OLD) ->> TG_ARGV[1])::uuid;
    IF TG_OP = 'UPDATE' OR NOT patients_record_goes(patient) THEN
        RAISE EXCEPTION 'rows of % are never changed or deleted', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN OLD;
END $$;
DROP TRIGGER programmeitem_closed_stays ON exercises_programmeitem;
CREATE TRIGGER programmeitem_closed_stays BEFORE UPDATE OR DELETE ON exercises_programmeitem
    FOR EACH ROW WHEN (OLD.until_version IS NOT NULL)
    EXECUTE FUNCTION exercises_part_stays('exercises_programme', 'programme_id');
DROP TRIGGER alerttrigger_stays ON exercises_alerttrigger;
CREATE TRIGGER alerttrigger_stays BEFORE UPDATE OR DELETE ON exercises_alerttrigger
    FOR EACH ROW EXECUTE FUNCTION exercises_part_stays('exercises_alert', 'alert_id');
DROP TRIGGER alertnote_stays ON exercises_alertnote;
CREATE TRIGGER alertnote_stays BEFORE UPDATE OR DELETE ON exercises_alertnote
    FOR EACH ROW EXECUTE FUNCTION exercises_part_stays('exercises_alert', 'alert_id');
"""
STAY = """
DROP TRIGGER alertnote_stays ON exercises_alertnote;
CREATE TRIGGER alertnote_stays BEFORE UPDATE OR DELETE ON exercises_alertnote
    FOR EACH ROW EXECUTE FUNCTION clinic_append_only();
DROP TRIGGER alerttrigger_stays ON exercises_alerttrigger;
CREATE TRIGGER alerttrigger_stays BEFORE UPDATE OR DELETE ON exercises_alerttrigger
    FOR EACH ROW EXECUTE FUNCTION clinic_append_only();
DROP TRIGGER programmeitem_closed_stays ON exercises_programmeitem;
CREATE TRIGGER programmeitem_closed_stays BEFORE UPDATE OR DELETE ON exercises_programmeitem
    FOR EACH ROW WHEN (OLD.until_version IS NOT NULL) EXECUTE FUNCTION patients_signed_stays('-');
DROP FUNCTION exercises_part_stays();
"""


class Migration(migrations.Migration):
    dependencies = [("exercises", "0015_found_by_index"), ("patients", "0021_record_deletion")]
    operations = [migrations.RunSQL(GO, STAY)]
