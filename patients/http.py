"""Requests of patients, who hold a link instead of an account."""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from django.conf import settings
from django.http import HttpRequest

from clinic.actors import Actor
from patients.models import Device, Patient, PlanVisit, new_secret

SECRET = re.compile(r"[\w-]{43}", re.ASCII)


@dataclass(frozen=True, slots=True)
class PlanAccess:
    """What the cookies of this browser open. ``now`` is the instant of the request.

    A ``visit`` (a link of an e-mail was opened) is today's plan of one patient; a ``device`` (a printed or e-mailed code
    was entered) is the whole of it. With both, the link opened last says whose plan it is.
    """

    patient: Patient
    visit: PlanVisit | None
    device: Device | None  # only if it is of the same patient
    actor: Actor
    now: datetime


class PatientRequest(HttpRequest):
    if TYPE_CHECKING:
        access: PlanAccess


def asked_in(request: HttpRequest) -> str:
    """What this browser is known by while it waits for a code. It keeps its name: asked twice, either e-mail will do."""
    name = settings.ASKED_COOKIE_NAME
    if not SECRET.fullmatch(request.COOKIES.get(name, "")):
        request.COOKIES[name] = new_secret()
    return request.COOKIES[name]
