"""What opens a plan, as far as programmes, reminders and calendars have a say in it."""

from datetime import datetime, time
from zoneinfo import ZoneInfo

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from clinic import audit
from clinic.actors import Actor
from clinic.errors import Refused
from clinic.mail import suppression
from exercises import reminders
from exercises.actions.alerts import close_address_alert
from exercises.actions.feeds import revoke_feed
from exercises.models import Programme
from patients import actions as patient_actions
from patients.access_codes import PrintedCode
from patients.actions.records import open_for_writing
from patients.models import AccessCode, Carer, Patient


@transaction.atomic
def close_plan(*, actor: Actor, patient: Patient, now: datetime, reason: str) -> None:
    """Nothing opens this patient's plan any more: links, the printed code, devices, the calendar's address."""
    patient_actions.close_plan(actor=actor, patient=patient, now=now, reason=reason)
    revoke_feed(actor=actor, patient=patient, now=now)


@transaction.atomic
def end_what_an_address_opened(*, actor: Actor, patient: Patient, now: datetime) -> None:
    """Whoever read it may have opened a device, and from there named a carer or made a calendar's address. A carer that
    the clinic named stays."""
    revoke_feed(actor=actor, patient=patient, now=now)
    carer = Carer.objects.filter(patient=patient, added_by=None).current().first()
    if carer:
        patient_actions.stop_copies(actor=actor, carer=carer, now=now)


@transaction.atomic
def issue_code(*, actor: Actor, patient: Patient, now: datetime) -> tuple[AccessCode, PrintedCode]:
    """Make the printed code of a patient, for as long as the last of the running programmes. Refuses without one."""
    open_for_writing(patient.pk)  # the last of them may be ending
    running = Programme.objects.visible_to(actor).active().filter(patient=patient)
    last = running.filter(ends_on__gte=patient.local_day(now)).order_by("ends_on").last()
    if last is None:
        raise Refused(_("Assign a programme first: there is nothing that a code could open."), code="nothing")
    if AccessCode.objects.filter(
        patient=patient
    ).exists():  # whoever had the old one may have made an address
        revoke_feed(actor=actor, patient=patient, now=now)
    until = datetime.combine(last.ends_on, time.max, tzinfo=ZoneInfo(patient.time_zone))
    return patient_actions.issue_code(actor=actor, patient=patient, until=until, now=now)


@transaction.atomic
def doubt_address(*, actor: Actor, patient: Patient, now: datetime) -> bool:
    """ "Not for me", said by whoever opened an e-mail: nothing more is sent until the clinic has looked."""
    doubted = patient_actions.doubt_address(actor=actor, patient=patient, now=now)
    if doubted:
        end_what_an_address_opened(actor=actor, patient=patient, now=now)
        reminders.cancel_patient(patient, gettext_noop("The e-mail address may be somebody else's."))
    return doubted


@transaction.atomic
def trust_address(*, actor: Actor, patient: Patient, now: datetime) -> bool:
    """The address is right, says the clinic: what is to come is planned again."""
    trusted = patient_actions.trust_address(actor=actor, patient=patient)
    if trusted:
        reminders.replan_patient(patient, now)
    return trusted


@transaction.atomic
def try_address_again(*, actor: Actor, patient: Patient, reason: str, now: datetime) -> bool:
    """E-mail to this address came back or was unwanted; the patient says now that it is right and that e-mail is welcome.
    False: nothing stood in the way. Refuses without a reason."""
    current = open_for_writing(patient.pk)
    if not reason.strip():
        raise Refused(_("Say what the patient told you."), code="no_reason", field="reason")
    lifted = suppression.lift(actor=actor, clinic_id=current.clinic_id, address=current.email, now=now)
    if lifted is None:
        return False
    close_address_alert(actor=actor, patient=current, note=reason, now=now)
    changes = {"reason": lifted.reason}
    audit.record(
        actor, "address.tried_again", lifted, patient_id=patient.pk, reason=reason.strip(), changes=changes
    )
    return True


@transaction.atomic
def take_copy(*, actor: Actor, patient: Patient, whole: bool, rows: int) -> None:
    """Somebody took a copy of what is stored about a patient: the clinic the whole, the patient their own. What is in it,
    ``exercises.rights`` says."""
    audit.record(
        actor, "patient.exported", patient, patient_id=patient.pk, changes={"whole": whole, "rows": rows}
    )
