"""Where row-level security is known to fail others, one test each."""

import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

import psycopg
import pytest
from django.db import DataError, IntegrityError, NotSupportedError, ProgrammingError, connection, transaction
from django.test.utils import CaptureQueriesContext

from clinic import app_role, within
from clinic.actors import Actor
from clinic.celery import SystemTask, app
from clinic.models import AuditEntry, Clinic
from clinic.tasks import deliver_outbox
from exercises.models import Favourite, ProgrammeItem
from patients.models import Finding, Patient
from tests import factories
from tests.app_client import as_the_application
from tests.second_lock.world import application_url, ask, asking, one

pytestmark = pytest.mark.django_db

SETTING = "SELECT current_setting('footwork.within', true)"
PATIENTS = "SELECT count(*) FROM patients_patient"


@pytest.fixture
def both(margaret, heinrich):
    """A patient of each clinic."""
    return margaret, heinrich


class TestNobody:
    def test_no_setting_shows_no_row(self, both):
        with asking(None):
            assert one(PATIENTS) == 0
            assert one("SELECT count(*) FROM exercises_exercise") == 0  # not even of the shared catalogue
        with asking(Actor.system("test")):
            assert one(PATIENTS) == 2

    def test_the_empty_setting_that_a_transaction_leaves_behind_shows_none(self, both):
        """PostgreSQL does not forget a setting of ours, it empties it: "" is no UUID, and must not be an error."""
        with as_the_application(), transaction.atomic():
            ask("SET LOCAL footwork.within = ''")
            assert one(PATIENTS) == 0

    def test_staff_without_a_clinic_see_the_shared_catalogue_alone(self, both, toe_curls, priya):
        factories.make_own_exercise(priya)
        with asking(Actor.staff(factories.make_staff(None, None, "Root"))):
            assert one(PATIENTS) == 0
            assert one("SELECT count(*) FROM exercises_exercise WHERE clinic_id IS NOT NULL") == 0
            assert one("SELECT count(*) FROM exercises_exercise") > 0

    def test_nonsense_is_an_error_and_no_row(self, both):
        with pytest.raises(DataError, match="invalid input syntax for type uuid"), asking(None):
            ask(
                "SELECT set_config('footwork.within', 'x'' OR true/', true), (SELECT count(*) FROM patients_patient)"
            )

    def test_a_name_of_a_job_cannot_break_out_of_its_quotes(self):
        assert within.of_job("x'; DROP TABLE a; --") == "//x_drop_table_a_"
        assert within.of_job("") == "//system"

    def test_a_thread_of_ones_own_starts_with_nothing(self):
        with within.every_clinic("test"), ThreadPoolExecutor(1) as pool:
            assert pool.submit(within.current).result() == ""


class TestEachSeesTheirOwn:
    def test_staff_their_clinic(self, both, priya, hugo):
        for member, own in ((priya, both[0]), (hugo, both[1])):
            with asking(Actor.staff(member)):
                assert [row.pk for row in Patient.objects.all()] == [own.pk]
                assert Patient.objects.count() == 1

    def test_a_patient_the_own_rows_among_those_of_the_clinic(self, priya, margaret, double, finding):
        factories.make_finding(priya, double)
        with asking(Actor.patient(double)):
            assert [row.pk for row in Patient.objects.all()] == [double.pk]
            assert set(Finding.objects.values_list("patient", flat=True)) == {double.pk}
        with asking(Actor.staff(priya)):
            assert Finding.objects.count() == 2

    def test_children_without_a_clinic_follow_their_parent(self, priya, hugo):
        own = factories.make_own_exercise(priya)
        Favourite.objects.create(user=priya, exercise=own)
        with asking(Actor.staff(hugo)):
            assert one("SELECT count(*) FROM exercises_favourite") == 0
            assert one("SELECT count(*) FROM exercises_exerciseversion WHERE exercise_id = %s", [own.pk]) == 0
        with asking(Actor.staff(priya)):
            assert one("SELECT count(*) FROM exercises_favourite") == 1

    def test_a_lock_shows_no_more(self, both, hugo):
        with asking(Actor.staff(hugo)):
            assert [row.pk for row in Patient.objects.select_for_update()] == [both[1].pk]

    def test_history_is_as_closed_as_what_it_keeps(self, finding, hugo, priya):
        with asking(Actor.staff(hugo)):
            assert one("SELECT count(*) FROM patients_findingevent") == 0
        with asking(Actor.staff(priya)):
            assert one("SELECT count(*) FROM patients_findingevent") == 1


