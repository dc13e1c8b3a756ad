"""A copy of a whole clinic: an owner asks, a worker makes it batch by batch, the file is fetched and goes by itself."""

import io
import json
import zipfile
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse

from clinic import clock
from clinic.actors import Actor
from clinic.errors import Refused
from clinic.models import AuditEntry, Membership, User
from clinic.roles import Role
from exercises import actions, export_work
from exercises.models import EXPORT_KEPT_FOR, ClinicExport, ExportPart, ExportState
from exercises.rights import clinic_rows
from exercises.rights.registry import DECLARED
from exercises.tasks import work_on_exports
from patients.models import Finding, Patient
from tests import factories
from tests.factories import NOON
from tests.pages import signed_in, text

pytestmark = pytest.mark.django_db
PAGE = "/clinic/exports/"
CANARY = "Heinrich"


@pytest.fixture
def as_olivia(olivia: User) -> Client:
    return signed_in(olivia)


@pytest.fixture
def three(priya: User, margaret: Patient, programme: Any, heinrich: Patient, hugo: User) -> list[Patient]:
    """Of Riverside, with a finding each; and one of Hilltop who must be in no file."""
    more = [factories.make_patient(priya, name, "Quinn") for name in ("Ana", "Bea")]
    for patient in (margaret, *more):
        factories.make_finding(priya, patient)
    factories.make_finding(hugo, heinrich)
    return [margaret, *more]


def asked(client: Client) -> ClinicExport:
    response = client.post(PAGE)
    made = ClinicExport.objects.latest("asked_at")
    assert response["Location"] == f"{PAGE}{made.pk}/"
    return made


def fetched(client: Client, export: ClinicExport) -> dict[str, str]:
    response: Any = client.post(f"{PAGE}{export.pk}/file/")
    assert response.status_code == 200
    assert response["Content-Type"] == "application/zip"
    assert response["Cache-Control"] == "no-store"
    assert response["Content-Disposition"].startswith('attachment; filename="clinic-')
    data = b"".join(response.streaming_content)
    with zipfile.ZipFile(io.BytesIO(data)) as packed:
        assert packed.testzip() is None
        return {name: packed.read(name).decode() for name in packed.namelist()}


def lines(files: dict[str, str], name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in files[name].splitlines()]


class TestWhole:
    def test_every_table_and_every_record_of_the_clinic(self, as_olivia, three, monkeypatch):
        monkeypatch.setattr(export_work, "BATCH", 2)
        export = asked(as_olivia)
        assert work_on_exports() == 4  # the clinic, two patients, one patient, the end
        export.refresh_from_db()
        assert (export.state, export.done, export.total) == (ExportState.DONE, 3, 3)
        assert export.expires_at == export.finished_at + EXPORT_KEPT_FOR
        files = fetched(as_olivia, export)
        manifest = json.loads(files["manifest.json"])
        counts = {one["url"]: one["count"] for one in [*manifest["output"], *manifest["tables"]]}
        assert set(counts) == set(files) - {"manifest.json"}
        assert {name: len(files[name].splitlines()) for name in counts} == counts
        for one in DECLARED:
            assert export_work.table(one.label) in counts, one.label
        for table in clinic_rows.TABLES:
            assert export_work.table(table.label) in counts, table.label
        assert manifest["patients"] == 3
        names = {row["given_name"] for row in lines(files, "tables/patients-Patient.ndjson")}
        assert names == {"Margaret", "Ana", "Bea"}
        assert len(lines(files, "tables/patients-Finding.ndjson")) == 3
        assert {one["type"] for one in manifest["output"]} >= {
            "Patient",
            "Condition",
            "CarePlan",
            "AuditEvent",
        }
        for line in lines(files, "fhir/Condition.ndjson"):
            assert line["resourceType"] == "Condition"
        staff = {row["name"]: row for row in lines(files, "tables/clinic-User.ndjson")}
        assert set(staff) >= {"Priya Nair", "Olivia Brandt"}
        assert "password" not in staff["Priya Nair"]

    @pytest.mark.hazard("HZ-31")
    def test_nothing_of_another_clinic(self, as_olivia, three, heinrich):
        export = asked(as_olivia)
        work_on_exports()
        for name, said in fetched(as_olivia, export).items():
            for word in (CANARY, "Hilltop", "hugo@", str(heinrich.pk)):
                assert word not in said, name
        assert Finding.objects.filter(patient=heinrich).exists()

    def test_each_step_is_written_down(self, as_olivia, olivia, three):
        export = asked(as_olivia)
        work_on_exports()
        fetched(as_olivia, export)
        told = AuditEntry.objects.filter(object_id=str(export.pk)).order_by("pk")
        assert [entry.verb for entry in told] == [
            *("export.asked", "export.continued", "export.continued", "export.done", "export.fetched"),
        ]
        assert {told[0].actor_user, told[4].actor_user} == {olivia}
        assert told[3].changes["patients"] == 3

    def test_goes_on_where_a_worker_was_interrupted(self, as_olivia, three, monkeypatch):
        monkeypatch.setattr(export_work, "BATCH", 1)
        export = asked(as_olivia)
        assert export_work.step()
        assert export_work.step()
        export.refresh_from_db()
        assert (export.state, export.done) == (ExportState.RUNNING, 1)
        assert export_work.work() == 3
        files = fetched(as_olivia, export)
        keys = [row["id"] for row in lines(files, "tables/patients-Patient.ndjson")]
        assert sorted(keys) == sorted(str(patient.pk) for patient in three)

    def test_is_in_the_schedule(self):
        entry = settings.CELERY_BEAT_SCHEDULE["work_on_exports"]
        assert entry["task"] == "exercises.tasks.work_on_exports"


