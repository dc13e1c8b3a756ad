"""What Django cannot express: reasons stay with their programme, and nobody is given another clinic's exercise."""

from django.db import migrations

from clinic.migrations._same import same

PARENT = (
    "ALTER TABLE exercises_programme ADD CONSTRAINT programme_id_patient UNIQUE (id, patient_id)",
    "ALTER TABLE exercises_programme DROP CONSTRAINT programme_id_patient",
)
STAYS = """
CREATE TRIGGER cautionoverride_stays BEFORE UPDATE OR DELETE ON exercises_cautionoverride
    FOR EACH ROW EXECUTE FUNCTION patients_signed_stays('patient_id');
CREATE TRIGGER photo_stays BEFORE UPDATE OR DELETE ON exercises_photo
    FOR EACH ROW EXECUTE FUNCTION clinic_append_only();
"""
MAY_CHANGE = """
DROP TRIGGER photo_stays ON exercises_photo;
DROP TRIGGER cautionoverride_stays ON exercises_cautionoverride;
"""
# A foreign key cannot say "of this clinic, or of none".
OWN = """
CREATE FUNCTION exercises_own_or_shared() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    of_exercise uuid;
    of_holder uuid;
BEGIN
    IF TG_TABLE_NAME = 'exercises_programmeitem' THEN
        SELECT exercise.clinic_id INTO of_exercise
            FROM exercises_exerciseversion AS version JOIN exercises_exercise AS exercise ON exercise.id = exercise_id
            WHERE version.id = NEW.version_id;
        of_holder := NEW.clinic_id;
    ELSE
        SELECT clinic_id INTO of_exercise FROM exercises_exercise WHERE id = NEW.exercise_id;
        SELECT clinic_id INTO of_holder FROM exercises_routine WHERE id = NEW.routine_id;
    END IF;
    IF of_exercise IS NOT NULL AND of_exercise IS DISTINCT FROM of_holder THEN
        RAISE EXCEPTION 'a row of % holds an exercise of another clinic', TG_TABLE_NAME
            USING ERRCODE = 'foreign_key_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER programmeitem_exercise_of_clinic BEFORE INSERT OR UPDATE ON exercises_programmeitem
    FOR EACH ROW EXECUTE FUNCTION exercises_own_or_shared();
CREATE TRIGGER routineitem_exercise_of_clinic BEFORE INSERT OR UPDATE ON exercises_routineitem
    FOR EACH ROW EXECUTE FUNCTION exercises_own_or_shared();
"""
ANY = """
DROP TRIGGER routineitem_exercise_of_clinic ON exercises_routineitem;
DROP TRIGGER programmeitem_exercise_of_clinic ON exercises_programmeitem;
DROP FUNCTION exercises_own_or_shared();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("exercises", "0003_catalogue"),
        ("patients", "0004_signed_rows_stay"),
        ("clinic", "0002_audit_append_only"),
    ]
    operations = [
        migrations.RunSQL(*PARENT),
        same("clinic", "exercises_cautionoverride", "patient_id", "patients_patient"),
        same("clinic", "exercises_cautionoverride", "programme_id", "exercises_programme"),
        same("patient", "exercises_cautionoverride", "programme_id", "exercises_programme"),
        migrations.RunSQL(STAYS, MAY_CHANGE),
        migrations.RunSQL(OWN, ANY),
    ]
