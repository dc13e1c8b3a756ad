"""A reminder sent again: on its day, within the hours that the patient chose; and what was sent again, taken back."""

from datetime import UTC, datetime, time, timedelta

import pytest
from django.test import Client
from django.urls import reverse

from clinic import clock
from clinic.actors import Actor
from clinic.errors import Refused
from clinic.models import AuditEntry, OutgoingEmail, User
from exercises import actions, emails, reminders
from exercises.models import Programme, Reminder
from patients.models import ConsentChannel, Patient
from tests import factories
from tests.exercises.outgoing_world import EVENING, due_reminder, plan_letter, press, put, refused
from tests.exercises.wishes_world import choose
from tests.moments import NOON
from tests.staff_factories import make_invitation

NIGHT = datetime(2026, 11, 23, 22, 30, tzinfo=UTC)


# --- reminders --------------------------------------------------------------------------------------------------
def test_a_reminder_goes_out_again_on_its_day(priya: User, programme: Programme) -> None:
    reminder, failed = due_reminder(programme)
    pressed = EVENING + timedelta(minutes=30)
    sent = press(priya, failed, pressed).email
    reminder.refresh_from_db()
    assert (reminder.email, reminder.state, reminder.local_time) == (sent, "posted", time(18, 31))
    assert sent.expires_at == reminder.expires_at == datetime(2026, 11, 23, 20, 55, tzinfo=UTC)
    assert emails.exercise_reminder(sent.object_id, sent.not_before)


def test_hours_after_it_was_due_it_is_not_too_late_for_itself(priya: User, programme: Programme) -> None:
    Reminder.objects.filter(local_date=NOON.date()).update(
        local_time=time(8), due_at=datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
    )
    _reminder, failed = due_reminder(programme)
    sent = press(priya, failed, datetime(2026, 11, 23, 16, 0, tzinfo=UTC)).email
    assert emails.exercise_reminder(sent.object_id, sent.not_before)


@pytest.mark.hazard("HZ-22")
def test_at_night_it_does_not_leave_and_the_next_one_is_named(priya: User, programme: Programme) -> None:
    _reminder, failed = due_reminder(programme)
    words = refused(priya, failed, "night", NIGHT)
    assert words == (
        "No reminder leaves at this hour of the patient’s day, and tomorrow it would speak of another. "
        "The next one leaves by itself on Tue 24 Nov, 18:00, the patient’s time."
    )


def test_not_for_a_day_that_is_over(priya: User, programme: Programme) -> None:
    _reminder, failed = due_reminder(programme)
    words = refused(priya, failed, "night", NOON + timedelta(days=1))
    assert words.startswith("This reminder was for Mon 23 Nov, and that day is over.")


def test_within_the_hours_that_the_patient_chose(
    priya: User, margaret: Patient, programme: Programme
) -> None:
    _reminder, failed = due_reminder(programme)
    choose(margaret, quiet_from=time(19))
    assert press(priya, failed, EVENING).email.expires_at == datetime(2026, 11, 23, 19, 0, tzinfo=UTC)
    second = put(OutgoingEmail.objects.get(letter="exercise_reminder", generation=1))
    refused(priya, second, "night", EVENING + timedelta(hours=1))


def test_before_the_hours_that_the_patient_chose_it_waits(
    priya: User, margaret: Patient, programme: Programme
) -> None:
    Reminder.objects.filter(local_date=NOON.date()).update(
        local_time=time(8), due_at=datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
    )
    _reminder, failed = due_reminder(programme)
    Programme.objects.update(reminder_time=None)
    choose(margaret, quiet_until=time(15))
    sent = press(priya, failed, NOON)
    assert sent.leaves == datetime(2026, 11, 23, 15, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("what", "words"),
    [
        ("stopped", "The patient stopped reminders."),
        ("logged", "The day was logged already."),
        ("ended", "The programme has ended."),
        ("flagged", "A practitioner has to decide something first."),
    ],
)
@pytest.mark.hazard("HZ-22")
def test_not_when_it_is_not_wanted(
    priya: User, margaret: Patient, programme: Programme, what: str, words: str
) -> None:
    _reminder, failed = due_reminder(programme)
    match what:
        case "stopped":
            actions.stop_reminders(
                actor=Actor.patient(margaret), patient=margaret, channel=ConsentChannel.CLINIC
            )
        case "logged":
            factories.make_log(margaret, programme.items.get(), at=EVENING)
        case "ended":
            actions.end_programme(actor=Actor.staff(priya), programme=programme, now=EVENING, reason="-")
        case "flagged":
            factories.make_flag(priya, margaret)
    assert refused(priya, failed, "unwanted", EVENING) == f"It is not sent: {words}"


