"""The letters of this app. Composed when they are sent; None means that nobody wants the letter any more.

Subject and body say nothing about health: no exercise, body part or number, no name. A sender or a subject that names
a specialty already tells something about the person who reads it.
"""

import functools
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db.models import QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode

from clinic.actors import Actor
from clinic.mail import Letter
from clinic.mail.letters import render
from clinic.models import EmailState, OutgoingEmail
from exercises import reminders
from exercises.models import Programme, ProgrammeState, Reminder, ReminderChoice
from exercises.schedule import local_day
from patients import actions as patient_actions
from patients.actions.holding import hold
from patients.actions.messages import MESSAGE_WAITING, may_mail
from patients.models import Carer, CarerState, Message, Patient, RaisedFlag, carer_token, stop_token

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
    patient = _owner_of_ready_plan(object_id, now)
    if patient is None or not patient.email:
        return None
    return plan_ready_letter(patient, _opening("plan_ready", patient, now + PLAN_READY_LINK))


def _hold_owner(programmes: QuerySet[Programme]) -> None:
    """Before anything is asked: whoever ends the plan, its links or a carer's copies meanwhile waits until this letter has
    its link, and ends that too. Who came first is seen by what is asked next."""
    if patient_id := programmes.values_list("patient_id", flat=True).first():
        hold(patient_id)


def _owner_of_ready_plan(programme_id: UUID | str, now: datetime) -> Patient | None:
    _hold_owner(Programme.objects.filter(pk=programme_id))
    return _owner_of_running(Programme.objects.filter(pk=programme_id), now)


def _owner_of_changed_plan(programme_id: UUID | str, now: datetime) -> Patient | None:
    """One letter tells of changes in every programme of the patient: it is wanted as long as any of them goes on, also
    when the one that was changed first is over."""
    _hold_owner(Programme.objects.filter(pk=programme_id))
    owner = Programme.objects.filter(pk=programme_id).values("patient")
    return _owner_of_running(Programme.objects.filter(patient__in=owner), now)


def _owner_of_running(programmes: QuerySet[Programme], now: datetime) -> Patient | None:
    """Of programmes of one patient: as long as one of them goes on."""
    going_on = programmes.filter(state=ProgrammeState.ACTIVE).select_related("patient__clinic")
    programme = going_on.order_by("-ends_on", "pk").first()
    if programme is None:
        return None
    patient = programme.patient
    if (
        patient.archived_at
        or patient.email_doubted_at
        or programme.ends_on < local_day(now, patient.time_zone)
    ):
        return None
    return None if RaisedFlag.objects.about(patient).blocking().exists() else patient


def plan_changed(object_id: str, now: datetime) -> Letter | None:
    """A practitioner changed it, once or several times in one sitting. It asks what ``plan_ready`` asks, of all plans."""
    patient = _owner_of_changed_plan(object_id, now)
    if patient is None or not patient.email:
        return None
    return plan_changed_letter(patient, _opening("plan_changed", patient, now + PLAN_READY_LINK))


def exercise_reminder(object_id: str, now: datetime) -> Letter | None:
    """Asked again here whether it is wanted: between posting and sending the patient may have logged or stopped."""
    reminder, choice = _wanted(object_id, now)
    if reminder is None:
        return None
    patient = reminder.programme.patient
    opening = _opening("exercise_reminder", patient, reminder.due_at + REMINDER_LINK)
    return reminder_letter(patient, opening, choice)


def _wanted(reminder_id: str, now: datetime) -> tuple[Reminder | None, ReminderChoice | None]:
    """The reminder if it is wanted still, and when its patient wants reminders."""
    _hold_owner(Programme.objects.filter(pk__in=Reminder.objects.filter(pk=reminder_id).values("programme")))
    reminder = Reminder.objects.select_related("programme__patient__clinic").filter(pk=reminder_id).first()
    choice = reminders.choice_of(reminder.programme.patient) if reminder else None
    if (
        reminder is None
        or reminders.is_too_late(reminder, choice, now)
        or reminders.unwanted_because(reminder, choice)
    ):
        return None, None
    return reminder, choice


def message_waiting(object_id: str, now: datetime) -> Letter | None:
    """The clinic wrote. One letter tells of all that waits: what an earlier one told of, and what was read or taken back
    meanwhile, needs none. A carer gets no copy: the words are for the patient."""
    owner = Message.objects.filter(pk=object_id).values_list("patient_id", flat=True).first()
    if owner is None:
        return None
    hold(owner)
    patient = Patient.objects.select_related("clinic").get(pk=owner)
    if patient.archived_at or not may_mail(patient):
        return None
    messages = Message.objects.about(patient)
    keys = [str(pk) for pk in messages.values_list("pk", flat=True)]
    told = OutgoingEmail.objects.filter(letter=MESSAGE_WAITING, object_id__in=keys, state=EmailState.SENT)
    last = told.order_by("sent_at").values_list("sent_at", flat=True).last()
    waiting = messages.unread().readable_at(now)
    if not (waiting.filter(readable_from__gt=last) if last else waiting).exists():
        return None
    return message_waiting_letter(patient, _opening("message_waiting", patient, now + PLAN_READY_LINK))


def carer_asked(object_id: str, now: datetime) -> Letter | None:
    """May we send you copies? Nothing else goes to an address before somebody there has agreed."""
    carer = (
        Carer.objects.filter(pk=object_id, state=CarerState.ASKED).select_related("patient__clinic").first()
    )
    if carer is None or carer.patient.archived_at:
        return None
    return carer_asked_letter(carer.patient, carer)


