"""An archived record: every writer refuses it, no e-mail and no link of it works, and it comes back as it was."""

from datetime import date, time, timedelta
from typing import Any

import pytest
from django.test import Client

from clinic.actors import Actor
from clinic.errors import Refused
from clinic.models import AuditEntry, User
from exercises import actions, emails
from exercises.models import Exercise, LogEntry, Programme, Reminder
from patients import actions as patient_actions
from patients.models import (
    ConsentChannel,
    Measure,
    Patient,
    PlanLink,
    PlanVisit,
    Scope,
    Status,
    patient_of_stop_token,
    stop_token,
)
from tests import factories
from tests.exercises.wishes_world import why_not
from tests.factories import NOON, TODAY
from tests.record_world import dump, merge, other_type, refused

pytestmark = pytest.mark.slow  # tries everything there is

CONTACT: Any = {
    "given_name": "Maggie",
    "family_name": "Hale",
    "date_of_birth": date(1956, 3, 14),
    "email": "margaret.hale@patients.example",
    "time_zone": "Europe/London",
    "language": "en-gb",
    "note": "",
}


def archive(staff: User, patient: Patient) -> Patient:
    return actions.archive_patient(actor=Actor.staff(staff), patient=patient, now=NOON, reason="Moved away.")


def put_away(patient: Patient, staff: User) -> None:
    """As if archived while somebody was at work: past the rule that no programme may be active."""
    Patient.objects.filter(pk=patient.pk).update(archived_at=NOON, archived_by=staff)
    patient.refresh_from_db()


# --- archiving and restoring -------------------------------------------------------------------------------------
def test_archiving_says_who_when_and_why(priya: User, margaret: Patient) -> None:
    archive(priya, margaret)
    stored = Patient.objects.get(pk=margaret.pk)
    assert (stored.archived_at, stored.archived_by, stored.is_open) == (NOON, priya, False)
    assert list(Patient.objects.current()) == []
    assert list(Patient.objects.archived()) == [margaret]
    entry = AuditEntry.objects.get(verb="patient.archived")
    assert (entry.actor_user, entry.patient_id, entry.reason) == (priya, margaret.pk, "Moved away.")


def test_archiving_and_restoring_leaves_the_record_as_it_was(
    priya: User, olivia: User, margaret: Patient
) -> None:
    factories.make_finding(priya, margaret)
    before = dump()
    archive(priya, margaret)
    patient_actions.restore_patient(actor=Actor.staff(olivia), patient=margaret)
    assert dump() == before
    assert margaret.is_open
    entry = AuditEntry.objects.get(verb="patient.restored")
    assert (entry.actor_user, entry.patient_id) == (olivia, margaret.pk)


def test_a_running_programme_is_ended_by_a_person_not_by_archiving(
    priya: User, margaret: Patient, programme: Programme
) -> None:
    message = refused("running", lambda: archive(priya, margaret))
    assert message == "End the running programme first: “Article basics”."
    actions.end_programme(actor=Actor.staff(priya), programme=programme, now=NOON, reason="Moved away.")
    archive(priya, margaret)


def test_what_is_done_is_not_done_twice(priya: User, margaret: Patient, double: Patient) -> None:
    restore = patient_actions.restore_patient
    refused("current", lambda: restore(actor=Actor.staff(priya), patient=margaret))
    archive(priya, margaret)
    refused("archived", lambda: archive(priya, margaret))
    patient_actions.restore_patient(actor=Actor.staff(priya), patient=margaret)
    merge(priya, margaret, double)
    refused("merged", lambda: restore(actor=Actor.staff(priya), patient=double))
    refused("archived", lambda: archive(priya, double))


def test_no_job_archives(margaret: Patient) -> None:
    refused(
        "nobody",
        lambda: patient_actions.archive_patient(
            actor=Actor.system("test"), patient=margaret, now=NOON, reason="Old."
        ),
    )


# --- writing -----------------------------------------------------------------------------------------------------
@pytest.fixture
def writers(priya: User, margaret: Patient, programme: Programme, toe_curls: Exercise) -> dict[str, Any]:
    """Each action that writes in a record, ready to be called."""
    actor, own = Actor.staff(priya), Actor.patient(margaret)
    active = factories.make_finding(priya, margaret)
    closed = factories.make_finding(priya, margaret, other_type())
    bunion = other_type("bunion")
    patient_actions.close_finding(actor=actor, finding=closed, status=Status.RESOLVED, now=NOON)
    log = actions.DayLog(performed_on=TODAY, done={programme.items.get().pk: "done"})  # type: ignore[dict-item]
    return {
        "update_contact": lambda: patient_actions.update_contact(
            actor=actor, patient=margaret, now=NOON, **CONTACT
        ),
        "change_contact": lambda: actions.change_contact(actor=actor, patient=margaret, now=NOON, **CONTACT),
        "allow_reminders": lambda: actions.allow_reminders(
            actor=actor, patient=margaret, channel=ConsentChannel.CLINIC, now=NOON
        ),
        "record_finding": lambda: factories.make_finding(priya, margaret, bunion),
        "close_finding": lambda: patient_actions.close_finding(
            actor=actor, finding=active, status=Status.RESOLVED, now=NOON
        ),
        "reopen_finding": lambda: patient_actions.reopen_finding(actor=actor, finding=closed, now=NOON),
        "record_pain": lambda: patient_actions.record_pain(
            actor=own, patient=margaret, on=TODAY, scores={Measure.PAIN_FOOT: 4}, now=NOON
        ),
        "assign_programme": lambda: factories.make_programme(priya, margaret, [toe_curls]),
        "send_link_again": lambda: actions.send_link_again(actor=actor, programme=programme, now=NOON),
        "set_reminder_time": lambda: actions.set_reminder_time(
            actor=actor, programme=programme, at=time(9), now=NOON
        ),
        "log_day": lambda: actions.log_day(actor=own, patient=margaret, entry=log, now=NOON),
    }


