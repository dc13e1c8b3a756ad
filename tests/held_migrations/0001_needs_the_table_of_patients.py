from django.db import migrations


class Migration(migrations.Migration):
    operations = [
        migrations.RunSQL(
            "ALTER TABLE patients_patient ADD COLUMN held boolean",
            "ALTER TABLE patients_patient DROP COLUMN held",
        )
    ]
