"""Alerts belong to a patient of their clinic; occasions and notes stay as they were written."""

from django.db import migrations

from clinic.migrations._same import same


def stays(table: str) -> migrations.RunSQL:
    return migrations.RunSQL(
        f"CREATE TRIGGER {table}_stays BEFORE UPDATE OR DELETE ON exercises_{table}"
        " FOR EACH ROW EXECUTE FUNCTION clinic_append_only()",
        f"DROP TRIGGER {table}_stays ON exercises_{table}",
    )


class Migration(migrations.Migration):
    dependencies = [("exercises", "0007_alerts"), ("clinic", "0002_audit_append_only")]
    operations = [
        same("clinic", "exercises_alert", "patient_id", "patients_patient"),
        same("clinic", "exercises_alerttrigger", "alert_id", "exercises_alert"),
        same("clinic", "exercises_alertnote", "alert_id", "exercises_alert"),
        stays("alerttrigger"),
        stays("alertnote"),
    ]
