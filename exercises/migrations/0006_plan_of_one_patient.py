"""What patients say and choose belongs to a patient of its clinic; a report of a day stays as it came."""

from django.db import migrations


def same(table: str, what: str, column: str, parent: str) -> migrations.RunSQL:
    name = f"{table}_{column.removesuffix('_id')}_same_{what}"
    return migrations.RunSQL(
        f"ALTER TABLE exercises_{table} ADD CONSTRAINT {name} FOREIGN KEY ({column}, {what}_id)"
        f" REFERENCES {parent} (id, {what}_id) DEFERRABLE INITIALLY DEFERRED",
        f"ALTER TABLE exercises_{table} DROP CONSTRAINT {name}",
    )


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
        same("dayreport", "clinic", "patient_id", "patients_patient"),
        same("logentry", "clinic", "report_id", "exercises_dayreport"),
        same("programmepause", "clinic", "patient_id", "patients_patient"),
        same("programmepause", "clinic", "programme_id", "exercises_programme"),
        same("programmepause", "patient", "programme_id", "exercises_programme"),
        same("planseen", "clinic", "patient_id", "patients_patient"),
        same("reminderchoice", "clinic", "patient_id", "patients_patient"),
        same("calendarfeed", "clinic", "patient_id", "patients_patient"),
        migrations.RunSQL(*STAYS),
        migrations.RunSQL(FIRST_STATE, migrations.RunSQL.noop),
    ]
