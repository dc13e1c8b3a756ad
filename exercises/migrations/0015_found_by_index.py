from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False  # nobody waits while an index is built
    dependencies = [("exercises", "0014_within")]

    operations = [
        AddIndexConcurrently(
            model_name="exercise",
            index=models.Index(models.F("id"), include=("clinic",), name="exercise_of_clinic"),
        ),
        AddIndexConcurrently(
            model_name="exercise",
            index=models.Index(
                models.F("name"),
                models.F("id"),
                condition=models.Q(("current__isnull", False), ("stage", "published")),
                include=("clinic", "stage", "current"),
                name="exercise_by_name",
            ),
        ),
        AddIndexConcurrently(
            model_name="programme",
            index=models.Index(
                models.F("assigned_by"),
                models.OrderBy(models.F("assigned_at"), descending=True),
                models.F("id"),
                include=("clinic", "patient"),
                name="programme_assigned_lately",
            ),
        ),
    ]
