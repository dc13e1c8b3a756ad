"""The audit is proved each night; and an alarm knows of which lights it told."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('clinic', '0016_cache_is_json'),
    ]

    operations = [
        migrations.AddField(
            model_name='alarm',
            name='since',
            field=models.JSONField(db_default=models.Value({}, models.JSONField()), default=dict),
        ),
        migrations.AddField(
            model_name='alarm',
            name='told_of',
            field=models.JSONField(db_default=models.Value([], models.JSONField()), default=list),
        ),
        migrations.CreateModel(
            name='AuditProof',
            fields=[
                ('id', models.PositiveSmallIntegerField(default=1, primary_key=True, serialize=False)),
                ('proved_at', models.DateTimeField()),
                ('seals', models.PositiveBigIntegerField(default=0)),
                ('entries', models.PositiveBigIntegerField(default=0)),
                ('faults', models.PositiveIntegerField(default=0)),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(('id', 1)), name='audit_proof_is_one_row', violation_error_message='One row only.')],
            },
        ),
    ]
