"""The patient's page: who may see which part of it, what it says, what can be changed from it."""

from datetime import timedelta
from html import unescape

import pytest
from django.test import Client
from django.urls import reverse

from clinic.actors import Actor
from clinic.models import AuditEntry, EmailState, OutgoingEmail
from exercises import actions
from exercises.models import Done, LogEntry, Reminder, ReminderState
from patients import actions as patient_actions
from patients.models import ConsentRecord, Measure, PainScore, Patient, PlanLink, Scope, Side, Status
from tests.factories import NOON, make_exercise, make_finding, make_finding_type, make_programme

CONTACT = {
    "given_name": "Margaret",
    "family_name": "Hale",
    "date_of_birth": "1956-03-14",
    "email": "margaret.hale@patients.example",
    "time_zone": "Europe/London",
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


def signed_in(user) -> Client:
    client = Client()
    client.force_login(user)
    return client


def text(response) -> str:
    """The words of the page, one space between them."""
    return " ".join(unescape(response.content.decode()).split())


def verbs() -> list[str]:
    return list(AuditEntry.objects.order_by("pk").values_list("verb", flat=True))


def log(patient, programme, days_ago: int, *, done: Done | None = None, foot=None, back=None) -> None:
    """As the patient would, on that very day."""
    at = NOON - timedelta(days=days_ago)
    actions.log_day(
        actor=Actor.patient(patient),
        patient=patient,
        entry=actions.DayLog(
            performed_on=at.date(),
            done={item.pk: done for item in programme.items.all()} if done else {},
            pain={Measure.PAIN_FOOT: foot, Measure.PAIN_BACK: back},
        ),
        now=at,
    )


def row(response, day: str) -> str:
    """The words of one day's row."""
    page = text(response)
    start = page.index(f'<th scope="row">{day}')
    cells = page[start : page.index("</tr>", start)]
    for tag in ("<th", "</th", "<td", "</td", "<span", "</span"):
        cells = cells.replace(tag, "|" + tag)
    words = [part.rpartition(">")[2].strip() for part in cells.split("|")]
    return " ".join(word for word in words if word)


# --- what it says ---------------------------------------------------------------------------------------------
def test_it_says_who_it_is(as_priya, url):
    page = text(as_priya.get(url))
    assert "<bdi>Margaret Hale</bdi>" in page
    assert "70 years · born 14 March 1956" in page
    assert "margaret.hale@patients.example" in page
    assert "Europe/London, 12:00 there" in page
    assert "No programme yet." in page
    assert "No active findings recorded." in page
    assert "Last log: none." in page


def test_the_time_is_the_patient_s_own(as_priya, margaret, url):
    Patient.objects.filter(pk=margaret.pk).update(time_zone="Asia/Kathmandu")
    assert "Asia/Kathmandu, 17:45 there" in text(as_priya.get(url))


def test_findings_stand_as_tags_and_in_the_list(as_priya, priya, margaret, url):
    make_finding(priya, margaret)
    spur = make_finding_type("heel_spur", label="Heel spur", needs_imaging=True, position=2)
    make_finding(priya, margaret, spur, Side.RIGHT)
    page = text(as_priya.get(url))
    assert page.count("Plantar fasciitis, left") > 2
    assert "Heel spur, right (no imaging)" in page
    assert "No imaging recorded" in page
    assert "Clinical examination · recorded" in page
    assert "by Priya Nair" in page


def test_a_running_programme_is_linked_with_its_letter(as_priya, url, programme):
    page = text(as_priya.get(url))
    assert reverse("exercises:programme", args=[programme.pk]) in page
    assert "23 Nov 2026 to 20 Dec 2026 · reminder at 18:00" in page
    assert "Toe curls and spreads" in page
    assert "E-mail “your plan is ready”: waiting to be sent" in page


LETTERS = [
    (
        {"state": EmailState.SENT, "sent_at": NOON},
        "E-mail “your plan is ready”: handed to the mail server on 23 Nov 2026, 12:00",
    ),
    (
        {"state": EmailState.FAILED, "reason": "The address was refused."},
        "E-mail “your plan is ready”: could not be sent",
    ),
    ({"state": EmailState.UNCONFIRMED, "doubt": 1}, "may or may not have been sent. Ask the patient."),
    ({"state": EmailState.CANCELLED}, "E-mail “your plan is ready”: not sent, no longer needed"),
]


@pytest.mark.parametrize(("fields", "words"), LETTERS)
def test_what_became_of_the_letter_is_said_in_words(as_priya, url, programme, fields, words):
    OutgoingEmail.objects.filter(letter="plan_ready").update(**fields)
    page = text(as_priya.get(url))
    assert words in page
    assert fields.get("reason", "") in page


def test_of_a_letter_sent_again_the_newest_counts(as_priya, url, programme):
    first = OutgoingEmail.objects.get(letter="plan_ready")
    OutgoingEmail.objects.filter(pk=first.pk).update(state=EmailState.FAILED)
    OutgoingEmail.objects.create(
        clinic=first.clinic,
        letter=first.letter,
        object_id=first.object_id,
        generation=1,
        not_before=NOON,
        expires_at=NOON + timedelta(days=1),
    )
    page = text(as_priya.get(url))
    assert "waiting to be sent" in page
    assert "could not be sent" not in page


def test_without_an_address_no_letter_was_sent(as_priya, priya, margaret, url):
    Patient.objects.filter(pk=margaret.pk).update(email="", reminders_allowed=False)
    margaret.refresh_from_db()
    make_programme(priya, margaret, [make_exercise()])
    page = text(as_priya.get(url))
    assert "No e-mail was sent: there was no address." in page
    assert "allow reminders" not in page


def test_running_programmes_come_first_then_those_to_come(as_priya, priya, margaret, url):
    curls = make_exercise()
    past = make_programme(priya, margaret, [curls], name="Past")
    make_programme(priya, margaret, [curls], name="Later", starts_on=NOON.date() + timedelta(days=9))
    make_programme(priya, margaret, [curls], name="Now", now=NOON - timedelta(days=2))  # assigned first
    actions.end_programme(actor=Actor.staff(priya), programme=past, now=NOON, reason="test")
    lines = as_priya.get(url).context["overview"].programmes
    assert [(line.programme.name, line.running, line.upcoming) for line in lines] == [
        ("Now", True, False),
        ("Later", False, True),
        ("Past", False, False),
    ]


def test_each_day_says_what_was_done_of_what_was_due(as_priya, priya, margaret, url):
    exercises = [make_exercise(), make_exercise("heel-raises-near-wall")]
    programme = make_programme(priya, margaret, exercises, now=NOON - timedelta(days=4))
    log(margaret, programme, 4, done=Done.DONE, foot=6, back=0)
    log(margaret, programme, 3, done=Done.PARTLY)
    log(margaret, programme, 2, done=Done.NOT_DONE, foot=0)
    response = as_priya.get(url)
    assert row(response, "Mon 23 Nov") == "Mon 23 Nov today 0 of 2 done, 2 not logged no score no score"
    assert row(response, "Sun 22 Nov") == "Sun 22 Nov 0 of 2 done, 2 not logged no score no score"
    assert row(response, "Sat 21 Nov") == "Sat 21 Nov 0 of 2 done, 2 not done 0 no score"
    assert row(response, "Fri 20 Nov") == "Fri 20 Nov 0 of 2 done, 2 partly no score no score"
    assert row(response, "Thu 19 Nov") == "Thu 19 Nov 2 of 2 done 6 0"
    assert row(response, "Wed 18 Nov") == "Wed 18 Nov nothing due no score no score"
    assert "2 of 10 exercises done, 2 partly, 2 not done, 4 not logged. Last log: 21 Nov 2026." in text(
        response
    )


@pytest.mark.parametrize(
    ("asked", "shown"), [("", 14), ("?days=14", 14), ("?days=84", 84), ("?days=9999", 14), ("?days=x", 14)]
)
def test_two_or_twelve_weeks(as_priya, url, asked, shown):
    assert len(as_priya.get(url + asked).context["overview"].days.lines) == shown


def test_a_last_log_older_than_the_table_is_still_named(as_priya, priya, margaret, url):
    programme = make_programme(priya, margaret, [make_exercise()], now=NOON - timedelta(days=40), weeks=1)
    log(margaret, programme, 36, done=Done.DONE)
    page = text(as_priya.get(url))
    assert "Nothing was due. Last log: 18 Oct 2026." in page


@pytest.mark.parametrize("closed", ["", "x", "00000000-0000-0000-0000-000000000000"])
def test_a_hand_made_address_is_no_reason_to_refuse(as_priya, url, finding, closed):
    response = as_priya.get(url, {"closed": closed})
    assert response.status_code == 200
    assert "finding-undo" not in text(response)


def test_an_active_finding_has_nothing_to_be_taken_back(as_priya, url, finding):
    assert "finding-undo" not in text(as_priya.get(url, {"closed": str(finding.pk)}))


def test_another_patient_s_closed_finding_is_not_offered(as_priya, priya, url):
    from_elsewhere = make_finding(priya, _other_patient(priya))
    patient_actions.close_finding(actor=Actor.staff(priya), finding=from_elsewhere, status=Status.RESOLVED)
    assert "finding-undo" not in text(as_priya.get(url, {"closed": str(from_elsewhere.pk)}))


def test_the_number_of_queries_does_not_grow(as_priya, priya, margaret, url, django_assert_num_queries):
    # session, user, membership, patient; savepoint, audit entry, release; programmes, items, letters, logs, pain,
    # last log, consent; findings, their types for the form
    expected = 16
    curls = make_exercise()
    make_finding(priya, margaret)
    programme = make_programme(priya, margaret, [curls], now=NOON - timedelta(days=10))
    log(margaret, programme, 10, done=Done.DONE, foot=3)
    with django_assert_num_queries(expected):
        as_priya.get(url)
    for number in range(9):
        make_finding(priya, margaret, make_finding_type(f"type_{number}", position=number))
        make_programme(priya, margaret, [curls], now=NOON - timedelta(days=10))
        log(margaret, programme, 9 - number, done=Done.DONE, foot=number)
    with django_assert_num_queries(expected):
        response = as_priya.get(url)
    assert len(response.context["findings"]) == 10
    assert len(response.context["overview"].programmes) == 10


# --- who sees it ----------------------------------------------------------------------------------------------
def test_reading_leaves_one_entry(as_priya, priya, margaret, url):
    before = len(verbs())
    as_priya.get(url)
    entry = AuditEntry.objects.latest("pk")
    assert len(verbs()) == before + 1
    assert (entry.verb, entry.actor_user, entry.patient_id) == ("record.read", priya, margaret.pk)


def test_practitioners_have_forms_and_owners_read(as_priya, olivia, url, finding):
    mine, owners = text(as_priya.get(url)), text(signed_in(olivia).get(url))
    for words in ("Save finding", "Assign a routine", "Entered in error"):
        assert words in mine
        assert words not in owners
    assert "Plantar fasciitis, left" in owners
    assert "The last 14 days" in owners


def test_assistants_see_contact_and_programmes_but_nothing_clinical(asha, url, finding, programme):
    page = text(signed_in(asha).get(url))
    assert "Article basics" in page
    assert "Edit details" in page
    for words in ("Plantar fasciitis", "Findings", "Foot pain", "Save finding", "Assign a routine"):
        assert words not in page


def test_curators_and_auditors_stay_outside(carlos, audrey, url, edit, switch):
    for user in (carlos, audrey):
        for address in (url, edit):
            assert signed_in(user).get(address).status_code == 403
        assert signed_in(user).post(switch, {"change": "stop"}).status_code == 403


def test_another_clinic_finds_nothing(hugo, margaret, url, edit, switch):
    client, before = signed_in(hugo), verbs()
    assert client.get(url).status_code == 404
    assert client.get(edit).status_code == 404
    assert client.post(edit, CONTACT | {"family_name": "Hacked"}).status_code == 404
    assert client.post(switch, {"change": "stop"}).status_code == 404
    margaret.refresh_from_db()
    assert (margaret.family_name, margaret.reminders_allowed, verbs()) == ("Hale", True, before)


def test_strangers_are_sent_to_sign_in(client, url, edit):
    for address in (url, edit):
        assert client.get(address).headers["Location"] == f"{reverse('account_login')}?next={address}"


def test_wrong_methods(as_priya, url, switch):
    assert as_priya.post(url).status_code == 405
    assert as_priya.get(switch).status_code == 405


# --- reminders ------------------------------------------------------------------------------------------------
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
    assert 'role="alert"' in text(response)
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


def test_saving_what_stands_there_writes_nothing(as_priya, edit):
    response = as_priya.post(edit, CONTACT, follow=True)
    assert "Nothing was changed." in text(response)
    assert not AuditEntry.objects.filter(verb="patient.updated").exists()


def test_another_time_zone_moves_the_reminders(as_priya, edit, programme):
    as_priya.post(edit, CONTACT | {"time_zone": "America/Lima"})
    assert {row.time_zone for row in Reminder.objects.all()} == {"America/Lima"}


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


def test_no_log_and_no_score_are_stored_by_looking(as_priya, url, edit, programme):
    as_priya.get(url)
    as_priya.get(edit)
    assert (LogEntry.objects.count(), PainScore.objects.count()) == (0, 0)


def _other_patient(staff) -> Patient:
    return patient_actions.register_patient(
        actor=Actor.staff(staff),
        now=NOON,
        reminders_allowed=False,
        given_name="Ana",
        family_name="García",
        date_of_birth=NOON.date() - timedelta(days=15_000),
        email="",
        time_zone="Europe/Madrid",
        note="",
    )
