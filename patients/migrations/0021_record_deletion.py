"""A record whose time is over may be deleted, by a person. The database judges with us: a row here opens the way for the
rows of one record, and stands only for a record that need not be kept any more."""

import uuid

import django.db.models.deletion
import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models

from clinic.migrations._within import enclose, of_clinic

# The days are compared without zones, so a day is given; the application knows the clinic's own.
IN_TIME = """
CREATE FUNCTION patients_deletion_in_time() RETURNS trigger LANGUAGE plpgsql
    SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF NOT EXISTS (
        SELECT FROM patients_patient AS known JOIN clinic_clinic AS held ON held.id = known.clinic_id
         WHERE known.id = NEW.record_id AND known.clinic_id = NEW.clinic_id AND held.retention_years IS NOT NULL
           AND NEW.last_entry >= known.created_at::date - 1
           AND NEW.last_entry + make_interval(years => held.retention_years) <= now()::date + 1
           AND (NEW.last_entry >= known.date_of_birth + interval '18 years'
                OR now()::date + 1 >= known.date_of_birth + interval '25 years')
           AND (NOT EXISTS (SELECT FROM patients_restriction WHERE patient_id = known.id AND lifted_at IS NULL)
                OR EXISTS (SELECT FROM patients_erasure WHERE patient_id = known.id)
                OR EXISTS (SELECT FROM patients_recorddeletion WHERE record_id = known.merged_into_id))) THEN
        RAISE EXCEPTION 'this record has to be kept' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER deletion_in_time BEFORE INSERT ON patients_recorddeletion
    FOR EACH ROW EXECUTE FUNCTION patients_deletion_in_time();
CREATE FUNCTION patients_record_goes(patient uuid) RETURNS boolean LANGUAGE sql STABLE
    SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT EXISTS (SELECT FROM patients_recorddeletion WHERE record_id = patient)
$$;
CREATE FUNCTION patients_patient_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT patients_record_goes(OLD.id) THEN
        RAISE EXCEPTION 'a patient is deleted when the time of the record is over' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN OLD;
END $$;
CREATE TRIGGER patient_stays BEFORE DELETE ON patients_patient
    FOR EACH ROW EXECUTE FUNCTION patients_patient_stays();
CREATE TRIGGER deletion_stays BEFORE UPDATE OR DELETE ON patients_recorddeletion
    FOR EACH ROW EXECUTE FUNCTION patients_signed_stays('-');
"""
NEVER = """
DROP TRIGGER deletion_stays ON patients_recorddeletion;
DROP TRIGGER patient_stays ON patients_patient;
DROP FUNCTION patients_patient_stays();
DROP FUNCTION patients_record_goes(uuid);
DROP TRIGGER deletion_in_time ON patients_recorddeletion;
DROP FUNCTION patients_deletion_in_time();
"""
# Rows of measures name their evaluation, and through it the patient. What names nobody stays.
GO = """
CREATE OR REPLACE FUNCTION patients_signed_stays() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    said jsonb := to_jsonb(OLD);
    patient uuid := said ->> 'patient_id';
BEGIN
    IF TG_OP = 'DELETE' AND patient IS NULL AND said ? 'evaluation_id' THEN
        SELECT patient_id INTO patient FROM patients_evaluation WHERE id = (said ->> 'evaluation_id')::uuid;
    END IF;
    IF TG_OP = 'DELETE' AND patients_record_goes(patient) THEN
        RETURN OLD;
    END IF;
    IF TG_OP = 'DELETE' OR (said - TG_ARGV) IS DISTINCT FROM (to_jsonb(NEW) - TG_ARGV) THEN
        RAISE EXCEPTION 'rows of % stay as they were signed', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
"""
STAY = """
CREATE OR REPLACE FUNCTION patients_signed_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' OR (to_jsonb(OLD) - TG_ARGV) IS DISTINCT FROM (to_jsonb(NEW) - TG_ARGV) THEN
        RAISE EXCEPTION 'rows of % stay as they were signed', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
"""


class Migration(migrations.Migration):

    dependencies = [
        ('clinic', '0016_cache_is_json'),
        ('patients', '0020_within'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='RecordDeletion',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('record_id', models.UUIDField(verbose_name='record')),
                ('last_entry', models.DateField(verbose_name='last entry')),
                ('over_since', models.DateField(verbose_name='over since')),
                ('deleted_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('clinic', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='clinic.clinic')),
                ('deleted_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name': 'deletion of a record',
                'verbose_name_plural': 'deletions of records',
                'constraints': [
                    models.UniqueConstraint(fields=('record_id',), name='deletion_once', violation_error_message='This record was deleted already.'),
                    models.CheckConstraint(condition=models.Q(('over_since__gt', models.F('last_entry'))), name='deletion_after_the_last_entry', violation_error_message='A record is over after its last entry.'),
                ],
            },
        ),
        enclose("patients_recorddeletion", of_clinic()),
        migrations.RunSQL(IN_TIME, NEVER),
        migrations.RunSQL(GO, STAY),
    ]
