"""Counting a long list read the row of each patient for the policy and for what restricts it: both ask for the key alone."""

from django.contrib.postgres.operations import AddIndexConcurrently, RemoveIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False  # nobody waits while an index is built
    dependencies = [("patients", "0021_record_deletion")]

    operations = [
        AddIndexConcurrently(
            model_name="patient",
            index=models.Index(
                fields=["clinic", "practitioner"],
                name="patient_counted",
                condition=models.Q(archived_at=None),
                include=["id"],
            ),
        ),
        RemoveIndexConcurrently(model_name="patient", name="patient_current"),
    ]
