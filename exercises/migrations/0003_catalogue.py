"""Whole entries of the catalogue, a clinic's own, stages of routines, photos, proposals, reasons despite cautions."""


import clinic.text
import django.contrib.postgres.fields
import django.contrib.postgres.indexes
import django.contrib.postgres.search
import django.core.validators
import django.db.models.deletion
import django.db.models.functions.datetime
import uuid
from django.conf import settings
from django.db import migrations, models

from patients.migrations._together import Together


def as_list(table: str) -> tuple[str, str]:
    """Sources stood in one text with semicolons; the trigger that keeps versions does not see a change of type."""
    alter = f"ALTER TABLE {table} ALTER COLUMN sources TYPE"
    return (
        f"{alter} varchar(300)[] USING array_remove(string_to_array(sources, '; '), '')",
        f"{alter} varchar(200) USING left(array_to_string(sources, '; '), 200)",
    )


class Migration(migrations.Migration):

    dependencies = [
        ('clinic', '0003_urgent_days'),
        ('exercises', '0002_same_clinic'),
        ('patients', '0008_checks_stay'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='CautionOverride',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('flag', models.CharField(max_length=30)),
                ('exercises', django.contrib.postgres.fields.ArrayField(base_field=models.SlugField(max_length=60), size=None)),
                ('reason', models.TextField(max_length=300, validators=[clinic.text.validate_plain_text], verbose_name='reason')),
                ('given_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
            options={
                'verbose_name': 'reason to go on despite a caution',
                'verbose_name_plural': 'reasons to go on despite a caution',
                'ordering': ['given_at', 'pk'],
            },
        ),
        migrations.CreateModel(
            name='Favourite',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('added_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
            options={
                'verbose_name': 'favourite',
                'verbose_name_plural': 'favourites',
            },
        ),
        migrations.CreateModel(
            name='Photo',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('webp', models.BinaryField()),
                ('width', models.PositiveSmallIntegerField()),
                ('height', models.PositiveSmallIntegerField()),
                ('uploaded_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
            options={
                'verbose_name': 'photo',
                'verbose_name_plural': 'photos',
            },
        ),
        migrations.CreateModel(
            name='Proposal',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('note', models.TextField(blank=True, max_length=600, validators=[clinic.text.validate_plain_text], verbose_name='why others could use it')),
                ('proposed_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('state', models.CharField(choices=[('waiting', 'waiting for review'), ('accepted', 'in the shared catalogue'), ('declined', 'declined'), ('withdrawn', 'withdrawn')], default='waiting', max_length=9, verbose_name='state')),
                ('answer', models.TextField(blank=True, max_length=600, validators=[clinic.text.validate_plain_text], verbose_name='answer')),
                ('decided_at', models.DateTimeField(null=True)),
            ],
            options={
                'verbose_name': 'proposal',
                'verbose_name_plural': 'proposals',
                'ordering': ['proposed_at', 'pk'],
            },
        ),
        migrations.CreateModel(
            name='RoutineStage',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.PositiveSmallIntegerField(verbose_name='number')),
                ('name', models.CharField(max_length=80, validators=[clinic.text.validate_single_line], verbose_name='name')),
                ('from_week', models.PositiveSmallIntegerField(verbose_name='from week')),
                ('to_week', models.PositiveSmallIntegerField(blank=True, null=True, verbose_name='to week')),
                ('criteria', models.TextField(blank=True, help_text='What a practitioner looks for before giving the next stage. Empty in the last one.', max_length=600, validators=[clinic.text.validate_plain_text], verbose_name='when to go on, for staff')),
            ],
            options={
                'verbose_name': 'stage of the routine',
                'verbose_name_plural': 'stages of the routine',
                'ordering': ['number'],
            },
        ),
        migrations.AlterModelOptions(
            name='routineitem',
            options={'ordering': ['stage', 'order', 'pk'], 'verbose_name': 'exercise of the routine', 'verbose_name_plural': 'exercises of the routine'},
        ),
        Together([
            migrations.RemoveConstraint(
                model_name='routineitem',
                name='routine_exercise_once',
            ),
            migrations.AddField(
                model_name='exercise',
                name='aliases',
                field=django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=80, validators=[clinic.text.validate_plain_text]), blank=True, default=list, help_text='Found by them too. One a line.', size=None, verbose_name='other names'),
            ),
            migrations.AddField(
                model_name='exercise',
                name='barefoot',
                field=models.BooleanField(default=False, verbose_name='done barefoot'),
            ),
            migrations.AddField(
                model_name='exercise',
                name='body_part',
                field=models.CharField(blank=True, choices=[('foot', 'foot'), ('lower_leg', 'ankle and calf'), ('hip', 'hip'), ('back', 'back'), ('whole_body', 'whole body')], max_length=16, verbose_name='part of the body'),
            ),
            migrations.AddField(
                model_name='exercise',
                name='breathe',
                field=models.CharField(blank=True, max_length=200, validators=[clinic.text.validate_single_line], verbose_name='breathing'),
            ),
            migrations.AddField(
                model_name='exercise',
                name='clinic',
                field=models.ForeignKey(editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='clinic.clinic', verbose_name='clinic'),
            ),
            migrations.AddField(
                model_name='exercise',
                name='days_per_week_max',
                field=models.PositiveSmallIntegerField(blank=True, null=True, verbose_name='days a week, up to'),
            ),
            migrations.AddField(
                model_name='exercise',
                name='days_per_week_min',
                field=models.PositiveSmallIntegerField(blank=True, null=True, validators=[django.core.validators.MinValueValidator(1)], verbose_name='days a week'),
            ),
            migrations.AddField(
                model_name='exercise',
                name='difficulty',
                field=models.PositiveSmallIntegerField(blank=True, choices=[(1, 'gentle'), (2, 'moderate'), (3, 'demanding')], null=True, verbose_name='difficulty'),
            ),
            migrations.AddField(
                model_name='exercise',
                name='dose_note',
                field=models.CharField(blank=True, max_length=300, validators=[clinic.text.validate_single_line], verbose_name='about the dose, for staff'),
            ),
            migrations.AddField(
                model_name='exercise',
                name='easier',
                field=models.CharField(blank=True, max_length=200, validators=[clinic.text.validate_single_line], verbose_name='easier, for staff'),
            ),
            migrations.AddField(
                model_name='exercise',
                name='easier_exercises',
                field=django.contrib.postgres.fields.ArrayField(base_field=models.SlugField(max_length=60), blank=True, default=list, size=None, verbose_name='easier exercises'),
            ),
            migrations.AddField(
                model_name='exercise',
                name='every_n_days',
                field=models.PositiveSmallIntegerField(blank=True, null=True, validators=[django.core.validators.MinValueValidator(1)], verbose_name='every … days'),
            ),
            migrations.AddField(
                model_name='exercise',
                name='evidence_tag',
                field=models.CharField(blank=True, choices=[('trial', 'published trial'), ('mixed', 'trials with mixed results'), ('guideline', 'guideline'), ('consensus', 'expert consensus'), ('handout', 'clinic handout'), ('practice', 'practice-based')], max_length=16, verbose_name='evidence'),
            ),
            migrations.AddField(
                model_name='exercise',
                name='feel',
                field=models.CharField(blank=True, max_length=200, validators=[clinic.text.validate_single_line], verbose_name='what it feels like'),
            ),
            migrations.AddField(
                model_name='exercise',
                name='harder',
                field=models.CharField(blank=True, max_length=200, validators=[clinic.text.validate_single_line], verbose_name='harder, for staff'),
            ),
            migrations.AddField(
                model_name='exercise',
                name='harder_exercises',
                field=django.contrib.postgres.fields.ArrayField(base_field=models.SlugField(max_length=60), blank=True, default=list, size=None, verbose_name='harder exercises'),
            ),
            migrations.AddField(
                model_name='exercise',
                name='kind',
                field=models.CharField(blank=True, choices=[('strength', 'strength'), ('stretch', 'stretch'), ('release', 'release'), ('balance', 'balance'), ('mobility', 'mobility'), ('endurance', 'endurance')], max_length=16, verbose_name='kind'),
            ),
            migrations.AddField(
                model_name='exercise',
                name='kit_options',
                field=django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=30, validators=[django.core.validators.RegexValidator('^[a-z_]+$')]), blank=True, default=list, help_text='Of these one is chosen, such as tennis_ball or frozen_bottle.', size=None, verbose_name='one of'),
            ),
            migrations.AddField(
                model_name='exercise',
                name='load_note',
                field=models.CharField(blank=True, help_text='In words, such as a backpack or the colour of a band.', max_length=80, validators=[clinic.text.validate_single_line], verbose_name='load'),
            ),
            migrations.AddField(
                model_name='exercise',
                name='prepare',
                field=django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=300, validators=[clinic.text.validate_plain_text]), blank=True, default=list, help_text='What to have and how to begin, one step a line.', size=None, verbose_name='get ready'),
            ),
            migrations.AddField(
                model_name='exercise',
                name='purpose',
                field=models.CharField(blank=True, help_text='The part that is worked, such as “This stretch is for the calf.”', max_length=200, validators=[clinic.text.validate_single_line], verbose_name='what it is for'),
            ),
            migrations.AddField(
                model_name='exercise',
                name='rest_s',
                field=models.PositiveSmallIntegerField(blank=True, null=True, validators=[django.core.validators.MinValueValidator(1)], verbose_name='rest between sets, seconds'),
            ),
            migrations.AddField(
                model_name='exercise',
                name='review_asked_at',
                field=models.DateTimeField(editable=False, null=True, verbose_name='review asked'),
            ),
            migrations.AddField(
                model_name='exercise',
                name='review_asked_by',
                field=models.ForeignKey(editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
            ),
            migrations.AddField(
                model_name='exercise',
                name='search',
                field=django.contrib.postgres.search.SearchVectorField(editable=False, null=True),
            ),
            migrations.AddField(
                model_name='exercise',
                name='sets_open',
                field=models.BooleanField(default=False, verbose_name='as many sets as possible'),
            ),
            migrations.AddField(
                model_name='exercise',
                name='tempo_down_s',
                field=models.PositiveSmallIntegerField(blank=True, null=True, validators=[django.core.validators.MinValueValidator(1)], verbose_name='lowering, seconds'),
            ),
            migrations.AddField(
                model_name='exercise',
                name='tempo_up_s',
                field=models.PositiveSmallIntegerField(blank=True, null=True, validators=[django.core.validators.MinValueValidator(1)], verbose_name='rising, seconds'),
            ),
            migrations.AddField(
                model_name='exercise',
                name='times_per_day_max',
                field=models.PositiveSmallIntegerField(blank=True, null=True, verbose_name='times a day, up to'),
            ),
            migrations.AddField(
                model_name='exercise',
                name='times_per_day_min',
                field=models.PositiveSmallIntegerField(blank=True, null=True, validators=[django.core.validators.MinValueValidator(1)], verbose_name='times a day'),
            ),
            migrations.AddField(
                model_name='exercise',
                name='video_url',
                field=models.URLField(blank=True, help_text='A link to another site that begins with https://.', max_length=300, validators=[django.core.validators.URLValidator(schemes=['https'])], verbose_name='video'),
            ),
            migrations.AddField(
                model_name='exercise',
                name='weeks_max',
                field=models.PositiveSmallIntegerField(blank=True, null=True, verbose_name='weeks, up to'),
            ),
            migrations.AddField(
                model_name='exercise',
                name='weeks_min',
                field=models.PositiveSmallIntegerField(blank=True, null=True, validators=[django.core.validators.MinValueValidator(1)], verbose_name='weeks'),
            ),
            migrations.AddField(
                model_name='exerciseversion',
                name='aliases',
                field=django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=80, validators=[clinic.text.validate_plain_text]), blank=True, default=list, help_text='Found by them too. One a line.', size=None, verbose_name='other names'),
            ),
            migrations.AddField(
                model_name='exerciseversion',
                name='barefoot',
                field=models.BooleanField(default=False, verbose_name='done barefoot'),
            ),
            migrations.AddField(
                model_name='exerciseversion',
                name='body_part',
                field=models.CharField(blank=True, choices=[('foot', 'foot'), ('lower_leg', 'ankle and calf'), ('hip', 'hip'), ('back', 'back'), ('whole_body', 'whole body')], max_length=16, verbose_name='part of the body'),
            ),
            migrations.AddField(
                model_name='exerciseversion',
                name='breathe',
                field=models.CharField(blank=True, max_length=200, validators=[clinic.text.validate_single_line], verbose_name='breathing'),
            ),
            migrations.AddField(
                model_name='exerciseversion',
                name='days_per_week_max',
                field=models.PositiveSmallIntegerField(blank=True, null=True, verbose_name='days a week, up to'),
            ),
            migrations.AddField(
                model_name='exerciseversion',
                name='days_per_week_min',
                field=models.PositiveSmallIntegerField(blank=True, null=True, validators=[django.core.validators.MinValueValidator(1)], verbose_name='days a week'),
            ),
            migrations.AddField(
                model_name='exerciseversion',
                name='difficulty',
                field=models.PositiveSmallIntegerField(blank=True, choices=[(1, 'gentle'), (2, 'moderate'), (3, 'demanding')], null=True, verbose_name='difficulty'),
            ),
            migrations.AddField(
                model_name='exerciseversion',
                name='dose_note',
                field=models.CharField(blank=True, max_length=300, validators=[clinic.text.validate_single_line], verbose_name='about the dose, for staff'),
            ),
            migrations.AddField(
                model_name='exerciseversion',
                name='easier',
                field=models.CharField(blank=True, max_length=200, validators=[clinic.text.validate_single_line], verbose_name='easier, for staff'),
            ),
            migrations.AddField(
                model_name='exerciseversion',
                name='easier_exercises',
                field=django.contrib.postgres.fields.ArrayField(base_field=models.SlugField(max_length=60), blank=True, default=list, size=None, verbose_name='easier exercises'),
            ),
            migrations.AddField(
                model_name='exerciseversion',
                name='every_n_days',
                field=models.PositiveSmallIntegerField(blank=True, null=True, validators=[django.core.validators.MinValueValidator(1)], verbose_name='every … days'),
            ),
            migrations.AddField(
                model_name='exerciseversion',
                name='evidence_tag',
                field=models.CharField(blank=True, choices=[('trial', 'published trial'), ('mixed', 'trials with mixed results'), ('guideline', 'guideline'), ('consensus', 'expert consensus'), ('handout', 'clinic handout'), ('practice', 'practice-based')], max_length=16, verbose_name='evidence'),
            ),
            migrations.AddField(
                model_name='exerciseversion',
                name='feel',
                field=models.CharField(blank=True, max_length=200, validators=[clinic.text.validate_single_line], verbose_name='what it feels like'),
            ),
            migrations.AddField(
                model_name='exerciseversion',
                name='harder',
                field=models.CharField(blank=True, max_length=200, validators=[clinic.text.validate_single_line], verbose_name='harder, for staff'),
            ),
            migrations.AddField(
                model_name='exerciseversion',
                name='harder_exercises',
                field=django.contrib.postgres.fields.ArrayField(base_field=models.SlugField(max_length=60), blank=True, default=list, size=None, verbose_name='harder exercises'),
            ),
            migrations.AddField(
                model_name='exerciseversion',
                name='kind',
                field=models.CharField(blank=True, choices=[('strength', 'strength'), ('stretch', 'stretch'), ('release', 'release'), ('balance', 'balance'), ('mobility', 'mobility'), ('endurance', 'endurance')], max_length=16, verbose_name='kind'),
            ),
            migrations.AddField(
                model_name='exerciseversion',
                name='kit_options',
                field=django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=30, validators=[django.core.validators.RegexValidator('^[a-z_]+$')]), blank=True, default=list, help_text='Of these one is chosen, such as tennis_ball or frozen_bottle.', size=None, verbose_name='one of'),
            ),
            migrations.AddField(
                model_name='exerciseversion',
                name='load_note',
                field=models.CharField(blank=True, help_text='In words, such as a backpack or the colour of a band.', max_length=80, validators=[clinic.text.validate_single_line], verbose_name='load'),
            ),
            migrations.AddField(
                model_name='exerciseversion',
                name='prepare',
                field=django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=300, validators=[clinic.text.validate_plain_text]), blank=True, default=list, help_text='What to have and how to begin, one step a line.', size=None, verbose_name='get ready'),
            ),
            migrations.AddField(
                model_name='exerciseversion',
                name='purpose',
                field=models.CharField(blank=True, help_text='The part that is worked, such as “This stretch is for the calf.”', max_length=200, validators=[clinic.text.validate_single_line], verbose_name='what it is for'),
            ),
            migrations.AddField(
                model_name='exerciseversion',
                name='rest_s',
                field=models.PositiveSmallIntegerField(blank=True, null=True, validators=[django.core.validators.MinValueValidator(1)], verbose_name='rest between sets, seconds'),
            ),
            migrations.AddField(
                model_name='exerciseversion',
                name='sets_open',
                field=models.BooleanField(default=False, verbose_name='as many sets as possible'),
            ),
            migrations.AddField(
                model_name='exerciseversion',
                name='tempo_down_s',
                field=models.PositiveSmallIntegerField(blank=True, null=True, validators=[django.core.validators.MinValueValidator(1)], verbose_name='lowering, seconds'),
            ),
            migrations.AddField(
                model_name='exerciseversion',
                name='tempo_up_s',
                field=models.PositiveSmallIntegerField(blank=True, null=True, validators=[django.core.validators.MinValueValidator(1)], verbose_name='rising, seconds'),
            ),
            migrations.AddField(
                model_name='exerciseversion',
                name='times_per_day_max',
                field=models.PositiveSmallIntegerField(blank=True, null=True, verbose_name='times a day, up to'),
            ),
            migrations.AddField(
                model_name='exerciseversion',
                name='times_per_day_min',
                field=models.PositiveSmallIntegerField(blank=True, null=True, validators=[django.core.validators.MinValueValidator(1)], verbose_name='times a day'),
            ),
            migrations.AddField(
                model_name='exerciseversion',
                name='video_url',
                field=models.URLField(blank=True, help_text='A link to another site that begins with https://.', max_length=300, validators=[django.core.validators.URLValidator(schemes=['https'])], verbose_name='video'),
            ),
            migrations.AddField(
                model_name='exerciseversion',
                name='weeks_max',
                field=models.PositiveSmallIntegerField(blank=True, null=True, verbose_name='weeks, up to'),
            ),
            migrations.AddField(
                model_name='exerciseversion',
                name='weeks_min',
                field=models.PositiveSmallIntegerField(blank=True, null=True, validators=[django.core.validators.MinValueValidator(1)], verbose_name='weeks'),
            ),
            migrations.AddField(
                model_name='programme',
                name='stage_name',
                field=models.CharField(blank=True, max_length=80),
            ),
            migrations.AddField(
                model_name='programme',
                name='stage_number',
                field=models.PositiveSmallIntegerField(null=True),
            ),
            migrations.AddField(
                model_name='programmeitem',
                name='kit',
                field=models.CharField(blank=True, max_length=30, validators=[django.core.validators.RegexValidator('^[a-z_]+$')], verbose_name='with'),
            ),
            migrations.AddField(
                model_name='programmeitem',
                name='load_note',
                field=models.CharField(blank=True, help_text='In words, such as a backpack or the colour of a band.', max_length=80, validators=[clinic.text.validate_single_line], verbose_name='load'),
            ),
            migrations.AddField(
                model_name='programmeitem',
                name='note',
                field=models.CharField(blank=True, max_length=200, validators=[clinic.text.validate_single_line], verbose_name='note for the patient'),
            ),
            migrations.AddField(
                model_name='programmeitem',
                name='rest_s',
                field=models.PositiveSmallIntegerField(blank=True, null=True, validators=[django.core.validators.MinValueValidator(1)], verbose_name='rest between sets, seconds'),
            ),
            migrations.AddField(
                model_name='programmeitem',
                name='sets_open',
                field=models.BooleanField(default=False, verbose_name='as many sets as possible'),
            ),
            migrations.AddField(
                model_name='programmeitem',
                name='tempo_down_s',
                field=models.PositiveSmallIntegerField(blank=True, null=True, validators=[django.core.validators.MinValueValidator(1)], verbose_name='lowering, seconds'),
            ),
            migrations.AddField(
                model_name='programmeitem',
                name='tempo_up_s',
                field=models.PositiveSmallIntegerField(blank=True, null=True, validators=[django.core.validators.MinValueValidator(1)], verbose_name='rising, seconds'),
            ),
            migrations.AddField(
                model_name='routine',
                name='clinic',
                field=models.ForeignKey(editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='clinic.clinic', verbose_name='clinic'),
            ),
            migrations.AddField(
                model_name='routine',
                name='owner',
                field=models.ForeignKey(editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='owner'),
            ),
            migrations.AddField(
                model_name='routineitem',
                name='cue',
                field=models.CharField(blank=True, max_length=120, validators=[clinic.text.validate_single_line], verbose_name='cue'),
            ),
            migrations.AddField(
                model_name='routineitem',
                name='days_per_week',
                field=models.PositiveSmallIntegerField(blank=True, null=True, verbose_name='days a week'),
            ),
            migrations.AddField(
                model_name='routineitem',
                name='duration_s_max',
                field=models.PositiveSmallIntegerField(blank=True, null=True, verbose_name='duration, up to seconds'),
            ),
            migrations.AddField(
                model_name='routineitem',
                name='duration_s_min',
                field=models.PositiveSmallIntegerField(blank=True, null=True, validators=[django.core.validators.MinValueValidator(1)], verbose_name='duration, seconds'),
            ),
            migrations.AddField(
                model_name='routineitem',
                name='every_n_days',
                field=models.PositiveSmallIntegerField(blank=True, null=True, verbose_name='every … days'),
            ),
            migrations.AddField(
                model_name='routineitem',
                name='hold_s_max',
                field=models.PositiveSmallIntegerField(blank=True, null=True, verbose_name='hold, up to seconds'),
            ),
            migrations.AddField(
                model_name='routineitem',
                name='hold_s_min',
                field=models.PositiveSmallIntegerField(blank=True, null=True, validators=[django.core.validators.MinValueValidator(1)], verbose_name='hold, seconds'),
            ),
            migrations.AddField(
                model_name='routineitem',
                name='kit',
                field=models.CharField(blank=True, max_length=30, verbose_name='with'),
            ),
            migrations.AddField(
                model_name='routineitem',
                name='load_note',
                field=models.CharField(blank=True, help_text='In words, such as a backpack or the colour of a band.', max_length=80, validators=[clinic.text.validate_single_line], verbose_name='load'),
            ),
            migrations.AddField(
                model_name='routineitem',
                name='note',
                field=models.CharField(blank=True, max_length=200, validators=[clinic.text.validate_single_line], verbose_name='note for the patient'),
            ),
            migrations.AddField(
                model_name='routineitem',
                name='reps_max',
                field=models.PositiveSmallIntegerField(blank=True, null=True, verbose_name='repetitions, up to'),
            ),
            migrations.AddField(
                model_name='routineitem',
                name='reps_min',
                field=models.PositiveSmallIntegerField(blank=True, null=True, validators=[django.core.validators.MinValueValidator(1)], verbose_name='repetitions'),
            ),
            migrations.AddField(
                model_name='routineitem',
                name='rest_s',
                field=models.PositiveSmallIntegerField(blank=True, null=True, validators=[django.core.validators.MinValueValidator(1)], verbose_name='rest between sets, seconds'),
            ),
            migrations.AddField(
                model_name='routineitem',
                name='sets_max',
                field=models.PositiveSmallIntegerField(blank=True, null=True, verbose_name='sets, up to'),
            ),
            migrations.AddField(
                model_name='routineitem',
                name='sets_min',
                field=models.PositiveSmallIntegerField(blank=True, null=True, validators=[django.core.validators.MinValueValidator(1)], verbose_name='sets'),
            ),
            migrations.AddField(
                model_name='routineitem',
                name='sets_open',
                field=models.BooleanField(default=False, verbose_name='as many sets as possible'),
            ),
            migrations.AddField(
                model_name='routineitem',
                name='stage',
                field=models.PositiveSmallIntegerField(default=1, verbose_name='stage'),
            ),
            migrations.AddField(
                model_name='routineitem',
                name='tempo_down_s',
                field=models.PositiveSmallIntegerField(blank=True, null=True, validators=[django.core.validators.MinValueValidator(1)], verbose_name='lowering, seconds'),
            ),
            migrations.AddField(
                model_name='routineitem',
                name='tempo_up_s',
                field=models.PositiveSmallIntegerField(blank=True, null=True, validators=[django.core.validators.MinValueValidator(1)], verbose_name='rising, seconds'),
            ),
            migrations.AddField(
                model_name='routineitem',
                name='times_per_day',
                field=models.PositiveSmallIntegerField(blank=True, null=True, verbose_name='times a day'),
            ),
            migrations.AlterField(
                model_name='exercise',
                name='equipment',
                field=django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=30, validators=[django.core.validators.RegexValidator('^[a-z_]+$')]), blank=True, default=list, help_text='What is needed. One a line, such as towel.', size=None, verbose_name='equipment'),
            ),
        ]),
        migrations.RunSQL(
            *as_list('exercises_exercise'),
            state_operations=[
                migrations.AlterField(
                    model_name='exercise',
                    name='sources',
                    field=django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=300, validators=[clinic.text.validate_plain_text]), blank=True, default=list, help_text='One a line.', size=None, verbose_name='sources'),
                )
            ],
        ),
        migrations.AlterField(
            model_name='exerciseversion',
            name='equipment',
            field=django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=30, validators=[django.core.validators.RegexValidator('^[a-z_]+$')]), blank=True, default=list, help_text='What is needed. One a line, such as towel.', size=None, verbose_name='equipment'),
        ),
        migrations.RunSQL(
            *as_list('exercises_exerciseversion'),
            state_operations=[
                migrations.AlterField(
                    model_name='exerciseversion',
                    name='sources',
                    field=django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=300, validators=[clinic.text.validate_plain_text]), blank=True, default=list, help_text='One a line.', size=None, verbose_name='sources'),
                )
            ],
        ),
        Together([
            migrations.AlterField(
                model_name='programmeitem',
                name='version',
                field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='programmeitems', to='exercises.exerciseversion'),
            ),
            migrations.AddConstraint(
                model_name='programme',
                constraint=models.CheckConstraint(condition=models.Q(models.Q(('stage_name', ''), ('stage_number', None)), models.Q(('routine__isnull', False), ('stage_number__gt', 0), ('stage_number__isnull', False)), _connector='OR'), name='programme_stage_of_routine', violation_error_message="A stage is one of a routine's."),
            ),
            migrations.AddConstraint(
                model_name='programmeitem',
                constraint=models.CheckConstraint(condition=models.Q(models.Q(('tempo_up_s', None), models.Q(('tempo_up_s__gt', 0), ('tempo_up_s__isnull', False)), _connector='OR'), models.Q(('tempo_down_s', None), models.Q(('tempo_down_s__gt', 0), ('tempo_down_s__isnull', False)), _connector='OR'), models.Q(('rest_s', None), models.Q(('rest_s__gt', 0), ('rest_s__isnull', False)), _connector='OR')), name='item_seconds_above_zero', violation_error_message='Give seconds above zero, or leave them out.'),
            ),
            migrations.AddConstraint(
                model_name='programmeitem',
                constraint=models.CheckConstraint(condition=models.Q(('sets_open', False), ('sets_min', None), _connector='OR'), name='item_sets_stated_once', violation_error_message='Give a number of sets or “as many as possible”, not both.'),
            ),
            migrations.AddConstraint(
                model_name='routine',
                constraint=models.CheckConstraint(condition=models.Q(('owner', None), ('clinic__isnull', False), _connector='OR'), name='routine_personal_has_clinic', violation_error_message="A personal routine stays within its owner's clinic."),
            ),
            migrations.AddConstraint(
                model_name='routineitem',
                constraint=models.UniqueConstraint(fields=('routine', 'stage', 'exercise'), name='routine_exercise_once', violation_error_message='The routine holds this exercise already.'),
            ),
            migrations.AddConstraint(
                model_name='routineitem',
                constraint=models.CheckConstraint(condition=models.Q(models.Q(('days_per_week', None), ('every_n_days', None), ('times_per_day', None)), models.Q(('times_per_day__gte', 1), ('times_per_day__isnull', False), ('times_per_day__lte', 12), models.Q(models.Q(('days_per_week__isnull', False), ('every_n_days', None), ('days_per_week__gte', 1), ('days_per_week__lte', 7)), models.Q(('days_per_week', None), ('every_n_days__isnull', False), ('every_n_days__gte', 1), ('every_n_days__lte', 14)), _connector='OR')), _connector='OR'), name='routine_item_frequency', violation_error_message='Give times a day with days a week or every how many days, or leave all empty.'),
            ),
            migrations.AddConstraint(
                model_name='routineitem',
                constraint=models.CheckConstraint(condition=models.Q(models.Q(('sets_max', None), ('sets_min', None)), models.Q(('sets_min__gt', 0), ('sets_min__isnull', False), models.Q(('sets_max', None), ('sets_max__gte', models.F('sets_min')), _connector='OR')), _connector='OR'), name='routine_item_sets_range', violation_error_message='Give a number above zero, or a range with the smaller number first.'),
            ),
            migrations.AddConstraint(
                model_name='routineitem',
                constraint=models.CheckConstraint(condition=models.Q(models.Q(('reps_max', None), ('reps_min', None)), models.Q(('reps_min__gt', 0), ('reps_min__isnull', False), models.Q(('reps_max', None), ('reps_max__gte', models.F('reps_min')), _connector='OR')), _connector='OR'), name='routine_item_reps_range', violation_error_message='Give a number above zero, or a range with the smaller number first.'),
            ),
            migrations.AddConstraint(
                model_name='routineitem',
                constraint=models.CheckConstraint(condition=models.Q(models.Q(('hold_s_max', None), ('hold_s_min', None)), models.Q(('hold_s_min__gt', 0), ('hold_s_min__isnull', False), models.Q(('hold_s_max', None), ('hold_s_max__gte', models.F('hold_s_min')), _connector='OR')), _connector='OR'), name='routine_item_hold_s_range', violation_error_message='Give a number above zero, or a range with the smaller number first.'),
            ),
            migrations.AddConstraint(
                model_name='routineitem',
                constraint=models.CheckConstraint(condition=models.Q(models.Q(('duration_s_max', None), ('duration_s_min', None)), models.Q(('duration_s_min__gt', 0), ('duration_s_min__isnull', False), models.Q(('duration_s_max', None), ('duration_s_max__gte', models.F('duration_s_min')), _connector='OR')), _connector='OR'), name='routine_item_duration_s_range', violation_error_message='Give a number above zero, or a range with the smaller number first.'),
            ),
            migrations.AddConstraint(
                model_name='routineitem',
                constraint=models.CheckConstraint(condition=models.Q(models.Q(('tempo_up_s', None), models.Q(('tempo_up_s__gt', 0), ('tempo_up_s__isnull', False)), _connector='OR'), models.Q(('tempo_down_s', None), models.Q(('tempo_down_s__gt', 0), ('tempo_down_s__isnull', False)), _connector='OR'), models.Q(('rest_s', None), models.Q(('rest_s__gt', 0), ('rest_s__isnull', False)), _connector='OR')), name='routine_item_seconds_above_zero', violation_error_message='Give seconds above zero, or leave them out.'),
            ),
            migrations.AddConstraint(
                model_name='routineitem',
                constraint=models.CheckConstraint(condition=models.Q(('sets_open', False), ('sets_min', None), _connector='OR'), name='routine_item_sets_stated_once', violation_error_message='Give a number of sets or “as many as possible”, not both.'),
            ),
            migrations.AddField(
                model_name='cautionoverride',
                name='clinic',
                field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='clinic.clinic'),
            ),
            migrations.AddField(
                model_name='cautionoverride',
                name='given_by',
                field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
            ),
            migrations.AddField(
                model_name='cautionoverride',
                name='patient',
                field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='patients.patient'),
            ),
            migrations.AddField(
                model_name='cautionoverride',
                name='programme',
                field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='overrides', to='exercises.programme'),
            ),
            migrations.AddField(
                model_name='favourite',
                name='exercise',
                field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='favourites', to='exercises.exercise'),
            ),
            migrations.AddField(
                model_name='favourite',
                name='user',
                field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL),
            ),
            migrations.AddField(
                model_name='photo',
                name='clinic',
                field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='clinic.clinic'),
            ),
            migrations.AddField(
                model_name='photo',
                name='uploaded_by',
                field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
            ),
            migrations.AddField(
                model_name='exercise',
                name='photo',
                field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='%(class)ss', related_query_name='%(class)s', to='exercises.photo', verbose_name='photo'),
            ),
            migrations.AddField(
                model_name='exerciseversion',
                name='photo',
                field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='%(class)ss', related_query_name='%(class)s', to='exercises.photo', verbose_name='photo'),
            ),
            migrations.AddIndex(
                model_name='exercise',
                index=django.contrib.postgres.indexes.GinIndex(fields=['search'], name='exercise_search'),
            ),
            migrations.AddConstraint(
                model_name='exercise',
                constraint=models.CheckConstraint(condition=models.Q(models.Q(('review_asked_at', None), ('review_asked_by', None)), models.Q(('review_asked_at__isnull', False), ('review_asked_by__isnull', False)), _connector='OR'), name='exercise_review_has_asker', violation_error_message='A review is asked by somebody, at a time.'),
            ),
            migrations.AddConstraint(
                model_name='exercise',
                constraint=models.CheckConstraint(condition=models.Q(('kind__in', ['', 'strength', 'stretch', 'release', 'balance', 'mobility', 'endurance'])), name='exercise_kind_known', violation_error_message='Choose a kind from the list.'),
            ),
            migrations.AddConstraint(
                model_name='exercise',
                constraint=models.CheckConstraint(condition=models.Q(('body_part__in', ['', 'foot', 'lower_leg', 'hip', 'back', 'whole_body'])), name='exercise_body_part_known', violation_error_message='Choose a part of the body.'),
            ),
            migrations.AddConstraint(
                model_name='exercise',
                constraint=models.CheckConstraint(condition=models.Q(('evidence_tag__in', ['', 'trial', 'mixed', 'guideline', 'consensus', 'handout', 'practice'])), name='exercise_evidence_known', violation_error_message='Choose what stands behind it.'),
            ),
            migrations.AddConstraint(
                model_name='exercise',
                constraint=models.CheckConstraint(condition=models.Q(('difficulty', None), models.Q(('difficulty__in', [1, 2, 3]), ('difficulty__isnull', False)), _connector='OR'), name='exercise_difficulty_known', violation_error_message='Choose gentle, moderate or demanding.'),
            ),
            migrations.AddConstraint(
                model_name='exercise',
                constraint=models.CheckConstraint(condition=models.Q(('video_url', ''), ('video_url__startswith', 'https://'), _connector='OR'), name='exercise_video_is_https', violation_error_message="A video's address begins with https://."),
            ),
            migrations.AddConstraint(
                model_name='exercise',
                constraint=models.CheckConstraint(condition=models.Q(('picture', ''), ('photo', None), _connector='OR'), name='exercise_one_picture', violation_error_message='Choose a drawing or a photo, not both: the words describe one of them.'),
            ),
            migrations.AddConstraint(
                model_name='exercise',
                constraint=models.CheckConstraint(condition=models.Q(('every_n_days', None), models.Q(('days_per_week_min', None), ('every_n_days__gt', 0), ('every_n_days__isnull', False)), _connector='OR'), name='exercise_frequency_stated_once', violation_error_message='Give days a week or every how many days, not both.'),
            ),
            migrations.AddConstraint(
                model_name='exercise',
                constraint=models.CheckConstraint(condition=models.Q(models.Q(('tempo_up_s', None), models.Q(('tempo_up_s__gt', 0), ('tempo_up_s__isnull', False)), _connector='OR'), models.Q(('tempo_down_s', None), models.Q(('tempo_down_s__gt', 0), ('tempo_down_s__isnull', False)), _connector='OR'), models.Q(('rest_s', None), models.Q(('rest_s__gt', 0), ('rest_s__isnull', False)), _connector='OR')), name='exercise_seconds_above_zero', violation_error_message='Give seconds above zero, or leave them out.'),
            ),
            migrations.AddConstraint(
                model_name='exercise',
                constraint=models.CheckConstraint(condition=models.Q(('sets_open', False), ('sets_min', None), _connector='OR'), name='exercise_sets_stated_once', violation_error_message='Give a number of sets or “as many as possible”, not both.'),
            ),
            migrations.AddConstraint(
                model_name='exercise',
                constraint=models.CheckConstraint(condition=models.Q(models.Q(('times_per_day_max', None), ('times_per_day_min', None)), models.Q(('times_per_day_min__gt', 0), ('times_per_day_min__isnull', False), models.Q(('times_per_day_max', None), ('times_per_day_max__gte', models.F('times_per_day_min')), _connector='OR')), _connector='OR'), name='exercise_times_per_day_range', violation_error_message='Give a number above zero, or a range with the smaller number first.'),
            ),
            migrations.AddConstraint(
                model_name='exercise',
                constraint=models.CheckConstraint(condition=models.Q(models.Q(('days_per_week_max', None), ('days_per_week_min', None)), models.Q(('days_per_week_min__gt', 0), ('days_per_week_min__isnull', False), models.Q(('days_per_week_max', None), ('days_per_week_max__gte', models.F('days_per_week_min')), _connector='OR')), _connector='OR'), name='exercise_days_per_week_range', violation_error_message='Give a number above zero, or a range with the smaller number first.'),
            ),
            migrations.AddConstraint(
                model_name='exercise',
                constraint=models.CheckConstraint(condition=models.Q(models.Q(('weeks_max', None), ('weeks_min', None)), models.Q(('weeks_min__gt', 0), ('weeks_min__isnull', False), models.Q(('weeks_max', None), ('weeks_max__gte', models.F('weeks_min')), _connector='OR')), _connector='OR'), name='exercise_weeks_range', violation_error_message='Give a number above zero, or a range with the smaller number first.'),
            ),
            migrations.AddConstraint(
                model_name='exerciseversion',
                constraint=models.CheckConstraint(condition=models.Q(('kind__in', ['', 'strength', 'stretch', 'release', 'balance', 'mobility', 'endurance'])), name='version_kind_known', violation_error_message='Choose a kind from the list.'),
            ),
            migrations.AddConstraint(
                model_name='exerciseversion',
                constraint=models.CheckConstraint(condition=models.Q(('body_part__in', ['', 'foot', 'lower_leg', 'hip', 'back', 'whole_body'])), name='version_body_part_known', violation_error_message='Choose a part of the body.'),
            ),
            migrations.AddConstraint(
                model_name='exerciseversion',
                constraint=models.CheckConstraint(condition=models.Q(('evidence_tag__in', ['', 'trial', 'mixed', 'guideline', 'consensus', 'handout', 'practice'])), name='version_evidence_known', violation_error_message='Choose what stands behind it.'),
            ),
            migrations.AddConstraint(
                model_name='exerciseversion',
                constraint=models.CheckConstraint(condition=models.Q(('difficulty', None), models.Q(('difficulty__in', [1, 2, 3]), ('difficulty__isnull', False)), _connector='OR'), name='version_difficulty_known', violation_error_message='Choose gentle, moderate or demanding.'),
            ),
            migrations.AddConstraint(
                model_name='exerciseversion',
                constraint=models.CheckConstraint(condition=models.Q(('video_url', ''), ('video_url__startswith', 'https://'), _connector='OR'), name='version_video_is_https', violation_error_message="A video's address begins with https://."),
            ),
            migrations.AddConstraint(
                model_name='exerciseversion',
                constraint=models.CheckConstraint(condition=models.Q(('picture', ''), ('photo', None), _connector='OR'), name='version_one_picture', violation_error_message='Choose a drawing or a photo, not both: the words describe one of them.'),
            ),
            migrations.AddConstraint(
                model_name='exerciseversion',
                constraint=models.CheckConstraint(condition=models.Q(('every_n_days', None), models.Q(('days_per_week_min', None), ('every_n_days__gt', 0), ('every_n_days__isnull', False)), _connector='OR'), name='version_frequency_stated_once', violation_error_message='Give days a week or every how many days, not both.'),
            ),
            migrations.AddConstraint(
                model_name='exerciseversion',
                constraint=models.CheckConstraint(condition=models.Q(models.Q(('tempo_up_s', None), models.Q(('tempo_up_s__gt', 0), ('tempo_up_s__isnull', False)), _connector='OR'), models.Q(('tempo_down_s', None), models.Q(('tempo_down_s__gt', 0), ('tempo_down_s__isnull', False)), _connector='OR'), models.Q(('rest_s', None), models.Q(('rest_s__gt', 0), ('rest_s__isnull', False)), _connector='OR')), name='version_seconds_above_zero', violation_error_message='Give seconds above zero, or leave them out.'),
            ),
            migrations.AddConstraint(
                model_name='exerciseversion',
                constraint=models.CheckConstraint(condition=models.Q(('sets_open', False), ('sets_min', None), _connector='OR'), name='version_sets_stated_once', violation_error_message='Give a number of sets or “as many as possible”, not both.'),
            ),
            migrations.AddConstraint(
                model_name='exerciseversion',
                constraint=models.CheckConstraint(condition=models.Q(models.Q(('times_per_day_max', None), ('times_per_day_min', None)), models.Q(('times_per_day_min__gt', 0), ('times_per_day_min__isnull', False), models.Q(('times_per_day_max', None), ('times_per_day_max__gte', models.F('times_per_day_min')), _connector='OR')), _connector='OR'), name='version_times_per_day_range', violation_error_message='Give a number above zero, or a range with the smaller number first.'),
            ),
            migrations.AddConstraint(
                model_name='exerciseversion',
                constraint=models.CheckConstraint(condition=models.Q(models.Q(('days_per_week_max', None), ('days_per_week_min', None)), models.Q(('days_per_week_min__gt', 0), ('days_per_week_min__isnull', False), models.Q(('days_per_week_max', None), ('days_per_week_max__gte', models.F('days_per_week_min')), _connector='OR')), _connector='OR'), name='version_days_per_week_range', violation_error_message='Give a number above zero, or a range with the smaller number first.'),
            ),
            migrations.AddConstraint(
                model_name='exerciseversion',
                constraint=models.CheckConstraint(condition=models.Q(models.Q(('weeks_max', None), ('weeks_min', None)), models.Q(('weeks_min__gt', 0), ('weeks_min__isnull', False), models.Q(('weeks_max', None), ('weeks_max__gte', models.F('weeks_min')), _connector='OR')), _connector='OR'), name='version_weeks_range', violation_error_message='Give a number above zero, or a range with the smaller number first.'),
            ),
            migrations.AddField(
                model_name='proposal',
                name='clinic',
                field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='clinic.clinic'),
            ),
            migrations.AddField(
                model_name='proposal',
                name='copy',
                field=models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='proposal', to='exercises.exercise'),
            ),
            migrations.AddField(
                model_name='proposal',
                name='decided_by',
                field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
            ),
            migrations.AddField(
                model_name='proposal',
                name='exercise',
                field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='proposals', to='exercises.exercise'),
            ),
            migrations.AddField(
                model_name='proposal',
                name='proposed_by',
                field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
            ),
            migrations.AddField(
                model_name='routinestage',
                name='routine',
                field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='stages', to='exercises.routine'),
            ),
            migrations.AddConstraint(
                model_name='cautionoverride',
                constraint=models.CheckConstraint(condition=models.Q(models.Q(('reason', ''), _negated=True), ('exercises__len__gt', 0)), name='override_has_reason', violation_error_message='Say why it may go ahead.'),
            ),
            migrations.AddConstraint(
                model_name='favourite',
                constraint=models.UniqueConstraint(fields=('user', 'exercise'), name='favourite_once', violation_error_message='It is a favourite already.'),
            ),
            migrations.AddConstraint(
                model_name='photo',
                constraint=models.CheckConstraint(condition=models.Q(('height__range', (1, 1600)), ('width__range', (1, 3200))), name='photo_size_within_bounds', violation_error_message='The photo is too large.'),
            ),
            migrations.AddConstraint(
                model_name='proposal',
                constraint=models.UniqueConstraint(condition=models.Q(('state', 'waiting')), fields=('exercise',), name='proposal_waits_once', violation_error_message='It waits for review already.'),
            ),
            migrations.AddConstraint(
                model_name='proposal',
                constraint=models.CheckConstraint(condition=models.Q(('state__in', ['waiting', 'accepted', 'declined', 'withdrawn'])), name='proposal_state_known', violation_error_message='Unknown state.'),
            ),
            migrations.AddConstraint(
                model_name='proposal',
                constraint=models.CheckConstraint(condition=models.Q(models.Q(('decided_at', None), ('decided_by', None), ('state', 'waiting')), models.Q(models.Q(('state', 'waiting'), _negated=True), ('decided_at__isnull', False), ('decided_by__isnull', False)), _connector='OR'), name='proposal_decided_by_somebody', violation_error_message='A decision has a person and a time.'),
            ),
            migrations.AddConstraint(
                model_name='proposal',
                constraint=models.CheckConstraint(condition=models.Q(models.Q(('state', 'declined'), _negated=True), models.Q(('answer', ''), _negated=True), _connector='OR'), name='proposal_declined_with_answer', violation_error_message='Say why, so that the clinic can mend it.'),
            ),
            migrations.AddConstraint(
                model_name='routinestage',
                constraint=models.UniqueConstraint(fields=('routine', 'number'), name='routine_stage_once', violation_error_message='The routine has this stage already.'),
            ),
            migrations.AddConstraint(
                model_name='routinestage',
                constraint=models.CheckConstraint(condition=models.Q(('from_week__gt', 0), ('number__gt', 0), models.Q(('to_week', None), models.Q(('to_week__gte', models.F('from_week')), ('to_week__isnull', False)), _connector='OR')), name='routine_stage_weeks', violation_error_message='Weeks count from 1, and a stage does not end before it begins.'),
            ),
        ]),
    ]
