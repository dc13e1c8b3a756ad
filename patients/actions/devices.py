"""Browsers that may open the whole plan."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from clinic import audit, mail
from clinic.actors import Actor
from clinic.errors import Refused
from patients.actions.records import open_for_writing
from patients.models import (
    IDLE_OWN,
    IDLE_SHARED,
    LASTS_OWN,
    MOST_DEVICES,
    STEP_UP_FOR,
    AccessCode,
    Device,
    EmailedCode,
    OpenedBy,
    Patient,
    hashed,
    new_secret,
)

LASTS_SHARED = timedelta(hours=12)
SEEN_OWN, SEEN_SHARED = timedelta(hours=1), timedelta(minutes=5)  # how old "last seen" may grow
DEVICE_ADDED = "device_added"  # settings.LETTERS
ANNOUNCED_FOR = timedelta(days=2)


@dataclass(frozen=True, slots=True)
class Browser:
    """``own``: nobody else uses it, says the patient. ``former``: what this browser opened before. ``key``: the code that
    was entered in it."""

    label: str
    own: bool
    former: Device | None = None
    key: AccessCode | EmailedCode | None = None


@transaction.atomic
def open_device(
    *, actor: Actor, patient: Patient, browser: Browser, opened_with: OpenedBy, now: datetime
) -> tuple[Device, str]:
    """A code was right: give this browser a cookie of its own. The patient is told; of six, the oldest goes.

    Refuses a code that was ended since it was looked at: whatever it had opened ended then, too.
    """
    current = open_for_writing(patient.pk)
    if browser.key and not _stands(browser.key, now):
        raise Refused(_("Open the plan again."), code="revoked")
    if browser.former:
        _end([browser.former], now)
    live = list(Device.objects.filter(patient=current).live_at(now).order_by("created_at", "pk"))
    too_many = live[: len(live) - MOST_DEVICES + 1] if len(live) >= MOST_DEVICES else []
    if too_many:
        _end(too_many, now)
        audit.record(actor, "device.displaced", current, patient_id=current.pk)
    secret = new_secret()
    device = Device.objects.create(
        clinic_id=current.clinic_id,
        patient=current,
        secret_hash=hashed(secret),
        label=browser.label,
        own=browser.own,
        opened_with=opened_with,
        created_at=now,
        seen_at=now,
        expires_at=now + (LASTS_OWN if browser.own else LASTS_SHARED),
    )
    audit.record(actor, "device.opened", device, changes={"with": opened_with.value, "own": browser.own})
    if current.email and not current.email_doubted_at:
        until = now + ANNOUNCED_FOR
        mail.post(DEVICE_ADDED, device.pk, clinic_id=device.clinic_id, not_before=now, expires_at=until)
    return device, secret


@transaction.atomic
def step_up(*, actor: Actor, device: Device, now: datetime) -> str:
    """An e-mailed code was entered here: for ten minutes this browser may change what is delicate. Its cookie changes."""
    open_for_writing(device.patient_id)
    secret = new_secret()
    live = Device.objects.filter(pk=device.pk, revoked_at=None)
    if not live.update(secret_hash=hashed(secret), stepped_up_until=now + STEP_UP_FOR, seen_at=now):
        raise Refused(_("This device was signed out."), code="revoked")
    device.stepped_up_until = now + STEP_UP_FOR
    audit.record(actor, "device.confirmed", device)
    return secret


@transaction.atomic
def revoke_device(*, actor: Actor, device: Device, now: datetime) -> bool:
    """By the patient or the clinic. False: it was signed out before."""
    ended = Device.objects.filter(pk=device.pk, revoked_at=None).update(
        revoked_at=now, revoked_by_id=actor.user_id
    )
    if not ended:
        return False
    audit.record(actor, "device.revoked", device)
    return True


def touch_device(device: Device, now: datetime) -> bool:
    """Put off the end by idleness. At most once an hour, or every five minutes where others use the browser too; no
    entry in the audit, for nothing was done."""
    if now - device.seen_at < (SEEN_OWN if device.own else SEEN_SHARED):
        return False
    idle = IDLE_OWN if device.own else IDLE_SHARED
    standing = Device.objects.filter(pk=device.pk, revoked_at=None, seen_at__gt=now - idle)
    return bool(standing.update(seen_at=now))


def _stands(key: AccessCode | EmailedCode, now: datetime) -> bool:
    if isinstance(key, AccessCode):
        return AccessCode.objects.filter(pk=key.pk, revoked_at=None).exists()
    return EmailedCode.objects.filter(pk=key.pk, expires_at__gt=now).exists()


def _end(devices: list[Device], now: datetime) -> None:
    Device.objects.filter(pk__in=[device.pk for device in devices], revoked_at=None).update(revoked_at=now)
