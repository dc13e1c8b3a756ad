"""Patients found by words, date of birth, clinic number, and names with a slip: indexes on what is stored already, so that
hardly a row is written anew. See ``patients/finding_people.py``, which makes the same of what is typed."""

import django.contrib.postgres.fields
import django.contrib.postgres.indexes
import django.contrib.postgres.search
import django.db.models.functions.text
from django.db import migrations, models

import clinic.text
from patients.migrations._together import Together

# Of names with hyphens the later parts are words too, as ``searchable`` writes them from now on.
PARTS = """
UPDATE patients_patient SET search = left(search || ' ' || (
    SELECT string_agg(part, ' ')
    FROM unnest(string_to_array(search, ' ')) AS whole, unnest((string_to_array(whole, '-'))[2:]) AS part
    WHERE strpos(whole, '@') = 0 AND part <> ''
), 500)
WHERE search ~ '(^| )[^ @]*-+[^- @]+[^ @]*( |$)'"""
# Each word that is no number and no address, and each form of it that lacks one letter.
NEAR = r"""
CREATE FUNCTION patients_near(said text) RETURNS text[] LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE COST 100 RETURN (
    SELECT coalesce(array_agg(DISTINCT left(word, gap - 1) || substr(word, gap + 1)), '{}')
    FROM unnest(string_to_array(said, ' ')) AS word,
        generate_series(CASE WHEN length(word) < 4 THEN length(word) + 1 ELSE 1 END, length(word) + 1) AS gap
    WHERE length(word) BETWEEN 3 AND 32 AND word !~ '[@0-9]'
)"""


def text_array(function: str, *of: object) -> models.Func:
    return models.Func(
        *of,
        function=function,
        output_field=django.contrib.postgres.fields.ArrayField(base_field=models.TextField(), size=None),
    )


class Migration(migrations.Migration):

    dependencies = [
        ('patients', '0012_answers_said_at'),
    ]

    operations = [
        migrations.RunSQL(PARTS, migrations.RunSQL.noop),
        migrations.RunSQL(NEAR, "DROP FUNCTION patients_near"),
        Together([
            migrations.AddField(
                model_name='patient',
                name='reference',
                field=models.CharField(blank=True, default='', max_length=40, validators=[clinic.text.validate_single_line], verbose_name='clinic number'),
                preserve_default=False,
            ),
            migrations.AddIndex(
                model_name='patient',
                index=models.Index(models.F('clinic'), models.OrderBy(models.F('created_at'), descending=True), name='patient_by_arrival'),
            ),
            migrations.AddIndex(
                model_name='patient',
                index=models.Index(fields=['clinic', 'date_of_birth'], name='patient_by_birth'),
            ),
            migrations.AddIndex(
                model_name='patient',
                index=models.Index(condition=models.Q(('archived_at', None)), fields=['clinic', 'practitioner'], name='patient_current'),
            ),
            migrations.AddIndex(
                model_name='patient',
                index=models.Index(models.F('clinic'), django.db.models.functions.text.Upper('email'), name='patient_by_address'),
            ),
            migrations.AddIndex(
                model_name='patient',
                index=django.contrib.postgres.indexes.GinIndex(
                    models.Func(text_array('string_to_array', django.db.models.functions.text.Trim('search'), models.Value(' ')), function='array_to_tsvector', output_field=django.contrib.postgres.search.SearchVectorField()),
                    name='patient_words',
                ),
            ),
            migrations.AddIndex(
                model_name='patient',
                index=django.contrib.postgres.indexes.GinIndex(text_array('patients_near', 'search'), name='patient_near'),
            ),
        ]),
        migrations.AddConstraint(
            model_name='patient',
            constraint=models.UniqueConstraint(models.F('clinic'), django.db.models.functions.text.Lower('reference'), condition=models.Q(models.Q(('reference', ''), _negated=True), ('merged_into', None)), name='patient_reference_once', violation_error_message='Another patient has this clinic number.'),
        ),
    ]
