"""Requests of patients, who hold a link instead of an account."""

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from django.http import HttpRequest

from clinic.actors import Actor
from patients.models import Patient, PlanVisit


@dataclass(frozen=True, slots=True)
class PlanAccess:
    """What the cookie of this browser opens: today's plan of one patient. ``now`` is the instant of the request."""

    patient: Patient
    visit: PlanVisit
    actor: Actor
    now: datetime


class PatientRequest(HttpRequest):
    if TYPE_CHECKING:
        access: PlanAccess