def test_one_that_was_sent_is_enough_for_a_day(priya: User, programme: Programme) -> None:
    _reminder, sent = due_reminder(programme, state="sent")
    assert "A second one is not sent" in refused(priya, sent, "never", EVENING)


def test_logging_the_day_takes_back_what_was_sent_again(
    priya: User, margaret: Patient, programme: Programme
) -> None:
    _reminder, failed = due_reminder(programme)
    sent = press(priya, failed, EVENING).email
    factories.make_log(margaret, programme.items.get(), at=EVENING)
    sent.refresh_from_db()
    assert sent.state == "cancelled"


def test_not_beside_another_programmes_reminder(priya: User, margaret: Patient, programme: Programme) -> None:
    _reminder, failed = due_reminder(programme)
    other = factories.make_programme(
        priya, margaret, [programme.items.get().version.exercise], now=EVENING, reminder_time=time(19)
    )
    OutgoingEmail.objects.filter(pk=failed.pk).update(state="cancelled")
    assert reminders.post_due(EVENING + timedelta(minutes=61)) == 1
    assert Reminder.objects.filter(programme=other, state="posted").exists()
    assert "Another reminder" in refused(priya, put(failed), "unwanted", EVENING + timedelta(minutes=62))


# --- taking it back ---------------------------------------------------------------------------------------------
def test_taken_back_while_it_waits_and_sent_again_after_all(priya: User, programme: Programme) -> None:
    reminder, failed = due_reminder(programme)
    sent = press(priya, failed, EVENING).email
    actions.take_back_email(actor=Actor.staff(priya), email=sent)
    sent.refresh_from_db()
    reminder.refresh_from_db()
    assert (sent.state, sent.reason) == ("cancelled", "It was taken back before it was sent.")
    assert reminder.email == failed
    assert AuditEntry.objects.filter(verb="email.taken_back", actor_user=priya).count() == 1
    assert press(priya, failed, EVENING).email.generation == 2


@pytest.mark.parametrize("state", ["sending", "sent"])
def test_on_its_way_it_cannot_be_taken_back(priya: User, programme: Programme, state: str) -> None:
    sent = press(priya, plan_letter(programme)).email
    lease = {"lease_token": "5f0c4c1e-7a35-4c0e-9a8c-0f1b2d3e4f50", "lease_until": EVENING, "begun_at": NOON}
    put(sent, state=state, **(lease if state == "sending" else {}))
    before = factories.count_rows()
    with pytest.raises(Refused, match="on its way"):
        actions.take_back_email(actor=Actor.staff(priya), email=sent)
    assert factories.count_rows() == before


def test_what_nobody_sent_again_cannot_be_taken_back(priya: User, programme: Programme) -> None:
    with pytest.raises(Refused):
        actions.take_back_email(actor=Actor.staff(priya), email=plan_letter(programme, state="pending"))
    assert plan_letter(programme, state="pending").state == "pending"


# --- through the page -------------------------------------------------------------------------------------------
def test_pressed_on_the_page_and_taken_back_there(as_priya: Client, programme: Programme) -> None:
    Programme.objects.update(starts_on=clock.now().date(), ends_on=clock.now().date() + timedelta(days=9))
    failed = plan_letter(programme, not_before=clock.now())
    page = as_priya.get(reverse("exercises:outgoing"))
    assert "Send again" in page.content.decode()
    url = reverse("exercises:outgoing_again", args=[failed.pk])
    answer = as_priya.post(url, {"back": "show=failed&first=&evil=1"}, follow=True)
    sent = OutgoingEmail.objects.get(generation=1)
    assert answer.redirect_chain[0][0] == f"{reverse('exercises:outgoing')}?show=failed&first=&sent={sent.pk}"
    shown = answer.content.decode()
    assert "Sent again. It leaves" in shown
    undo = reverse("exercises:outgoing_take_back", args=[sent.pk])
    assert undo in shown
    again = as_priya.post(url, follow=True).content.decode()
    assert "It was sent again already: by Priya Nair" in again
    assert "Taken back: it is not sent." in as_priya.post(undo, follow=True).content.decode()
    sent.refresh_from_db()
    assert sent.state == "cancelled"


def test_another_clinics_e_mail_does_not_exist(client: Client, hugo: User, programme: Programme) -> None:
    client.force_login(hugo)
    failed = plan_letter(programme)
    before = factories.count_rows()
    for name in ("outgoing_again", "outgoing_take_back"):
        assert client.post(reverse(f"exercises:{name}", args=[failed.pk])).status_code == 404
    assert factories.count_rows() == before


def test_letters_about_staff_are_the_owners(as_priya: Client, olivia: User) -> None:
    make_invitation(olivia)
    row = OutgoingEmail.objects.get(letter="staff_invited")
    assert as_priya.post(reverse("exercises:outgoing_again", args=[row.pk])).status_code == 404
