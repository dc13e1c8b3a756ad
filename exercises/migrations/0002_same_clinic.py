"""Composite foreign keys, which Django cannot express: programme, item, log and reminder stay within one clinic.

And a published version of an exercise never changes: plans already sent show what was sent.
"""

from django.db import migrations

from clinic.migrations._same import same

KEYS = [
    ("programme", "patient_id", "patients_patient"),
    ("programmeitem", "programme_id", "exercises_programme"),
    ("logentry", "patient_id", "patients_patient"),
    ("logentry", "programme_id", "exercises_programme"),
    ("logentry", "item_id", "exercises_programmeitem"),
    ("reminder", "programme_id", "exercises_programme"),
]

FROZEN = """
CREATE TRIGGER version_frozen BEFORE UPDATE OR DELETE ON exercises_exerciseversion
    FOR EACH ROW EXECUTE FUNCTION clinic_append_only();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("exercises", "0001_initial"),
        ("patients", "0002_same_clinic"),
        ("clinic", "0002_audit_append_only"),
    ]
    operations = [
        *[same("clinic", f"exercises_{table}", column, parent) for table, column, parent in KEYS],
        migrations.RunSQL(FROZEN, "DROP TRIGGER version_frozen ON exercises_exerciseversion"),
    ]
