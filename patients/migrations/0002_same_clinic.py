"""Composite foreign keys, which Django cannot express: no row can speak of another clinic's patient.

And a finding repeats its type's site and exclusive group, so that constraints can use them; the key keeps both true.
"""

from django.db import migrations

TABLES = ["finding", "painscore", "consentrecord", "planlink", "planvisit"]


def same_clinic(table: str) -> migrations.RunSQL:
    name = f"{table}_same_clinic"
    return migrations.RunSQL(
        f"ALTER TABLE patients_{table} ADD CONSTRAINT {name} FOREIGN KEY (patient_id, clinic_id)"
        " REFERENCES patients_patient (id, clinic_id) DEFERRABLE INITIALLY DEFERRED",
        f"ALTER TABLE patients_{table} DROP CONSTRAINT {name}",
    )


class Migration(migrations.Migration):
    dependencies = [("patients", "0001_initial")]
    operations = [
        *[same_clinic(table) for table in TABLES],
        migrations.RunSQL(
            "ALTER TABLE patients_finding ADD CONSTRAINT finding_repeats_its_type"
            " FOREIGN KEY (type_id, site, exclusive_group)"
            " REFERENCES patients_findingtype (key, site, exclusive_group)"
            " ON UPDATE CASCADE DEFERRABLE INITIALLY DEFERRED",
            "ALTER TABLE patients_finding DROP CONSTRAINT finding_repeats_its_type",
        ),
    ]
