"""The patient's page: who may see which part of it, what it says, what can be changed from it."""

from datetime import timedelta

import pytest
from django.urls import reverse

from clinic.actors import Actor
from clinic.models import AuditEntry, EmailState, OutgoingEmail
from exercises import actions
from exercises.models import Done, LogEntry
from patients import actions as patient_actions
from patients.models import PainScore, Patient, RaisedFlag, Side, Status
from tests.exercises.record_world import log, make_everything, make_referral
from tests.factories import (
    NOON,
    make_check,
    make_exercise,
    make_finding,
    make_finding_type,
    make_programme,
)
from tests.pages import signed_in, text


@pytest.fixture(autouse=True)
def _monday_noon(monkeypatch):
    """The page asks PostgreSQL for the time; here it is Monday, 23 November 2026, 12:00 UTC."""
    monkeypatch.setattr("clinic.clock.now", lambda: NOON)


@pytest.fixture
def url(margaret) -> str:
    return reverse("exercises:patient", args=[margaret.pk])


def verbs() -> list[str]:
    return list(AuditEntry.objects.order_by("pk").values_list("verb", flat=True))


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


@pytest.mark.hazard("HZ-02", "HZ-21")
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
        "E-mail “your plan is ready”: sent on 23 Nov 2026, 12:00",
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


@pytest.mark.hazard("HZ-09", "HZ-23")
def test_what_happened_since_the_last_visit_stands_in_three_lines_with_the_way_to_the_rest(
    as_priya, priya, margaret, url
):
    exercises = [make_exercise(), make_exercise("heel-raises-near-wall")]
    programme = make_programme(priya, margaret, exercises, now=NOON - timedelta(days=4))
    log(margaret, programme, 4, done=Done.DONE, foot=6, back=0)
    log(margaret, programme, 3, done=Done.PARTLY)
    log(margaret, programme, 2, done=Done.NOT_DONE, foot=0)
    make_referral(priya, margaret)
    entry = actions.DayLog(performed_on=NOON.date(), note="Back from holiday.")
    actions.log_day(actor=Actor.patient(margaret), patient=margaret, entry=entry, now=NOON)
    page = text(as_priya.get(url))
    assert (
        "<p>No visit is on record, so the last 4 weeks, from 27 Oct 2026: "
        "2 of 10 exercises done, 2 partly, 2 not done, 4 not logged.</p>"
        "<p>Foot pain: 6 on 19 Nov and 0 on 21 Nov, 2 answers. Lower back pain: 0 on 19 Nov, one answer. "
        "Last log: 21 Nov 2026.</p><p>Notes by the patient: 1. Referrals waiting: 1.</p>"
    ) in page
    assert f'<a class="push" href="{url}visit/">Before the visit</a>' in page
    assert '<th scope="row">' not in page


def test_a_last_log_older_than_the_table_is_still_named(as_priya, priya, margaret, url):
    programme = make_programme(priya, margaret, [make_exercise()], now=NOON - timedelta(days=40), weeks=1)
    log(margaret, programme, 36, done=Done.DONE)
    page = text(as_priya.get(url))
    assert "nothing was due.</p><p>No pain score in this time. Last log: 18 Oct 2026.</p>" in page


@pytest.mark.parametrize("closed", ["", "x", "00000000-0000-0000-0000-000000000000"])
def test_a_hand_made_address_is_no_reason_to_refuse(as_priya, url, finding, closed):
    response = as_priya.get(url, {"closed": closed})
    assert response.status_code == 200
    assert "finding-undo" not in text(response)


def test_an_active_finding_has_nothing_to_be_taken_back(as_priya, url, finding):
    assert "finding-undo" not in text(as_priya.get(url, {"closed": str(finding.pk)}))


def test_another_patient_s_closed_finding_is_not_offered(as_priya, priya, url):
    from_elsewhere = make_finding(priya, _other_patient(priya))
    patient_actions.close_finding(
        actor=Actor.staff(priya), finding=from_elsewhere, status=Status.RESOLVED, now=NOON
    )
    assert "finding-undo" not in text(as_priya.get(url, {"closed": str(from_elsewhere.pk)}))


@pytest.mark.slow
def test_the_number_of_queries_does_not_grow(as_priya, priya, margaret, url, django_assert_num_queries):
    # session, user with membership, patient; savepoint, audit entry, release; findings, cautions, warning signs; types
    # for the form; programmes, items, pauses; the rest; beside PostgreSQL's clock, which stands still here
    expected = 14
    curls = make_exercise()
    found = make_finding(priya, margaret)
    make_check(priya, margaret, "fall_risk")
    programme = make_programme(priya, margaret, [curls], now=NOON - timedelta(days=10))
    log(margaret, programme, 10, done=Done.DONE, foot=3)
    make_everything(priya, margaret, found, 0)
    with django_assert_num_queries(expected):
        as_priya.get(url)
    decided = {"decision": "may_start", "decision_note": "Seen.", "decided_by": priya, "decided_at": NOON}
    for number in range(1, 10):
        RaisedFlag.objects.update(**decided)  # else no programme could be assigned
        make_finding(priya, margaret, make_finding_type(f"type_{number}", position=number))
        make_programme(priya, margaret, [curls], now=NOON - timedelta(days=10))
        log(margaret, programme, 10 - number, done=Done.DONE, foot=number)
        make_everything(priya, margaret, found, number)
    RaisedFlag.objects.update(decision="", decision_note="", decided_by=None, decided_at=None)
    with django_assert_num_queries(expected):
        response = as_priya.get(url)
    assert len(response.context["findings"]) == 10
    assert len(response.context["overview"].programmes) == 10
    assert "Referrals waiting: 10." in text(response)


# --- who sees it ----------------------------------------------------------------------------------------------
@pytest.mark.hazard("HZ-31")
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
    assert "No visit is on record" in owners


def test_assistants_see_contact_and_programmes_but_nothing_clinical(asha, url, finding, programme):
    page = text(signed_in(asha).get(url))
    assert "Article basics" in page
    assert "Edit details" in page
    for words in ("Plantar fasciitis", "Findings", "Foot pain", "Save finding", "Assign a routine", "visit"):
        assert words not in page


def test_curators_and_auditors_stay_outside(carlos, audrey, url):
    for user in (carlos, audrey):
        assert signed_in(user).get(url).status_code == 403


@pytest.mark.hazard("HZ-31")
def test_another_clinic_finds_nothing(hugo, url):
    client, before = signed_in(hugo), verbs()
    assert client.get(url).status_code == 404
    assert verbs() == before


def test_strangers_are_sent_to_sign_in(client, url):
    assert client.get(url).headers["Location"] == f"{reverse('account_login')}?next={url}"


def test_the_page_takes_no_post(as_priya, url):
    assert as_priya.post(url).status_code == 405


def test_no_log_and_no_score_are_stored_by_looking(as_priya, url, programme):
    as_priya.get(url)
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
