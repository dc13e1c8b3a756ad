"""What Django cannot express: composite keys, and triggers that keep what was signed as it was signed.

Composite keys: no row speaks of another clinic's patient, and none ties two patients together (an insole advised for
somebody else's finding). Findings on record become the first state of their history.
"""

from django.db import migrations

from clinic.migrations._same import same

SAME_CLINIC = [
    ("activity", "patient_id", "patient"),
    ("activityscore", "activity_id", "activity"),
    ("changerating", "patient_id", "patient"),
    ("evaluation", "patient_id", "patient"),
    ("evaluationdraft", "patient_id", "patient"),
    ("footmeasures", "evaluation_id", "evaluation"),
    ("patientmerge", "kept_id", "patient"),
    ("patientmerge", "duplicate_id", "patient"),
    ("patient", "merged_into_id", "patient"),
    ("questionnaireresponse", "patient_id", "patient"),
    ("questionnaireresponse", "questionnaire_id", "questionnaire"),
    ("raisedflag", "patient_id", "patient"),
    ("referral", "patient_id", "patient"),
    ("screening", "patient_id", "patient"),
    ("supportadvice", "patient_id", "patient"),
    ("wearentry", "patient_id", "patient"),
]
SAME_PATIENT = [
    ("evaluation", "amends_id", "evaluation"),
    ("evaluationdraft", "amends_id", "evaluation"),
    ("finding", "recurrence_of_id", "finding"),
    ("raisedflag", "screening_id", "screening"),
    ("referral", "finding_id", "finding"),
    ("referral", "flag_id", "raisedflag"),
    ("supportadvice", "reason_finding_id", "finding"),
    ("wearentry", "advice_id", "supportadvice"),
]
PARENTS = sorted({parent for _, _, parent in SAME_PATIENT})


def parent_key(table: str) -> migrations.RunSQL:
    return migrations.RunSQL(
        f"ALTER TABLE patients_{table} ADD CONSTRAINT {table}_id_patient UNIQUE (id, patient_id)",
        f"ALTER TABLE patients_{table} DROP CONSTRAINT {table}_id_patient",
    )


# The arguments name the columns that may still change.
STAYS = """
CREATE FUNCTION patients_signed_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' OR (to_jsonb(OLD) - TG_ARGV) IS DISTINCT FROM (to_jsonb(NEW) - TG_ARGV) THEN
        RAISE EXCEPTION 'rows of % stay as they were signed', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
"""
CHANGEABLE = {
    "activity": ["retired_at", "patient_id"],
    "evaluation": ["status", "patient_id"],
    "footmeasures": ["-"],
    "questionnaireresponse": ["status", "patient_id"],
    "raisedflag": [
        *("status", "decision", "decision_note", "decided_by_id", "decided_at"),
        *("version", "changed_by_id", "changed_at", "change_reason", "patient_id"),
    ],
    "screening": ["status", "patient_id"],
}


def stays(table: str, columns: list[str]) -> migrations.RunSQL:
    arguments = ", ".join(f"'{column}'" for column in columns)
    return migrations.RunSQL(
        f"CREATE TRIGGER {table}_stays BEFORE UPDATE OR DELETE ON patients_{table}"
        f" FOR EACH ROW EXECUTE FUNCTION patients_signed_stays({arguments})",
        f"DROP TRIGGER {table}_stays ON patients_{table}",
    )


PUBLISHED = """
CREATE TRIGGER questionnaire_stays BEFORE UPDATE OR DELETE ON patients_questionnaire
    FOR EACH ROW WHEN (OLD.stage <> 'draft') EXECUTE FUNCTION patients_signed_stays('stage');
CREATE FUNCTION patients_published_items_stay() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    parent uuid := CASE WHEN TG_OP = 'INSERT' THEN NEW.questionnaire_id ELSE OLD.questionnaire_id END;
BEGIN
    IF EXISTS (SELECT FROM patients_questionnaire WHERE id = parent AND stage <> 'draft') THEN
        RAISE EXCEPTION 'questions of a published questionnaire stay' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
END $$;
CREATE TRIGGER questionnaireitem_stays BEFORE INSERT OR UPDATE OR DELETE ON patients_questionnaireitem
    FOR EACH ROW EXECUTE FUNCTION patients_published_items_stay();
"""
NOT_PUBLISHED = """
DROP TRIGGER questionnaireitem_stays ON patients_questionnaireitem;
DROP FUNCTION patients_published_items_stay();
DROP TRIGGER questionnaire_stays ON patients_questionnaire;
"""
# The vocabulary's file says the rest when it is loaded next; this keeps today's findings valid until then.
BACK = """
UPDATE patients_findingtype SET sides = '{left,right,bilateral,not_applicable}' WHERE site = 'back';
"""
# An UPDATE makes the trigger keep what stands: the first state of each history.
FIRST_STATE = """
UPDATE patients_finding SET changed_by_id = recorded_by_id, changed_at = recorded_at;
"""


class Migration(migrations.Migration):
    dependencies = [("patients", "0003_clinical_record"), ("clinic", "0002_audit_append_only")]
    operations = [
        *[same("clinic", f"patients_{row}", key, f"patients_{parent}") for row, key, parent in SAME_CLINIC],
        *[parent_key(table) for table in PARENTS],
        *[same("patient", f"patients_{row}", key, f"patients_{parent}") for row, key, parent in SAME_PATIENT],
        migrations.RunSQL(STAYS, "DROP FUNCTION patients_signed_stays()"),
        *[stays(table, columns) for table, columns in CHANGEABLE.items()],
        migrations.RunSQL(PUBLISHED, NOT_PUBLISHED),
        migrations.RunSQL(BACK, migrations.RunSQL.noop),
        migrations.RunSQL(FIRST_STATE, migrations.RunSQL.noop),
    ]
