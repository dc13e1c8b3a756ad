"""Migrations: none missing, each named, reversible, and free of app code."""

import ast
from pathlib import Path

import pytest
from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from clinic import app_role
from clinic.dev.postgres import APPLICATION
from tests.exercises.test_constraints_alerts import KEYS as ALERT_KEYS
from tests.exercises.test_constraints_editing import KEYS as EDITING_KEYS
from tests.exercises.test_constraints_plan import KEYS as PLAN_KEYS
from tests.patients.test_constraints_imports import COMPOSITE_KEYS as IMPORT_KEYS
from tests.patients.test_constraints_messages import COMPOSITE_KEYS as MESSAGE_KEYS
from tests.patients.test_constraints_plan import COMPOSITE_KEYS as ACCESS_KEYS
from tests.patients.test_constraints_record import COMPOSITE_KEYS as RECORD_KEYS
from tests.patients.test_constraints_restriction import COMPOSITE_KEYS as RESTRICTION_KEYS

ROOT = Path(__file__).parent.parent
KEYS = {
    "cautionoverride_patient_same_clinic",
    "cautionoverride_programme_same_clinic",
    "cautionoverride_programme_same_patient",
    "clinic_logo_same_clinic",
    "consentrecord_same_clinic",
    "exportpart_export_same_clinic",
    "finding_repeats_its_type",
    "finding_same_clinic",
    "logentry_item_same_clinic",
    "logentry_patient_same_clinic",
    "logentry_programme_same_clinic",
    "painscore_same_clinic",
    "planlink_same_clinic",
    "planvisit_same_clinic",
    "programme_patient_same_clinic",
    "programmeitem_programme_same_clinic",
    "reminder_programme_same_clinic",
}
TRIGGERS = {
    "activity_stays",
    "alertnote_stays",
    "alerttrigger_stays",
    "audit_append_only",
    "audit_goes_with_its_seal",
    "audit_never_emptied",
    "audit_stamped",
    "cautioncheck_stays",
    "cautionoverride_stays",
    "dayreport_stays",
    "deletion_in_time",
    "deletion_stays",
    "epoch_stays",
    "erasure_stays",
    "evaluation_stays",
    "footmeasures_stays",
    "message_ends_once",
    "message_stays",
    "opening_ends_once",
    "opening_stays",
    "patient_stays",
    "photo_stays",
    "programmeitem_closed_stays",
    "programmeitem_exercise_of_clinic",
    "programmerevision_stays",
    "questionnaire_stays",
    "questionnaireitem_stays",
    "questionnaireresponse_stays",
    "raisedflag_stays",
    "restriction_ends_once",
    "restriction_of_erased_stays",
    "restriction_stays",
    "routineitem_exercise_of_clinic",
    "screening_stays",
    "seal_never_emptied",
    "seal_stays",
    "signreport_stays",
    "tombstone_in_time",
    "tombstone_stays",
    "version_frozen",
}
FILES = [p for app in ("clinic", "patients", "exercises") for p in (ROOT / app / "migrations").glob("0*.py")]


@pytest.mark.django_db
def test_none_is_missing() -> None:
    call_command("makemigrations", "--check", "--dry-run", verbosity=0)


def test_each_has_a_name_and_imports_no_more_code_than_it_must() -> None:
    assert [p.name for p in FILES if "_auto_" in p.name] == []
    allowed = (
        "django",
        "uuid",
        "datetime",
        "clinic.models",
        "clinic.text",
        "clinic.migrations",
        "patients",
        "exercises",
    )
    for path in FILES:
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.ImportFrom):
                assert (node.module or "").startswith(allowed), f"{path.name} imports {node.module}"
    assert len(FILES) >= 6


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.django_db(transaction=True)
def test_all_can_be_taken_back_and_applied_again() -> None:
    targets = MigrationExecutor(connection).loader.graph.leaf_nodes()
    first = [("exercises", None), ("patients", None), ("clinic", "0001_initial")]
    try:
        MigrationExecutor(connection).migrate(first)
        tables = connection.introspection.table_names()
        assert "exercises_programme" not in tables
        assert "clinic_cache" not in tables
    finally:
        MigrationExecutor(connection).migrate(targets)
        with (
            connection.cursor() as cursor
        ):  # tables that are made anew; the tests that follow ask as the application
            app_role.grant(cursor, APPLICATION)
    assert "exercises_programme" in connection.introspection.table_names()


@pytest.mark.django_db
def test_what_is_written_in_sql_stands_in_the_database() -> None:
    """Composite keys and triggers, which no model mentions."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT conname FROM pg_constraint WHERE contype = 'f' AND array_length(conkey, 1) > 1"
        )
        keys = {name for (name,) in cursor.fetchall()}
        cursor.execute("SELECT tgname FROM pg_trigger WHERE NOT tgisinternal")
        triggers = {name for (name,) in cursor.fetchall()}
    named = KEYS | set(RECORD_KEYS) | PLAN_KEYS | EDITING_KEYS | ACCESS_KEYS | ALERT_KEYS
    assert keys == named | MESSAGE_KEYS | IMPORT_KEYS | RESTRICTION_KEYS
    kept = {
        name for name in triggers if name.startswith("pgtrigger_")
    }  # row history: three for each kind of row
    assert triggers - kept == TRIGGERS
    assert len(kept) == 27
