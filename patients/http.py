"""Requests of patients, who hold a link instead of an account."""

import json
import re
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from django.conf import settings
from django.core.exceptions import TooManyFieldsSent
from django.forms import Form
from django.http import HttpRequest, QueryDict

from clinic.actors import Actor
from patients.models import Device, Patient, PlanVisit, new_secret
from patients.offline_copy import copy_key

OLDEST_YEAR = (
    2000  # no clock of a browser of ours is older, and the database could not read the first years back
)
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

    @property
    def copy_key(self) -> str:
        """Under which this browser may keep a copy of the plan; empty where others use it too, and for a mere link."""
        return copy_key(self.patient.pk) if self.device and self.device.own else ""

    @property
    def page_key(self) -> str:
        """Whose page a form stands on: another link may be opened in this browser before the form is sent."""
        return copy_key(self.patient.pk)


class PatientRequest(HttpRequest):
    if TYPE_CHECKING:
        access: PlanAccess


@dataclass(frozen=True, slots=True)
class QueuedForm:
    """What was said in a form while there was no network, and when, by that device's clock."""

    data: QueryDict
    made_at: datetime


def read_queued(request: HttpRequest) -> QueuedForm | None:
    """None for what no page of ours sends."""
    try:
        sent = json.loads(request.body)
        made_at = datetime.fromisoformat(sent["made_at"])
        data = QueryDict(sent["form"])
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError, TooManyFieldsSent):
        return None
    return QueuedForm(data, made_at) if made_at.tzinfo and made_at.year >= OLDEST_YEAR else None


def said_of(form: Form) -> str:
    """What is wrong with a form, in one line: there is no page to show it in."""
    return " ".join(dict.fromkeys(str(message) for messages in form.errors.values() for message in messages))


def asked_in(request: HttpRequest) -> str:
    """What this browser is known by while it waits for a code. It keeps its name: asked twice, either e-mail will do."""
    name = settings.ASKED_COOKIE_NAME
    if not SECRET.fullmatch(request.COOKIES.get(name, "")):
        request.COOKIES[name] = new_secret()
    return request.COOKIES[name]