def carer_plan_ready(object_id: str, now: datetime) -> Letter | None:
    about, key = _copy(object_id)
    patient = _owner_of_ready_plan(UUID(hex=about), now)
    carer = Carer.objects.agreed().filter(pk=key).first()
    if carer is None or patient is None or patient.pk != carer.patient_id:
        return None
    opening = _opening("carer_plan_ready", patient, now + PLAN_READY_LINK, carer)
    return carer_plan_ready_letter(patient, opening, carer)


def carer_plan_changed(object_id: str, now: datetime) -> Letter | None:
    about, key = _copy(object_id)
    patient = _owner_of_changed_plan(UUID(hex=about), now)
    carer = Carer.objects.agreed().filter(pk=key).first()
    if carer is None or patient is None or patient.pk != carer.patient_id:
        return None
    opening = _opening("carer_plan_changed", patient, now + PLAN_READY_LINK, carer)
    return carer_plan_changed_letter(patient, opening, carer)


def carer_reminder(object_id: str, now: datetime) -> Letter | None:
    """Wanted as long as the reminder itself is."""
    about, key = _copy(object_id)
    reminder, _choice = _wanted(about, now)
    carer = Carer.objects.agreed().filter(pk=key).first()
    if carer is None or reminder is None or reminder.programme.patient_id != carer.patient_id:
        return None
    patient = reminder.programme.patient
    opening = _opening("carer_reminder", patient, reminder.due_at + REMINDER_LINK, carer)
    return carer_reminder_letter(patient, opening, carer)


def _copy(object_id: str) -> tuple[str, str]:
    """What a copy is about, and for which carer. Whether that is one still is asked last, with the patient's row held."""
    about, _dash, carer = object_id.rpartition("-")
    return about, carer


def plan_ready_letter(patient: Patient, opening: Opening) -> Letter:
    return _letter("exercises/plan_ready", patient, opening)


def plan_changed_letter(patient: Patient, opening: Opening) -> Letter:
    return _letter("exercises/plan_changed", patient, opening)


def message_waiting_letter(patient: Patient, opening: Opening) -> Letter:
    return _letter("exercises/message_waiting", patient, opening)


def reminder_letter(patient: Patient, opening: Opening, choice: ReminderChoice | None = None) -> Letter:
    """RFC 8058: the mail program's own button posts to the stop link; DKIM must cover both headers."""
    return _letter("exercises/exercise_reminder", patient, opening, choice=choice, one_click=True)


def carer_asked_letter(patient: Patient, carer: Carer) -> Letter:
    return _letter("exercises/carer_asked", patient, None, carer=carer)


def carer_plan_ready_letter(patient: Patient, opening: Opening, carer: Carer) -> Letter:
    return _letter("exercises/carer_plan_ready", patient, opening, carer=carer, one_click=True)


def carer_plan_changed_letter(patient: Patient, opening: Opening, carer: Carer) -> Letter:
    return _letter("exercises/carer_plan_changed", patient, opening, carer=carer, one_click=True)


def carer_reminder_letter(patient: Patient, opening: Opening, carer: Carer) -> Letter:
    return _letter("exercises/carer_reminder", patient, opening, carer=carer, one_click=True)


def _letter(
    template: str,
    patient: Patient,
    opening: Opening | None,
    *,
    carer: Carer | None = None,
    choice: ReminderChoice | None = None,
    one_click: bool = False,
) -> Letter:
    clinic, reader = patient.clinic, carer or patient
    stop = _carer_url(carer) if carer else _stop_url(patient)
    context = {
        "clinic": clinic,
        "help_url": _absolute(reverse("patients:help", args=[clinic.pk]), reader),
        "stop_url": stop,
        "choice": choice,
    }
    if opening:
        address = reverse("patients:link")
        context["plan_url"] = f"{_absolute(address, reader)}#{opening.secret}"
        context["messages_url"] = f"{_absolute(address, reader, to='messages')}#{opening.secret}"
        context["settings_url"] = f"{_absolute(address, reader, to='reminders')}#{opening.secret}"
        context["works_until"] = opening.works_until
    headers = {"List-Unsubscribe": f"<{stop}>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"}
    with timezone.override(patient.time_zone):
        return render(
            template,
            context,
            to=reader.email,
            sender_name=clinic.sender_name,
            language=reader.language,
            headers=headers if one_click else {},
            unsent=opening.forget if opening else None,
        )


def _opening(job: str, patient: Patient, until: datetime, carer: Carer | None = None) -> Opening:
    actor = Actor.system(job)
    link, secret = patient_actions.issue_link(actor=actor, patient=patient, expires_at=until, carer=carer)
    forget = functools.partial(patient_actions.forget_link, actor=actor, link=link)
    return Opening(secret=secret, works_until=until, forget=forget)


def _stop_url(patient: Patient) -> str:
    return _absolute(reverse("exercises:unsubscribe", args=[stop_token(patient)]), patient)


def _carer_url(carer: Carer) -> str:
    return _absolute(reverse("patients:carer", args=[carer_token(carer)]), carer)


def _absolute(path: str, reader: Patient | Carer, **asked: str) -> str:
    """These pages do not know who reads them: the address says in which language."""
    if reader.language != settings.LANGUAGE_CODE:
        asked["lang"] = reader.language
    return f"{settings.SITE_URL}{path}{'?' if asked else ''}{urlencode(asked)}"