class TestWriting:
    def test_nothing_is_written_into_another_clinic(self, both, hugo, riverside):
        with pytest.raises(ProgrammingError, match="row-level security"), asking(Actor.staff(hugo)):
            AuditEntry.objects.create(
                clinic=riverside,
                actor_kind="system",
                actor_label="x",
                verb="a.b",
                object_type="x",
                object_id="1",
            )

    def test_what_is_not_shown_is_neither_changed_nor_deleted(self, both, hugo):
        with asking(Actor.staff(hugo)):
            assert Patient.objects.filter(pk=both[0].pk).update(note="mine") == 0
            assert one("DELETE FROM patients_patient WHERE id = %s", [both[0].pk]) == 0
        both[0].refresh_from_db()
        assert both[0].note == ""

    def test_no_row_moves_to_another_clinic(self, both, hugo, riverside):
        with pytest.raises(ProgrammingError, match="row-level security"), asking(Actor.staff(hugo)):
            Patient.objects.filter(pk=both[1].pk).update(clinic=riverside)

    def test_keys_ignore_policies_so_composite_ones_stay(self, both, hugo):
        """A foreign key finds what no policy shows: the row says Hilltop and names Margaret."""
        check = factories.make_check(hugo, both[1])
        with (
            pytest.raises(IntegrityError, match="cautioncheck_patient_same_clinic"),
            asking(Actor.staff(hugo)),
        ):
            ask(
                "INSERT INTO patients_cautioncheck SELECT (jsonb_populate_record(held,"
                " jsonb_build_object('id', gen_random_uuid(), 'patient_id', %s::uuid))).*"
                " FROM patients_cautioncheck AS held WHERE id = %s; SET CONSTRAINTS ALL IMMEDIATE",
                [both[0].pk, check.pk],
            )

    def test_a_key_that_stands_in_another_clinic_tells_nothing_of_it(self, both, hugo):
        """ON CONFLICT meets rows that no policy shows."""
        with pytest.raises(ProgrammingError, match="row-level security"), asking(Actor.staff(hugo)):
            ask(
                "INSERT INTO clinic_sendallowance (clinic_id, tokens) VALUES (%s, 1)"
                " ON CONFLICT (clinic_id) DO UPDATE SET tokens = 9",
                [both[0].clinic_id],
            )

    def test_a_trigger_sees_what_its_writer_does_not(self, priya, hugo, heinrich, toe_curls):
        """Another clinic's exercise is hidden; asked with the writer's eyes it would pass for a shared one."""
        own = factories.make_own_exercise(priya)
        item = factories.make_programme(hugo, heinrich, [toe_curls]).items.get()
        with pytest.raises(IntegrityError, match="exercise of another clinic"), asking(Actor.staff(hugo)):
            ProgrammeItem.objects.filter(pk=item.pk).update(version=own.current_id)


