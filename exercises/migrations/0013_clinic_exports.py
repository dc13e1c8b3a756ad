import django.db.models.deletion
import django.db.models.functions.datetime
import uuid
from django.conf import settings
from django.db import migrations, models

from clinic.migrations._same import same


class Migration(migrations.Migration):

    dependencies = [
        ('clinic', '0011_pages_of_outgoing_email'),
        ('exercises', '0012_log_by_clinic'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='ClinicExport',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('asked_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('state', models.CharField(choices=[('running', 'being made'), ('done', 'ready'), ('stopped', 'stopped'), ('failed', 'interrupted by a fault'), ('deleted', 'file deleted')], default='running', max_length=8)),
                ('total', models.PositiveIntegerField(default=0)),
                ('done', models.PositiveIntegerField(default=0)),
                ('after', models.UUIDField(null=True)),
                ('counts', models.JSONField(default=dict)),
                ('fault', models.CharField(blank=True, max_length=80)),
                ('finished_at', models.DateTimeField(null=True)),
                ('expires_at', models.DateTimeField(null=True)),
                ('asked_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('clinic', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='clinic.clinic')),
            ],
            options={
                'verbose_name': 'export of a clinic',
                'verbose_name_plural': 'exports of clinics',
                'ordering': ['-asked_at', 'pk'],
            },
        ),
        migrations.CreateModel(
            name='ExportPart',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=80)),
                ('number', models.PositiveIntegerField()),
                ('data', models.BinaryField()),
                ('clinic', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='clinic.clinic')),
                ('export', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='parts', to='exercises.clinicexport')),
            ],
            options={
                'verbose_name': 'part of an export',
                'verbose_name_plural': 'parts of exports',
            },
        ),
        migrations.AddConstraint(
            model_name='clinicexport',
            constraint=models.UniqueConstraint(fields=('id', 'clinic'), name='export_id_clinic', violation_error_message='Wrong clinic.'),
        ),
        migrations.AddConstraint(
            model_name='clinicexport',
            constraint=models.UniqueConstraint(condition=models.Q(('state', 'running')), fields=('clinic',), name='export_one_at_a_time', violation_error_message='An export of this clinic is being made already.'),
        ),
        migrations.AddConstraint(
            model_name='clinicexport',
            constraint=models.CheckConstraint(condition=models.Q(('state__in', ['running', 'done', 'stopped', 'failed', 'deleted'])), name='export_state_known', violation_error_message='Unknown state.'),
        ),
        migrations.AddConstraint(
            model_name='clinicexport',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('finished_at', None), ('state', 'running')), models.Q(models.Q(('state', 'running'), _negated=True), ('finished_at__isnull', False)), _connector='OR'), name='export_ended_at_a_time', violation_error_message='An export that is over says since when.'),
        ),
        migrations.AddConstraint(
            model_name='clinicexport',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('state', 'done'), _negated=True), models.Q(('expires_at__gt', models.F('finished_at')), ('expires_at__isnull', False)), _connector='OR'), name='export_file_expires', violation_error_message='A file is kept for some days only.'),
        ),
        migrations.AddConstraint(
            model_name='exportpart',
            constraint=models.UniqueConstraint(fields=('export', 'name', 'number'), name='export_part_once', violation_error_message='This part is there already.'),
        ),
        same("clinic", "exercises_exportpart", "export_id", "exercises_clinicexport"),
    ]
