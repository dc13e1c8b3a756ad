"""Deleting records whose time is over: every row goes, no other record's; a person decides; the database judges with us."""

import io
from datetime import timedelta
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, models
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoCaptureOnCommitCallbacks

from clinic import clock, replay
from clinic.actors import Actor
from clinic.errors import Refused
from clinic.models import AuditEntry, Clinic, User
from clinic.roles import Role
from exercises import actions, deleting, replays
from exercises.models import Exercise, Programme
from exercises.rights.registry import DECLARED, Erasure
from patients.models import Erasure as Erased
from patients.models import FindingType, Patient, RecordDeletion
from patients.retention import over_of
from tests import factories
from tests.pages import signed_in, text
from tests.restricted_world import make_erasure, make_restriction
from tests.rights_world import make_whole

pytestmark = pytest.mark.django_db
AGO = timedelta(days=365 * 12)
LIST = "patients:records_over"
OF_THE_RECORD = [one for one in DECLARED if one.erasure is not Erasure.AFTER_THE_RECORD]


def as_if_long_ago(*patients: Patient) -> None:
    """Everything about them happened twelve years earlier. What is signed does not let itself be changed, so triggers sleep."""
    keys = [patient.pk for patient in patients]
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
    for one in DECLARED:
        for column in one.of:
            times = [f.name for f in one.model._meta.fields if isinstance(f, models.DateTimeField)]
            moved = {name: models.F(name) - AGO for name in times}
            if moved:
                rows = one.model._base_manager.filter(**{f"{column}__in": keys}).values_list("pk", flat=True)
                one.model._base_manager.filter(pk__in=list(rows)).update(**moved)
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = origin")
    for patient in patients:
        patient.refresh_from_db()


def rows_of(patients: list[Patient]) -> dict[str, int]:
    keys = [patient.pk for patient in patients]
    found = {}
    for one in OF_THE_RECORD:
        for column in one.of:
            found[one.label] = one.model._base_manager.filter(**{f"{column}__in": keys}).count()
    return found


def everywhere(words: set[str]) -> set[str]:
    """Tables in which some row holds one of these texts, in whichever column."""
    found = set()
    with connection.cursor() as cursor:
        for table in sorted(set(connection.introspection.table_names(cursor))):
            for word in words:
                cursor.execute(f"SELECT count(*) FROM {table} one WHERE one::text ILIKE %s", [f"%{word}%"])  # noqa: S608
                if cursor.fetchone()[0]:
                    found.add(table)
    return found


def delete(by: User, *patients: Patient) -> list[RecordDeletion]:
    return actions.delete_records(
        actor=Actor.staff(by),
        clinic=patients[0].clinic,
        record_ids=[one.pk for one in patients],
        now=clock.now(),
    )


@pytest.fixture
def clinic(riverside: Clinic) -> Clinic:
    riverside.retention_years = 8
    riverside.save(update_fields=["retention_years"])
    return riverside


@pytest.fixture
def agnes(priya: User, clinic: Clinic) -> Patient:
    made = factories.make_patient(priya, "Agnes", "Quiet", email="agnes@patients.example")
    as_if_long_ago(made)
    return made


@pytest.fixture
def berta(priya: User, clinic: Clinic) -> Patient:
    made = factories.make_patient(priya, "Berta", "Quiet", email="berta@patients.example")
    as_if_long_ago(made)
    return made


def test_every_row_of_every_kind_goes_and_no_other_records(
    priya: User, olivia: User, clinic: Clinic, fasciitis: FindingType, toe_curls: Exercise
) -> None:
    whole = make_whole(priya, fasciitis, toe_curls)
    duplicate = Patient.objects.get(merged_into=whole)
    other = factories.make_patient(priya, "Zara", "Adler")
    factories.make_finding(priya, other)
    Programme.objects.filter(patient=whole).update(state="ended", ended_at=clock.now())
    as_if_long_ago(whole, duplicate)
    before, others = rows_of([whole, duplicate]), rows_of([other])
    of_record = [one.label for one in OF_THE_RECORD if one.of]
    assert [label for label in of_record if not before[label]] == []  # else nothing is shown below
    (done,) = delete(olivia, whole)
    assert {label: n for label, n in rows_of([whole, duplicate]).items() if n} == {}
    assert rows_of([other]) == others
    left = {"clinic_auditentry", "patients_recorddeletion"}
    assert everywhere({str(whole.pk), str(duplicate.pk)}) == left
    assert everywhere({"Hale-Double", "RP-7"}) == set()
    assert {one.record_id for one in RecordDeletion.objects.all()} == {whole.pk, duplicate.pk}
    entry = AuditEntry.objects.get(verb="deletion.done", patient_id=whole.pk)
    assert (entry.actor_user_id, entry.actor_role, entry.object_id) == (olivia.pk, "owner", str(done.pk))
    assert entry.changes["records"] == 2
    assert entry.changes["rows"] > len(of_record)
    assert entry.changes["last_entry"] == done.last_entry.isoformat()
    connection.check_constraints()


