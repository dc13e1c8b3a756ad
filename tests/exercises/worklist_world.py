"""What the tests of the worklist do and read alike."""

from datetime import datetime

from django.urls import reverse

from clinic.actors import Actor
from clinic.models import User
from exercises import actions
from exercises.models import Alert
from patients.models import Measure, Patient
from tests.factories import NOON
from tests.pages import signed_in, text

LIST = reverse("exercises:worklist")


def hurts(
    patient: Patient, score: int = 9, at: datetime = NOON, measure: Measure = Measure.PAIN_FOOT
) -> None:
    entry = actions.DayLog(performed_on=at.date(), pain={measure: score})
    actions.log_day(actor=Actor.patient(patient), patient=patient, entry=entry, now=at)


def listed(user: User, query: str = "") -> str:
    return text(signed_in(user).get(LIST + query))


def address(alert: Alert, name: str) -> str:
    return reverse(f"exercises:alert_{name}", args=[alert.pk])
