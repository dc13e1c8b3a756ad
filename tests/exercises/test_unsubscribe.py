"""/u/<token>/: stopping reminders from the e-mail, by hand or with the mail program's own button."""

import pytest
from django.test import Client

from clinic.models import AuditEntry
from exercises.models import Reminder, ReminderState
from patients.models import ConsentRecord, Patient
from tests import factories

ONE_CLICK = {"List-Unsubscribe": "One-Click"}


@pytest.fixture
def address(margaret: Patient) -> str:
    return f"/u/{factories.stop_token(margaret)}/"


@pytest.fixture
def strict() -> Client:
    """A mail provider's machine: no cookies, no CSRF token."""
    return Client(enforce_csrf_checks=True)


def is_allowed(patient: Patient) -> bool:
    return Patient.objects.get(pk=patient.pk).reminders_allowed


class TestAsking:
    def test_changes_nothing(self, client, address, margaret, programme):
        before = factories.count_rows()
        responses = [client.get(address), client.get(address), client.head(address)]
        assert {response.status_code for response in responses} == {200}
        assert "Stop reminder e-mails?" in responses[0].content.decode()
        assert is_allowed(margaret)
        assert factories.count_rows() == before
        assert all(not response.cookies for response in responses)

    def test_does_not_ask_again_when_they_are_stopped(self, client, address):
        client.post(address)
        before = factories.count_rows()
        page = client.get(address).content.decode()
        assert "Reminders are stopped" in page
        assert "Stop reminder e-mails?" not in page
        assert factories.count_rows() == before

    def test_a_closed_page_says_how_to_stop_e_mails(self, client, db):
        assert "To stop e-mails, call your clinic." in client.get("/u/no-such-token/").content.decode()

    @pytest.mark.hazard("HZ-30")
    def test_tells_nothing_of_the_person(self, client, address):
        page = client.get(address).content.decode()
        assert "Margaret" not in page
        assert "Hale" not in page
        assert "patients.example" not in page

    def test_is_kept_by_nobody(self, client, address):
        assert client.get(address)["Cache-Control"] == "no-store"


class TestStopping:
    @pytest.mark.hazard("HZ-06")
    @pytest.mark.parametrize(("body", "channel"), [({}, "mail_link"), (ONE_CLICK, "one_click")])
    def test_stops_at_once_without_cookies(self, strict, address, margaret, programme, body, channel):
        response = strict.post(address, body)
        assert response.status_code == 200
        assert "Reminders are stopped" in response.content.decode()
        assert not is_allowed(margaret)
        record = ConsentRecord.objects.get(change="withdrawn")
        assert (record.channel, record.patient) == (channel, margaret)
        assert set(Reminder.objects.values_list("state", flat=True)) == {ReminderState.CANCELLED}
        entry = AuditEntry.objects.get(verb="reminders.withdrawn")
        assert (entry.actor_kind, entry.patient_id) == ("patient", margaret.pk)

    def test_a_second_time_answers_the_same_and_writes_nothing(self, strict, address, margaret, programme):
        first = strict.post(address, ONE_CLICK)
        before = factories.count_rows()
        second = strict.post(address, ONE_CLICK)
        assert (second.status_code, second.content) == (200, first.content)
        assert factories.count_rows() == before

    def test_leaves_the_plan_open(self, client, address, margaret, programme):
        client.post("/t/open/", {"link": factories.make_link(margaret)})
        client.post(address)
        assert client.get("/today/").status_code == 200

    def test_works_without_a_programme(self, strict, address, margaret):
        assert strict.post(address).status_code == 200
        assert not is_allowed(margaret)


class TestRefusing:
    @pytest.mark.parametrize("method", ["get", "post"])
    @pytest.mark.check(30)
    def test_every_wrong_token_is_the_same_closed_page(self, client, margaret, heinrich, programme, method):
        good = factories.stop_token(margaret)
        swapped = f"{heinrich.pk.hex}.{good.partition('.')[2]}"
        secret = factories.make_link(margaret)
        wrong = [
            "x",
            good[:-1],
            good + "A",
            swapped,
            str(margaret.pk),
            margaret.pk.hex,
            secret,
            "x" * 10_000,
            "%00%1b",
        ]
        before = factories.count_rows()
        responses = [getattr(client, method)(f"/u/{token}/") for token in wrong]
        assert {response.status_code for response in responses} == {404}
        assert len({response.content for response in responses}) == 1
        assert factories.count_rows() == before
        assert is_allowed(margaret)

    def test_the_token_opens_no_plan(self, client, margaret):
        assert client.post("/t/open/", {"link": factories.stop_token(margaret)}).status_code == 404

    def test_wrong_method(self, client, address, margaret):
        assert client.put(address).status_code == 405
        assert is_allowed(margaret)