class TestTransactions:
    """The setting ends with the transaction, whatever ends it. On connections of their own, as the application."""

    pytestmark = pytest.mark.django_db(transaction=True)

    @pytest.fixture(autouse=True)
    def _alone(self, monkeypatch):
        """A pool of one: the next to ask gets the same connection."""
        connection.close()
        connection.close_pool()
        pool = {"min_size": 1, "max_size": 1, "timeout": 5}
        monkeypatch.setitem(connection.settings_dict["OPTIONS"], "pool", pool)
        yield
        connection.close()
        connection.close_pool()

    def _left(self):
        """By psycopg alone: nobody says anything in front of it."""
        connection.ensure_connection()
        assert connection.connection is not None
        return connection.connection.execute(SETTING).fetchone()[0]

    def test_a_statement_of_its_own(self, both, priya):
        with as_the_application(), within.actors(Actor.staff(priya)):
            assert one(PATIENTS) == 1
            assert one(SETTING).startswith(str(both[0].clinic_id))
        assert self._left() in {None, ""}
        with as_the_application():
            assert one(PATIENTS) == 0

    @pytest.mark.parametrize("end", ["commit", "rollback", "error"])
    def test_a_transaction(self, both, priya, hugo, end):
        with (
            as_the_application(),
            within.actors(Actor.staff(priya)),
            suppress(DataError),
            transaction.atomic(),
        ):
            assert one(PATIENTS) == 1
            ask("SELECT 1 / %s", [0 if end == "error" else 1])
            transaction.set_rollback(end == "rollback")
        assert self._left() in {None, ""}
        with as_the_application(), within.actors(Actor.staff(hugo)), transaction.atomic():
            assert [row.pk for row in Patient.objects.all()] == [both[1].pk]

    def test_the_next_on_the_same_connection_of_the_pool(self, both, priya):
        with as_the_application(), within.actors(Actor.staff(priya)), transaction.atomic():
            assert one(PATIENTS) == 1
            held = one("SELECT pg_backend_pid()")
        connection.close()  # back into the pool
        with as_the_application():
            assert one("SELECT pg_backend_pid()") == held
            assert one(PATIENTS) == 0

    def test_a_savepoint_that_is_taken_back_takes_the_setting_with_it(self, both, priya, hugo):
        """What the software remembers and what PostgreSQL says must not part."""
        with as_the_application(), within.actors(Actor.staff(priya)), transaction.atomic():
            assert one(PATIENTS) == 1
            with within.actors(Actor.staff(hugo)):
                with transaction.atomic():
                    assert [row.pk for row in Patient.objects.all()] == [both[1].pk]
                    transaction.set_rollback(True)
                assert [row.pk for row in Patient.objects.all()] == [both[1].pk]
            assert [row.pk for row in Patient.objects.all()] == [both[0].pk]

    def test_a_failed_statement_within_a_savepoint(self, both, priya):
        with as_the_application(), within.actors(Actor.staff(priya)), transaction.atomic():
            with pytest.raises(DataError, match="division by zero"), transaction.atomic():
                ask("SELECT 1 / 0")
            assert one(PATIENTS) == 1

    def test_a_change_within_a_transaction(self, both, priya):
        with as_the_application(), transaction.atomic():
            with within.every_clinic("test"):
                assert one(PATIENTS) == 2
            assert one(PATIENTS) == 0
            with within.actors(Actor.staff(priya)):
                assert one(PATIENTS) == 1

    def test_one_message_says_both(self, both, priya):
        """No way there and back for the setting alone: the statement counts as one, and its rows are the answer."""
        with as_the_application(), within.actors(Actor.staff(priya)), connection.cursor() as cursor:
            cursor.execute("UPDATE patients_patient SET note = 'x'")
            assert cursor.rowcount == 1
            cursor.execute("SELECT id, note FROM patients_patient")
            assert [column.name for column in cursor.description] == ["id", "note"]
            assert cursor.fetchall() == [(both[0].pk, "x")]

    def test_what_is_noted_of_a_statement_is_the_statement(self, both, priya):
        with (
            as_the_application(),
            within.actors(Actor.staff(priya)),
            CaptureQueriesContext(connection) as noted,
        ):
            assert one(PATIENTS) == 1
        assert [said["sql"] for said in noted.captured_queries] == [PATIENTS]

    def test_rows_that_come_bit_by_bit(self, both, priya, hugo):
        """A cursor on the server is declared by a statement of psycopg's own."""
        for in_transaction in (False, True):
            with as_the_application(), within.actors(Actor.staff(hugo)):
                if in_transaction:
                    with transaction.atomic():
                        found = list(Patient.objects.iterator(chunk_size=1))
                else:
                    found = list(Patient.objects.iterator(chunk_size=1))
            assert [row.pk for row in found] == [both[1].pk]

    def test_many_at_once_are_refused_where_nothing_was_said(self, both, priya):
        known = as_the_application(), within.actors(Actor.staff(priya))
        with known[0], known[1], connection.cursor() as cursor, pytest.raises(NotSupportedError) as refused:
            cursor.executemany("UPDATE patients_patient SET note = %s", [["x"]])
        assert "one by one" in str(refused.value)

    def test_two_threads_do_not_hear_each_other(self, both, priya, hugo, monkeypatch):
        connection.close()
        connection.close_pool()
        pool = {"min_size": 1, "max_size": 3, "timeout": 5}
        monkeypatch.setitem(connection.settings_dict["OPTIONS"], "pool", pool)
        meet = threading.Barrier(2)

        def look(member):
            try:
                with as_the_application(), within.actors(Actor.staff(member)), transaction.atomic():
                    seen = [row.pk for row in Patient.objects.all()]
                    meet.wait(10)
                    return seen + [row.pk for row in Patient.objects.all()]
            finally:
                connection.close()

        with ThreadPoolExecutor(2) as threads:
            found = list(threads.map(look, [priya, hugo]))
        assert found == [[both[0].pk] * 2, [both[1].pk] * 2]

    def test_a_view_that_fails_leaves_nothing_behind(self, both, as_priya, monkeypatch):
        def fail(*_args, **_fields):
            assert one(PATIENTS) == 1
            raise ValueError("broken")

        monkeypatch.setattr("patients.views.records.TemplateResponse", fail)
        with pytest.raises(ValueError, match="broken"):
            as_priya.get("/patients/")
        assert within.current() == ""
        assert self._left() in {None, ""}


