"""The patient sees who of the clinic opened the record: name, role, when and how often; and of nobody else's record."""

from datetime import datetime, timedelta

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from clinic import clock
from clinic.models import AuditEntry, User
from patients.models import Patient
from tests import factories
from tests.pages import signed_in, text

pytestmark = pytest.mark.django_db
PAGE = reverse("patients:my_readers")


@pytest.fixture
def mine(client: Client, margaret: Patient) -> Client:
    factories.open_device(client, margaret)
    return client


def opened(by: User, patient: Patient, at: datetime | None = None, verb: str = "record.read") -> None:
    member = by.staff_membership
    AuditEntry.objects.create(
        at=at or clock.now(),
        clinic=member.clinic,
        actor_kind="staff",
        actor_label=by.name,
        actor_user=by,
        actor_role=member.role,
        verb=verb,
        object_type="patients.patient",
        object_id=str(patient.pk),
        patient_id=patient.pk,
    )


def test_who_in_which_role_when_and_how_often(
    mine: Client, margaret: Patient, priya: User, asha: User
) -> None:
    first = datetime.fromisoformat("2026-07-01T08:15:00+00:00")  # 09:15 in London
    for days in range(7):
        opened(priya, margaret, first + timedelta(days=days))
    opened(asha, margaret, first - timedelta(days=1))
    page = text(mine.get(PAGE))
    assert page.index("Priya Nair") < page.index("Asha Moyo")  # the latest first
    assert "Opened 7 times, last on 7 July 2026, 09:15." in page
    assert "Opened 1 time, last on 30 June 2026, 09:15." in page
    assert "practitioner" in page
    assert "works at the desk" in page
    assert "3 July 2026, 09:15" in page
    assert "2 July 2026, 09:15" not in page  # the latest five


def test_a_true_reading_is_shown(mine: Client, margaret: Patient, olivia: User) -> None:
    signed_in(olivia).get(reverse("exercises:patient", args=[margaret.pk]))
    page = text(mine.get(PAGE))
    assert "Olivia Brandt" in page
    assert "runs the clinic" in page


def test_nothing_of_others_and_nothing_but_reading(
    mine: Client, margaret: Patient, double: Patient, priya: User, asha: User
) -> None:
    opened(priya, double)
    opened(asha, margaret, verb="patient.updated")
    AuditEntry.objects.create(
        clinic=margaret.clinic,
        actor_kind="patient",
        actor_label="patient",
        verb="record.read",
        object_type="x",
        object_id="1",
        patient_id=margaret.pk,
    )
    page = text(mine.get(PAGE))
    assert "Nobody of your clinic has opened your record yet." in page
    assert "Priya" not in page


def test_what_was_merged_into_the_record_counts_too(
    mine: Client, margaret: Patient, double: Patient, priya: User, asha: User
) -> None:
    opened(asha, double)
    Patient.objects.filter(pk=double.pk).update(
        merged_into=margaret, archived_at=clock.now(), archived_by=priya
    )
    assert "Asha Moyo" in text(mine.get(PAGE))


def test_a_link_is_not_enough_and_the_way_there_is_shown_to_a_device(
    mine: Client, margaret: Patient, programme: object
) -> None:
    assert "Who opened your record" in text(mine.get(reverse("exercises:more")))
    link = Client()
    factories.open_plan(link, margaret, now=clock.now())
    assert link.get(PAGE).status_code == 404
    assert "Who opened your record" not in text(link.get(reverse("exercises:more")))
    assert Client().get(PAGE).status_code == 404


def test_as_many_questions_for_many_readers_and_nothing_is_written(
    mine: Client,
    margaret: Patient,
    priya: User,
    asha: User,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    opened(priya, margaret)
    mine.get(PAGE)
    for user in (priya, asha):
        for _ in range(5):
            opened(user, margaret)
    before = factories.count_rows()
    with django_assert_num_queries(4):  # the clock, the device, what was merged, the readers
        mine.get(PAGE)
    assert factories.count_rows() == before


@pytest.mark.parametrize(("language", "word"), [("de", "geöffnet"), ("es", "abr"), ("ar", "فتح")])
def test_in_the_patients_language(
    mine: Client, margaret: Patient, priya: User, language: str, word: str
) -> None:
    Patient.objects.update(language=language)
    opened(priya, margaret)
    page = text(mine.get(PAGE))
    assert word in page
    assert "Priya Nair" in page
    assert "Opened" not in page
