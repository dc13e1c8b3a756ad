"""Who of a list is known: to the clinic, from an earlier row, or added by a colleague meanwhile."""

import re
from datetime import date, timedelta

import pytest
from django.test import Client

from clinic import clock
from clinic.actors import Actor
from clinic.models import User
from patients import actions
from patients.models import Patient
from tests import factories
from tests.factories import NOON
from tests.pages import text
from tests.patients.import_world import HEAD, THREE, address, checked, confirmed, named, numbers


def people() -> set[str]:
    return {patient.full_name for patient in Patient.objects.all()}


def test_duplicates_are_left_out_unless_somebody_says_otherwise(
    as_priya: Client, priya: User, margaret: Patient, heinrich: Patient
) -> None:
    born = margaret.date_of_birth.isoformat()
    made = checked(
        as_priya,
        HEAD
        + f"{margaret.given_name.upper()},{margaret.family_name},{born},\n"  # the same person
        + f"Ann,Other,1950-01-01,{margaret.email.upper()}\n"  # the same address
        + "Ana,Quinn,1956-03-14,ana@patients.example\n"
        + "ana,QUINN,1956-03-14,\n"  # row 4 again
        + "Una,Quinn,1957-03-14,ana@patients.example\n"  # the address of row 4
        + f"Heinrich,Adler,{heinrich.date_of_birth},{heinrich.email}\n",  # another clinic's patient is nobody here
    )
    assert numbers(made) == (2, 4, 0, 0)
    found = {row.number: (row.faults, row.alike_id) for row in made.rows.filter(state="duplicate")}
    assert found == {
        2: ([{"field": "name", "code": "known"}], margaret.pk),
        3: ([{"field": "email", "code": "known"}], margaret.pk),
        5: ([{"field": "name", "code": "row", "row": 4}], None),
        6: ([{"field": "email", "code": "row", "row": 4}], None),
    }
    response = as_priya.post(address("import_choose", made, 6) + "?as=another&show=duplicate&page=1")
    assert response["Location"].endswith("?show=duplicate&page=1#row-6")
    made.refresh_from_db()
    assert (made.to_add, made.left_out) == (3, 3)
    as_priya.post(address("import_choose", made, 3) + "?as=another")
    as_priya.post(address("import_choose", made, 3) + "?as=leave_out")
    confirmed(as_priya, made)
    assert people() == {margaret.full_name, heinrich.full_name, "Ana Quinn", "Una Quinn", "Heinrich Adler"}


def test_a_clinic_number_is_of_one_patient(as_priya: Client, priya: User) -> None:
    ina = factories.make_patient(priya, "Ina", "Abel", reference="R-1", email="ina@patients.example")
    made = checked(
        as_priya,
        "First name,Last name,Date of birth,Patient ID\n"
        "Ana,Quinn,1956-03-14,r-1\n"  # Ina's
        "Ben,Okafor,1961-12-24,R-2\n"
        "Cem,Ates,1961-12-24,r-2\n"  # Ben's
        "Dan,Ek,1961-12-24,R-3\n"
        "Ana,Quinn,1956-03-14,\n",  # no duplicate of a row that is nobody
    )
    assert numbers(made) == (3, 0, 2, 0)
    assert made.rows.get(number=2).alike == ina
    page = text(as_priya.get(address("import", made)))
    assert "The clinic has a patient with this number." in page
    assert "Row 3 has the same number." in page
    factories.make_patient(priya, "Una", "Abel", reference="r-3", email="una@patients.example")  # meanwhile
    made = confirmed(as_priya, made)
    assert (made.state, numbers(made)) == ("done", (0, 0, 3, 2))
    assert Patient.objects.get(given_name="Ben").reference == "R-2"
    assert not Patient.objects.filter(given_name="Dan").exists()


def test_somebody_added_meanwhile_is_left_out(as_priya: Client, priya: User) -> None:
    made = checked(as_priya, THREE)
    factories.make_patient(
        priya, "Ben", "Okafor", date_of_birth=date(1961, 12, 24), email="b@patients.example"
    )
    made = confirmed(as_priya, made)
    assert (made.state, numbers(made)) == ("done", (0, 1, 0, 2))
    assert Patient.objects.filter(family_name="Okafor").count() == 1


def test_only_what_was_seen_is_confirmed(
    as_priya: Client, priya: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = checked(as_priya, THREE + "Ana,Quinn,1956-03-14,\n")
    page = text(as_priya.get(address("import", made)))
    seen = re.search(r'name="seen" value="([^"]+)"', page)
    assert seen
    as_priya.post(address("import_choose", made, 5) + "?as=another")  # a colleague, meanwhile
    for said in ({"seen": seen.group(1)}, {}):
        before = factories.count_rows()
        answer = as_priya.post(address("import_confirm", made), said, follow=True)
        assert "This list has moved on meanwhile." in text(answer)
        assert factories.count_rows() == before
    as_priya.post(address("import_choose", made, 5) + "?as=leave_out")
    with monkeypatch.context() as later:
        moment = clock.now() + timedelta(minutes=1)
        later.setattr("clinic.clock.now", lambda: moment)
        named(as_priya, made)  # checked anew, with as many to add
    as_priya.post(address("import_confirm", made), {"seen": seen.group(1)})
    assert not Patient.objects.exists()
    again = re.search(r'name="seen" value="([^"]+)"', text(as_priya.get(address("import", made))))
    assert again
    as_priya.post(address("import_confirm", made), {"seen": again.group(1)})
    assert Patient.objects.count() == 3


def test_a_list_that_was_taken_back_can_be_uploaded_again(as_priya: Client, priya: User) -> None:
    rows = HEAD.strip() + ",Clinic number\n" + "Ana,Quinn,1956-03-14,ana@patients.example,R-1\n"
    made = confirmed(as_priya, checked(as_priya, rows + "Ben,Okafor,1961-12-24,,R-2\n"))
    factories.make_finding(priya, Patient.objects.get(given_name="Ben"))
    as_priya.post(address("import_undo", made))
    ana = Patient.objects.get(given_name="Ana")
    assert (ana.is_open, ana.reference) == (False, "")
    assert "r-1" not in ana.search
    again = checked(as_priya, rows + "Ben,Okafor,1961-12-24,,\n")
    assert numbers(again) == (1, 1, 0, 0)  # Ben stayed
    confirmed(as_priya, again)
    assert Patient.objects.current().get(given_name="Ana").reference == "R-1"


def test_whom_somebody_archived_is_known(as_priya: Client, priya: User) -> None:
    confirmed(as_priya, checked(as_priya, THREE))
    ana = Patient.objects.get(given_name="Ana")
    actions.archive_patient(actor=Actor.staff(priya), patient=ana, now=NOON, reason="Moved away.")
    assert numbers(checked(as_priya, THREE)) == (0, 3, 0, 0)
