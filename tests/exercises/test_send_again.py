"""Sending one e-mail again: letter by letter, once, never into the night, and taken back while it waits."""

from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client

from clinic.actors import Actor
from clinic.errors import Refused
from clinic.mail.messages import message_id
from clinic.models import AuditEntry, OutgoingEmail, User
from exercises import actions, emails
from exercises.models import Programme
from patients import actions as patient_actions
from patients.actions.devices import Browser
from patients.models import OpenedBy, Patient, RaisedFlag
from tests import factories
from tests.exercises.outgoing_world import EVENING, plan_letter, press, put, refused
from tests.exercises.wishes_world import make_carer, name_carer
from tests.message_factories import make_message
from tests.moments import NOON
from tests.staff_factories import make_invitation

NIGHT = datetime(2026, 11, 23, 22, 30, tzinfo=UTC)


# --- the plan's letters -----------------------------------------------------------------------------------------
def test_a_failed_letter_goes_out_once_more_as_another_one(priya: User, programme: Programme) -> None:
    failed = plan_letter(programme)
    sent = press(priya, failed).email
    assert (sent.generation, sent.state, sent.again_by) == (1, "pending", priya)
    assert sent.not_before == NOON + timedelta(minutes=1)
    assert sent.expires_at == sent.not_before + timedelta(days=7)
    assert message_id(failed.pk, 0) != message_id(sent.pk, 1)
    letter = emails.plan_ready(sent.object_id, NOON)
    assert letter
    assert letter.to == "margaret.hale@patients.example"
    failed.refresh_from_db()
    assert failed.state == "failed"  # nothing leaves a final state
    entry = AuditEntry.objects.get(verb="email.sent_again")
    assert (entry.actor_user, entry.patient_id, entry.object_id) == (
        priya,
        programme.patient_id,
        str(sent.pk),
    )
    assert entry.changes == {"letter": "plan_ready", "generation": 1, "leaves": "2026-11-23T12:01:00+00:00"}


@pytest.mark.parametrize("state", ["failed", "expired", "sent"])
def test_the_states_in_which_a_plans_letter_is_sent_again(
    priya: User, programme: Programme, state: str
) -> None:
    assert press(priya, plan_letter(programme, state=state)).email.generation == 1


def test_an_unconfirmed_one_too_for_a_person_decides(priya: User, programme: Programme) -> None:
    assert press(priya, plan_letter(programme, state="unconfirmed", doubt=2)).email.doubt == 0


@pytest.mark.parametrize(
    ("state", "words"),
    [
        ("pending", "still waiting"),
        ("cancelled", "not needed any more"),
        ("suppressed", "Put in the right address"),
    ],
)
def test_the_states_in_which_it_makes_no_sense(
    priya: User, programme: Programme, state: str, words: str
) -> None:
    assert words in refused(priya, plan_letter(programme, state=state), "never")


def test_a_second_press_says_who_was_first(priya: User, asha: User, programme: Programme) -> None:
    failed = plan_letter(programme)
    press(priya, failed)
    OutgoingEmail.objects.filter(generation=1).update(created_at=NOON)
    words = refused(asha, failed, "again")
    assert words == "It was sent again already: by Priya Nair on 23 Nov 2026, 12:00."


def test_one_that_the_patients_page_sent_again_counts(priya: User, programme: Programme) -> None:
    failed = plan_letter(programme)
    actions.send_link_again(actor=Actor.staff(priya), programme=programme, now=NOON)
    assert refused(priya, failed, "again").startswith("It was sent again already, on ")


def test_the_second_one_can_fail_too(priya: User, programme: Programme) -> None:
    first = plan_letter(programme)
    second = put(press(priya, first).email)
    refused(priya, first, "again")
    assert press(priya, second).email.generation == 2


def test_a_programme_that_is_over(priya: User, programme: Programme) -> None:
    failed = plan_letter(programme)
    actions.end_programme(actor=Actor.staff(priya), programme=programme, now=NOON, reason="Better.")
    assert "over" in refused(priya, failed, "ended")
    Programme.objects.update(state="active", ended_at=None)
    refused(priya, failed, "ended", NOON + timedelta(days=28))