class TestRefused:
    def test_a_second_one_while_the_first_is_being_made(self, as_olivia, three):
        asked(as_olivia)
        page = as_olivia.post(PAGE, follow=True)
        assert "An export is being made already." in text(page)
        assert ClinicExport.objects.count() == 1

    @pytest.mark.parametrize("person", ["priya", "asha", "carlos", "audrey"])
    def test_anybody_but_an_owner(self, request, person):
        user = request.getfixturevalue(person)
        before = ClinicExport.objects.count(), AuditEntry.objects.count()
        assert signed_in(user).post(PAGE).status_code == 403
        with pytest.raises(Refused):
            actions.ask_export(actor=Actor.staff(user), now=NOON)
        assert (ClinicExport.objects.count(), AuditEntry.objects.filter(verb="export.asked").count()) == (
            before[0],
            0,
        )

    def test_who_is_no_owner_any_more_gets_nothing(self, as_olivia, olivia, three):
        export = asked(as_olivia)
        export_work.step()
        Membership.objects.filter(user=olivia).update(role=Role.ASSISTANT)
        work_on_exports()
        export.refresh_from_db()
        assert (export.state, export.fault, export.done) == (ExportState.FAILED, "no owner any more", 0)
        assert ExportPart.objects.count() == 0

    def test_a_fault_ends_it_and_leaves_no_file(self, as_olivia, three, monkeypatch):
        def fail(*_args: object, **_more: object) -> None:
            raise LookupError("Margaret Hale")

        export = asked(as_olivia)
        monkeypatch.setattr(export_work.rows, "rows_of", fail)
        work_on_exports()
        export.refresh_from_db()
        assert (export.state, export.fault) == (ExportState.FAILED, "LookupError")
        assert ExportPart.objects.count() == 0
        assert "interrupted (LookupError)" in text(as_olivia.get(f"{PAGE}{export.pk}/"))
        assert not work_on_exports()

    def test_a_file_that_is_not_ready(self, as_olivia, three):
        export = asked(as_olivia)
        before = AuditEntry.objects.count()
        page = as_olivia.post(f"{PAGE}{export.pk}/file/", follow=True)
        assert "There is no such file any more" in text(page)
        assert AuditEntry.objects.count() == before


class TestPages:
    def test_how_far_it_is(self, as_olivia, three, monkeypatch):
        monkeypatch.setattr(export_work, "BATCH", 1)
        assert "3 patients with their whole records" in text(as_olivia.get(PAGE))
        export = asked(as_olivia)
        address = f"{PAGE}{export.pk}/"
        assert "0 of 3 patients copied" in text(as_olivia.get(address))
        export_work.step()
        export_work.step()
        bar = as_olivia.get(address, headers={"HX-Request": "true"})
        assert "1 of 3 patients copied" in text(bar)
        assert "<html" not in bar.content.decode()
        work_on_exports()
        assert as_olivia.get(address, headers={"HX-Request": "true"})["HX-Refresh"] == "true"
        assert "3 patients are in it." in text(as_olivia.get(address))
        assert "ready" in text(as_olivia.get(PAGE))

    def test_says_when_no_worker_is_there(self, as_olivia, three):
        export = asked(as_olivia)
        assert "waits for the background worker" not in text(as_olivia.get(f"{PAGE}{export.pk}/"))
        ClinicExport.objects.update(asked_at=clock.now() - timedelta(minutes=1))
        assert "waits for the background worker" in text(as_olivia.get(f"{PAGE}{export.pk}/"))

    def test_stopped_it_leaves_nothing(self, as_olivia, three):
        export = asked(as_olivia)
        export_work.step()
        as_olivia.post(f"{PAGE}{export.pk}/stop/")
        export.refresh_from_db()
        assert export.state == ExportState.STOPPED
        assert ExportPart.objects.count() == 0
        assert not work_on_exports()
        assert "There is no file any more." in text(as_olivia.get(f"{PAGE}{export.pk}/"))


class TestEnd:
    @pytest.fixture
    def done(self, as_olivia, three) -> ClinicExport:
        export = asked(as_olivia)
        work_on_exports()
        export.refresh_from_db()
        return export

    def test_the_file_goes_by_itself(self, as_olivia, done):
        system = Actor.system("forget_exports")
        assert actions.forget_exports(actor=system, now=done.expires_at - timedelta(seconds=1)) == 0
        assert ExportPart.objects.count() > 0
        assert actions.forget_exports(actor=system, now=done.expires_at) == 1
        assert ExportPart.objects.count() == 0
        assert AuditEntry.objects.get(verb="export.forgotten").object_id == str(done.pk)
        done.refresh_from_db()
        assert done.state == ExportState.DELETED
        assert "file deleted" in text(as_olivia.get(PAGE))

    def test_nobody_fetches_it_when_its_days_are_over(self, as_olivia, done):
        past = {"finished_at": clock.now() - timedelta(days=5), "expires_at": clock.now() - timedelta(days=2)}
        ClinicExport.objects.update(**past)
        page = as_olivia.post(reverse("exercises:clinic_export_file", args=[done.pk]), follow=True)
        assert "There is no such file any more" in text(page)
        assert not AuditEntry.objects.filter(verb="export.fetched").exists()

    def test_an_owner_deletes_it_before(self, as_olivia, done):
        page = as_olivia.post(f"{PAGE}{done.pk}/delete/", follow=True)
        assert "The file is deleted." in text(page)
        assert ExportPart.objects.count() == 0
        assert AuditEntry.objects.filter(verb="export.deleted").count() == 1
