"""The letters of this app. Composed when they are sent; None means that nobody wants the letter any more.

Subject and body say nothing about health: no exercise, body part or number, no name. A sender or a subject that names
a specialty already tells something about the person who reads it.
"""

import functools
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.urls import reverse
from django.utils import timezone

from clinic.actors import Actor
from clinic.mail import Letter
from clinic.mail.letters import render
from exercises import reminders
from exercises.models import Programme, ProgrammeState, Reminder
from exercises.schedule import local_day
from patients import actions as patient_actions
from patients.models import Patient, RaisedFlag, stop_token

PLAN_READY_LINK = timedelta(days=7)
REMINDER_LINK = timedelta(hours=36)


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    """The link of one e-mail: its secret, its end, and how to forget it when the e-mail surely did not leave."""

    secret: str
    works_until: datetime
    forget: Callable[[], None] | None = None


def plan_ready(object_id: str, now: datetime) -> Letter | None:
    """A programme was assigned. Sent without consent to reminders too: it hands over what the clinic gave.

    A warning sign raised while the letter waited holds it back; after the decision the link is sent again by hand.
    """
    programme = Programme.objects.select_related("patient__clinic").filter(pk=object_id).first()
    if programme is None or programme.state != ProgrammeState.ACTIVE:
        return None
    patient = programme.patient
    if patient.archived_at or not patient.email or patient.email_doubted_at:
        return None
    if programme.ends_on < local_day(now, patient.time_zone):
        return None
    if RaisedFlag.objects.about(patient).blocking().exists():
        return None
    return plan_ready_letter(patient, _opening("plan_ready", patient, now + PLAN_READY_LINK))


def exercise_reminder(object_id: str, now: datetime) -> Letter | None:
    """Asked again here whether it is wanted: between posting and sending the patient may have logged or stopped."""
    rows = Reminder.objects.select_related("programme__patient__clinic")
    reminder = rows.filter(pk=object_id).first()
    if reminder is None or reminder.expires_at <= now or reminders.unwanted_because(reminder):
        return None
    patient = reminder.programme.patient
    return reminder_letter(patient, _opening("exercise_reminder", patient, reminder.due_at + REMINDER_LINK))


def plan_ready_letter(patient: Patient, opening: Opening) -> Letter:
    return _letter("exercises/plan_ready", patient, opening, headers={})


def reminder_letter(patient: Patient, opening: Opening) -> Letter:
    """RFC 8058: the mail program's own button posts to the stop link; DKIM must cover both headers."""
    headers = {
        "List-Unsubscribe": f"<{_stop_url(patient)}>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
    }
    return _letter("exercises/exercise_reminder", patient, opening, headers=headers)


def _letter(template: str, patient: Patient, opening: Opening, *, headers: dict[str, str]) -> Letter:
    clinic = patient.clinic
    context = {
        "clinic": clinic,
        "help_url": _absolute(reverse("patients:help", args=[clinic.pk])),
        "plan_url": f"{_absolute(reverse('patients:link'))}#{opening.secret}",
        "stop_url": _stop_url(patient),
        "works_until": opening.works_until,
    }
    with timezone.override(patient.time_zone):
        return render(
            template,
            context,
            to=patient.email,
            sender_name=clinic.sender_name,
            language=settings.LANGUAGE_CODE,
            headers=headers,
            unsent=opening.forget,
        )


def _opening(job: str, patient: Patient, until: datetime) -> Opening:
    actor = Actor.system(job)
    link, secret = patient_actions.issue_link(actor=actor, patient=patient, expires_at=until)
    forget = functools.partial(patient_actions.forget_link, actor=actor, link=link)
    return Opening(secret=secret, works_until=until, forget=forget)


def _stop_url(patient: Patient) -> str:
    return _absolute(reverse("exercises:unsubscribe", args=[stop_token(patient)]))


def _absolute(path: str) -> str:
    return f"{settings.SITE_URL}{path}"
