"""Ending what opens a patient's plan. Always possible: nobody asks whether the record is open."""

from datetime import datetime

from django.db import transaction

from clinic import audit
from clinic.actors import Actor
from patients.actions.holding import hold
from patients.actions.links import revoke_links
from patients.models import AccessCode, Device, EmailedCode, OpenedBy, Patient


@transaction.atomic
def close_plan(*, actor: Actor, patient: Patient, now: datetime, reason: str) -> None:
    """Links, the printed code, devices, codes on their way: nothing opens this plan any more."""
    hold(patient.pk)
    revoke_links(actor=actor, patient=patient, now=now, reason=reason)
    revoke_code(actor=actor, patient=patient, now=now, reason=reason)
    revoke_devices(actor=actor, patient=patient, now=now, reason=reason)
    end_waiting_codes(patient, now)


@transaction.atomic
def revoke_code(*, actor: Actor, patient: Patient, now: datetime, reason: str) -> bool:
    """The printed code opens nothing any more; devices that it has opened stay open. False: there was none."""
    if not end_code(patient, now):
        return False
    audit.record(actor, "code.revoked", patient, patient_id=patient.pk, reason=reason)
    return True


@transaction.atomic
def revoke_devices(
    *, actor: Actor, patient: Patient, now: datetime, reason: str, opened_with: OpenedBy | None = None
) -> int:
    """All of them, or all that were opened in one way; returns how many."""
    standing = Device.objects.filter(patient=patient, revoked_at=None)
    if opened_with:
        standing = standing.filter(opened_with=opened_with)
    ended = standing.update(revoked_at=now, revoked_by_id=actor.user_id)
    if ended:
        audit.record(
            actor,
            "device.revoked",
            patient,
            patient_id=patient.pk,
            reason=reason,
            changes={"devices": ended},
        )
    return ended


def end_code(patient: Patient, now: datetime) -> int:
    return AccessCode.objects.filter(patient=patient, revoked_at=None).update(revoked_at=now)


def end_waiting_codes(patient: Patient, now: datetime) -> None:
    """Whatever was sent to an address that is no longer right, or of a record that is closed; also what was typed in a
    moment ago, and has opened nothing yet."""
    EmailedCode.objects.filter(patient=patient, expires_at__gt=now).update(expires_at=now)
