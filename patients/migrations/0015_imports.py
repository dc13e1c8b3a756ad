"""Lists of patients on their way in; a row speaks of its own clinic's import and patients alone."""

import django.contrib.postgres.fields
import django.db.models.deletion
import django.db.models.functions.datetime
import uuid
from django.conf import settings
from django.db import migrations, models

from clinic.migrations._same import same


class Migration(migrations.Migration):

    dependencies = [
        ('clinic', '0004_patients_languages'),
        ('patients', '0014_messages'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='PatientImport',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('file_name', models.CharField(max_length=120)),
                ('encoding', models.CharField(max_length=12)),
                ('headings', django.contrib.postgres.fields.ArrayField(base_field=models.TextField(), size=None)),
                ('columns', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(blank=True, max_length=20), default=list, size=None)),
                ('day_order', models.CharField(blank=True, max_length=3)),
                ('state', models.CharField(choices=[('uploaded', 'columns to be named'), ('checking', 'being checked'), ('checked', 'waiting for you'), ('running', 'being added'), ('done', 'added'), ('stopped', 'stopped'), ('failed', 'interrupted by a fault'), ('discarded', 'discarded')], default='uploaded', max_length=10)),
                ('total', models.PositiveIntegerField()),
                ('ready', models.PositiveIntegerField(default=0)),
                ('duplicate', models.PositiveIntegerField(default=0)),
                ('chosen', models.PositiveIntegerField(default=0)),
                ('faulty', models.PositiveIntegerField(default=0)),
                ('done', models.PositiveIntegerField(default=0)),
                ('fault', models.CharField(blank=True, max_length=80)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('queued_at', models.DateTimeField(null=True)),
                ('confirmed_at', models.DateTimeField(null=True)),
                ('finished_at', models.DateTimeField(null=True)),
                ('undone_at', models.DateTimeField(null=True)),
                ('clinic', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='clinic.clinic')),
                ('confirmed_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('made_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name': 'import of patients',
                'verbose_name_plural': 'imports of patients',
                'ordering': ['-created_at', 'pk'],
            },
        ),
        migrations.CreateModel(
            name='ImportRow',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('number', models.PositiveIntegerField()),
                ('cells', django.contrib.postgres.fields.ArrayField(base_field=models.TextField(blank=True), size=None)),
                ('said', models.JSONField(default=dict)),
                ('called', models.TextField(blank=True)),
                ('address', models.TextField(blank=True)),
                ('state', models.CharField(choices=[('new', 'not checked'), ('ready', 'ready'), ('duplicate', 'perhaps known'), ('faulty', 'with a fault'), ('written', 'added')], default='new', max_length=10)),
                ('choice', models.CharField(choices=[('leave_out', 'leave out'), ('another', 'another person')], default='leave_out', max_length=10)),
                ('faults', models.JSONField(default=list)),
                ('alike', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='patients.patient')),
                ('clinic', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='clinic.clinic')),
                ('patient', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='patients.patient')),
                ('patient_import', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='rows', to='patients.patientimport')),
            ],
            options={
                'verbose_name': 'row of an import',
                'verbose_name_plural': 'rows of an import',
                'ordering': ['patient_import', 'number'],
            },
        ),
        migrations.AddConstraint(
            model_name='patientimport',
            constraint=models.UniqueConstraint(fields=('id', 'clinic'), name='import_id_clinic', violation_error_message='Wrong clinic.'),
        ),
        migrations.AddConstraint(
            model_name='patientimport',
            constraint=models.CheckConstraint(condition=models.Q(('state__in', ['uploaded', 'checking', 'checked', 'running', 'done', 'stopped', 'failed', 'discarded'])), name='import_state_known', violation_error_message='Unknown state.'),
        ),
        migrations.AddConstraint(
            model_name='patientimport',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('state__in', ('running', 'done', 'stopped')), _negated=True), models.Q(('confirmed_at__isnull', False), ('confirmed_by__isnull', False)), _connector='OR'), name='import_runs_once_confirmed', violation_error_message='Nothing is added before somebody has confirmed it.'),
        ),
        migrations.AddConstraint(
            model_name='patientimport',
            constraint=models.CheckConstraint(condition=models.Q(('total__range', (1, 10000))), name='import_rows_bounded', violation_error_message='A list has between one and ten thousand rows.'),
        ),
        migrations.AddConstraint(
            model_name='patientimport',
            constraint=models.CheckConstraint(condition=models.Q(('done', 0), ('confirmed_at__isnull', False), _connector='OR'), name='import_adds_once_confirmed', violation_error_message='Nothing is added before somebody has confirmed it.'),
        ),
        migrations.AddConstraint(
            model_name='importrow',
            constraint=models.UniqueConstraint(fields=('patient_import', 'number'), name='import_row_once', violation_error_message='This row is there already.'),
        ),
        migrations.AddConstraint(
            model_name='importrow',
            constraint=models.CheckConstraint(condition=models.Q(('state__in', ['new', 'ready', 'duplicate', 'faulty', 'written'])), name='import_row_state_known', violation_error_message='Unknown state.'),
        ),
        migrations.AddConstraint(
            model_name='importrow',
            constraint=models.CheckConstraint(condition=models.Q(('choice__in', ['leave_out', 'another'])), name='import_row_choice_known', violation_error_message='Unknown choice.'),
        ),
        migrations.AddConstraint(
            model_name='importrow',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('patient', models.F('id')), ('state', 'written')), models.Q(models.Q(('state', 'written'), _negated=True), ('patient', None)), _connector='OR'), name='import_row_is_its_patient', violation_error_message='A row that was added names its patient, who has the row’s key.'),
        ),
        same("clinic", "patients_importrow", "patient_import_id", "patients_patientimport"),
        same("clinic", "patients_importrow", "patient_id", "patients_patient"),
        same("clinic", "patients_importrow", "alike_id", "patients_patient"),
    ]