class TestTheSystem:
    def test_a_task_sees_every_clinic_under_its_own_name(self, monkeypatch):
        said = []
        monkeypatch.setattr("clinic.deployment.may_send", lambda: said.append(within.current()))
        deliver_outbox()
        assert said == ["//clinic.tasks.deliver_outbox"]
        assert within.current() == ""

    def test_every_task_does(self):
        app.loader.import_default_modules()
        ours = [task for name, task in app.tasks.items() if not name.startswith("celery.")]
        assert len(ours) >= 8
        assert all(isinstance(task, SystemTask) for task in ours)


class TestIndexes:
    """Behind a policy PostgreSQL uses an index only with functions that it knows to tell nothing of hidden rows."""

    def _plan(self, staff):
        rows = Patient.objects.matching("margaret", factories.TODAY)
        with asking(Actor.staff(staff)):
            ask("SET LOCAL enable_seqscan = off")
            return rows.order_by().explain()

    def test_patients_are_searched_by_index(self, both, priya):
        assert "patient_words" in self._plan(priya)

    def test_without_that_knowledge_they_are_not(self, both, priya):
        for function in app_role.SEARCHES:
            ask(f"ALTER FUNCTION {function} NOT LEAKPROOF")
        assert "patient_words" not in self._plan(priya)


def test_the_address_of_the_application_itself_shows_nothing(db):
    """Not only by SET ROLE: who signs in as that role."""
    with psycopg.connect(application_url(), autocommit=True) as held:
        assert held.execute("SELECT current_user, session_user").fetchone() == (
            "footwork_app",
            "footwork_app",
        )
        assert held.execute("SELECT count(*) FROM clinic_membership").fetchone() == (0,)
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            held.execute("SET ROLE footwork")


def test_a_clinic_is_no_secret(riverside: Clinic) -> None:
    """Its name stands on pages that open without a sign-in."""
    with asking(None):
        assert Clinic.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_what_postgresql_refuses_within_a_transaction_goes_alone() -> None:
    """Migrations build indexes so that nobody waits, and manage.py runs as the system."""
    with within.every_clinic("test"), connection.cursor() as cursor:
        cursor.execute("CREATE INDEX CONCURRENTLY alone_for_a_test ON clinic_mailcircuit (failures)")
        cursor.execute("DROP INDEX CONCURRENTLY alone_for_a_test")
        cursor.execute("VACUUM clinic_mailcircuit")
