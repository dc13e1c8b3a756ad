"""Composite foreign keys, which Django cannot express: no row can speak of another clinic's patient.

And a finding repeats its type's site and exclusive group, so that constraints can use them; the key keeps both true.
"""

from django.db import migrations

from clinic.migrations._same import same

TABLES = ["finding", "painscore", "consentrecord", "planlink", "planvisit"]


class Migration(migrations.Migration):
    dependencies = [("patients", "0001_initial")]
    operations = [
        *[
            same("clinic", f"patients_{table}", "patient_id", "patients_patient", name=f"{table}_same_clinic")
            for table in TABLES
        ],
        migrations.RunSQL(
            "ALTER TABLE patients_finding ADD CONSTRAINT finding_repeats_its_type"
            " FOREIGN KEY (type_id, site, exclusive_group)"
            " REFERENCES patients_findingtype (key, site, exclusive_group)"
            " ON UPDATE CASCADE DEFERRABLE INITIALLY DEFERRED",
            "ALTER TABLE patients_finding DROP CONSTRAINT finding_repeats_its_type",
        ),
    ]
