import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('clinic', '0012_audit_sealed'),
    ]

    operations = [
        migrations.AlterField(
            model_name='clinic',
            name='retention_years',
            field=models.PositiveSmallIntegerField(blank=True, help_text='How many years after the last entry your rules ask you to keep a record: 1 to 50. Footwork lists whose time is over, and deletes nothing by it. Empty: not decided.', null=True, verbose_name='years that records are kept'),
        ),
        migrations.CreateModel(
            name='JobRun',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=60)),
                ('local_date', models.DateField()),
                ('started_at', models.DateTimeField()),
                ('finished_at', models.DateTimeField(null=True)),
                ('rows', models.PositiveIntegerField(default=0)),
                ('clinic', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='clinic.clinic')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('name', 'clinic', 'local_date'), name='jobrun_once_a_day', nulls_distinct=False, violation_error_message='This was taken up on that day already.'), models.CheckConstraint(condition=models.Q(('finished_at', None), ('finished_at__gte', models.F('started_at')), _connector='OR'), name='jobrun_ends_after_it_began', violation_error_message='It ends after it began.')],
            },
        ),
    ]
