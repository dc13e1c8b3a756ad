"""The owner's list of records that need not be kept any longer: who is on it, and on which day they come."""

from datetime import UTC, date, datetime

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from clinic import clock
from clinic.models import Clinic, User
from patients.models import Finding, FindingType, Patient
from tests import factories
from tests.pages import signed_in, text

LONG_AGO = datetime(2018, 2, 28, 23, 30, tzinfo=UTC)
TITLE = "Records whose time is over"

pytestmark = pytest.mark.django_db


@pytest.fixture
def as_olivia(olivia: User, riverside: Clinic) -> Client:
    Clinic.objects.filter(pk=riverside.pk).update(retention_years=8)
    return signed_in(olivia)


def quiet_since(patient: Patient, moment: datetime, born: date | None = None) -> Patient:
    """Nothing in the record is younger."""
    Patient.objects.filter(pk=patient.pk).update(
        created_at=moment, date_of_birth=born or patient.date_of_birth
    )
    patient.refresh_from_db()
    assert not Finding.objects.filter(patient=patient).exists()
    return patient


def page(client: Client, monkeypatch: pytest.MonkeyPatch, now: datetime | None = None) -> str:
    if now:
        monkeypatch.setattr(clock, "now", lambda: now)
    response = client.get(reverse("patients:records_over"))
    assert response.status_code == 200
    return text(response)


def quiet(priya: User, name: str, moment: datetime, born: date | None = None) -> Patient:
    patient = factories.make_patient(
        priya, name, "Quiet", email="", reminders_allowed=False, cautions=None, same_person_checked=True
    )
    return quiet_since(patient, moment, born)


def test_it_comes_on_the_day_after_so_many_years_where_the_clinic_is(
    as_olivia: Client, priya: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    quiet(priya, "Agnes", datetime(2020, 2, 29, 12, tzinfo=UTC))
    before = datetime(2028, 2, 28, 23, 59, tzinfo=UTC)
    assert "There is none." in page(as_olivia, monkeypatch, before)
    shown = page(as_olivia, monkeypatch, datetime(2028, 2, 29, 0, 1, tzinfo=UTC))
    assert "Agnes Quiet" in shown
    assert "29 Feb 2020" in shown
    assert "29 Feb 2028" in shown


@pytest.mark.hazard("HZ-33")
def test_a_child_stays_until_the_25th_birthday(
    as_olivia: Client, priya: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    child = quiet(priya, "Tim", LONG_AGO, date(2010, 6, 10))
    assert "There is none." in page(as_olivia, monkeypatch, datetime(2035, 6, 9, 22, 59, tzinfo=UTC))
    assert child.full_name in page(as_olivia, monkeypatch, datetime(2035, 6, 9, 23, 1, tzinfo=UTC))  # summer


def test_one_entry_of_any_kind_keeps_the_record(
    as_olivia: Client, priya: User, fasciitis: FindingType, monkeypatch: pytest.MonkeyPatch
) -> None:
    agnes, berta = quiet(priya, "Agnes", LONG_AGO), quiet(priya, "Berta", LONG_AGO)
    factories.make_finding(priya, berta)
    shown = page(as_olivia, monkeypatch)
    assert agnes.full_name in shown
    assert berta.full_name not in shown


def test_the_longest_over_come_first_and_a_row_costs_no_query(
    as_olivia: Client, priya: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    quiet(priya, "Agnes", datetime(2017, 5, 1, tzinfo=UTC))
    with CaptureQueriesContext(connection) as one:
        page(as_olivia, monkeypatch)
    for number, name in enumerate(["Berta", "Clara", "Dora"]):
        quiet(priya, name, datetime(2016 - number, 5, 1, tzinfo=UTC))
    with CaptureQueriesContext(connection) as four:
        shown = page(as_olivia, monkeypatch)
    assert len(one) == len(four)
    names = [shown.index(name) for name in ("Dora Quiet", "Clara Quiet", "Berta Quiet", "Agnes Quiet")]
    assert names == sorted(names)


def test_another_clinics_are_not_there(
    as_olivia: Client, heinrich: Patient, monkeypatch: pytest.MonkeyPatch
) -> None:
    Patient.objects.filter(pk=heinrich.pk).update(created_at=LONG_AGO)
    assert "There is none." in page(as_olivia, monkeypatch)


def test_a_clinic_that_has_not_decided_is_asked_to(
    olivia: User, priya: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    quiet(priya, "Agnes", LONG_AGO)
    shown = page(signed_in(olivia), monkeypatch)
    assert "do not say yet" in shown
    assert "Agnes" not in shown


def test_owners_alone(as_priya: Client, as_olivia: Client) -> None:
    assert as_priya.get(reverse("patients:records_over")).status_code == 403
    assert f'<a href="{reverse("patients:records_over")}">{TITLE}</a>' in text(
        as_olivia.get(reverse("clinic:settings"))
    )