@pytest.mark.hazard("HZ-21")
def test_a_warning_sign_holds_it_back(priya: User, margaret: Patient, programme: Programme) -> None:
    factories.make_flag(priya, margaret)
    refused(priya, plan_letter(programme), "red_flag")


def test_an_archived_record(priya: User, margaret: Patient, programme: Programme) -> None:
    failed = plan_letter(programme)
    patient_actions.archive_patient(actor=Actor.staff(priya), patient=margaret, now=NOON, reason="Moved.")
    assert "archived" in refused(priya, failed, "archived")


def test_an_address_in_doubt_or_none(priya: User, margaret: Patient, programme: Programme) -> None:
    failed = plan_letter(programme)
    Patient.objects.update(email_doubted_at=NOON)
    assert "not for me" in refused(priya, failed, "doubted")
    Patient.objects.update(email_doubted_at=None, email="", reminders_allowed=False)
    assert "no e-mail address" in refused(priya, failed, "no_email")


def test_news_of_a_change_as_long_as_any_plan_goes_on(
    priya: User, margaret: Patient, programme: Programme
) -> None:
    changed = OutgoingEmail.objects.create(
        clinic_id=margaret.clinic_id,
        letter="plan_changed",
        object_id=str(programme.pk),
        state="failed",
        not_before=NOON,
        expires_at=EVENING,
    )
    assert press(priya, changed).email.generation == 1


def test_a_copy_goes_to_whoever_gets_copies(priya: User, margaret: Patient, programme: Programme) -> None:
    carer = make_carer(margaret)
    actions.send_link_again(actor=Actor.staff(priya), programme=put_sent(programme), now=NOON)
    copy = put(OutgoingEmail.objects.get(letter="carer_plan_ready"))
    assert press(priya, copy).email.generation == 1
    patient_actions.stop_copies(actor=Actor.patient(margaret), carer=carer, now=NOON)
    assert "no copies" in refused(priya, put(OutgoingEmail.objects.get(pk=copy.pk + 1)), "carer")


def put_sent(programme: Programme) -> Programme:
    plan_letter(programme, state="sent")
    return programme


# --- other letters ----------------------------------------------------------------------------------------------
def test_a_message_that_nobody_has_read(priya: User, margaret: Patient) -> None:
    message = make_message(priya, margaret)
    failed = put(OutgoingEmail.objects.get(letter="message_waiting"))
    assert press(priya, failed).email.generation == 1
    second = put(OutgoingEmail.objects.get(letter="message_waiting", generation=1))
    patient_actions.note_messages_read(
        actor=Actor.patient(margaret), patient=margaret, shown=[message.pk], now=NOON
    )
    assert "read the message" in refused(priya, second, "read")
    refused(priya, put(second, state="sent"), "never")


def test_a_message_that_was_taken_back(priya: User, margaret: Patient) -> None:
    message = make_message(priya, margaret, now=NOON)
    failed = put(OutgoingEmail.objects.get(letter="message_waiting"))
    patient_actions.take_back_message(actor=Actor.staff(priya), message=message, now=NOON)
    refused(priya, failed, "taken_back")


def test_the_news_of_a_device(priya: User, margaret: Patient) -> None:
    patient_actions.open_device(
        actor=Actor.patient(margaret),
        patient=margaret,
        browser=Browser(label="Chrome on Android", own=True),
        opened_with=OpenedBy.CODE,
        now=NOON,
    )
    failed = put(OutgoingEmail.objects.get(letter="device_added"))
    assert press(priya, failed).email.expires_at == NOON + timedelta(days=2, minutes=1)


def test_the_question_to_a_carer_until_the_answer(priya: User, margaret: Patient) -> None:
    carer = name_carer(margaret)
    failed = put(OutgoingEmail.objects.get(letter="carer_asked"))
    assert press(priya, failed).email.generation == 1
    second = put(OutgoingEmail.objects.get(letter="carer_asked", generation=1))
    patient_actions.agree_to_copies(actor=Actor.system("carer"), carer=carer, now=NOON)
    assert "agreed already" in refused(priya, second, "carer")