def test_what_is_shown_before_is_what_goes(
    priya: User, olivia: User, clinic: Clinic, fasciitis: FindingType
) -> None:
    made = factories.make_patient(priya, "Agnes", "Quiet", email="agnes@patients.example")
    factories.make_finding(priya, made)
    as_if_long_ago(made)
    shown = {part.label: part.count for part in deleting.goes([made.pk])}
    assert shown["Findings"] == 1
    assert shown["Patients"] == 1
    assert sum(shown.values()) >= 3  # the check of cautions
    delete(olivia, made)
    assert deleting.goes([made.pk]) == []


class TestWhatIsKept:
    @pytest.fixture(autouse=True)
    def _nothing_goes(self, agnes: Patient, berta: Patient) -> Any:
        """Both are asked for, and one has to be kept: then neither goes."""
        yield
        assert {agnes.pk, berta.pk} <= set(Patient.objects.values_list("pk", flat=True))
        assert not RecordDeletion.objects.exists()
        assert not AuditEntry.objects.filter(verb="deletion.done").exists()

    def refused(self, by: User, *patients: Patient) -> str:
        with pytest.raises(Refused) as refusal:
            delete(by, *patients)
        return refusal.value.code

    def test_one_in_which_something_was_written(
        self, agnes: Patient, berta: Patient, olivia: User, priya: User, fasciitis: FindingType
    ) -> None:
        factories.make_finding(priya, berta)
        assert self.refused(olivia, agnes, berta) == "kept"

    def test_what_was_merged_into_it_counts(
        self, agnes: Patient, berta: Patient, olivia: User, priya: User
    ) -> None:
        other = factories.make_patient(priya, "Bertha", "Quiet", email="", reminders_allowed=False)
        actions.merge_patients(
            actor=Actor.staff(priya), kept=berta, duplicate=other, now=clock.now(), reason="Twice."
        )
        as_if_long_ago(berta)
        Patient.objects.filter(pk=berta.pk).update(created_at=agnes.created_at)
        assert self.refused(olivia, agnes, berta) == "kept"
        as_if_long_ago(other)
        assert {agnes.pk, berta.pk} == set(over_of(agnes.clinic, [agnes.pk, berta.pk], clock.now()))

    def test_a_child(self, agnes: Patient, berta: Patient, olivia: User) -> None:
        Patient.objects.filter(pk=berta.pk).update(
            date_of_birth=clock.now().date() - timedelta(days=365 * 20)
        )
        assert self.refused(olivia, agnes, berta) == "kept"

    def test_whoever_is_expected(self, agnes: Patient, berta: Patient, olivia: User) -> None:
        Patient.objects.filter(pk=berta.pk).update(next_visit_at=clock.now() + timedelta(days=3))
        assert self.refused(olivia, agnes, berta) == "kept"

    def test_whose_programme_runs(
        self, agnes: Patient, berta: Patient, olivia: User, priya: User, toe_curls: Exercise
    ) -> None:
        factories.make_programme(priya, berta, [toe_curls])
        as_if_long_ago(berta)
        Patient.objects.filter(pk=berta.pk).update(created_at=agnes.created_at)
        assert self.refused(olivia, agnes, berta) == "kept"

    def test_who_is_restricted_and_was_not_erased(
        self, agnes: Patient, berta: Patient, olivia: User, priya: User
    ) -> None:
        make_restriction(priya, berta)
        as_if_long_ago(berta)
        Patient.objects.filter(pk=berta.pk).update(created_at=agnes.created_at)
        assert self.refused(olivia, agnes, berta) == "kept"

    def test_without_a_rule_of_the_clinic(self, agnes: Patient, olivia: User, clinic: Clinic) -> None:
        Clinic.objects.filter(pk=clinic.pk).update(retention_years=None)
        agnes.clinic.refresh_from_db()
        assert self.refused(olivia, agnes) == "kept"

    def test_by_anybody_but_an_owner(self, agnes: Patient, priya: User, hilltop: Clinic) -> None:
        assert self.refused(priya, agnes) == "role"
        other = factories.make_staff(hilltop, Role.OWNER, "Omar Hill")
        assert self.refused(other, agnes) == "role"

    def test_another_clinics_beside_ones_own(self, agnes: Patient, heinrich: Patient, olivia: User) -> None:
        Clinic.objects.update(retention_years=8)
        as_if_long_ago(heinrich)
        with pytest.raises(Refused, match="Nothing was deleted"):
            actions.delete_records(
                actor=Actor.staff(olivia),
                clinic=agnes.clinic,
                record_ids=[agnes.pk, heinrich.pk],
                now=clock.now(),
            )

    def test_too_many_at_once(
        self, agnes: Patient, berta: Patient, olivia: User, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("exercises.actions.deletion.MOST_RECORDS", 1)
        assert self.refused(olivia, agnes, berta) == "many"


def test_the_erased_go_too_when_their_time_has_come(
    agnes: Patient, berta: Patient, olivia: User, priya: User
) -> None:
    """Erasing is an entry: the time counts from there."""
    make_erasure(priya, agnes)
    with pytest.raises(Refused):
        delete(olivia, agnes)
    as_if_long_ago(agnes)
    assert agnes.pk not in set(Patient.objects.visible_to(Actor.staff(olivia)).values_list("pk", flat=True))
    delete(olivia, agnes)
    assert not Erased.objects.exists()
    assert list(Patient.objects.filter(family_name="Quiet")) == [berta]


class TestPages:
    def test_from_the_list_to_what_would_go_to_the_deed(
        self, agnes: Patient, berta: Patient, olivia: User
    ) -> None:
        client, address = signed_in(olivia), reverse("exercises:delete_records")
        listed = text(client.get(reverse(LIST)))
        for one in (agnes, berta):
            assert f'name="record" value="{one.pk}"' in listed
        before = factories.count_rows()
        shown = text(client.get(address, {"record": [str(agnes.pk), "nonsense"]}))
        assert "Agnes Quiet" in shown
        assert "Berta" not in shown
        assert "<dt>Patients</dt><dd>1</dd>" in shown
        refused = client.post(address, {"record": str(agnes.pk)})
        assert refused.status_code == 422
        assert "Tick the box" in text(refused)
        assert factories.count_rows() == before
        done = text(client.post(address, {"record": str(agnes.pk), "sure": "on"}, follow=True))
        assert "1 record was deleted." in done
        assert f"Record {str(agnes.pk)[:8]}" in done
        assert "Agnes" not in done
        assert list(Patient.objects.filter(family_name="Quiet")) == [berta]

    def test_who_must_not_go_is_not_offered_and_not_taken(
        self, agnes: Patient, berta: Patient, heinrich: Patient, olivia: User, priya: User
    ) -> None:
        """Restricted: the key alone. Another clinic's: nothing."""
        Clinic.objects.update(retention_years=8)
        make_restriction(priya, agnes)
        make_erasure(priya, berta)
        as_if_long_ago(agnes, berta, heinrich)
        Patient.objects.update(created_at=clock.now() - AGO)
        client, address = signed_in(olivia), reverse("exercises:delete_records")
        listed = text(client.get(reverse(LIST)))
        assert "Quiet" not in listed
        assert "Heinrich" not in listed
        assert f"{str(agnes.pk)[:8]} " in listed
        assert "restricted: stays" in listed
        assert f'value="{agnes.pk}"' not in listed
        assert f'value="{berta.pk}"' in listed
        keys = [str(agnes.pk), str(heinrich.pk)]
        assert client.get(address, {"record": keys}).status_code == 302
        before = factories.count_rows()
        assert client.post(address, {"record": keys, "sure": "on"}).status_code == 302
        assert factories.count_rows() == before
        shown = text(client.get(address, {"record": str(berta.pk)}))
        assert f"Erased record {str(berta.pk)[:8]}" in shown
        assert "Quiet" not in shown

    def test_no_more_than_a_few_at_once(
        self, agnes: Patient, berta: Patient, olivia: User, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(actions, "MOST_RECORDS", 1)
        client, address = signed_in(olivia), reverse("exercises:delete_records")
        keys = [str(agnes.pk), str(berta.pk)]
        assert "Delete 1 record" in text(client.get(address, {"record": keys}))
        client.post(address, {"record": keys, "sure": "on"})
        assert Patient.objects.filter(family_name="Quiet").count() == 1

    def test_owners_alone(self, agnes: Patient, as_priya: Client) -> None:
        form = {"record": str(agnes.pk), "sure": "on"}
        assert as_priya.post(reverse("exercises:delete_records"), form).status_code == 403
        assert Patient.objects.filter(pk=agnes.pk).exists()

    def test_a_row_costs_no_query(
        self, agnes: Patient, berta: Patient, olivia: User, django_assert_max_num_queries: Any
    ) -> None:
        client = signed_in(olivia)
        with django_assert_max_num_queries(15):
            client.get(reverse(LIST))


class TestCommand:
    def run(self, *args: str) -> str:
        said = io.StringIO()
        call_command("delete_records", *args, stdout=said)
        return said.getvalue()

    def test_says_first_and_deletes_in_batches(
        self,
        agnes: Patient,
        berta: Patient,
        priya: User,
        toe_curls: Exercise,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        """One of them still has a programme: the others go all the same."""
        monkeypatch.setattr(actions, "MOST_RECORDS", 2)
        clara = factories.make_patient(priya, "Clara", "Quiet", email="clara@patients.example")
        factories.make_programme(priya, clara, [toe_curls])
        as_if_long_ago(clara)
        Patient.objects.filter(pk=clara.pk).update(created_at=clock.now() - AGO)
        before = factories.count_rows()
        said = self.run(str(agnes.clinic_id), "--dry-run")
        assert factories.count_rows() == before
        assert "3 records with " in said
        assert str(agnes.pk) in said
        assert "Quiet" not in said
        assert self.run(str(agnes.clinic_id)).startswith("2 records deleted, 1 kept")
        assert Patient.objects.get(family_name="Quiet") == clara
        assert set(RecordDeletion.objects.values_list("deleted_by", flat=True)) == {None}
        entries = AuditEntry.objects.filter(verb="deletion.done")
        assert {(one.actor_label, one.clinic_id) for one in entries} == {("delete_records", agnes.clinic_id)}
        assert self.run(str(agnes.clinic_id)).startswith("0 records deleted, 1 kept")

    def test_a_clinic_that_has_not_decided(self, agnes: Patient) -> None:
        Clinic.objects.update(retention_years=None)
        with pytest.raises(CommandError, match="not decided"):
            self.run(str(agnes.clinic_id))
        with pytest.raises(CommandError, match="no such clinic"):
            self.run(str(agnes.pk))


def test_a_restored_backup_brings_none_back(
    agnes: Patient,
    berta: Patient,
    olivia: User,
    caplog: pytest.LogCaptureFixture,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        delete(olivia, agnes)
    (line,) = [one for one in caplog.records if one.getMessage() == replay.MESSAGE]
    assert (line.kind, line.key) == ("deletion.done", str(agnes.pk))  # type: ignore[attr-defined]
    system = Actor.system("after_restore")
    assert replays.delete(system, line.key, clock.now()) is False  # type: ignore[attr-defined]
    assert replays.delete(system, str(berta.pk), clock.now()) is True
    assert replays.delete(system, "no key", clock.now()) is False
    Clinic.objects.update(retention_years=None)
    assert RecordDeletion.objects.filter(deleted_by=None).count() == 1


def test_reasons_to_keep_it_are_no_part_of_a_record(agnes: Patient) -> None:
    """The registry says what goes: what is not declared there would be left behind."""
    kept = {one.label for one in DECLARED if one.erasure is Erasure.AFTER_THE_RECORD}
    assert kept == {"clinic.AuditEntry"}
