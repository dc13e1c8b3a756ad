"""The letters of this app: a code, the news of a device, and to owners that a restricted record was opened. Composed when
they are sent; no word of health, no name."""

import functools
from datetime import datetime
from typing import Any

from django.conf import settings
from django.urls import reverse
from django.utils import timezone

from clinic.actors import Actor
from clinic.mail import Letter
from clinic.mail.letters import render, to_staff
from clinic.models import Clinic, Membership
from clinic.roles import OWNS
from patients import actions
from patients.access_codes import spaced
from patients.actions.holding import hold
from patients.models import Device, EmailedCode, Opening, Patient, Purpose, Restriction


def emailed_code(object_id: str, now: datetime) -> Letter | None:
    """The code is made here, so that no row and no queue ever holds it.

    Sent for a restricted record too, as nothing else is: the patient asked for it a moment ago, in a browser that waits, to
    get at what is theirs.
    """
    asked = EmailedCode.objects.filter(pk=object_id).values_list("patient_id", flat=True).first()
    if asked is None:
        return None
    hold(asked)  # who ends codes, or changes the address, comes before or after
    rows = EmailedCode.objects.select_related("patient__clinic")
    code = rows.filter(pk=object_id, used_at=None, expires_at__gt=now).first()
    if code is None or code.patient.archived_at:
        return None
    if code.purpose != Purpose.NEW_ADDRESS and _has_no_address(code.patient):
        return None
    actor = Actor.system("emailed_code")
    minted = actions.mint_emailed_code(actor=actor, code=code)
    forget = functools.partial(actions.forget_emailed_code, actor=actor, code=code)
    return emailed_code_letter(code.patient, minted, code.expires_at, to=code.new_email, forget=forget)


def device_added(object_id: str, now: datetime) -> Letter | None:
    """Told even if the device was signed out meanwhile: somebody had a code."""
    device = Device.objects.select_related("patient__clinic").filter(pk=object_id).first()
    if device is None or device.patient.archived_at or _has_no_address(device.patient):
        return None
    if Restriction.objects.keep_closed(device.patient_id):
        return None
    return device_added_letter(device.patient, device.label, device.created_at)


def record_opened(object_id: str, now: datetime) -> Letter | None:
    """To one owner: a practitioner opened a restricted record. Told even if it was shut again meanwhile."""
    opening_id, _colon, user_id = object_id.partition(":")
    opening = Opening.objects.select_related("clinic").filter(pk=opening_id).first()
    if opening is None:
        return None
    owners = Membership.objects.filter(
        user_id=user_id, clinic_id=opening.clinic_id, is_active=True, role__in=[role.value for role in OWNS]
    )
    to = owners.values_list("user__email", flat=True).first()
    return opened_letter(opening.clinic, to) if to else None


def opened_letter(clinic: Clinic, to: str) -> Letter:
    """Who, which record and why stand behind the sign-in."""
    page_url = f"{settings.SITE_URL}{reverse('patients:restrictions')}"
    return to_staff("patients/record_opened", clinic, to, page_url=page_url)


def emailed_code_letter(
    patient: Patient, minted: str, works_until: datetime, *, to: str = "", forget: Any = None
) -> Letter:
    context = {"code": spaced(minted), "works_until": works_until}
    return _letter("patients/emailed_code", patient, context, to=to or patient.email, unsent=forget)


def device_added_letter(patient: Patient, label: str, at: datetime) -> Letter:
    return _letter("patients/device_added", patient, {"label": label, "at": at}, to=patient.email)


def _letter(
    template: str, patient: Patient, context: dict[str, Any], *, to: str, unsent: Any = None
) -> Letter:
    help_url = f"{settings.SITE_URL}{reverse('patients:help', args=[patient.clinic_id])}"
    with timezone.override(patient.time_zone):
        return render(
            template,
            {"clinic": patient.clinic, "help_url": help_url, **context},
            to=to,
            sender_name=patient.clinic.sender_name,
            language=patient.language,
            unsent=unsent,
        )


def _has_no_address(patient: Patient) -> bool:
    return not patient.email or patient.email_doubted_at is not None
