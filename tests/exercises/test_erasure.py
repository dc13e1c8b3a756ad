"""Erasing: what reaches the patient and opens the plan goes at once, the record of the treatment stays, restricted."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse

from clinic import clock
from clinic.actors import Actor
from clinic.errors import Refused
from clinic.mail import suppression
from clinic.models import AuditEntry, OutgoingEmail, Suppression, User
from exercises import actions, erasing, replays
from exercises.models import CalendarFeed, Programme, Reminder
from patients import actions as patient_actions
from patients.models import (
    AccessCode,
    Carer,
    Device,
    EmailedCode,
    Erasure,
    Finding,
    Patient,
    PlanLink,
    PlanVisit,
    Purpose,
    Restriction,
)
from tests import factories
from tests.device_factories import open_device
from tests.message_factories import make_message
from tests.pages import signed_in, text
from tests.restricted_world import REASON, make_erasure, make_opening, make_restriction

SYSTEM = Actor.system("test")
GONE = [Reminder, OutgoingEmail, CalendarFeed, PlanVisit, PlanLink, Device, AccessCode, EmailedCode, Carer]


@pytest.fixture
def lived_in(priya: User, margaret: Patient, finding: Finding, programme: Programme) -> Patient:
    """A patient with one of everything that goes."""
    now, own = clock.now(), Actor.patient(margaret)
    open_device(Client(), margaret)
    factories.open_plan(Client(), margaret, now=now)
    factories.make_code(priya, margaret)
    factories.make_log(margaret, programme.items.get())
    make_message(priya, margaret, now=now)
    patient_actions.ask_code(
        actor=own, patient=margaret, purpose=Purpose.STEP_UP, browser_secret="x" * 43, now=now
    )
    patient_actions.name_carer(
        actor=own,
        patient=margaret,
        name="Ruth Hale",
        email="ruth.hale@families.example",
        language="en-gb",
        now=now,
    )
    actions.make_feed(actor=own, patient=margaret, now=now)
    wish = actions.Wish(weekdays=(1, 3))
    actions.set_reminder_choice(actor=own, patient=margaret, wish=wish, now=now)
    for address in (margaret.email, "shared@families.example"):
        Suppression.objects.create(
            clinic_id=margaret.clinic_id,
            address_hash=suppression.address_hash(address),
            reason="hard",
            at=now - timedelta(days=1),
        )
    margaret.refresh_from_db()
    return margaret


def everywhere(word: str) -> list[str]:
    """Tables of which some row holds this text, in whichever column."""
    found = []
    with connection.cursor() as cursor:
        for table in sorted(set(connection.introspection.table_names(cursor))):
            cursor.execute(f"SELECT count(*) FROM {table} one WHERE one::text ILIKE %s", [f"%{word}%"])  # noqa: S608
            if cursor.fetchone()[0]:
                found.append(table)
    return found


def test_what_reaches_the_patient_is_nowhere_any_more(lived_in: Patient, olivia: User, priya: User) -> None:
    other = factories.make_patient(priya, "Ana", "Quinn", email="ana@patients.example")
    device = open_device(Client(), other)
    assert [model for model in GONE if not model._base_manager.exists()] == []  # else nothing is shown below
    assert everywhere("margaret.hale@") == ["patients_patient"]
    erasure = make_erasure(olivia, lived_in)
    assert everywhere("margaret.hale@") == []
    assert everywhere("ruth.hale@") == []
    left = [model for model in GONE if model._base_manager.exists()]
    assert left == [OutgoingEmail, Device]
    assert Device.objects.get() == device
    assert OutgoingEmail.objects.get().object_id == str(device.pk)
    assert Suppression.objects.count() == 1
    lived_in.refresh_from_db()
    assert (lived_in.email, lived_in.reminders_allowed, lived_in.search) == ("", False, "margaret hale")
    assert set(erasure.removed) == {
        *("reminders", "emails", "addresses", "choices", "calendars", "visits", "links", "devices", "codes"),
        *("emailed_codes", "carers", "address"),
    }
    entry = AuditEntry.objects.get(verb="erasure.done")
    assert (entry.reason, entry.patient_id, entry.changes) == (REASON, lived_in.pk, erasure.removed)


def test_the_record_of_the_treatment_stays_restricted(
    lived_in: Patient, finding: Finding, programme: Programme, olivia: User, priya: User
) -> None:
    kept = ("patients_finding", "exercises_programme", "exercises_logentry", "patients_message")
    before = factories.count_rows()
    make_erasure(olivia, lived_in)
    after = factories.count_rows()
    assert [table for table in kept if after[table] != before[table] or not after[table]] == []
    assert after["clinic_auditentry"] > before["clinic_auditentry"]
    assert not Patient.objects.visible_to(Actor.staff(olivia)).exists()
    make_opening(priya, lived_in)
    assert Finding.objects.visible_to(Actor.staff(priya)).get() == finding
    restriction = Restriction.objects.get()
    with pytest.raises(Refused, match="stays restricted"):
        actions.lift_restriction(
            actor=Actor.staff(olivia), restriction=restriction, reason=REASON, now=clock.now()
        )
    assert Restriction.objects.standing().get() == restriction


def test_nothing_that_was_handed_out_opens_the_plan(
    client: Client, lived_in: Patient, olivia: User, priya: User
) -> None:
    code = factories.make_code(priya, lived_in)
    open_device(client, lived_in)
    assert client.get(reverse("exercises:today")).status_code == 200
    make_erasure(olivia, lived_in)
    assert client.get(reverse("exercises:today")).status_code == 404
    other = Client()
    other.post(reverse("patients:code"), {"code": str(code), "own": "own"})
    assert not Device.objects.exists()


def test_with_its_duplicates(priya: User, olivia: User, margaret: Patient, double: Patient) -> None:
    actions.merge_patients(
        actor=Actor.staff(priya), kept=margaret, duplicate=double, now=clock.now(), reason="Twice."
    )
    double.refresh_from_db()
    with pytest.raises(Refused, match="merged"):
        make_erasure(olivia, double)
    make_erasure(olivia, margaret)
    assert everywhere("m.hale@") == []
    assert Restriction.objects.standing().count() == 2


def test_an_address_that_fails_for_two_stays_known(priya: User, margaret: Patient) -> None:
    """Of a couple that reads at one address one is erased."""
    factories.make_patient(priya, "Ana", "Quinn", email=margaret.email.upper())
    Suppression.objects.create(
        clinic_id=margaret.clinic_id,
        address_hash=suppression.address_hash(margaret.email),
        reason="hard",
        at=clock.now(),
    )
    make_erasure(priya, margaret)
    assert Suppression.objects.count() == 1


def test_twice_is_refused_and_changes_nothing(priya: User, olivia: User, margaret: Patient) -> None:
    make_erasure(priya, margaret)
    before = factories.count_rows()
    with pytest.raises(Refused, match="already"):
        make_erasure(olivia, margaret)
    assert factories.count_rows() == before


def test_short_of_a_reason_nothing_goes(priya: User, lived_in: Patient) -> None:
    before = factories.count_rows()
    with pytest.raises(Refused, match="ten characters"):
        actions.erase_patient(actor=Actor.staff(priya), patient=lived_in, reason="   no   ", now=clock.now())
    assert factories.count_rows() == before


class TestPage:
    def test_shows_what_goes_and_what_stays_before_anything_goes(
        self, lived_in: Patient, olivia: User
    ) -> None:
        client, address = signed_in(olivia), reverse("exercises:erase", args=[lived_in.pk])
        assert address in text(client.get(reverse("exercises:record", args=[lived_in.pk])))
        before = factories.count_rows()
        page = text(client.get(address))
        for part in erasing.goes([lived_in.pk]):
            assert f"<dt>{part.label}</dt><dd>{part.count}</dd>" in page
        assert "<dt>Findings</dt><dd>1</dd>" in page
        assert len(erasing.goes([lived_in.pk])) == 10
        for form in ({"reason": REASON}, {"sure": "on", "reason": "short"}):
            assert client.post(address, form).status_code == 422
        after = factories.count_rows()
        assert after == before  # the reading was written down with the record's

    def test_of_whom_nothing_was_ever_sent(self, priya: User, olivia: User) -> None:
        nora = factories.make_patient(priya, "Nora", "Quist", email="", reminders_allowed=False)
        client, address = signed_in(olivia), reverse("exercises:erase", args=[nora.pk])
        assert erasing.goes([nora.pk]) == []
        assert "Goes at once" in text(client.get(address))
        paper = text(client.post(address, {"reason": REASON, "sure": "on"}, follow=True))
        assert "There was nothing to delete." in paper

    def test_leads_to_a_paper_that_says_what_why_and_what_is_kept(
        self, lived_in: Patient, olivia: User, priya: User, asha: User
    ) -> None:
        client, address = signed_in(olivia), reverse("exercises:erase", args=[lived_in.pk])
        done = client.post(address, {"reason": REASON, "sure": "on"}, follow=True)
        page = text(done)
        for said in (REASON, "Olivia Brandt", "Reminders, planned and sent", "Findings", str(lived_in.pk)):
            assert said in page
        assert "Hale" not in page
        paper = done.redirect_chain[-1][0]
        assert signed_in(priya).get(paper).status_code == 404  # it was somebody else's deed
        assert signed_in(asha).get(paper).status_code == 403
        owners = text(client.get(reverse("patients:restrictions")))
        assert paper in owners
        assert "erased: stays restricted" in owners

    def test_a_restricted_record_is_erased_through_the_glass(self, margaret: Patient, priya: User) -> None:
        make_restriction(priya, margaret)
        client, address = signed_in(priya), reverse("exercises:erase", args=[margaret.pk])
        form = {"reason": REASON, "sure": "on"}
        assert client.post(address, form).status_code == 404
        make_opening(priya, margaret)
        assert client.post(address, form).status_code == 302
        assert Erasure.objects.get().erased_by == priya


class TestAfterARestore:
    """A backup from before would bring it all back; the log knows."""

    @pytest.mark.parametrize(("again", "kept"), [(replays.erase, Erasure), (replays.restrict, Restriction)])
    def test_is_done_again_once(self, again: Any, kept: Any, lived_in: Patient) -> None:
        now = clock.now()
        assert again(SYSTEM, str(lived_in.pk), now) is True
        assert kept.objects.get().reason == "It was restricted before a backup was restored."
        assert again(SYSTEM, str(lived_in.pk), now) is False
        assert again(SYSTEM, "no key", now) is False
        assert kept.objects.count() == 1
