"""What opens a plan belongs to a patient of its clinic; a report of warning signs stays as it came."""

from django.db import migrations


def same(table: str, what: str, column: str, parent: str) -> migrations.RunSQL:
    name = f"{table}_{column.removesuffix('_id')}_same_{what}"
    return migrations.RunSQL(
        f"ALTER TABLE patients_{table} ADD CONSTRAINT {name} FOREIGN KEY ({column}, {what}_id)"
        f" REFERENCES {parent} (id, {what}_id) DEFERRABLE INITIALLY DEFERRED",
        f"ALTER TABLE patients_{table} DROP CONSTRAINT {name}",
    )


STAYS = (
    "CREATE TRIGGER signreport_stays BEFORE UPDATE OR DELETE ON patients_signreport"
    " FOR EACH ROW EXECUTE FUNCTION patients_signed_stays('patient_id')",
    "DROP TRIGGER signreport_stays ON patients_signreport",
)


class Migration(migrations.Migration):
    dependencies = [("patients", "0009_plan_access")]
    operations = [
        same("accesscode", "clinic", "patient_id", "patients_patient"),
        same("device", "clinic", "patient_id", "patients_patient"),
        same("emailedcode", "clinic", "patient_id", "patients_patient"),
        same("carer", "clinic", "patient_id", "patients_patient"),
        same("planlink", "clinic", "carer_id", "patients_carer"),
        same("signreport", "clinic", "patient_id", "patients_patient"),
        same("raisedflag", "clinic", "report_id", "patients_signreport"),
        migrations.RunSQL(*STAYS),
    ]
