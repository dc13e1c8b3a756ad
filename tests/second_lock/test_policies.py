"""Every table that names a clinic has its policy, and the application's role is bound by it."""

import re
from pathlib import Path

import psycopg
import pytest
from django.conf import settings
from django.core.management import call_command
from django.db import ProgrammingError, connection

from clinic import app_role
from clinic.checks import check_database_role
from clinic.dev.postgres import APPLICATION, as_application
from tests.second_lock.world import application_url, ask, asking, names_clinic, one, tables

pytestmark = pytest.mark.django_db

ROOT = Path(__file__).parents[2]
# Of the installation, and of nobody's health: who works here and in which clinic, tries of sign-in, the sender's clockwork.
OF_THE_INSTALLATION = {
    "clinic_alarm",
    "clinic_attempt",
    "clinic_clinic",
    "clinic_deployment",
    "clinic_jobbeat",
    "clinic_maildomaincheck",
    "clinic_mailcircuit",
    "clinic_returncount",
    "clinic_auditepoch",
    "clinic_auditproof",
    "clinic_auditseal",
    "clinic_audittombstone",
    "clinic_sendrate",
    "clinic_schedulerbeat",
    "clinic_tally",
    "clinic_user",
    "clinic_user_groups",
    "clinic_user_user_permissions",
    "exercises_alertclock",
}
# Whom rows without a clinic of their own belong to.
WITH_PARENT = {
    "clinic_bounceevent",
    "patients_findingcode",
    "patients_questionnaireitem",
    "exercises_exerciseversion",
    "exercises_versiontranslation",
    "exercises_exercise_findings",
    "exercises_favourite",
    "exercises_routinestage",
    "exercises_routineitem",
    "exercises_routine_findings",
}
ADVICE = "add enclose(…) of clinic/migrations/_within.py to the migration that makes the table"


def policies() -> dict[str, tuple[str, str]]:
    """Table: what it is for, and which rows it shows."""
    return {
        table: (what, shown) for table, what, shown in ask("SELECT tablename, cmd, qual FROM pg_policies")
    }


CLINIC, PATIENT = (
    f"split_part(current_setting('footwork.within'::text, true), '/'::text, {n})" for n in (1, 2)
)


def test_every_table_that_names_a_clinic_has_a_policy() -> None:
    closed = {name for (name,) in ask("SELECT relname FROM pg_class WHERE relrowsecurity")}
    named = {table for table, model in tables().items() if names_clinic(model)}
    assert sorted(named - closed) == [], ADVICE
    assert closed == named | WITH_PARENT
    assert set(tables()) - closed == OF_THE_INSTALLATION
    assert policies().keys() == closed
    assert len(named) > 55


def test_each_policy_is_for_every_statement_and_asks_for_the_clinic() -> None:
    for table, (what, shown) in policies().items():
        assert what == "ALL", table
        asked = CLINIC if table not in WITH_PARENT else "( SELECT true\n"
        assert asked in shown, table
        # Outside of a subquery it would be asked for each row.
        within_one = re.findall(r"\( SELECT \(*(?:\w+\(+)*current_setting\(", shown)
        assert len(within_one) == shown.count("current_setting("), shown


def test_rows_of_a_patient_are_shown_to_that_patient_alone() -> None:
    by_patient = {
        table
        for table, model in tables().items()
        if names_clinic(model)
        and any(field.column == "patient_id" and not field.null for field in model._meta.concrete_fields)
    }
    narrowed = {table for table, (_what, shown) in policies().items() if PATIENT in shown}
    assert narrowed == by_patient | {"patients_patient"}
    assert len(narrowed) > 30


def test_the_applications_role_is_bound() -> None:
    with connection.cursor() as cursor:
        assert app_role.faults(cursor, APPLICATION) == []
        assert app_role.faults(cursor, settings.APPLICATION_ROLE[0])[0] == "it is a superuser"
    assert (
        one("SELECT count(*) FROM pg_class WHERE relforcerowsecurity") == 0
    )  # the owner backs up and migrates


def test_requests_of_the_tests_run_as_that_role(client, settings) -> None:
    settings.MIDDLEWARE = [*settings.MIDDLEWARE, "tests.second_lock.test_policies.note_role"]
    client.get("/health/live")
    assert noted == [APPLICATION]
    assert one("SELECT current_user") != APPLICATION


noted: list[str] = []


def note_role(get_response):
    def noting(request):
        noted[:] = [one("SELECT current_user")]
        return get_response(request)

    return noting


