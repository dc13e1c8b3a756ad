"""What a patient chooses about reminders, and a carer who agreed: the beginnings of these tests."""

from datetime import time
from typing import Any

from clinic.actors import Actor
from exercises import actions
from exercises.models import Reminder
from exercises.wanted import known_of, unwanted_because
from patients import actions as patient_actions
from patients.models import Carer, Patient
from tests.factories import NOON


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


def why_not(reminder: Reminder) -> str:
    """As the tick and the composing of its e-mail ask."""
    row = Reminder.objects.select_related("programme__patient").get(pk=reminder.pk)
    return unwanted_because(row, known_of([row]))
