"""An amendment that was entered in error makes room for another one; a signed draft and its evaluation are one patient's."""

from django.db import migrations, models

NAME = "evaluationdraft_evaluation_same_patient"
SAME_PATIENT = f"""
ALTER TABLE patients_evaluationdraft ADD CONSTRAINT {NAME} FOREIGN KEY (evaluation_id, patient_id)
    REFERENCES patients_evaluation (id, patient_id) DEFERRABLE INITIALLY DEFERRED;
"""


class Migration(migrations.Migration):
    dependencies = [("patients", "0004_signed_rows_stay")]
    operations = [
        migrations.RemoveConstraint(model_name="evaluation", name="evaluation_amended_once"),
        migrations.AddConstraint(
            model_name="evaluation",
            constraint=models.UniqueConstraint(
                fields=["amends"],
                condition=~models.Q(status="entered_in_error"),
                name="evaluation_amended_once",
                violation_error_message="This evaluation was amended already.",
            ),
        ),
        migrations.RunSQL(SAME_PATIENT, f"ALTER TABLE patients_evaluationdraft DROP CONSTRAINT {NAME}"),
    ]
