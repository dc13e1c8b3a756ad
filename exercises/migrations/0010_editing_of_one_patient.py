"""Versions and drafts of a programme belong to its patient and clinic; what was closed or kept stays as it is."""

from django.db import migrations

from clinic.migrations._same import same


ITEM_KEY = (
    "ALTER TABLE exercises_programmeitem ADD CONSTRAINT programmeitem_id_programme UNIQUE (id, programme_id)",
    "ALTER TABLE exercises_programmeitem DROP CONSTRAINT programmeitem_id_programme",
)
STAYS = """
CREATE TRIGGER programmeitem_closed_stays BEFORE UPDATE OR DELETE ON exercises_programmeitem
    FOR EACH ROW WHEN (OLD.until_version IS NOT NULL) EXECUTE FUNCTION patients_signed_stays('-');
CREATE TRIGGER programmerevision_stays BEFORE UPDATE OR DELETE ON exercises_programmerevision
    FOR EACH ROW EXECUTE FUNCTION patients_signed_stays('patient_id');
"""
MAY_CHANGE = """
DROP TRIGGER programmerevision_stays ON exercises_programmerevision;
DROP TRIGGER programmeitem_closed_stays ON exercises_programmeitem;
"""


class Migration(migrations.Migration):
    dependencies = [("exercises", "0009_editing")]
    operations = [
        migrations.RunSQL(*ITEM_KEY),
        same("programme", "exercises_programmeitem", "succeeds_id", "exercises_programmeitem"),
        same("clinic", "exercises_programmerevision", "patient_id", "patients_patient"),
        same("clinic", "exercises_programmerevision", "programme_id", "exercises_programme"),
        same("patient", "exercises_programmerevision", "programme_id", "exercises_programme"),
        same("clinic", "exercises_programmedraft", "patient_id", "patients_patient"),
        same("clinic", "exercises_programmedraft", "programme_id", "exercises_programme"),
        same("patient", "exercises_programmedraft", "programme_id", "exercises_programme"),
        migrations.RunSQL(STAYS, MAY_CHANGE),
    ]
