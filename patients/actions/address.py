"""Whether the e-mail address is the patient's: somebody may read there who says "not for me"."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from clinic import audit
from clinic.actors import Actor
from clinic.errors import Refused
from patients.actions.closing import end_waiting_codes, revoke_devices
from patients.actions.links import revoke_links
from patients.actions.records import open_for_writing
from patients.models import EmailedCode, OpenedBy, Patient


@transaction.atomic
def doubt_address(*, actor: Actor, patient: Patient, now: datetime) -> bool:
    """Whoever opened an e-mail says that it was not meant for them. Links and devices that were opened from there end;
    nothing more is sent until the clinic has looked. False: it was doubted before."""
    current = open_for_writing(patient.pk)
    reason = gettext_noop("Whoever reads the e-mails said that they are not for them.")
    revoke_links(actor=actor, patient=current, now=now, reason=reason)
    revoke_devices(actor=actor, patient=current, now=now, reason=reason, opened_with=OpenedBy.EMAIL)
    end_waiting_codes(current, now)
    if current.email_doubted_at:
        return False
    patient.email_doubted_at = now
    patient.save(update_fields=["email_doubted_at"])
    audit.record(actor, "address.doubted", patient, patient_id=patient.pk)
    return True


@transaction.atomic
def trust_address(*, actor: Actor, patient: Patient) -> bool:
    """The clinic asked the patient: the address is right, or it was corrected. False: nobody doubted it."""
    current = open_for_writing(patient.pk)
    if current.email_doubted_at is None:
        return False
    patient.email_doubted_at = None
    patient.save(update_fields=["email_doubted_at"])
    audit.record(actor, "address.trusted", patient, patient_id=patient.pk)
    return True


@transaction.atomic
def give_address(*, actor: Actor, code: EmailedCode, now: datetime) -> Patient:
    """The patient entered the code that was sent to the new address: from now on it is theirs. Links in e-mails to the
    old one end; this and other devices stay open."""
    patient = open_for_writing(code.patient_id)
    if not code.new_email:
        raise Refused(_("This code is for something else."), code="no_address")
    patient.email, patient.email_doubted_at = code.new_email, None
    patient.save(update_fields=["email", "email_doubted_at"])
    reason = gettext_noop("The e-mail address changed.")
    revoke_links(actor=actor, patient=patient, now=now, reason=reason)
    end_waiting_codes(patient, now)
    audit.record(actor, "patient.updated", patient, patient_id=patient.pk, changes={"fields": ["email"]})
    return patient
