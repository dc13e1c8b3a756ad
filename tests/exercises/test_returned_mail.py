"""What comes back of a patient's e-mail: in the record, on the worklist, and what ends it."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from clinic import clock
from clinic.actors import Actor
from clinic.errors import Refused
from clinic.mail import verp
from clinic.mail.bounces import Report, take
from clinic.mail.suppression import address_hash
from clinic.models import AuditEntry, BounceKind, Clinic, EmailState, OutgoingEmail, Suppression, User
from exercises import actions, alerts, emails, reminders
from exercises.models import Alert, AlertClock, Programme, Reminder, ReminderState
from patients.actions.patients import CONTACT_FIELDS
from patients.models import Carer, CarerState, ConsentRecord, Patient
from tests import factories
from tests.exercises.wishes_world import make_carer
from tests.exercises.worklist_world import listed
from tests.factories import NOON, count_rows
from tests.pages import signed_in, text
from tests.returned_world import make_sent

HOUR = timedelta(hours=1)


@pytest.fixture(autouse=True)
def _noon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOON)


@pytest.fixture(autouse=True)
def _counted(db: None) -> None:
    AlertClock.objects.create(heard_until=NOON)


@pytest.fixture
def url(margaret: Patient) -> str:
    return f"/patients/{margaret.pk}/"


@pytest.fixture
def access(margaret: Patient) -> str:
    return reverse("exercises:access", args=[margaret.pk])


def sent(patient: Patient, letter: str, about: object, to: str = "") -> OutgoingEmail:
    fields: dict[str, Any] = {"letter": letter}
    OutgoingEmail.objects.filter(letter=letter, object_id=str(about)).update(generation=7)
    return make_sent(patient.clinic, str(about), to=to or patient.email, **fields)


def back(email: OutgoingEmail, kind: str, source: str = "1") -> None:
    take(Report(verp.mark(email.pk), BounceKind(kind), "postmark", source, signed=True), NOON)


def is_allowed(patient: Patient) -> bool:
    return Patient.objects.get(pk=patient.pk).reminders_allowed


# --- unwanted mail stops what kept coming ---------------------------------------------------------------------
@pytest.mark.hazard("HZ-06")
@pytest.mark.parametrize(("kind", "channel"), [("complaint", "complaint"), ("unsubscribed", "one_click")])
def test_a_complaint_stops_reminders_and_stands_in_the_consent_log(
    margaret: Patient, programme: Programme, kind: str, channel: str
) -> None:
    reminder = Reminder.objects.filter(programme=programme).first()
    assert reminder
    back(sent(margaret, "exercise_reminder", reminder.pk), kind)
    assert not is_allowed(margaret)
    record = ConsentRecord.objects.get(change="withdrawn")
    assert (record.patient, record.channel, record.recorded_by) == (margaret, channel, None)
    entry = AuditEntry.objects.get(verb="reminders.withdrawn")
    assert (entry.actor_kind, entry.actor_label) == ("system", "returned_mail")
    assert set(Reminder.objects.values_list("state", flat=True)) == {ReminderState.CANCELLED}
    before = count_rows()
    back(sent(margaret, "plan_ready", programme.pk), kind, "2")
    changed = {name: count - before[name] for name, count in count_rows().items() if count != before[name]}
    assert set(changed) <= {"clinic_bounceevent", "clinic_outgoingemail"}


@pytest.mark.parametrize("letter", ["plan_ready", "plan_changed", "exercise_reminder"])
def test_any_letter_tells_whose_it_was(margaret: Patient, programme: Programme, letter: str) -> None:
    about = Reminder.objects.filter(programme=programme).first() if "reminder" in letter else programme
    assert about
    back(sent(margaret, letter, about.pk), "complaint")
    assert not is_allowed(margaret)


def test_letters_of_the_other_apps_tell_it_too(margaret: Patient, priya: User) -> None:
    device = factories.open_device(Client(), margaret, now=NOON)
    back(sent(margaret, "device_added", device.pk), "complaint")
    assert not is_allowed(margaret)


@pytest.mark.parametrize("kind", ["hard", "soft", "blocked"])
def test_mail_that_does_not_arrive_is_no_wish(margaret: Patient, programme: Programme, kind: str) -> None:
    back(sent(margaret, "plan_ready", programme.pk), kind)
    assert is_allowed(margaret)
    assert not ConsentRecord.objects.filter(change="withdrawn").exists()


def test_whoever_reads_an_old_address_stops_nothing(margaret: Patient, programme: Programme) -> None:
    back(sent(margaret, "plan_ready", programme.pk, to="old@patients.example"), "complaint")
    assert is_allowed(margaret)
    assert Suppression.objects.get().address_hash == address_hash("old@patients.example")


def test_a_carer_s_complaint_ends_the_copies_and_nothing_of_the_patient_s(
    margaret: Patient, programme: Programme
) -> None:
    carer = make_carer(margaret)
    email = sent(margaret, "carer_plan_ready", f"{programme.pk.hex}-{carer.pk}", to=carer.email)
    back(email, "complaint")
    assert Carer.objects.get().state == CarerState.STOPPED
    assert is_allowed(margaret)


@pytest.mark.parametrize("about", ["", "x", "00000000-0000-0000-0000-000000000000"])
def test_a_letter_about_nothing_harms_nobody(margaret: Patient, about: str) -> None:
    back(sent(margaret, "plan_ready", about), "complaint")
    assert is_allowed(margaret)


def test_an_archived_record_can_still_be_stopped(
    margaret: Patient, programme: Programme, olivia: User
) -> None:
    email = sent(margaret, "plan_ready", programme.pk)
    Patient.objects.filter(pk=margaret.pk).update(archived_at=NOON, archived_by=olivia)
    back(email, "complaint")
    assert not is_allowed(margaret)


# --- staff see it ---------------------------------------------------------------------------------------------
@pytest.mark.hazard("HZ-06")
@pytest.mark.parametrize(
    ("kind", "why", "what"),
    [
        ("hard", "an e-mail came back: the address takes none", "Ask the patient for the right address"),
        ("complaint", "the reader reported an e-mail as unwanted", "whether they want e-mails at all"),
    ],
)
def test_the_patient_s_page_says_that_the_address_fails(
    priya: User, margaret: Patient, programme: Programme, url: str, kind: str, why: str, what: str
) -> None:
    page = text(signed_in(priya).get(url))
    assert "The address fails" not in page
    back(sent(margaret, "plan_ready", programme.pk), kind)
    page = text(signed_in(priya).get(url))
    assert f"The address fails: <bdi>{margaret.email}</bdi>, since 23 Nov 2026 ({why})." in page
    assert what in page
    assert f"The address fails since 23 Nov 2026: {why}. No e-mail is sent." in text(
        signed_in(priya).get(f"{url}visit/")
    )


def test_the_page_warns_from_the_second_that_came_back(
    priya: User, margaret: Patient, programme: Programme, url: str
) -> None:
    back(sent(margaret, "plan_ready", programme.pk), "soft")
    assert "came back" not in text(signed_in(priya).get(url))
    back(sent(margaret, "plan_changed", programme.pk), "soft")
    assert "2 e-mails came back in the last two weeks." in text(signed_in(priya).get(url))


def test_another_clinic_s_page_says_nothing(
    priya: User, margaret: Patient, hilltop: Clinic, url: str
) -> None:
    back(make_sent(hilltop, "x", to=margaret.email, letter="plan_ready"), "hard")
    assert Suppression.objects.filter(clinic=hilltop).exists()
    page = text(signed_in(priya).get(url))
    assert "The address fails" not in page


def test_the_worklist_says_it_once(priya: User, margaret: Patient, programme: Programme) -> None:
    email = sent(margaret, "plan_ready", programme.pk)
    OutgoingEmail.objects.filter(pk=email.pk).update(state=EmailState.FAILED, sent_at=None)
    back(email, "hard")
    for _ in range(2):
        alerts.evaluate([margaret.pk], NOON)
    alert = Alert.objects.get()
    assert (alert.rule, alert.count) == ("address_failing", 1)
    words = "Nothing more is sent to the address since 23 Nov: an e-mail came back: the address takes none."
    assert words in listed(priya)


def test_the_worklist_warns_of_mail_that_comes_back(
    priya: User, margaret: Patient, programme: Programme
) -> None:
    back(sent(margaret, "plan_ready", programme.pk), "soft")
    alerts.evaluate([margaret.pk], NOON)
    assert not Alert.objects.exists()
    back(sent(margaret, "plan_changed", programme.pk), "soft")
    alerts.evaluate([margaret.pk], NOON)
    assert "E-mails came back in the last two weeks, the newest on 23 Nov." in listed(priya)
    alerts.evaluate([margaret.pk], NOON + HOUR)
    assert Alert.objects.get().count == 1


def test_the_worker_is_told_at_once(
    margaret: Patient, programme: Programme, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[tuple[str, ...]] = []
    monkeypatch.setattr("clinic.queue.enqueue", lambda *args: told.append(args))
    back(sent(margaret, "plan_ready", programme.pk), "hard")
    assert ("exercises.tasks.evaluate_alerts", str(margaret.pk)) in told


# --- and what ends it -----------------------------------------------------------------------------------------
def move(actor: Actor, patient: Patient, email: str) -> None:
    fields: Any = {name: getattr(patient, name) for name in CONTACT_FIELDS}
    actions.change_contact(actor=actor, patient=patient, now=NOON, **fields | {"email": email})


def test_a_new_address_clears_both(priya: User, margaret: Patient, programme: Programme, url: str) -> None:
    email = sent(margaret, "plan_ready", programme.pk)
    OutgoingEmail.objects.filter(pk=email.pk).update(state=EmailState.FAILED, sent_at=None)
    back(email, "hard")
    alerts.evaluate([margaret.pk], NOON)
    actor = Actor.staff(priya)
    move(actor, margaret, "margaret@new.example")
    assert "The address fails" not in text(signed_in(priya).get(url))
    alert = Alert.objects.get()
    assert (alert.state, alert.closed_by, alert.closing_note) == (
        "closed",
        priya,
        "The e-mail address changed.",
    )
    alerts.evaluate([margaret.pk], NOON)
    assert Alert.objects.count() == 1
    assert emails.plan_ready(str(programme.pk), NOON) is not None
    move(actor, margaret, "Margaret.Hale@patients.example")
    assert "The address fails" in text(signed_in(priya).get(url))  # the old one fails still


def test_what_a_patient_changes_closes_no_alert(margaret: Patient, programme: Programme) -> None:
    back(sent(margaret, "plan_ready", programme.pk), "hard")
    alerts.evaluate([margaret.pk], NOON)
    actor = Actor.patient(margaret)
    assert not actions.alerts.close_address_alert(actor=actor, patient=margaret, note="x", now=NOON)
    assert Alert.objects.get().is_open


def test_staff_lift_it_with_a_reason(
    priya: User, margaret: Patient, programme: Programme, url: str, access: str
) -> None:
    back(sent(margaret, "plan_ready", programme.pk), "hard")
    alerts.evaluate([margaret.pk], NOON)
    staff = signed_in(priya)
    assert "What the patient told you" in text(staff.get(access))
    before = count_rows()
    refused = staff.post(access, {"do": "try_again", "reason": " "})
    assert refused.status_code == 422
    assert "Say what the patient told you." in text(refused)
    assert {k for k, v in count_rows().items() if v != before[k]} <= {"clinic_auditentry"}
    assert Suppression.objects.in_force_at(NOON).exists()
    told = {"do": "try_again", "reason": "Mailbox was full, emptied now."}
    assert "E-mails go to this address again." in text(staff.post(access, told, follow=True))
    row = Suppression.objects.get()
    assert (row.lifted_at, row.lifted_by) == (NOON, priya)
    entry = AuditEntry.objects.get(verb="address.tried_again")
    assert (entry.patient_id, entry.reason, entry.changes) == (
        margaret.pk,
        told["reason"],
        {"reason": "hard"},
    )
    assert Alert.objects.get().closing_note == told["reason"]
    assert "The address fails" not in text(staff.get(url))
    assert staff.post(access, told, follow=True).status_code == 200
    assert AuditEntry.objects.filter(verb="address.tried_again").count() == 1


def test_the_link_is_not_sent_again_to_an_address_that_fails(
    priya: User, margaret: Patient, programme: Programme
) -> None:
    OutgoingEmail.objects.update(state="sent", sent_at=NOON)
    back(make_sent(margaret.clinic, "x", to=margaret.email), "hard")
    before = count_rows()
    with pytest.raises(Refused) as refused:
        actions.send_link_again(actor=Actor.staff(priya), programme=programme, now=NOON)
    assert refused.value.code == "suppressed"
    assert count_rows() == before


def test_a_reminder_goes_on_being_planned(margaret: Patient, programme: Programme) -> None:
    """Each ends ``suppressed`` when its time comes, so that nothing disappears and a new address needs no planning."""
    back(sent(margaret, "plan_ready", programme.pk), "hard")
    assert reminders.post_due(NOON + 6 * HOUR) == 1


def test_one_address_of_two_patients(priya: User, margaret: Patient, programme: Programme, url: str) -> None:
    other = factories.make_patient(priya, "Frank", "Hale", email=margaret.email)
    back(sent(margaret, "plan_ready", programme.pk), "complaint")
    assert "The address fails" in text(signed_in(priya).get(f"/patients/{other.pk}/"))
    assert is_allowed(other) == Patient.objects.get(pk=other.pk).reminders_allowed
    assert not ConsentRecord.objects.filter(patient=other, change="withdrawn").exists()
