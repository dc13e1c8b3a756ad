import clinic.text
import datetime
import django.contrib.postgres.fields
import django.db.models.deletion
import django.db.models.functions.datetime
import exercises.models.preference
import pgtrigger.compiler
import pgtrigger.migrations
import uuid
from django.conf import settings
from django.db import migrations, models

from patients.migrations._together import Together


class Migration(migrations.Migration):

    dependencies = [
        ('clinic', '0004_patients_languages'),
        ('exercises', '0004_of_one_clinic'),
        ('patients', '0009_plan_access'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='CalendarFeed',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('secret_hash', models.CharField(max_length=64)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('revoked_at', models.DateTimeField(null=True)),
            ],
            options={
                'verbose_name': 'calendar feed',
                'verbose_name_plural': 'calendar feeds',
            },
        ),
        migrations.CreateModel(
            name='DayReport',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('on', models.DateField()),
                ('way', models.CharField(choices=[('page', 'the plan’s page'), ('guide', 'the guided exercise'), ('offline', 'the plan without a network'), ('paper', 'a paper sheet'), ('api', 'another program')], max_length=7)),
                ('note', models.TextField(blank=True, max_length=500, validators=[clinic.text.validate_plain_text], verbose_name='note')),
                ('made_at', models.DateTimeField()),
                ('received_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
            options={
                'verbose_name': 'report of a day',
                'verbose_name_plural': 'reports of days',
            },
        ),
        migrations.CreateModel(
            name='LogEntryEvent',
            fields=[
                ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                ('pgh_label', models.TextField(help_text='The event label.')),
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, serialize=False)),
                ('performed_on', models.DateField()),
                ('done', models.CharField(choices=[('done', 'Done'), ('partly', 'Partly done'), ('not_done', 'Not done')], max_length=8)),
                ('reason', models.CharField(blank=True, choices=[('forgot', 'I forgot'), ('no_time', 'I had no time'), ('pain', 'It hurt'), ('unsure', 'I was not sure how'), ('no_kit', 'I did not have what it needs'), ('better', 'I feel better')], max_length=8)),
                ('effort', models.CharField(blank=True, choices=[('easy', 'Easy'), ('right', 'Just right'), ('hard', 'Hard')], max_length=5)),
                ('said_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('plan_version', models.PositiveSmallIntegerField()),
                ('recorded_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='PlanSeen',
            fields=[
                ('patient', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, primary_key=True, related_name='+', serialize=False, to='patients.patient')),
                ('plan', models.JSONField()),
                ('seen_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
            options={
                'verbose_name': 'plan as last seen',
                'verbose_name_plural': 'plans as last seen',
            },
        ),
        migrations.CreateModel(
            name='ProgrammePause',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('first_day', models.DateField(verbose_name='first day')),
                ('last_day', models.DateField(blank=True, null=True, verbose_name='last day')),
                ('reason', models.CharField(blank=True, max_length=200, validators=[clinic.text.validate_plain_text], verbose_name='reason')),
                ('made_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
            options={
                'verbose_name': 'pause of a programme',
                'verbose_name_plural': 'pauses of programmes',
                'ordering': ['first_day', 'pk'],
            },
        ),
        migrations.CreateModel(
            name='ReminderChoice',
            fields=[
                ('patient', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, primary_key=True, related_name='+', serialize=False, to='patients.patient')),
                ('weekdays', django.contrib.postgres.fields.ArrayField(base_field=models.PositiveSmallIntegerField(), default=exercises.models.preference.every_day, size=None, verbose_name='days')),
                ('quiet_until', models.TimeField(default=datetime.time(6, 0), verbose_name='not before')),
                ('quiet_from', models.TimeField(default=datetime.time(20, 30), verbose_name='not after')),
                ('paused_until', models.DateField(blank=True, null=True, verbose_name='no reminders until')),
                ('anchor', models.CharField(blank=True, choices=[('waking', 'after getting up'), ('teeth', 'after brushing your teeth'), ('breakfast', 'after breakfast'), ('coffee', 'after your cup of tea or coffee'), ('walk', 'after your walk'), ('lunch', 'after lunch'), ('news', 'after the news'), ('evening_meal', 'after the evening meal')], default='', max_length=12, verbose_name='I do my exercises')),
                ('changed_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
            options={
                'verbose_name': 'choice about reminders',
                'verbose_name_plural': 'choices about reminders',
            },
        ),
        migrations.CreateModel(
            name='VersionTranslation',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('language', models.CharField(choices=[('en-gb', 'English'), ('es', 'Español'), ('de', 'Deutsch'), ('ar', 'العربية')], max_length=5, verbose_name='language')),
                ('name', models.CharField(max_length=80, validators=[clinic.text.validate_single_line], verbose_name='name')),
                ('movement', models.CharField(blank=True, max_length=200, validators=[clinic.text.validate_single_line], verbose_name='movement in one line')),
                ('purpose', models.CharField(blank=True, max_length=200, validators=[clinic.text.validate_single_line], verbose_name='what it is for')),
                ('prepare', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=300, validators=[clinic.text.validate_plain_text]), blank=True, default=list, size=None, verbose_name='get ready')),
                ('steps', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=300, validators=[clinic.text.validate_plain_text]), blank=True, default=list, size=None, verbose_name='steps')),
                ('breathe', models.CharField(blank=True, max_length=200, validators=[clinic.text.validate_single_line], verbose_name='breathing')),
                ('feel', models.CharField(blank=True, max_length=200, validators=[clinic.text.validate_single_line], verbose_name='what it feels like')),
                ('stop_rules', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=300, validators=[clinic.text.validate_plain_text]), blank=True, default=list, size=None, verbose_name='stop rules')),
                ('alt_text', models.CharField(blank=True, max_length=300, validators=[clinic.text.validate_single_line], verbose_name='picture in words')),
                ('cue', models.CharField(blank=True, max_length=120, validators=[clinic.text.validate_single_line], verbose_name='cue')),
                ('written_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('reviewed_at', models.DateTimeField(null=True)),
            ],
            options={
                'verbose_name': 'translation of an exercise',
                'verbose_name_plural': 'translations of exercises',
            },
        ),
        Together([
            migrations.AddField(
                model_name='logentry',
                name='effort',
                field=models.CharField(blank=True, choices=[('easy', 'Easy'), ('right', 'Just right'), ('hard', 'Hard')], max_length=5),
            ),
            migrations.AddField(
                model_name='logentry',
                name='reason',
                field=models.CharField(blank=True, choices=[('forgot', 'I forgot'), ('no_time', 'I had no time'), ('pain', 'It hurt'), ('unsure', 'I was not sure how'), ('no_kit', 'I did not have what it needs'), ('better', 'I feel better')], max_length=8),
            ),
            migrations.AddField(
                model_name='logentry',
                name='said_at',
                field=models.DateTimeField(db_default=django.db.models.functions.datetime.Now()),
            ),
        ]),
        pgtrigger.migrations.AddTrigger(
            model_name='logentry',
            trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "exercises_logentryevent" ("clinic_id", "done", "effort", "id", "item_id", "patient_id", "performed_on", "pgh_created_at", "pgh_label", "pgh_obj_id", "plan_version", "programme_id", "reason", "recorded_at", "report_id", "said_at") VALUES (NEW."clinic_id", NEW."done", NEW."effort", NEW."id", NEW."item_id", NEW."patient_id", NEW."performed_on", NOW(), \'insert\', NEW."id", NEW."plan_version", NEW."programme_id", NEW."reason", NEW."recorded_at", NEW."report_id", NEW."said_at"); RETURN NULL;', hash='f1c687643b14aee7b8f02ba7933af57f30cdb8e5', operation='INSERT', pgid='pgtrigger_insert_insert_b683c', table='exercises_logentry', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='logentry',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "exercises_logentryevent" ("clinic_id", "done", "effort", "id", "item_id", "patient_id", "performed_on", "pgh_created_at", "pgh_label", "pgh_obj_id", "plan_version", "programme_id", "reason", "recorded_at", "report_id", "said_at") VALUES (NEW."clinic_id", NEW."done", NEW."effort", NEW."id", NEW."item_id", NEW."patient_id", NEW."performed_on", NOW(), \'update\', NEW."id", NEW."plan_version", NEW."programme_id", NEW."reason", NEW."recorded_at", NEW."report_id", NEW."said_at"); RETURN NULL;', hash='cfd7c579b2ce819e1665b0f56500b87251f5d5dd', operation='UPDATE', pgid='pgtrigger_update_update_6717f', table='exercises_logentry', when='AFTER')),
        ),
        Together([
            migrations.AddField(
                model_name='calendarfeed',
                name='clinic',
                field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='clinic.clinic'),
            ),
            migrations.AddField(
                model_name='calendarfeed',
                name='patient',
                field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='patients.patient'),
            ),
            migrations.AddField(
                model_name='dayreport',
                name='clinic',
                field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='clinic.clinic'),
            ),
            migrations.AddField(
                model_name='dayreport',
                name='entered_by',
                field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
            ),
            migrations.AddField(
                model_name='dayreport',
                name='patient',
                field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='patients.patient'),
            ),
            migrations.AddField(
                model_name='logentry',
                name='report',
                field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='entries', to='exercises.dayreport'),
            ),
            migrations.AddConstraint(
                model_name='logentry',
                constraint=models.CheckConstraint(condition=models.Q(('reason', ''), models.Q(('done__in', ['partly', 'not_done']), ('reason__in', ['forgot', 'no_time', 'pain', 'unsure', 'no_kit', 'better'])), _connector='OR'), name='log_reason_of_a_miss', violation_error_message='A reason belongs to what was left out or cut short.'),
            ),
            migrations.AddConstraint(
                model_name='logentry',
                constraint=models.CheckConstraint(condition=models.Q(('effort', ''), models.Q(('done__in', ['done', 'partly']), ('effort__in', ['easy', 'right', 'hard'])), _connector='OR'), name='log_effort_of_what_was_done', violation_error_message='How hard it was can be said of what was done.'),
            ),
            migrations.AddField(
                model_name='logentryevent',
                name='clinic',
                field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='clinic.clinic'),
            ),
            migrations.AddField(
                model_name='logentryevent',
                name='item',
                field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='exercises.programmeitem'),
            ),
            migrations.AddField(
                model_name='logentryevent',
                name='patient',
                field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='patients.patient'),
            ),
            migrations.AddField(
                model_name='logentryevent',
                name='pgh_obj',
                field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='history', to='exercises.logentry'),
            ),
            migrations.AddField(
                model_name='logentryevent',
                name='programme',
                field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='exercises.programme'),
            ),
            migrations.AddField(
                model_name='logentryevent',
                name='report',
                field=models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='exercises.dayreport'),
            ),
            migrations.AddField(
                model_name='planseen',
                name='clinic',
                field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='clinic.clinic'),
            ),
            migrations.AddField(
                model_name='programmepause',
                name='clinic',
                field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='clinic.clinic'),
            ),
            migrations.AddField(
                model_name='programmepause',
                name='made_by',
                field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
            ),
            migrations.AddField(
                model_name='programmepause',
                name='patient',
                field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='patients.patient'),
            ),
            migrations.AddField(
                model_name='programmepause',
                name='programme',
                field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='pauses', to='exercises.programme'),
            ),
            migrations.AddField(
                model_name='reminderchoice',
                name='clinic',
                field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='clinic.clinic'),
            ),
            migrations.AddField(
                model_name='versiontranslation',
                name='reviewed_by',
                field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
            ),
            migrations.AddField(
                model_name='versiontranslation',
                name='version',
                field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='translations', to='exercises.exerciseversion'),
            ),
            migrations.AddField(
                model_name='versiontranslation',
                name='written_by',
                field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
            ),
            migrations.AddConstraint(
                model_name='calendarfeed',
                constraint=models.UniqueConstraint(fields=('secret_hash',), name='feed_hash_unique', violation_error_message='This feed exists.'),
            ),
            migrations.AddConstraint(
                model_name='calendarfeed',
                constraint=models.UniqueConstraint(condition=models.Q(('revoked_at', None)), fields=('patient',), name='feed_one_a_patient', violation_error_message='The patient has a feed already.'),
            ),
            migrations.AddConstraint(
                model_name='calendarfeed',
                constraint=models.CheckConstraint(condition=models.Q(('secret_hash__regex', '^[0-9a-f]{64}$')), name='feed_holds_hash_only', violation_error_message='Only the hash of the address is stored.'),
            ),
            migrations.AddIndex(
                model_name='dayreport',
                index=models.Index(models.F('patient'), models.OrderBy(models.F('on'), descending=True), name='report_by_patient'),
            ),
            migrations.AddConstraint(
                model_name='dayreport',
                constraint=models.UniqueConstraint(fields=('id', 'clinic'), name='report_id_clinic', violation_error_message='Wrong clinic.'),
            ),
            migrations.AddConstraint(
                model_name='dayreport',
                constraint=models.CheckConstraint(condition=models.Q(('way__in', ['page', 'guide', 'offline', 'paper', 'api'])), name='report_way_known', violation_error_message='Unknown way of reporting.'),
            ),
            migrations.AddConstraint(
                model_name='dayreport',
                constraint=models.CheckConstraint(condition=models.Q(('entered_by', None), ('way', 'paper'), _connector='XOR'), name='report_of_paper_has_typist', violation_error_message='Somebody typed in a paper sheet.'),
            ),
        ]),
        pgtrigger.migrations.AddTrigger(
            model_name='logentryevent',
            trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='a75ee0cf4ea62b477016c353d3827953acbcccb7', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_279d3', table='exercises_logentryevent', when='BEFORE')),
        ),
        Together([
            migrations.AddConstraint(
                model_name='programmepause',
                constraint=models.CheckConstraint(condition=models.Q(('last_day', None), ('last_day__gte', models.F('first_day')), _connector='OR'), name='pause_ends_after_start', violation_error_message='The last day cannot be before the first.'),
            ),
            migrations.AddConstraint(
                model_name='programmepause',
                constraint=models.UniqueConstraint(condition=models.Q(('last_day', None)), fields=('programme',), name='pause_one_open', violation_error_message='The programme is paused already.'),
            ),
            migrations.AddConstraint(
                model_name='programmepause',
                constraint=models.UniqueConstraint(fields=('programme', 'first_day'), name='pause_once_a_day', violation_error_message='A pause begins on this day already.'),
            ),
            migrations.AddConstraint(
                model_name='reminderchoice',
                constraint=models.CheckConstraint(condition=models.Q(('weekdays__contained_by', [1, 2, 3, 4, 5, 6, 7]), ('weekdays__len__gt', 0)), name='reminder_choice_days', violation_error_message='Choose at least one day of the week.'),
            ),
            migrations.AddConstraint(
                model_name='reminderchoice',
                constraint=models.CheckConstraint(condition=models.Q(('quiet_until__gte', datetime.time(6, 0)), ('quiet_from__lte', datetime.time(20, 30)), ('quiet_until__lte', models.F('quiet_from'))), name='reminder_choice_hours', violation_error_message='Reminders can come from 06:00 to 20:30. Put the earlier hour first.'),
            ),
            migrations.AddConstraint(
                model_name='reminderchoice',
                constraint=models.CheckConstraint(condition=models.Q(('anchor__in', ['', 'waking', 'teeth', 'breakfast', 'coffee', 'walk', 'lunch', 'news', 'evening_meal'])), name='reminder_choice_anchor_known', violation_error_message='Choose one from the list.'),
            ),
            migrations.AddConstraint(
                model_name='versiontranslation',
                constraint=models.UniqueConstraint(fields=('version', 'language'), name='translation_one_a_language', violation_error_message='There is a translation into this language.'),
            ),
            migrations.AddConstraint(
                model_name='versiontranslation',
                constraint=models.CheckConstraint(condition=models.Q(('language__in', ['es', 'de', 'ar'])), name='translation_into_another', violation_error_message='Choose a language other than English.'),
            ),
            migrations.AddConstraint(
                model_name='versiontranslation',
                constraint=models.CheckConstraint(condition=models.Q(models.Q(('reviewed_at', None), ('reviewed_by', None)), models.Q(('reviewed_at__isnull', False), ('reviewed_by__isnull', False)), _connector='OR'), name='translation_reviewed_by_somebody', violation_error_message='A review names who made it, and when.'),
            ),
            migrations.AddConstraint(
                model_name='versiontranslation',
                constraint=models.CheckConstraint(condition=models.Q(models.Q(('name', ''), _negated=True), ('steps__len__gt', 0), ('stop_rules__len__gt', 0)), name='translation_is_complete', violation_error_message='Translate the name, the steps and the stop rules.'),
            ),
        ]),
    ]
