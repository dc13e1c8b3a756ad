import clinic.text
import django.contrib.postgres.fields
import django.db.models.deletion
import django.db.models.functions.datetime
import patients.models.patient
import pgtrigger.compiler
import pgtrigger.migrations
import uuid
from django.conf import settings
from django.db import migrations, models

from patients.migrations._together import Together


class Migration(migrations.Migration):

    dependencies = [
        ('clinic', '0004_patients_languages'),
        ('patients', '0008_checks_stay'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='AccessCode',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('locator', models.CharField(max_length=4)),
                ('secret_hash', models.CharField(max_length=128)),
                ('failures', models.PositiveSmallIntegerField(default=0)),
                ('issued_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('expires_at', models.DateTimeField()),
                ('revoked_at', models.DateTimeField(null=True)),
            ],
            options={
                'verbose_name': 'access code',
                'verbose_name_plural': 'access codes',
            },
        ),
        migrations.CreateModel(
            name='Carer',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=80, validators=[clinic.text.validate_single_line], verbose_name='name')),
                ('email', models.EmailField(max_length=254, verbose_name='e-mail')),
                ('language', models.CharField(choices=[('en-gb', 'English'), ('es', 'Español'), ('de', 'Deutsch'), ('ar', 'العربية')], max_length=5, verbose_name='language')),
                ('state', models.CharField(choices=[('asked', 'asked, has not agreed yet'), ('agreed', 'gets copies'), ('stopped', 'stopped')], default='asked', max_length=8)),
                ('added_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('agreed_at', models.DateTimeField(null=True)),
                ('stopped_at', models.DateTimeField(null=True)),
            ],
            options={
                'verbose_name': 'carer',
                'verbose_name_plural': 'carers',
            },
        ),
        migrations.CreateModel(
            name='Device',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('secret_hash', models.CharField(max_length=64)),
                ('label', models.CharField(max_length=60, validators=[clinic.text.validate_single_line])),
                ('own', models.BooleanField()),
                ('opened_with', models.CharField(choices=[('code', 'the printed code'), ('email', 'a code by e-mail')], max_length=5)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('seen_at', models.DateTimeField()),
                ('expires_at', models.DateTimeField()),
                ('stepped_up_until', models.DateTimeField(null=True)),
                ('revoked_at', models.DateTimeField(null=True)),
            ],
            options={
                'verbose_name': 'device',
                'verbose_name_plural': 'devices',
            },
        ),
        migrations.CreateModel(
            name='EmailedCode',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('purpose', models.CharField(choices=[('device', 'open the plan on a device'), ('step_up', 'change what is delicate'), ('address', 'confirm a new e-mail address')], max_length=8)),
                ('browser_hash', models.CharField(max_length=64)),
                ('code_hash', models.CharField(blank=True, max_length=128)),
                ('new_email', models.EmailField(blank=True, max_length=254)),
                ('tries', models.PositiveSmallIntegerField(default=0)),
                ('asked_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('expires_at', models.DateTimeField()),
                ('used_at', models.DateTimeField(null=True)),
            ],
        ),
        migrations.CreateModel(
            name='SignReport',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('ticked', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=40), size=None)),
                ('list_version', models.PositiveSmallIntegerField()),
                ('language', models.CharField(choices=[('en-gb', 'English'), ('es', 'Español'), ('de', 'Deutsch'), ('ar', 'العربية')], max_length=5)),
                ('note', models.TextField(blank=True, max_length=600, validators=[clinic.text.validate_plain_text], verbose_name='note')),
                ('made_at', models.DateTimeField()),
                ('received_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
            options={
                'verbose_name': 'report of warning signs',
                'verbose_name_plural': 'reports of warning signs',
            },
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name='raisedflag',
            name='insert_insert',
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name='raisedflag',
            name='update_update',
        ),
        Together([
            migrations.AddField(
                model_name='patient',
                name='daily_measures',
                field=django.contrib.postgres.fields.ArrayField(base_field=models.CharField(choices=[('pain_first_step', 'First-step pain'), ('pain_foot_24h', 'Foot pain'), ('pain_back_24h', 'Lower back pain')], max_length=20), blank=True, default=patients.models.patient.usual_measures, size=None, verbose_name='pain asked each day'),
            ),
            migrations.AddField(
                model_name='patient',
                name='email_doubted_at',
                field=models.DateTimeField(editable=False, null=True),
            ),
            migrations.AddField(
                model_name='patient',
                name='language',
                field=models.CharField(choices=[('en-gb', 'English'), ('es', 'Español'), ('de', 'Deutsch'), ('ar', 'العربية')], default='en-gb', max_length=5, verbose_name='language of the plan'),
            ),
            migrations.AddField(
                model_name='patient',
                name='next_visit_at',
                field=models.DateTimeField(blank=True, null=True, verbose_name='next visit'),
            ),
        ]),
        pgtrigger.migrations.AddTrigger(
            model_name='raisedflag',
            trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "patients_raisedflagevent" ("advice", "change_reason", "changed_at", "changed_by_id", "clinic_id", "decided_at", "decided_by_id", "decision", "decision_note", "id", "key", "level", "patient_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "raised_at", "report_id", "screening_id", "status", "text", "version") VALUES (NEW."advice", NEW."change_reason", NEW."changed_at", NEW."changed_by_id", NEW."clinic_id", NEW."decided_at", NEW."decided_by_id", NEW."decision", NEW."decision_note", NEW."id", NEW."key", NEW."level", NEW."patient_id", NOW(), \'insert\', NEW."id", NEW."raised_at", NEW."report_id", NEW."screening_id", NEW."status", NEW."text", NEW."version"); RETURN NULL;', hash='2db2137b17e99b3732ae558419f83bf1cc4578c7', operation='INSERT', pgid='pgtrigger_insert_insert_d1eb5', table='patients_raisedflag', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='raisedflag',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "patients_raisedflagevent" ("advice", "change_reason", "changed_at", "changed_by_id", "clinic_id", "decided_at", "decided_by_id", "decision", "decision_note", "id", "key", "level", "patient_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "raised_at", "report_id", "screening_id", "status", "text", "version") VALUES (NEW."advice", NEW."change_reason", NEW."changed_at", NEW."changed_by_id", NEW."clinic_id", NEW."decided_at", NEW."decided_by_id", NEW."decision", NEW."decision_note", NEW."id", NEW."key", NEW."level", NEW."patient_id", NOW(), \'update\', NEW."id", NEW."raised_at", NEW."report_id", NEW."screening_id", NEW."status", NEW."text", NEW."version"); RETURN NULL;', hash='3f21ee5d41d58f85c8e703e7b30e876be8cad42b', operation='UPDATE', pgid='pgtrigger_update_update_22000', table='patients_raisedflag', when='AFTER')),
        ),
        Together([
            migrations.AddConstraint(
                model_name='patient',
                constraint=models.CheckConstraint(condition=models.Q(('language__in', ['en-gb', 'es', 'de', 'ar'])), name='patient_language_known', violation_error_message='Choose a language from the list.'),
            ),
            migrations.AddConstraint(
                model_name='patient',
                constraint=models.CheckConstraint(condition=models.Q(('daily_measures__contained_by', ['pain_first_step', 'pain_foot_24h', 'pain_back_24h'])), name='patient_measures_known', violation_error_message='Unknown measure.'),
            ),
            migrations.AddField(
                model_name='accesscode',
                name='clinic',
                field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='clinic.clinic'),
            ),
            migrations.AddField(
                model_name='accesscode',
                name='issued_by',
                field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
            ),
            migrations.AddField(
                model_name='accesscode',
                name='patient',
                field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='patients.patient'),
            ),
            migrations.AddField(
                model_name='carer',
                name='added_by',
                field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
            ),
            migrations.AddField(
                model_name='carer',
                name='clinic',
                field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='clinic.clinic'),
            ),
            migrations.AddField(
                model_name='carer',
                name='patient',
                field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='patients.patient'),
            ),
            migrations.AddField(
                model_name='planlink',
                name='carer',
                field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='patients.carer'),
            ),
            migrations.AddField(
                model_name='device',
                name='clinic',
                field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='clinic.clinic'),
            ),
            migrations.AddField(
                model_name='device',
                name='patient',
                field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='patients.patient'),
            ),
            migrations.AddField(
                model_name='device',
                name='revoked_by',
                field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
            ),
            migrations.AddField(
                model_name='emailedcode',
                name='clinic',
                field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='clinic.clinic'),
            ),
            migrations.AddField(
                model_name='emailedcode',
                name='patient',
                field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='patients.patient'),
            ),
            migrations.AddField(
                model_name='signreport',
                name='clinic',
                field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='clinic.clinic'),
            ),
            migrations.AddField(
                model_name='signreport',
                name='patient',
                field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='patients.patient'),
            ),
            migrations.AddField(
                model_name='raisedflag',
                name='report',
                field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='flags', to='patients.signreport'),
            ),
            migrations.AddField(
                model_name='raisedflagevent',
                name='report',
                field=models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='patients.signreport'),
            ),
            migrations.AddConstraint(
                model_name='raisedflag',
                constraint=models.UniqueConstraint(fields=('report', 'key'), name='flag_once_per_report', violation_error_message='This sign stands in the report already.'),
            ),
            migrations.AddConstraint(
                model_name='raisedflag',
                constraint=models.CheckConstraint(condition=models.Q(('screening', None), ('report', None), _connector='XOR'), name='flag_from_one_source', violation_error_message='A sign comes from a screening or from a report.'),
            ),
            migrations.AddConstraint(
                model_name='accesscode',
                constraint=models.UniqueConstraint(condition=models.Q(('revoked_at', None)), fields=('locator',), name='access_code_locator_unique', violation_error_message='This locator is taken.'),
            ),
            migrations.AddConstraint(
                model_name='accesscode',
                constraint=models.UniqueConstraint(condition=models.Q(('revoked_at', None)), fields=('patient',), name='access_code_one_a_patient', violation_error_message='The patient has a code already.'),
            ),
            migrations.AddConstraint(
                model_name='accesscode',
                constraint=models.CheckConstraint(condition=models.Q(('locator__regex', '^[0123456789ABCDEFGHJKMNPQRSTVWXYZ]{4}$')), name='access_code_locator_form', violation_error_message='A locator is four letters or digits.'),
            ),
            migrations.AddConstraint(
                model_name='accesscode',
                constraint=models.CheckConstraint(condition=models.Q(('secret_hash__regex', '^[a-z0-9_]+\\$.+\\$.+')), name='access_code_holds_hash_only', violation_error_message='Only the hash of a code is stored.'),
            ),
            migrations.AddConstraint(
                model_name='accesscode',
                constraint=models.CheckConstraint(condition=models.Q(('expires_at__gt', models.F('issued_at'))), name='access_code_expires_later', violation_error_message='A code must expire after it was issued.'),
            ),
            migrations.AddConstraint(
                model_name='carer',
                constraint=models.UniqueConstraint(condition=models.Q(('state', 'stopped'), _negated=True), fields=('patient',), name='carer_one_a_patient', violation_error_message='The patient has a carer already.'),
            ),
            migrations.AddConstraint(
                model_name='carer',
                constraint=models.UniqueConstraint(fields=('id', 'clinic'), name='carer_id_clinic', violation_error_message='Wrong clinic.'),
            ),
            migrations.AddConstraint(
                model_name='carer',
                constraint=models.CheckConstraint(condition=models.Q(models.Q(('agreed_at', None), ('state', 'asked'), ('stopped_at', None)), models.Q(('agreed_at__isnull', False), ('state', 'agreed'), ('stopped_at', None)), models.Q(('state', 'stopped'), ('stopped_at__isnull', False)), _connector='OR'), name='carer_state_has_time', violation_error_message='Agreeing and stopping have their times.'),
            ),
            migrations.AddConstraint(
                model_name='carer',
                constraint=models.CheckConstraint(condition=models.Q(models.Q(('name', ''), _negated=True), models.Q(('email', ''), _negated=True)), name='carer_is_complete', violation_error_message='Enter the name and the e-mail address.'),
            ),
            migrations.AddIndex(
                model_name='device',
                index=models.Index(models.F('patient'), name='device_by_patient'),
            ),
            migrations.AddConstraint(
                model_name='device',
                constraint=models.UniqueConstraint(fields=('secret_hash',), name='device_hash_unique', violation_error_message='This device exists.'),
            ),
            migrations.AddConstraint(
                model_name='device',
                constraint=models.CheckConstraint(condition=models.Q(('secret_hash__regex', '^[0-9a-f]{64}$')), name='device_holds_hash_only', violation_error_message='Only the hash of a cookie is stored.'),
            ),
            migrations.AddConstraint(
                model_name='device',
                constraint=models.CheckConstraint(condition=models.Q(('opened_with__in', ['code', 'email'])), name='device_opened_with_known', violation_error_message='Unknown way of opening.'),
            ),
            migrations.AddConstraint(
                model_name='device',
                constraint=models.CheckConstraint(condition=models.Q(('revoked_by', None), ('revoked_at__isnull', False), _connector='OR'), name='device_revoked_at_a_time', violation_error_message='A revocation has a time.'),
            ),
            migrations.AddIndex(
                model_name='emailedcode',
                index=models.Index(models.F('browser_hash'), name='emailed_code_by_browser'),
            ),
            migrations.AddConstraint(
                model_name='emailedcode',
                constraint=models.CheckConstraint(condition=models.Q(('purpose__in', ['device', 'step_up', 'address'])), name='emailed_code_purpose_known', violation_error_message='Unknown purpose.'),
            ),
            migrations.AddConstraint(
                model_name='emailedcode',
                constraint=models.CheckConstraint(condition=models.Q(('browser_hash__regex', '^[0-9a-f]{64}$'), models.Q(('code_hash', ''), ('code_hash__regex', '^[a-z0-9_]+\\$.+\\$.+'), _connector='OR')), name='emailed_code_holds_hashes_only', violation_error_message='Only hashes are stored.'),
            ),
            migrations.AddConstraint(
                model_name='emailedcode',
                constraint=models.CheckConstraint(condition=models.Q(('purpose', 'address'), ('new_email', ''), _connector='XOR'), name='emailed_code_new_address', violation_error_message='A new address belongs to its confirmation, and only to it.'),
            ),
            migrations.AddConstraint(
                model_name='emailedcode',
                constraint=models.CheckConstraint(condition=models.Q(('tries__lte', 5)), name='emailed_code_few_tries', violation_error_message='A code may be tried five times.'),
            ),
            migrations.AddIndex(
                model_name='signreport',
                index=models.Index(models.F('patient'), models.OrderBy(models.F('received_at'), descending=True), name='sign_report_by_patient'),
            ),
            migrations.AddConstraint(
                model_name='signreport',
                constraint=models.UniqueConstraint(fields=('id', 'clinic'), name='sign_report_id_clinic', violation_error_message='Wrong clinic.'),
            ),
            migrations.AddConstraint(
                model_name='signreport',
                constraint=models.CheckConstraint(condition=models.Q(('ticked__len__gt', 0), models.Q(('note', ''), _negated=True), _connector='OR'), name='sign_report_says_something', violation_error_message='Tick a sign, or write what is new.'),
            ),
            migrations.AddConstraint(
                model_name='carer',
                constraint=models.CheckConstraint(condition=models.Q(('language__in', ['en-gb', 'es', 'de', 'ar'])), name='carer_language_known', violation_error_message='Choose a language from the list.'),
            ),
            migrations.AddConstraint(
                model_name='signreport',
                constraint=models.CheckConstraint(condition=models.Q(('language__in', ['en-gb', 'es', 'de', 'ar'])), name='sign_report_language_known', violation_error_message='Choose a language from the list.'),
            ),
        ]),
    ]
