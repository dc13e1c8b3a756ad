"""Versions and drafts of a programme belong to its patient and clinic; what was closed or kept stays as it is."""

from django.db import migrations


def same(table: str, what: str, column: str, parent: str) -> migrations.RunSQL:
    name = f"{table}_{column.removesuffix('_id')}_same_{what}"
    return migrations.RunSQL(
        f"ALTER TABLE exercises_{table} ADD CONSTRAINT {name} FOREIGN KEY ({column}, {what}_id)"
        f" REFERENCES {parent} (id, {what}_id) DEFERRABLE INITIALLY DEFERRED",
        f"ALTER TABLE exercises_{table} DROP CONSTRAINT {name}",
    )


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
    dependencies = [("exercises", "0010_editing")]
    operations = [
        migrations.RunSQL(*ITEM_KEY),
        same("programmeitem", "programme", "succeeds_id", "exercises_programmeitem"),
        same("programmerevision", "clinic", "patient_id", "patients_patient"),
        same("programmerevision", "clinic", "programme_id", "exercises_programme"),
        same("programmerevision", "patient", "programme_id", "exercises_programme"),
        same("programmedraft", "clinic", "patient_id", "patients_patient"),
        same("programmedraft", "clinic", "programme_id", "exercises_programme"),
        same("programmedraft", "patient", "programme_id", "exercises_programme"),
        migrations.RunSQL(STAYS, MAY_CHANGE),
    ]
