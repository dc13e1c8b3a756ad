from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("exercises", "0010_editing_of_one_patient")]

    operations = [
        migrations.AddIndex(
            model_name="logentry",
            index=models.Index(models.F("clinic"), models.F("performed_on"), models.F("patient"), name="log_by_clinic"),
        ),
    ]
