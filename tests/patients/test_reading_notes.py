"""What is written down of reading: once for each person, patient and five minutes; what is taken along and what is searched for."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from clinic import audit, clock
from clinic.models import AuditEntry, User
from patients.models import Patient, SignReport
from tests import factories
from tests.pages import signed_in, text

pytestmark = pytest.mark.django_db
LIST = reverse("patients:list")


def told(verb: str = "record.read") -> list[Any]:
    return [*AuditEntry.objects.filter(verb=verb).order_by("pk").values_list("changes", flat=True)]


def page(name: str, patient: Patient) -> str:
    return reverse(name, args=[patient.pk])


class TestReading:
    def test_several_pages_of_one_record_are_one_entry(self, as_priya: Client, margaret: Patient) -> None:
        for name in ("exercises:patient", "exercises:visit", "exercises:record", "exercises:patient"):
            assert as_priya.get(page(name, margaret)).status_code == 200
        assert told() == [{"page": "patient"}]

    def test_each_person_and_each_patient_has_their_own(
        self, as_priya: Client, olivia: User, margaret: Patient, double: Patient
    ) -> None:
        for client in (as_priya, signed_in(olivia)):
            for patient in (margaret, double):
                for _twice in range(2):
                    client.get(page("exercises:patient", patient))
        read = AuditEntry.objects.filter(verb="record.read")
        assert read.count() == 4
        assert len(set(read.values_list("actor_user", "patient_id"))) == 4

    @pytest.mark.parametrize(("seconds", "entries"), [(299, 1), (301, 2)])
    def test_after_five_minutes_it_is_another_time(
        self, as_priya: Client, priya: User, margaret: Patient, seconds: int, entries: int
    ) -> None:
        AuditEntry.objects.create(
            at=clock.now() - timedelta(seconds=seconds),
            clinic=margaret.clinic,
            actor_kind="staff",
            actor_label="Priya",
            actor_user=priya,
            verb="record.read",
            object_type="patients.patient",
            object_id=str(margaret.pk),
            patient_id=margaret.pk,
        )
        as_priya.get(page("exercises:patient", margaret))
        assert AuditEntry.objects.filter(verb="record.read").count() == entries

    def test_the_entry_is_as_any_other(self, as_priya: Client, priya: User, margaret: Patient) -> None:
        as_priya.get(page("exercises:patient", margaret))
        entry = AuditEntry.objects.get(verb="record.read")
        assert (entry.actor_kind, entry.actor_label, entry.actor_role) == (
            "staff",
            priya.name,
            "practitioner",
        )
        assert (entry.object_type, entry.object_id) == ("patients.patient", str(margaret.pk))
        assert (entry.clinic_id, entry.patient_id) == (margaret.clinic_id, margaret.pk)
        assert len(entry.request_id) == 32
        assert entry.ip_prefix == "127.0.0.0/24"
        assert entry.xid > 0

    def test_of_the_warning_signs_each_time_for_a_note_counts_as_read_by_it(
        self, as_priya: Client, margaret: Patient
    ) -> None:
        as_priya.get(page("patients:safety", margaret))
        SignReport.objects.create(
            clinic=margaret.clinic,
            patient=margaret,
            ticked=[],
            list_version=1,
            language="en-gb",
            note="It is swollen.",
            made_at=clock.now(),
            received_at=clock.now() - timedelta(seconds=1),
        )
        as_priya.get(page("patients:safety", margaret))
        assert told() == [{"page": "safety"}] * 2
        assert not SignReport.objects.unread_notes().exists()


class TestTakingAlong:
    def test_a_sheet_is_printed_each_time(self, as_priya: Client, margaret: Patient) -> None:
        for _twice in range(2):
            as_priya.get(page("exercises:sheet", margaret))
        assert told("record.printed") == [{"page": "sheet"}] * 2
        assert told() == [{"page": "sheet"}]

    def test_a_text_file_is_taken_each_time(self, as_priya: Client, margaret: Patient) -> None:
        for _twice in range(2):
            as_priya.get(page("exercises:visit_text", margaret))
        assert told("record.exported") == [{"page": "visit_text"}] * 2

    def test_another_clinics_is_neither_read_nor_taken(self, hugo: User, margaret: Patient) -> None:
        before = factories.count_rows()
        client = signed_in(hugo)
        for name in ("exercises:sheet", "exercises:visit_text", "exercises:patient"):
            assert client.get(page(name, margaret)).status_code == 404
        after = factories.count_rows()
        assert after["clinic_auditentry"] == before["clinic_auditentry"]


class TestSearching:
    def test_what_was_typed_is_kept_as_a_hash_once(self, as_priya: Client, margaret: Patient) -> None:
        for typed in ("Hale", "hale ", "HALE"):
            assert "Margaret" in text(as_priya.get(LIST, {"q": typed}))
        as_priya.get(LIST, {"q": "nobody"})
        as_priya.get(LIST)
        as_priya.get(LIST, {"q": "  "})
        kept = told("search.done")
        assert kept == [{"term": audit.term_hash("hale")}, {"term": audit.term_hash("nobody")}]
        assert "hale" not in str(kept).lower()
        entry = AuditEntry.objects.filter(verb="search.done").first()
        assert entry is not None
        assert (entry.patient_id, entry.clinic_id) == (None, margaret.clinic_id)

    def test_the_api_too(self, as_priya: Client, margaret: Patient) -> None:
        assert as_priya.get("/api/v1/patients/", {"q": "hale"}).json()["results"]
        assert told("search.done") == [{"term": audit.term_hash("Hale")}]

    def test_without_the_key_nobody_makes_the_same_hash(self, settings: Any) -> None:
        before = audit.term_hash("hale")
        settings.SECRET_KEY = "another"
        assert audit.term_hash("hale") != before

    def test_an_owner_asks_who_looked_for_a_name(
        self, as_priya: Client, olivia: User, margaret: Patient
    ) -> None:
        as_priya.get(LIST, {"q": "Margaret  Hale"})
        as_priya.get(LIST, {"q": "Margaret"})
        answer = signed_in(olivia).get("/clinic/audit/", {"term": "margaret hale"})
        (line,) = answer.context["found"].lines
        assert line.entry.changes == {"term": audit.term_hash("margaret hale")}
        assert "Nothing was found" in text(signed_in(olivia).get("/clinic/audit/", {"term": "marg"}))