def report(margaret: Patient) -> OutgoingEmail:
    told = patient_actions.SignsTold(ticked=["not_better"])
    patient_actions.report_signs(actor=Actor.patient(margaret), patient=margaret, report=told, now=NOON)
    return put(OutgoingEmail.objects.filter(letter="signs_reported").earliest("pk"))


def test_a_report_to_staff_leaves_at_night_too(priya: User, asha: User, margaret: Patient) -> None:
    failed = report(margaret)
    sent = press(asha, failed, NIGHT)
    assert sent.leaves == NIGHT + timedelta(minutes=1)
    assert sent.zone == "Europe/London"
    assert (
        AuditEntry.objects.get(verb="email.sent_again").patient_id is None
    )  # the front desk reads nothing clinical
    refused(priya, failed, "again")


def test_a_report_that_was_decided_or_whose_reader_left(priya: User, olivia: User, margaret: Patient) -> None:
    failed = report(margaret)
    priya_s = OutgoingEmail.objects.get(letter="signs_reported", object_id__endswith=f":{priya.pk}")
    put(priya_s)
    type(priya.staff_membership).objects.filter(user=priya).update(is_active=False)
    assert "reads no records" in refused(olivia, priya_s, "left")
    type(priya.staff_membership).objects.filter(user=priya).update(is_active=True)
    for flag in RaisedFlag.objects.all():
        factories.make_decision(priya, flag)
    assert "decided already" in refused(olivia, failed, "decided")


def test_letters_that_are_never_sent_again(priya: User, olivia: User, margaret: Patient) -> None:
    make_invitation(olivia)
    invited = put(OutgoingEmail.objects.get(letter="staff_invited"))
    assert "People" in refused(olivia, invited, "never")
    for letter, words in (
        ("emailed_code", "ten minutes"),
        ("something_waits", "anew every day"),
        ("carer_reminder", "next reminder"),
        ("of_tomorrow", "cannot be sent again"),
    ):
        invited.letter = letter
        assert words in refused(priya, invited, "never")


def test_what_is_not_kept_any_more(priya: User, margaret: Patient, programme: Programme) -> None:
    failed = plan_letter(programme)
    OutgoingEmail.objects.update(object_id="5f0c4c1e-7a35-4c0e-9a8c-0f1b2d3e4f50")
    refused(priya, OutgoingEmail.objects.get(pk=failed.pk), "gone")


def test_the_system_decides_nothing_of_this_kind(priya: User, programme: Programme) -> None:
    failed = plan_letter(programme)
    with pytest.raises(Refused, match="A person"):
        actions.send_again(actor=Actor.system("test"), email=failed, now=NOON)


# --- the night --------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("pressed", "leaves"),
    [
        (NIGHT, datetime(2026, 11, 24, 6, 0, tzinfo=UTC)),
        (datetime(2026, 11, 24, 3, 0, tzinfo=UTC), datetime(2026, 11, 24, 6, 0, tzinfo=UTC)),
        (datetime(2026, 11, 23, 20, 54, tzinfo=UTC), datetime(2026, 11, 23, 20, 55, tzinfo=UTC)),
        (datetime(2026, 11, 23, 20, 55, tzinfo=UTC), datetime(2026, 11, 24, 6, 0, tzinfo=UTC)),
    ],
)
def test_in_the_patients_night_it_waits_until_the_morning(
    priya: User, programme: Programme, pressed: datetime, leaves: datetime
) -> None:
    assert press(priya, plan_letter(programme), pressed).leaves == leaves


def test_it_is_the_patients_night_that_counts_and_it_is_said(
    as_priya: Client, priya: User, programme: Programme
) -> None:
    Patient.objects.update(time_zone="Pacific/Auckland")  # thirteen hours ahead
    sent = press(priya, plan_letter(programme), NOON)  # one in the morning there
    assert sent.leaves == datetime(2026, 11, 23, 17, 0, tzinfo=UTC)
    assert sent.in_words(NOON) == (
        "It leaves on Tue 24 Nov, 06:00 (Pacific/Auckland): nothing leaves in the patient’s quiet hours."
    )
