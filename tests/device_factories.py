"""Browsers of patients: a device, a confirmed device, the code of an e-mail."""

import re
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.test import Client

from clinic import clock
from clinic.actors import Actor
from clinic.models import OutgoingEmail, User
from patients import actions, emails
from patients.access_codes import PrintedCode
from patients.models import Device, OpenedBy, Patient

# Not within the key of an address, whose parts may be digits alone.
PRINTED = re.compile(r"(?<![\w-])[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4}(?![\w-])")
EMAILED = re.compile(r"(?<![\w-])[0-9A-Z]{4}-[0-9A-Z]{4}(?![\w-])")


def open_device(
    client: Client, patient: Patient, *, own: bool = True, now: datetime | None = None, **fields: Any
) -> Device:
    """A code of the patient was entered in this browser: the whole plan is open there (rung B)."""
    browser = actions.Browser(label=fields.pop("label", "Chrome on Android"), own=own)
    device, secret = actions.open_device(
        actor=Actor.patient(patient),
        patient=patient,
        browser=browser,
        opened_with=fields.pop("opened_with", OpenedBy.CODE),
        now=now or clock.now(),
    )
    client.cookies[settings.DEVICE_COOKIE_NAME] = secret
    return device


def confirm_device(client: Client, device: Device, *, now: datetime | None = None) -> None:
    """And a fresh code of an e-mail (rung C)."""
    secret = actions.step_up(actor=Actor.patient(device.patient), device=device, now=now or clock.now())
    client.cookies[settings.DEVICE_COOKIE_NAME] = secret


def make_code(staff: User, patient: Patient, *, days: int = 28, now: datetime | None = None) -> PrintedCode:
    now = now or clock.now()
    _row, made = actions.issue_code(
        actor=Actor.staff(staff), patient=patient, until=now + timedelta(days=days), now=now
    )
    return made


def emailed_codes(letter: str = "emailed_code") -> list[str]:
    """What the e-mails that wait say, composed as the worker would; the oldest first."""
    waiting = OutgoingEmail.objects.filter(letter=letter, state="pending").order_by("pk")
    with transaction.atomic():
        written = [emails.emailed_code(email.object_id, clock.now()) for email in waiting]
    return [code_in(letter.text) for letter in written if letter]


def code_in(text: str) -> str:
    """The code that stands in a page or a letter; a printed one if there is one."""
    found = PRINTED.search(text) or EMAILED.search(text)
    assert found is not None
    return found.group()