WRITERS = [
    "update_contact",
    "change_contact",
    "allow_reminders",
    "record_finding",
    "close_finding",
    "reopen_finding",
    "record_pain",
    "assign_programme",
    "send_link_again",
    "set_reminder_time",
    "log_day",
]


def test_every_writer_is_asked(writers: dict[str, Any]) -> None:
    assert list(writers) == WRITERS


@pytest.mark.parametrize("name", WRITERS)
def test_nothing_is_written_in_an_archived_record(
    writers: dict[str, Any], name: str, priya: User, margaret: Patient
) -> None:
    put_away(margaret, priya)
    message = refused("archived", writers[name])
    assert message == "This record is archived. Restore it before you write in it."


def test_a_merged_record_says_where_to_write(priya: User, margaret: Patient, double: Patient) -> None:
    theirs = factories.make_finding(priya, double)  # as a page that was open before the merge still holds it
    merge(priya, margaret, double)
    close = patient_actions.close_finding
    actor = Actor.staff(priya)
    assert refused(
        "archived", lambda: close(actor=actor, finding=theirs, status=Status.RESOLVED, now=NOON)
    ) == ("This record was merged into another one. Write in that one instead.")


# --- e-mails and links ------------------------------------------------------------------------------------------
def test_links_and_open_plans_end_at_once(client: Client, priya: User, margaret: Patient) -> None:
    secret = factories.make_link(margaret)
    factories.open_plan(client, margaret)
    archive(priya, margaret)
    assert not PlanLink.objects.filter(revoked_at=None).exists()
    assert PlanLink.objects.opened_by(secret, Scope.TODAY, NOON) is None
    assert client.get("/today/").status_code == 404
    patient_actions.restore_patient(actor=Actor.staff(priya), patient=margaret)
    assert client.get("/today/").status_code == 404  # what was closed stays closed


def test_a_link_that_slipped_through_opens_nothing(client: Client, priya: User, margaret: Patient) -> None:
    secret = factories.make_link(margaret)
    factories.open_plan(client, margaret)
    put_away(margaret, priya)
    assert PlanLink.objects.opened_by(secret, Scope.TODAY, NOON) is None
    visit = client.cookies.popitem()[1].value
    assert PlanVisit.objects.opened_by(visit, NOON) is None


def test_no_letter_is_written_to_an_archived_patient(
    priya: User, margaret: Patient, programme: Programme
) -> None:
    reminder = Reminder.objects.order_by("due_at")[0]
    assert emails.plan_ready(str(programme.pk), NOON) is not None
    assert emails.exercise_reminder(str(reminder.pk), NOON) is not None
    put_away(margaret, priya)
    before = factories.count_rows()
    assert emails.plan_ready(str(programme.pk), NOON) is None
    assert emails.exercise_reminder(str(reminder.pk), NOON) is None
    reminder = Reminder.objects.select_related("programme__patient").get(pk=reminder.pk)
    assert why_not(reminder) == "The record is archived."
    assert factories.count_rows() == before  # no link was minted


def test_the_stop_link_of_an_old_mail_still_stops(priya: User, margaret: Patient) -> None:
    archive(priya, margaret)
    stopped = actions.stop_reminders(
        actor=Actor.patient(margaret), patient=margaret, channel=ConsentChannel.ONE_CLICK
    )
    assert stopped
    assert not Patient.objects.get(pk=margaret.pk).reminders_allowed


def test_the_stop_link_of_a_merged_record_stops_the_one_that_was_kept(
    client: Client, priya: User, margaret: Patient, double: Patient
) -> None:
    merge(priya, margaret, double)
    assert patient_of_stop_token(stop_token(double)) == margaret
    assert client.post(f"/u/{stop_token(double)}/").status_code == 200
    assert not Patient.objects.get(pk=margaret.pk).reminders_allowed


def test_a_restored_record_can_be_written_in(priya: User, margaret: Patient, toe_curls: Exercise) -> None:
    archive(priya, margaret)
    with pytest.raises(Refused):
        factories.make_programme(priya, margaret, [toe_curls])
    patient_actions.restore_patient(actor=Actor.staff(priya), patient=margaret)
    programme = factories.make_programme(priya, margaret, [toe_curls])
    factories.make_log(margaret, programme.items.get(), TODAY + timedelta(days=1))
    assert LogEntry.objects.count() == 1
