"""A second person who gets copies of a patient's e-mails: named by the patient or the clinic, agreed to by the person."""

from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from clinic import audit, limits, mail, replay
from clinic.actors import Actor
from clinic.errors import Refused
from patients.actions.holding import hold
from patients.actions.records import open_for_writing
from patients.models import Carer, CarerState, Patient, PlanLink

CARER_ASKED = "carer_asked"  # the letter, a key of settings.LETTERS
ASKED_FOR = timedelta(days=7)
ASKING = limits.Limit("carer", most=3, every=timedelta(days=1))


@transaction.atomic
def name_carer(
    *, actor: Actor, patient: Patient, name: str, email: str, language: str, now: datetime
) -> Carer:
    """Ask one person whether they want copies; nothing else goes to them before they agree.

    Refuses a second carer beside a current one, the patient's own address, and asking all day long.
    """
    locked = open_for_writing(patient.pk)
    if Carer.objects.filter(patient=patient).current().exists():
        raise Refused(_("There is such a person already. Remove them first."), code="carer")
    if email.casefold() == locked.email.casefold():
        raise Refused(
            _("This address gets the e-mails already. Enter the other person’s."), code="own", field="email"
        )
    if not limits.allows(ASKING, str(patient.pk), now):
        raise Refused(_("That was asked often enough today. Try again tomorrow."), code="often")
    carer = Carer.objects.create(
        clinic_id=patient.clinic_id,
        patient=patient,
        name=name,
        email=email,
        language=language,
        added_by_id=actor.user_id,
        added_at=now,
    )
    mail.post(CARER_ASKED, carer.pk, clinic_id=carer.clinic_id, not_before=now, expires_at=now + ASKED_FOR)
    audit.record(actor, "carer.named", carer, changes={"language": language})
    return carer


@transaction.atomic
def agree_to_copies(*, actor: Actor, carer: Carer, now: datetime) -> bool:
    """The person behind the address wants the copies. False: it is not asked, or not any more."""
    open_for_writing(carer.patient_id)
    asked = Carer.objects.filter(pk=carer.pk, state=CarerState.ASKED)
    if not asked.update(state=CarerState.AGREED, agreed_at=now):
        return False
    carer.state, carer.agreed_at = CarerState.AGREED, now
    audit.record(actor, "carer.agreed", carer)
    return True


@transaction.atomic
def stop_copies(*, actor: Actor, carer: Carer, now: datetime) -> bool:
    """No more copies, and the links in those that were sent end at once. False: they were stopped before.

    Whoever it is that wants them no more: patient, clinic, or the carer. Stopping is always possible.
    """
    hold(carer.patient_id)  # a copy that is being written has its link by then, and loses it
    current = Carer.objects.filter(pk=carer.pk).current()
    if not current.update(state=CarerState.STOPPED, stopped_at=now):
        return False
    carer.state, carer.stopped_at = CarerState.STOPPED, now
    links = PlanLink.objects.filter(carer=carer, revoked_at=None).update(revoked_at=now)
    audit.record(actor, "carer.stopped", carer, changes={"links": links})
    replay.note("carer.stopped", carer.pk)
    return True


@transaction.atomic
def stop_copies_of(*, actor: Actor, patient: Patient, now: datetime) -> bool:
    """Of whoever is the patient's carer now. False: nobody."""
    carer = Carer.objects.filter(patient=patient).current().first()
    return bool(carer and stop_copies(actor=actor, carer=carer, now=now))
