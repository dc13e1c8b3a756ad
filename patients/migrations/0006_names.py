"""Names of what patients say of themselves, as people read them. Changes no table."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("patients", "0005_amended_once_standing")]
    operations = [
        migrations.AlterModelOptions(
            name="activityscore",
            options={"verbose_name": "score of an activity", "verbose_name_plural": "scores of activities"},
        ),
        migrations.AlterModelOptions(
            name="changerating",
            options={"verbose_name": "rating of change", "verbose_name_plural": "ratings of change"},
        ),
        migrations.AlterModelOptions(
            name="painscore",
            options={"verbose_name": "pain score", "verbose_name_plural": "pain scores"},
        ),
    ]