@pytest.mark.parametrize(
    "statement",
    [
        "ALTER TABLE patients_patient DISABLE ROW LEVEL SECURITY",
        "DROP POLICY within ON patients_patient",
        "ALTER TABLE patients_patient OWNER TO current_user",
        "TRUNCATE patients_painscore",  # no policy would ask
        "UPDATE clinic_auditentry SET verb = ''",
        "DELETE FROM clinic_auditentry",
        "INSERT INTO django_migrations (app, name, applied) VALUES ('a', 'b', now())",
        "CREATE TABLE public.mine (id int)",
        "ALTER FUNCTION patients_published_items_stay() OWNER TO current_user",
    ],
)
def test_what_the_role_may_not(statement: str) -> None:
    with pytest.raises(ProgrammingError, match=r"permission denied|must be owner"), asking(None):
        ask(statement)


def test_views_show_no_more_than_their_reader_may_see() -> None:
    """A view without ``security_invoker`` shows what its owner sees: everything."""
    views = ask(
        "SELECT relname FROM pg_class WHERE relkind IN ('v', 'm') AND relnamespace = 'public'::regnamespace"
        " AND NOT coalesce(reloptions::text LIKE '%%security_invoker=true%%', false)"
    )
    assert views == []


def test_functions_that_look_with_their_owners_eyes_are_known() -> None:
    found = ask(
        "SELECT proname, proconfig::text FROM pg_proc WHERE prosecdef AND pronamespace = 'public'::regnamespace"
    )
    path = '{"search_path=public, pg_temp"}'  # else somebody's own table of the same name would be read
    known = ("exercises_own_or_shared", "patients_published_items_stay")
    of_deletion = ("patients_deletion_in_time", "patients_record_goes")
    assert dict(found) == dict.fromkeys([*known, *of_deletion], path)


def test_nothing_says_the_setting_for_longer_than_a_transaction() -> None:
    """A session's setting would last into the next request on the pooled connection."""
    said = re.compile(r"footwork\.within|set_config\(|SET SESSION", re.IGNORECASE)
    files = [path for app in ("clinic", "patients", "exercises") for path in (ROOT / app).rglob("*.py")]
    lines = [
        line.strip()
        for path in files
        if "migrations" not in path.parts
        for line in path.read_text().splitlines()
        if said.search(line)
    ]
    assert lines == ["return f\"SET LOCAL footwork.within = '{wanted}';\""]


def test_the_command_makes_the_role_and_says_what_is_wrong(capsys, monkeypatch) -> None:
    call_command("grant_application")
    assert "connects as the owner" in capsys.readouterr().err
    monkeypatch.setattr(settings, "APPLICATION_ROLE", (f"{APPLICATION}_of_a_test", "a-long-password"))
    call_command("grant_application")
    assert "is made and may read" in capsys.readouterr().out
    with connection.cursor() as cursor:
        assert app_role.faults(cursor, f"{APPLICATION}_of_a_test") == []
    kept = one("SELECT rolpassword FROM pg_authid WHERE rolname = %s", [f"{APPLICATION}_of_a_test"])
    assert kept.startswith("SCRAM-SHA-256$")
    call_command("grant_application")
    assert "is there and may read" in capsys.readouterr().out


def test_the_check_warns_of_a_role_that_nothing_binds(settings) -> None:
    settings.DEBUG = True
    assert check_database_role(databases=["default"]) == []  # in development nobody minds
    settings.DEBUG = False
    settings.APPLICATION_ROLE = (connection.settings_dict["USER"], "")
    (warning,) = check_database_role(databases=["default"])
    assert warning.id == "footwork.W002"
    assert "it is a superuser" in warning.msg
    assert check_database_role() == []


def test_the_role_of_an_address() -> None:
    assert (
        as_application("postgresql://footwork@%2Frun%2Fpg/x") == f"postgresql://{APPLICATION}@%2Frun%2Fpg/x"
    )
    assert as_application("postgresql://footwork:pw@h:1/x") == f"postgresql://{APPLICATION}:pw@h:1/x"


def test_a_dump_by_the_application_fails_and_does_not_leave_rows_out() -> None:
    """``pg_dump`` switches policies off, which only their owner may; silently it would dump nothing."""
    with psycopg.connect(application_url(), autocommit=True) as held:
        held.execute("SET row_security = off")
        with pytest.raises(psycopg.errors.InsufficientPrivilege, match="affected by row-level security"):
            held.execute("SELECT count(*) FROM patients_patient")
