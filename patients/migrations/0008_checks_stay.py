"""A check of cautions stays as it was signed, with a patient of its clinic."""

from django.db import migrations

SAME_CLINIC = (
    "ALTER TABLE patients_cautioncheck ADD CONSTRAINT cautioncheck_patient_same_clinic"
    " FOREIGN KEY (patient_id, clinic_id) REFERENCES patients_patient (id, clinic_id) DEFERRABLE INITIALLY DEFERRED",
    "ALTER TABLE patients_cautioncheck DROP CONSTRAINT cautioncheck_patient_same_clinic",
)
STAYS = (
    "CREATE TRIGGER cautioncheck_stays BEFORE UPDATE OR DELETE ON patients_cautioncheck"
    " FOR EACH ROW EXECUTE FUNCTION patients_signed_stays('patient_id')",
    "DROP TRIGGER cautioncheck_stays ON patients_cautioncheck",
)


class Migration(migrations.Migration):
    dependencies = [("patients", "0007_cautions")]
    operations = [migrations.RunSQL(*SAME_CLINIC), migrations.RunSQL(*STAYS)]
