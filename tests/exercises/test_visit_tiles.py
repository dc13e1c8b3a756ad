"""Before the visit: measures, hours worn, notes, safety and reminders beside the weeks."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from clinic import mail
from clinic.actors import Actor
from clinic.models import EmailState, OutgoingEmail, User
from exercises import actions
from exercises.models import Done, Programme
from patients import actions as patient_actions
from patients.models import (
    ConsentChannel,
    ConsentRecord,
    Finding,
    Patient,
    RecordStatus,
)
from tests.exercises.record_world import (
    ago,
    make_activities,
    make_change,
    make_evaluation,
    make_referral,
    make_screening,
    make_support,
    make_wear,
)
from tests.exercises.visit_world import say, section, words
from tests.factories import (
    NOON,
    make_exercise,
    make_programme,
)
from tests.pages import text

MINUS = "\N{MINUS SIGN}"


@pytest.fixture(autouse=True)
def _monday_noon(monkeypatch: pytest.MonkeyPatch) -> None:
    """Monday, 23 November 2026, 12:00 UTC."""
    monkeypatch.setattr("clinic.clock.now", lambda: NOON)


@pytest.fixture
def url(margaret: Patient) -> str:
    return reverse("exercises:visit", args=[margaret.pk])


@pytest.fixture
def two(priya: User, margaret: Patient) -> Programme:
    """Two exercises a day since Thursday, 12 November."""
    exercises = [make_exercise(), make_exercise("heel-raises-near-wall")]
    return make_programme(priya, margaret, exercises, now=NOON - timedelta(days=11))


# --- measures, wear, notes, safety, reminders ---------------------------------------------------------------------
@pytest.mark.hazard("HZ-22")
def test_a_total_needs_all_six_items_and_stands_beside_its_band_and_the_one_before(
    as_priya: Client, priya: User, margaret: Patient, url: str
) -> None:
    make_evaluation(priya, margaret, 40, left=[-1] * 6, right=[0] * 6)
    make_evaluation(priya, margaret, 9, left=[1, 1, 1, 1, 2, 1], right=[2, 2, 2, 2, 2, None])
    said = section(as_priya.get(url), "measures")
    assert f"FPI-6, left +7 pronated 14 Nov · before: {MINUS}6 highly supinated, 14 Oct" in said
    assert "FPI-6, right 0 neutral 14 Oct" in said


@pytest.mark.hazard("HZ-23")
def test_activities_and_change_are_arithmetic_marked_by_the_published_figure(
    as_priya: Client, margaret: Patient, url: str
) -> None:
    make_activities(margaret, 30, 1, 1)
    make_activities(margaret, 2, 6, 2)
    make_change(margaret, 30, 4)
    make_change(margaret, 2, -3)
    make_change(margaret, 1, 5, status=RecordStatus.ENTERED_IN_ERROR)
    said = section(as_priya.get(url), "measures")
    assert "“Walking 1” 6 of 10 21 Nov · 1 → 6 since 24 Oct Important change: 3 or more" in said
    assert "“Walking 2” 2 of 10 21 Nov · 1 → 2 since 24 Oct Mean" in said
    assert "Mean of the activities 4 of 10 21 Nov · 1 → 4 since 24 Oct Important change: 2 or more" in said
    assert f"Overall change, {MINUS}5 to +5 {MINUS}3 21 Nov Important change: 2.5 or more" in said


@pytest.mark.hazard("HZ-23")
def test_a_mean_needs_a_score_of_every_activity(as_priya: Client, margaret: Patient, url: str) -> None:
    make_activities(margaret, 30, 1, 1, 1)
    make_activities(margaret, 2, 6, 0)
    said = section(as_priya.get(url), "measures")
    assert "“Walking 2” 0 of 10 21 Nov" in said
    assert "“Walking 3” 1 of 10 24 Oct" in said
    assert "Mean of the activities 1 of 10 24 Oct" in said


def test_nothing_measured_is_said_to_be_nothing(as_priya: Client, url: str) -> None:
    response = as_priya.get(url)
    assert section(response, "measures") == "Measures Nothing measured yet."
    assert section(response, "worn") == "Hours worn No foot support in use."
    assert section(response, "wrote") == "The patient wrote No note in this time."
    assert section(response, "pain").count("No pain score in this time.") == 1
    assert '<svg class="timeline"' not in text(response)


@pytest.mark.hazard("HZ-23")
def test_hours_worn_stand_against_the_hours_advised(
    as_priya: Client, priya: User, url: str, finding: Finding
) -> None:
    worn = make_support(
        priya, finding, hours_per_day=8, recommended_at=NOON - timedelta(days=9), review_on=ago(-20)
    )
    make_wear(worn, 5, 8)
    make_wear(worn, 2, 0)
    make_support(priya, finding, kind="night_splint", side="bilateral")
    make_support(priya, finding, kind="toe_spacer", status="ended")
    said = section(as_priya.get(url), "worn")
    assert "Heel cup, left 4 h a day on 2 of 10 days answered, 8 h advised review 13 Dec" in said
    assert "Night splint, both no answer on" in said
    assert "Toe spacer" not in said


def test_notes_of_the_time_come_the_newest_first(
    as_priya: Client, margaret: Patient, url: str, two: Programme
) -> None:
    say(margaret, two, 10, done=Done.DONE, note="Too <hot>.")
    say(margaret, two, 2, done=Done.DONE, note="Walked to the market.")
    said = as_priya.get(url + "?span=2")
    assert "21 Nov “Walked to the market.” 13 Nov “Too &lt;hot&gt;.”" in words(said.content.decode())


def test_safety_says_cautions_signs_and_referrals(
    as_priya: Client, priya: User, margaret: Patient, url: str
) -> None:
    make_screening(priya, margaret, "tendon_snap", region="foot")
    make_screening(priya, margaret, region="back")
    make_referral(priya, margaret, recipient="Riverside Imaging")
    make_referral(priya, margaret, kind="doctor", status="cancelled")
    response = as_priya.get(url)
    said = section(response, "safety")
    assert said.startswith("Safety Keeps a programme from being sent. ")
    assert "Cautions: none of those asked. Back: no sign, 23 Nov Foot: 1 sign, 23 Nov" in said
    assert said.endswith("Imaging, Riverside Imaging: waiting since 18 Nov")
    assert "Check: a warning sign keeps a programme from being sent" in section(response, "flags")


@pytest.mark.parametrize(
    ("state", "said"),
    [
        ("on", "Reminders are on, agreed on 23 Nov 2026 (told the clinic)."),
        ("stopped", "Reminders were stopped on 23 Nov 2026 (link in an e-mail)."),
        ("no address", "There is no e-mail address."),
        ("doubted", "Somebody who opened an e-mail said “not for me” on 23 Nov 2026: none is sent."),
        ("failed", "The newest e-mail, of 12 Nov 2026: refused."),
        ("message", "The newest e-mail, of 23 Nov 2026: refused."),
        ("change", "The newest e-mail, of 23 Nov 2026: refused."),
    ],
)
def test_whether_e_mail_arrives(
    as_priya: Client, priya: User, margaret: Patient, url: str, two: Programme, state: str, said: str
) -> None:
    if state == "stopped":
        actions.stop_reminders(
            actor=Actor.patient(margaret), patient=margaret, channel=ConsentChannel.MAIL_LINK
        )
        ConsentRecord.objects.update(recorded_at=NOON)
    elif state == "no address":
        Patient.objects.update(email="", reminders_allowed=False)
    elif state == "doubted":
        Patient.objects.update(email_doubted_at=NOON)
    elif state == "failed":
        OutgoingEmail.objects.update(state=EmailState.FAILED)
    elif state in {"message", "change"}:
        letter, about = "plan_changed", two.pk
        if state == "message":
            entry = patient_actions.MessageEntry(text="Come in on Monday.")
            letter = "message_waiting"
            about = patient_actions.send_message(
                actor=Actor.staff(priya), patient=margaret, entry=entry, now=NOON
            ).pk
            OutgoingEmail.objects.filter(letter=letter).delete()
        until = NOON + timedelta(days=7)
        mail.post(letter, about, clinic_id=margaret.clinic_id, not_before=NOON, expires_at=until)
        OutgoingEmail.objects.filter(letter=letter).update(state=EmailState.FAILED)
    else:
        ConsentRecord.objects.update(recorded_at=NOON)
    assert said in section(as_priya.get(url), "reach")
