"""Restricted records, the doors into them, and what was erased. All three are kept: they end once, or never change."""

import clinic.text
import django.db.models.deletion
import django.db.models.functions.datetime
import uuid
from datetime import timedelta
from django.conf import settings
from django.db import migrations, models

from clinic.migrations._same import same

STAYS = """
CREATE TRIGGER restriction_stays BEFORE UPDATE OR DELETE ON patients_restriction
    FOR EACH ROW EXECUTE FUNCTION patients_signed_stays('lifted_at', 'lifted_by_id', 'lift_reason');
CREATE TRIGGER restriction_ends_once BEFORE UPDATE ON patients_restriction
    FOR EACH ROW WHEN (OLD.lifted_at IS NOT NULL) EXECUTE FUNCTION patients_signed_stays('-');
CREATE TRIGGER opening_stays BEFORE UPDATE OR DELETE ON patients_opening
    FOR EACH ROW EXECUTE FUNCTION patients_signed_stays('closed_at');
CREATE TRIGGER opening_ends_once BEFORE UPDATE ON patients_opening
    FOR EACH ROW WHEN (OLD.closed_at IS NOT NULL) EXECUTE FUNCTION patients_signed_stays('-');
CREATE TRIGGER erasure_stays BEFORE UPDATE OR DELETE ON patients_erasure
    FOR EACH ROW EXECUTE FUNCTION patients_signed_stays('-');
CREATE FUNCTION patients_erased_stays_shut() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM patients_erasure WHERE patient_id = NEW.patient_id) THEN
        RAISE EXCEPTION 'the record of an erased patient stays restricted' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER restriction_of_erased_stays BEFORE UPDATE ON patients_restriction
    FOR EACH ROW WHEN (NEW.lifted_at IS NOT NULL) EXECUTE FUNCTION patients_erased_stays_shut();
"""
GOES = """
DROP TRIGGER restriction_of_erased_stays ON patients_restriction;
DROP FUNCTION patients_erased_stays_shut();
DROP TRIGGER erasure_stays ON patients_erasure;
DROP TRIGGER opening_ends_once ON patients_opening;
DROP TRIGGER opening_stays ON patients_opening;
DROP TRIGGER restriction_ends_once ON patients_restriction;
DROP TRIGGER restriction_stays ON patients_restriction;
"""


class Migration(migrations.Migration):

    dependencies = [
        ('clinic', '0011_pages_of_outgoing_email'),
        ('patients', '0017_complaints'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Restriction',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('reason', models.CharField(max_length=300, validators=[clinic.text.validate_single_line], verbose_name='reason')),
                ('restricted_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('lifted_at', models.DateTimeField(null=True)),
                ('lift_reason', models.CharField(blank=True, max_length=300, validators=[clinic.text.validate_single_line], verbose_name='reason')),
                ('clinic', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='clinic.clinic')),
                ('lifted_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('patient', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='patients.patient')),
                ('restricted_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name': 'restriction of a record',
                'verbose_name_plural': 'restrictions of records',
                'indexes': [models.Index(condition=models.Q(('lifted_at', None)), fields=['clinic'], name='restriction_standing')],
                'constraints': [
                    models.UniqueConstraint(fields=('id', 'patient'), name='restriction_id_patient', violation_error_message='Wrong patient.'),
                    models.UniqueConstraint(condition=models.Q(('lifted_at', None)), fields=('patient',), name='restriction_once', violation_error_message='This record is restricted already.'),
                    models.CheckConstraint(condition=models.Q(('reason__regex', '\\S.{8,}\\S')), name='restriction_says_why', violation_error_message='A reason has at least ten characters.'),
                    models.CheckConstraint(condition=models.Q(models.Q(('lift_reason', ''), ('lifted_at', None), ('lifted_by', None)), models.Q(('lift_reason__regex', '\\S.{8,}\\S'), ('lifted_at__gte', models.F('restricted_at')), ('lifted_by__isnull', False)), _connector='OR'), name='restriction_lifted_by_somebody', violation_error_message='Lifting names who did it, when, and why.'),
                ],
            },
        ),
        migrations.CreateModel(
            name='Opening',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('reason', models.CharField(max_length=300, validators=[clinic.text.validate_single_line], verbose_name='reason')),
                ('opened_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('ends_at', models.DateTimeField()),
                ('closed_at', models.DateTimeField(null=True)),
                ('clinic', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='clinic.clinic')),
                ('opened_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('patient', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='patients.patient')),
                ('restriction', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='openings', to='patients.restriction')),
            ],
            options={
                'verbose_name': 'opening of a restricted record',
                'verbose_name_plural': 'openings of restricted records',
                'indexes': [
                    models.Index(models.F('clinic'), models.OrderBy(models.F('opened_at'), descending=True), name='opening_by_clinic'),
                    models.Index(condition=models.Q(('closed_at', None)), fields=['restriction', 'opened_by'], name='opening_open'),
                ],
                'constraints': [
                    models.CheckConstraint(condition=models.Q(('reason__regex', '\\S.{8,}\\S')), name='opening_says_why', violation_error_message='A reason has at least ten characters.'),
                    models.CheckConstraint(condition=models.Q(('ends_at__gt', models.F('opened_at')), ('ends_at__lte', models.F('opened_at') + timedelta(minutes=60))), name='opening_ends_within_the_hour', violation_error_message='A restricted record opens for an hour at most.'),
                    models.CheckConstraint(condition=models.Q(('closed_at', None), models.Q(('closed_at__gte', models.F('opened_at')), ('closed_at__lte', models.F('ends_at'))), _connector='OR'), name='opening_closed_while_open', violation_error_message='It is closed between its beginning and its end.'),
                ],
            },
        ),
        migrations.CreateModel(
            name='Erasure',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('reason', models.CharField(max_length=300, validators=[clinic.text.validate_single_line], verbose_name='reason')),
                ('removed', models.JSONField(default=dict)),
                ('erased_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('clinic', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='clinic.clinic')),
                ('erased_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('patient', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='patients.patient')),
            ],
            options={
                'verbose_name': 'erasure',
                'verbose_name_plural': 'erasures',
                'constraints': [
                    models.UniqueConstraint(fields=('patient',), name='erasure_once', violation_error_message='This was erased already.'),
                    models.CheckConstraint(condition=models.Q(('reason__regex', '\\S.{8,}\\S')), name='erasure_says_why', violation_error_message='A reason has at least ten characters.'),
                ],
            },
        ),
        same("clinic", "patients_restriction", "patient_id", "patients_patient"),
        same("clinic", "patients_opening", "patient_id", "patients_patient"),
        same("clinic", "patients_erasure", "patient_id", "patients_patient"),
        same("patient", "patients_opening", "restriction_id", "patients_restriction"),
        migrations.RunSQL(STAYS, GOES),
    ]
