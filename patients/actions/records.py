"""The record as a whole: who reads it, and whether it may still be written in."""

from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from clinic import audit, replay
from clinic.actors import Actor
from clinic.errors import Refused
from clinic.models import Clinic
from patients.actions.closing import close_plan
from patients.actions.holding import hold
from patients.models import Patient

READ_ONCE_IN = timedelta(minutes=5)  # several pages of one record, one after the other
READ_EACH_TIME = {"safety"}  # by it a note counts as read: SignReport.unread_notes


def open_for_writing(patient_id: UUID) -> Patient:
    """The one rule for archived and merged records, called first by every action that writes in a patient's record.

    Returns the row as it is now, locked until the transaction ends: nobody archives or merges it meanwhile. Writers
    of one patient go one after the other. Only stopping (reminders, links) is always allowed.
    """
    patient = hold(patient_id)
    if patient.merged_into_id:
        raise Refused(
            _("This record was merged into another one. Write in that one instead."), code="archived"
        )
    if patient.archived_at:
        raise Refused(_("This record is archived. Restore it before you write in it."), code="archived")
    return patient


@transaction.atomic
def note_reading(*, actor: Actor, patient: Patient, page: str) -> None:
    """Somebody of the staff looked at the record: one entry for each person, patient and five minutes, which names the first
    page that was opened, such as ``visit``."""
    changes = {"page": page}
    if page in READ_EACH_TIME:
        audit.record(actor, "record.read", patient, patient_id=patient.pk, changes=changes)
    else:
        audit.record_once(
            actor, "record.read", patient, within=READ_ONCE_IN, patient_id=patient.pk, changes=changes
        )


@transaction.atomic
def note_printed(*, actor: Actor, patient: Patient, page: str) -> None:
    """A page that is made to be printed was opened: each time."""
    audit.record(actor, "record.printed", patient, patient_id=patient.pk, changes={"page": page})


@transaction.atomic
def note_exported(*, actor: Actor, patient: Patient, page: str) -> None:
    """A file of the record was taken: each time."""
    audit.record(actor, "record.exported", patient, patient_id=patient.pk, changes={"page": page})


@transaction.atomic
def note_search(*, actor: Actor, term: str) -> None:
    """Somebody of the staff looked for a patient. Of what was typed only a keyed hash is kept."""
    clinic, changes = Clinic(pk=actor.own_clinic_id), {"term": audit.term_hash(term)}
    audit.record_once(actor, "search.done", clinic, within=READ_ONCE_IN, changes=changes)


@transaction.atomic
def archive_patient(*, actor: Actor, patient: Patient, now: datetime, reason: str) -> Patient:
    """Put the record away: out of lists and searches, closed for writing, its links dead. Nothing is deleted."""
    if actor.user_id is None:
        raise Refused(_("A person has to archive a record."), code="nobody")
    archived = Patient.objects.filter(pk=patient.pk, archived_at=None).update(
        archived_at=now, archived_by_id=actor.user_id
    )
    if not archived:
        raise Refused(_("This record is archived already."), code="archived")
    patient.archived_at, patient.archived_by_id = now, actor.user_id
    close_plan(actor=actor, patient=patient, now=now, reason=gettext_noop("The record was archived."))
    audit.record(actor, "patient.archived", patient, patient_id=patient.pk, reason=reason)
    replay.note("patient.archived", patient.pk)
    return patient


@transaction.atomic
def restore_patient(*, actor: Actor, patient: Patient) -> Patient:
    """Take an archived record up again. Its links stay closed: a new one is sent when there is something to open."""
    restored = Patient.objects.filter(pk=patient.pk, archived_at__isnull=False, merged_into=None).update(
        archived_at=None, archived_by=None
    )
    if not restored:
        raise _why_not(patient)
    patient.archived_at, patient.archived_by = None, None
    audit.record(actor, "patient.restored", patient, patient_id=patient.pk)
    replay.note("patient.restored", patient.pk)
    return patient


def _why_not(patient: Patient) -> Refused:
    if Patient.objects.filter(pk=patient.pk, archived_at=None).exists():
        return Refused(_("This record is not archived."), code="current")
    return Refused(_("This record was merged into another one. Take the merge back instead."), code="merged")
