"""Sending "your plan is ready" once more: for a link that was lost, ran out, or went to another address."""

import pytest
from django.contrib.messages import get_messages
from django.test import Client
from django.urls import reverse

from clinic import clock
from clinic.actors import Actor
from clinic.mail.messages import message_id
from clinic.models import AuditEntry, OutgoingEmail, User
from exercises import actions, emails
from exercises.models import Exercise, Programme
from patients.models import Patient
from tests import factories


@pytest.fixture
def running(priya: User, margaret: Patient, toe_curls: Exercise) -> Programme:
    """A programme whose first letter was sent."""
    programme = factories.make_programme(priya, margaret, [toe_curls], now=clock.now())
    OutgoingEmail.objects.update(state="sent", sent_at=clock.now())
    return programme


def press(client: Client, programme: Programme) -> str:
    response = client.post(reverse("exercises:programme_resend", args=[programme.pk]))
    assert response.status_code == 302
    assert response["Location"] == reverse("exercises:patient", args=[programme.patient_id])
    return " ".join(str(message) for message in get_messages(response.wsgi_request))


def test_a_fresh_letter_goes_out_beside_the_first(as_priya: Client, running: Programme) -> None:
    assert "A fresh link goes to margaret.hale@patients.example." in press(as_priya, running)
    first, second = OutgoingEmail.objects.order_by("generation")
    assert (first.state, second.state, second.generation) == ("sent", "pending", 1)
    assert message_id(first.pk, first.generation) != message_id(second.pk, second.generation)
    letter = emails.plan_ready(second.object_id, clock.now())
    assert letter
    assert letter.to == "margaret.hale@patients.example"
    entry = AuditEntry.objects.get(verb="programme.link_sent_again")
    assert entry.changes == {"generation": 1}


def test_the_front_desk_may_do_it_too(client: Client, asha: User, running: Programme) -> None:
    client.force_login(asha)
    page = client.get(reverse("exercises:patient", args=[running.patient_id])).content.decode()
    assert reverse("exercises:programme_resend", args=[running.pk]) in page
    press(client, running)
    assert OutgoingEmail.objects.count() == 2


def test_a_second_press_waits_for_the_first(as_priya: Client, running: Programme) -> None:
    press(as_priya, running)
    before = factories.count_rows()
    assert "still waiting" in press(as_priya, running)
    assert factories.count_rows() == before


def test_a_programme_that_is_over_has_no_link(as_priya: Client, priya: User, running: Programme) -> None:
    actions.end_programme(actor=Actor.staff(priya), programme=running, now=clock.now(), reason="Better.")
    before = factories.count_rows()
    assert "This programme is over" in press(as_priya, running)
    assert factories.count_rows() == before


def test_without_an_address_nothing_is_promised(as_priya: Client, running: Programme) -> None:
    Patient.objects.update(email="", reminders_allowed=False)
    before = factories.count_rows()
    assert "no e-mail address" in press(as_priya, running)
    assert factories.count_rows() == before
    page = as_priya.get(reverse("exercises:programme", args=[running.pk])).content.decode()
    assert "Send the link again" not in page


def test_the_first_letter_of_somebody_who_had_no_address(as_priya: Client, running: Programme) -> None:
    OutgoingEmail.objects.all().delete()
    press(as_priya, running)
    assert OutgoingEmail.objects.get().generation == 0


def test_another_clinics_programme_does_not_exist(client: Client, hugo: User, running: Programme) -> None:
    client.force_login(hugo)
    assert client.post(reverse("exercises:programme_resend", args=[running.pk])).status_code == 404
    assert OutgoingEmail.objects.count() == 1


def test_other_methods_are_refused(as_priya: Client, running: Programme) -> None:
    assert as_priya.get(reverse("exercises:programme_resend", args=[running.pk])).status_code == 405
