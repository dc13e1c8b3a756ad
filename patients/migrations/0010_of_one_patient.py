"""What opens a plan belongs to a patient of its clinic; a report of warning signs stays as it came."""

from django.db import migrations

from clinic.migrations._same import same

STAYS = (
    "CREATE TRIGGER signreport_stays BEFORE UPDATE OR DELETE ON patients_signreport"
    " FOR EACH ROW EXECUTE FUNCTION patients_signed_stays('patient_id')",
    "DROP TRIGGER signreport_stays ON patients_signreport",
)


class Migration(migrations.Migration):
    dependencies = [("patients", "0009_plan_access")]
    operations = [
        same("clinic", "patients_accesscode", "patient_id", "patients_patient"),
        same("clinic", "patients_device", "patient_id", "patients_patient"),
        same("clinic", "patients_emailedcode", "patient_id", "patients_patient"),
        same("clinic", "patients_carer", "patient_id", "patients_patient"),
        same("clinic", "patients_planlink", "carer_id", "patients_carer"),
        same("clinic", "patients_signreport", "patient_id", "patients_patient"),
        same("clinic", "patients_raisedflag", "report_id", "patients_signreport"),
        migrations.RunSQL(*STAYS),
    ]
