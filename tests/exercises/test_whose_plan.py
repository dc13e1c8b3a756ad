"""One browser, two plans: what a form says goes to the plan that it stood on, or nowhere; and what a wrong address opened."""

import json
from datetime import timedelta
from uuid import uuid4

import pytest
from django.test import Client

from clinic.actors import Actor
from clinic.models import User
from exercises import actions
from exercises.models import CalendarFeed, Exercise, LogEntry, Programme
from patients import actions as patient_actions
from patients.models import Carer, CarerState, Device, Patient, PlanLink, RaisedFlag, SignReport
from patients.offline_copy import copy_key
from tests import factories
from tests.exercises.wishes_world import make_carer
from tests.factories import NOON, TODAY, count_rows
from tests.pages import text


@pytest.fixture(autouse=True)
def _monday_noon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("clinic.clock.now", lambda: NOON)


@pytest.fixture
def programme(priya: User, margaret: Patient, toe_curls: Exercise) -> Programme:
    return factories.make_programme(priya, margaret, [toe_curls])


@pytest.fixture
def phone(client: Client, margaret: Patient, programme: Programme) -> Client:
    factories.open_device(client, margaret, now=NOON)
    return client


@pytest.mark.hazard("HZ-01", "HZ-30")
@pytest.mark.parametrize("address", ["/today/log/", "/today/signs/", "/today/reminders/"])
def test_a_form_of_another_plan_is_stored_nowhere(phone: Client, address: str) -> None:
    before = count_rows()
    said = {"performed_on": TODAY.isoformat(), "pain_foot_24h": "7", "sign": "calf_chest", "do": "stop"}
    answer = phone.post(address, said | {"whose": copy_key(uuid4())})
    assert answer.status_code == 409
    assert "Another person’s plan was opened in this browser meanwhile." in text(answer)
    assert count_rows() == before


@pytest.mark.hazard("HZ-01")
@pytest.mark.parametrize("address", ["/today/", "/today/guide/", "/today/signs/", "/today/reminders/"])
def test_each_form_says_whose_page_it_stands_on(phone: Client, margaret: Patient, address: str) -> None:
    assert f'name="whose" value="{copy_key(margaret.pk)}"' in phone.get(address).content.decode()


def test_what_was_said_of_a_closed_day_is_not_put_into_todays_form(
    phone: Client, programme: Programme
) -> None:
    item = programme.items.get().pk
    said = {"item": str(item), f"done-{item}": "done", "pain_foot_24h": "7"}
    closed = (TODAY - timedelta(days=8)).isoformat()
    answer = phone.post("/today/log/", said | {"performed_on": closed})
    assert answer.status_code == 422
    assert "This day can no longer be changed here." in text(answer)
    assert " checked" not in answer.content.decode()
    assert not LogEntry.objects.exists()


class TestWrongAddress:
    @pytest.fixture
    def opened(self, margaret: Patient, programme: Programme) -> Carer:
        """Whoever read the address named a carer and made a calendar's address."""
        actions.make_feed(actor=Actor.patient(margaret), patient=margaret, now=NOON)
        return make_carer(margaret)

    def closed(self, carer: Carer) -> bool:
        carer.refresh_from_db()
        return carer.state == CarerState.STOPPED and not CalendarFeed.objects.filter(revoked_at=None).exists()

    @pytest.mark.hazard("HZ-30")
    def test_not_for_me_ends_what_was_opened_from_there(self, margaret: Patient, opened: Carer) -> None:
        actions.doubt_address(actor=Actor.patient(margaret), patient=margaret, now=NOON)
        assert self.closed(opened)

    @pytest.mark.hazard("HZ-30")
    def test_so_does_another_address(self, priya: User, margaret: Patient, opened: Carer) -> None:
        fields = {
            name: getattr(margaret, name)
            for name in ("given_name", "family_name", "date_of_birth", "time_zone", "note")
        }
        actions.change_contact(
            actor=Actor.staff(priya), patient=margaret, now=NOON, email="new@patients.example", **fields
        )
        assert self.closed(opened)

    def test_a_carer_of_the_clinic_stays(self, priya: User, margaret: Patient, opened: Carer) -> None:
        Carer.objects.update(added_by=priya)
        actions.doubt_address(actor=Actor.patient(margaret), patient=margaret, now=NOON)
        opened.refresh_from_db()
        assert opened.state == CarerState.AGREED

    def test_not_for_me_from_a_carers_copy_stops_the_copies_alone(
        self, client: Client, margaret: Patient, opened: Carer
    ) -> None:
        factories.open_plan(client, margaret)
        PlanLink.objects.update(carer=opened)
        assert client.post("/today/not-for-me/").status_code == 200
        opened.refresh_from_db()
        margaret.refresh_from_db()
        assert (opened.state, margaret.email_doubted_at) == (CarerState.STOPPED, None)


def test_another_code_ends_what_a_closed_one_had_opened(
    priya: User, margaret: Patient, programme: Programme, client: Client
) -> None:
    staff = Actor.staff(priya)
    actions.issue_code(actor=staff, patient=margaret, now=NOON)
    factories.open_device(client, margaret, now=NOON)
    actions.make_feed(actor=Actor.patient(margaret), patient=margaret, now=NOON)
    patient_actions.revoke_code(actor=staff, patient=margaret, now=NOON, reason="Lost.")
    assert Device.objects.filter(revoked_at=None).count() == 1
    actions.issue_code(actor=staff, patient=margaret, now=NOON)
    assert not Device.objects.filter(revoked_at=None).exists()
    assert not CalendarFeed.objects.filter(revoked_at=None).exists()


@pytest.mark.hazard("HZ-25")
def test_a_faulty_report_of_signs_keeps_its_ticks_and_is_not_called_sent(phone: Client) -> None:
    form = "sign=calf_chest&note=%01"
    sent = json.dumps({"form": form, "made_at": NOON.isoformat()})
    answer = phone.put(f"/today/sign-reports/{uuid4()}/", sent, content_type="application/json")
    assert answer.status_code == 422
    assert RaisedFlag.objects.get().key == "calf_chest"


@pytest.mark.parametrize("made_at", ["0001-01-01T00:00:00+14:00", "1999-12-31T23:59:59+00:00"])
def test_a_clock_that_no_browser_has_is_refused(phone: Client, made_at: str) -> None:
    sent = json.dumps({"form": "sign=calf_chest", "made_at": made_at})
    answer = phone.put(f"/today/sign-reports/{uuid4()}/", sent, content_type="application/json")
    assert answer.status_code == 400
    assert not SignReport.objects.exists()


@pytest.mark.hazard("HZ-37")
def test_closing_a_link_leaves_what_another_patients_device_has_not_sent(
    phone: Client, priya: User, toe_curls: Exercise
) -> None:
    tom = factories.make_patient(priya, "Tom", "Reed")
    factories.make_programme(priya, tom, [toe_curls])
    factories.open_plan(phone, tom)
    assert "Clear-Site-Data" not in phone.post("/today/leave/").headers
    assert "Clear-Site-Data" in phone.post("/today/leave/").headers  # now it is the device's own plan
