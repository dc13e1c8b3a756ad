"""Patients' rows are shown within their clinic, and to a patient the own ones (``clinic.within``)."""

from django.db import migrations

from clinic.migrations._within import enclose, enclose_all, of_clinic, with_parent

WITH_PARENT = {
    "patients_findingcode": with_parent("patients_findingtype", "type_id", "key"),
    "patients_questionnaireitem": with_parent("patients_questionnaire", "questionnaire_id"),
}
# Whoever cannot see the parent must not pass for that: the function looks with its owner's eyes.
DEFINER = "ALTER FUNCTION patients_published_items_stay() SECURITY DEFINER SET search_path = public, pg_temp"
INVOKER = "ALTER FUNCTION patients_published_items_stay() SECURITY INVOKER RESET search_path"


class Migration(migrations.Migration):
    dependencies = [("patients", "0018_restricted_records"), ("clinic", "0014_within")]
    operations = [
        enclose("patients_patient", of_clinic(patient="id")),
        enclose_all("patients", but=["patients_patient", *WITH_PARENT]),
        *[enclose(table, shown) for table, shown in WITH_PARENT.items()],
        migrations.RunSQL(DEFINER, INVOKER),
    ]
