from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('clinic', '0005_owners_pages'),
    ]

    operations = [
        migrations.AddIndex(
            model_name='auditentry',
            index=models.Index(models.F('actor_user'), models.OrderBy(models.F('at'), descending=True), condition=models.Q(('verb', 'record.read')), name='audit_readings'),
        ),
    ]
