"""Changing a patient's details, and switching their reminders, from their page."""

from datetime import timedelta

import pytest
from django.urls import reverse

from clinic.actors import Actor
from clinic.models import AuditEntry
from exercises.models import Reminder, ReminderState
from patients import actions as patient_actions
from patients.models import ConsentRecord, Patient, PlanLink, Scope
from tests import factories
from tests.factories import NOON
from tests.pages import signed_in, text

CONTACT = {
    "given_name": "Margaret",
    "family_name": "Hale",
    "date_of_birth": "1956-03-14",
    "email": "margaret.hale@patients.example",
    "time_zone": "Europe/London",
    "language": "en-gb",
    "note": "",
}


@pytest.fixture(autouse=True)
def _monday_noon(monkeypatch):
    """The page asks PostgreSQL for the time; here it is Monday, 23 November 2026, 12:00 UTC."""
    monkeypatch.setattr("clinic.clock.now", lambda: NOON)


@pytest.fixture
def url(margaret) -> str:
    return reverse("exercises:patient", args=[margaret.pk])


@pytest.fixture
def edit(margaret) -> str:
    return reverse("exercises:patient_edit", args=[margaret.pk])


@pytest.fixture
def switch(margaret) -> str:
    return reverse("exercises:patient_reminders", args=[margaret.pk])


# --- reminders ------------------------------------------------------------------------------------------------
@pytest.mark.hazard("HZ-06")
def test_stopping_and_allowing_reminders(as_priya, priya, margaret, url, switch, programme):
    assert "Reminders are on" in text(as_priya.get(url))
    planned = Reminder.objects.filter(state=ReminderState.PLANNED).count()
    assert planned == 3  # today, tomorrow and the day after
    response = as_priya.post(switch, {"change": "stop"}, follow=True)
    assert "Reminders are off. Those already planned will not be sent." in text(response)
    assert not Patient.objects.get(pk=margaret.pk).reminders_allowed
    assert not Reminder.objects.filter(state=ReminderState.PLANNED).exists()
    last = ConsentRecord.objects.first()
    assert (last.change, last.channel, last.recorded_by) == ("withdrawn", "clinic", priya)
    assert AuditEntry.objects.filter(verb="reminders.withdrawn", actor_user=priya).count() == 1
    as_priya.post(switch, {"change": "allow"})
    assert Patient.objects.get(pk=margaret.pk).reminders_allowed
    assert AuditEntry.objects.filter(verb="reminders.given", actor_user=priya).count() == 1


def test_stopping_twice_writes_once(as_priya, switch):
    for _press in range(2):
        assert as_priya.post(switch, {"change": "stop"}).status_code == 302
    assert ConsentRecord.objects.filter(change="withdrawn").count() == 1


@pytest.mark.parametrize("typed", [{}, {"change": "never"}])
def test_an_unknown_change_changes_nothing(as_priya, margaret, switch, typed):
    response = as_priya.post(switch, typed)
    assert response.status_code == 422
    assert text(response).count('<p class="note bad" role="alert">') == 1  # said once, above the page
    assert (Patient.objects.get().reminders_allowed, ConsentRecord.objects.count()) == (True, 1)


def test_reminders_without_an_address_are_refused(as_priya, margaret, switch):
    Patient.objects.filter(pk=margaret.pk).update(email="", reminders_allowed=False)
    response = as_priya.post(switch, {"change": "allow"})
    assert response.status_code == 422
    assert "Reminders need an e-mail address." in text(response)
    assert not Patient.objects.get().reminders_allowed


def test_assistants_may_switch_reminders(asha, margaret, switch):
    assert signed_in(asha).post(switch, {"change": "stop"}).status_code == 302
    assert not Patient.objects.get().reminders_allowed


# --- contact details ------------------------------------------------------------------------------------------
def test_the_form_shows_what_is_stored(as_priya, edit):
    page = text(as_priya.get(edit))
    assert 'value="1956-03-14"' in page
    assert 'value="margaret.hale@patients.example"' in page
    assert "reminders_allowed" not in page  # consent has a button of its own


def test_saving_details(as_priya, priya, margaret, edit, url):
    response = as_priya.post(edit, CONTACT | {"family_name": "Hale-Brown", "note": "Hard of hearing."})
    assert response.headers["Location"] == url
    margaret.refresh_from_db()
    assert (margaret.full_name, margaret.note) == ("Margaret Hale-Brown", "Hard of hearing.")
    entry = AuditEntry.objects.get(verb="patient.updated")
    assert (entry.actor_user, entry.changes) == (priya, {"fields": ["family_name", "note"]})


