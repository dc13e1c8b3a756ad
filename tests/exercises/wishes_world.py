"""A patient's own device, a carer who agreed, and what a calendar reads: the beginnings of these tests."""

from datetime import time, timedelta
from typing import Any

from django.conf import settings
from django.test import Client

from clinic.actors import Actor
from exercises import actions
from patients import actions as patient_actions
from patients.models import Carer, Device, Patient, hashed
from tests.factories import NOON

SECRET = "d" * 43


def open_own_device(client: Client, patient: Patient) -> None:
    Device.objects.create(
        clinic_id=patient.clinic_id,
        patient=patient,
        secret_hash=hashed(SECRET),
        label="Chrome on Android",
        own=True,
        opened_with="code",
        seen_at=NOON,
        expires_at=NOON + timedelta(days=30),
    )
    client.cookies[settings.DEVICE_COOKIE_NAME] = SECRET


def choose(patient: Patient, **fields: Any) -> bool:
    wish = actions.Wish(**fields)
    return actions.set_reminder_choice(actor=Actor.patient(patient), patient=patient, wish=wish, now=NOON)


def move(programme: Any, at: time) -> bool:
    actor = Actor.patient(programme.patient)
    return actions.set_reminder_time(actor=actor, programme=programme, at=at, now=NOON)


def name_carer(patient: Patient, email: str = "ruth.hale@families.example", language: str = "en-gb") -> Carer:
    return patient_actions.name_carer(
        actor=Actor.patient(patient),
        patient=patient,
        name="Ruth Hale",
        email=email,
        language=language,
        now=NOON,
    )


def make_carer(patient: Patient, **fields: Any) -> Carer:
    """Agreed."""
    carer = name_carer(patient, **fields)
    patient_actions.agree_to_copies(actor=Actor.system("carer"), carer=carer, now=NOON)
    return carer
