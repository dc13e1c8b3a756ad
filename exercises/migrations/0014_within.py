"""Plans are shown within their clinic, the shared catalogue to everybody, a clinic's own texts to that clinic
(``clinic.within``)."""

from django.db import migrations

from clinic.migrations._within import enclose, enclose_all, with_parent

WITH_PARENT = {
    "exercises_exerciseversion": with_parent("exercises_exercise", "exercise_id"),
    "exercises_versiontranslation": with_parent("exercises_exerciseversion", "version_id"),
    "exercises_exercise_findings": with_parent("exercises_exercise", "exercise_id"),
    "exercises_favourite": with_parent("exercises_exercise", "exercise_id"),
    "exercises_routinestage": with_parent("exercises_routine", "routine_id"),
    "exercises_routineitem": with_parent("exercises_routine", "routine_id"),
    "exercises_routine_findings": with_parent("exercises_routine", "routine_id"),
}
# An exercise of another clinic is not shown, and would pass for a shared one: the function looks with its owner's eyes.
DEFINER = "ALTER FUNCTION exercises_own_or_shared() SECURITY DEFINER SET search_path = public, pg_temp"
INVOKER = "ALTER FUNCTION exercises_own_or_shared() SECURITY INVOKER RESET search_path"


class Migration(migrations.Migration):
    dependencies = [
        ("exercises", "0013_clinic_exports"),
        ("patients", "0020_within"),
        ("clinic", "0014_within"),
    ]
    operations = [
        enclose_all("exercises", but=[*WITH_PARENT]),
        *[enclose(table, shown) for table, shown in WITH_PARENT.items()],
        migrations.RunSQL(DEFINER, INVOKER),
    ]
