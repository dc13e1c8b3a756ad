"""What patients say and choose belongs to a patient of its clinic; a report of a day stays as it came."""

from django.db import migrations

from clinic.migrations._same import same

STAYS = (
    "CREATE TRIGGER dayreport_stays BEFORE UPDATE OR DELETE ON exercises_dayreport"
    " FOR EACH ROW EXECUTE FUNCTION patients_signed_stays('patient_id')",
    "DROP TRIGGER dayreport_stays ON exercises_dayreport",
)
# An UPDATE makes the trigger keep what stands: the first state of each history.
FIRST_STATE = "UPDATE exercises_logentry SET said_at = recorded_at"


class Migration(migrations.Migration):
    dependencies = [("exercises", "0005_plan"), ("patients", "0010_of_one_patient")]
    operations = [
        same("clinic", "exercises_dayreport", "patient_id", "patients_patient"),
        same("clinic", "exercises_logentry", "report_id", "exercises_dayreport"),
        same("clinic", "exercises_programmepause", "patient_id", "patients_patient"),
        same("clinic", "exercises_programmepause", "programme_id", "exercises_programme"),
        same("patient", "exercises_programmepause", "programme_id", "exercises_programme"),
        same("clinic", "exercises_planseen", "patient_id", "patients_patient"),
        same("clinic", "exercises_reminderchoice", "patient_id", "patients_patient"),
        same("clinic", "exercises_calendarfeed", "patient_id", "patients_patient"),
        migrations.RunSQL(*STAYS),
        migrations.RunSQL(FIRST_STATE, migrations.RunSQL.noop),
    ]