@pytest.mark.hazard("HZ-26")
def test_what_the_patient_or_a_colleague_changed_meanwhile_is_not_written_over(
    as_priya, asha, margaret, edit, url
):
    """The patient gives a new address and moves to Auckland while Priya's page is open."""
    page = text(as_priya.get(edit))
    seen = page.partition('name="seen" value="')[2].partition('"')[0]
    mine = CONTACT | {"seen": seen, "note": "Call after six."}
    Patient.objects.filter(pk=margaret.pk).update(
        email="new.hale@patients.example", time_zone="Pacific/Auckland", note="Ring twice."
    )
    before = factories.count_rows()
    answer = as_priya.post(edit, mine)
    assert answer.status_code == 422
    assert "Changed there: e-mail address, time zone, how to reach the patient." in text(answer)
    assert "Call after six." in text(answer)
    assert f'name="seen" value="{seen}"' in text(answer)
    assert factories.count_rows() == before
    margaret.refresh_from_db()
    assert (margaret.email, margaret.time_zone, margaret.note) == (
        "new.hale@patients.example",
        "Pacific/Auckland",
        "Ring twice.",
    )
    fresh = text(signed_in(asha).get(edit)).partition('name="seen" value="')[2].partition('"')[0]
    theirs = mine | {"seen": fresh, "email": margaret.email, "time_zone": margaret.time_zone}
    for _press in range(2):  # pressed twice: the second press finds what the first one wrote
        assert signed_in(asha).post(edit, theirs).headers["Location"] == url
    margaret.refresh_from_db()
    assert (margaret.email, margaret.note) == ("new.hale@patients.example", "Call after six.")


def test_saving_what_stands_there_writes_nothing(as_priya, edit):
    response = as_priya.post(edit, CONTACT, follow=True)
    assert "Nothing was changed." in text(response)
    assert not AuditEntry.objects.filter(verb="patient.updated").exists()


@pytest.mark.hazard("HZ-08")
def test_another_time_zone_moves_the_reminders(as_priya, edit, programme):
    as_priya.post(edit, CONTACT | {"time_zone": "America/Lima"})
    assert {row.time_zone for row in Reminder.objects.all()} == {"America/Lima"}


@pytest.mark.hazard("HZ-06", "HZ-30")
def test_another_address_ends_open_links(as_priya, margaret, edit):
    link, _secret = patient_actions.issue_link(
        actor=Actor.system("test"), patient=margaret, expires_at=NOON + timedelta(days=1)
    )
    as_priya.post(edit, CONTACT | {"email": "m.hale@patients.example"})
    assert PlanLink.objects.get(scope=Scope.TODAY, pk=link.pk).revoked_at == NOON


WRONG = [
    ({"given_name": ""}, "given_name"),
    ({"family_name": "x" * 10_240}, "family_name"),
    ({"family_name": "Ha\x07le"}, "family_name"),
    ({"date_of_birth": "1956-02-30"}, "date_of_birth"),
    ({"date_of_birth": "2956-02-28"}, "date_of_birth"),
    ({"time_zone": "Mars/Olympus"}, "time_zone"),
    ({"email": "nowhere"}, "email"),
    ({"email": ""}, "email"),  # she agreed to reminders
]


@pytest.mark.parametrize(("typed", "field"), WRONG)
def test_bad_details_are_explained_and_nothing_is_written(as_priya, margaret, edit, typed, field):
    response = as_priya.post(edit, CONTACT | {"note": "changed"} | typed)
    assert response.status_code == 422
    assert set(response.context["form"].errors) == {field}
    assert f'href="#id_{field}"' in text(response)
    assert "<bdi>Margaret Hale</bdi>" in text(response)  # the heading names who it is, not what was typed
    assert Patient.objects.get(pk=margaret.pk).note == ""
    assert not AuditEntry.objects.filter(verb="patient.updated").exists()


def test_assistants_may_edit_details(asha, edit):
    assert signed_in(asha).post(edit, CONTACT | {"note": "Rings first."}).status_code == 302
    assert Patient.objects.get().note == "Rings first."


# --- who ------------------------------------------------------------------------------------------------------
def test_curators_and_auditors_stay_outside(carlos, audrey, edit, switch):
    for user in (carlos, audrey):
        assert signed_in(user).get(edit).status_code == 403
        assert signed_in(user).post(switch, {"change": "stop"}).status_code == 403


def test_another_clinic_finds_nothing(hugo, margaret, edit, switch):
    client, before = signed_in(hugo), AuditEntry.objects.count()
    assert client.get(edit).status_code == 404
    assert client.post(edit, CONTACT | {"family_name": "Hacked"}).status_code == 404
    assert client.post(switch, {"change": "stop"}).status_code == 404
    margaret.refresh_from_db()
    assert (margaret.family_name, margaret.reminders_allowed) == ("Hale", True)
    assert AuditEntry.objects.count() == before


def test_strangers_are_sent_to_sign_in(client, edit, switch):
    assert client.get(edit).headers["Location"] == f"{reverse('account_login')}?next={edit}"
    assert client.post(switch).headers["Location"].startswith(reverse("account_login"))


def test_switching_takes_a_post(as_priya, switch):
    assert as_priya.get(switch).status_code == 405


@pytest.mark.parametrize(
    ("name", "page"), [("exercises:patient_edit", "contact"), ("exercises:assign", "assign")]
)
def test_looking_at_a_form_with_the_patients_details_is_noted(as_priya, priya, margaret, name, page):
    as_priya.get(reverse(name, args=[margaret.pk]))
    entry = AuditEntry.objects.get(verb="record.read")
    assert (entry.patient_id, entry.actor_user, entry.changes) == (margaret.pk, priya, {"page": page})
