"""Alerts belong to a patient of their clinic; occasions and notes stay as they were written."""

from django.db import migrations


def same(table: str, column: str, parent: str) -> migrations.RunSQL:
    name = f"{table}_{column.removesuffix('_id')}_same_clinic"
    return migrations.RunSQL(
        f"ALTER TABLE exercises_{table} ADD CONSTRAINT {name} FOREIGN KEY ({column}, clinic_id)"
        f" REFERENCES {parent} (id, clinic_id) DEFERRABLE INITIALLY DEFERRED",
        f"ALTER TABLE exercises_{table} DROP CONSTRAINT {name}",
    )


def stays(table: str) -> migrations.RunSQL:
    return migrations.RunSQL(
        f"CREATE TRIGGER {table}_stays BEFORE UPDATE OR DELETE ON exercises_{table}"
        " FOR EACH ROW EXECUTE FUNCTION clinic_append_only()",
        f"DROP TRIGGER {table}_stays ON exercises_{table}",
    )


class Migration(migrations.Migration):
    dependencies = [("exercises", "0008_alerts"), ("clinic", "0002_audit_append_only")]
    operations = [
        same("alert", "patient_id", "patients_patient"),
        same("alerttrigger", "alert_id", "exercises_alert"),
        same("alertnote", "alert_id", "exercises_alert"),
        stays("alerttrigger"),
        stays("alertnote"),
    ]
