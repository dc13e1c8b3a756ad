"""The letters of this app. Composed when they are sent; None means that nobody wants the letter any more.

Subject and body say nothing about health: no exercise, body part or number, no name. A sender or a subject that names
a specialty already tells something about the person who reads it.
"""

import functools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db.models import QuerySet
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.formats import date_format
from django.utils.http import urlencode

from clinic.actors import Actor
from clinic.mail import Letter
from clinic.mail.letters import render
from clinic.models import EmailState, OutgoingEmail
from exercises.models import Programme, ProgrammeState, Reminder, ReminderChoice
from exercises.schedule import local_day
from exercises.wanted import is_too_late, known_of, unwanted_because
from patients import actions as patient_actions
from patients.actions.holding import hold, hold_each
from patients.actions.messages import MESSAGE_WAITING, may_mail
from patients.models import (
    Carer,
    CarerState,
    Message,
    Patient,
    RaisedFlag,
    Restriction,
    carer_token,
    stop_token,
)

PLAN_READY_LINK = timedelta(days=7)
REMINDER_LINK = timedelta(hours=36)
PLACE = "-token-"  # where a token stands in the address of a page


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
    if Restriction.objects.keep_closed(patient.pk):
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
    return exercise_reminders([object_id], now, wait=True).get(object_id)


def exercise_reminders(
    object_ids: Sequence[str], now: datetime, *, wait: bool = False
) -> dict[str, Letter | None]:
    """The same for many, by few statements; None for those that nobody wants. Without ``wait`` those are missing whose
    patient somebody else holds."""
    found = _wanted_each(object_ids, now, wait=wait)
    wanted = {key: one for key, one in found.items() if one}
    openings = _openings(
        "exercise_reminder",
        [(one.patient, one.reminder.due_at + REMINDER_LINK, None) for one in wanted.values()],
    )
    letters = {
        key: reminder_letter(one.patient, opening, one.choice)
        for (key, one), opening in zip(wanted.items(), openings, strict=True)
    }
    return {key: letters.get(key) for key in found}


@dataclass(frozen=True, slots=True)
class Wanted:
    """A reminder that is wanted still, and when its patient wants reminders."""

    reminder: Reminder
    patient: Patient
    choice: ReminderChoice | None


def _wanted_each(keys: Sequence[str], now: datetime, *, wait: bool) -> dict[str, Wanted | None]:
    """By key; None: not wanted. The patients are held first, see ``_hold_owner``."""
    owners = {
        str(pk): patient
        for pk, patient in Reminder.objects.filter(pk__in=keys).values_list("pk", "programme__patient")
    }
    held = hold_each(owners.values(), wait=wait)
    rows = Reminder.objects.select_related("programme").filter(pk__in=keys, programme__patient__in=held)
    reminders = {str(row.pk): row for row in rows}
    for row in reminders.values():
        row.programme.patient = held[row.programme.patient_id]
    known = known_of(reminders.values())
    answers: dict[str, Wanted | None] = {key: None for key in keys if key not in owners}
    for key, row in reminders.items():
        patient = row.programme.patient
        choice = known.choices.get(patient.pk)
        no = is_too_late(row, choice, now) or unwanted_because(row, known)
        answers[key] = None if no else Wanted(row, patient, choice)
    return answers


def message_waiting(object_id: str, now: datetime) -> Letter | None:
    """The clinic wrote. One letter tells of all that waits: what an earlier one told of, and what was read or taken back
    meanwhile, needs none. A carer gets no copy: the words are for the patient."""
    owner = Message.objects.filter(pk=object_id).values_list("patient_id", flat=True).first()
    if owner is None:
        return None
    hold(owner)
    patient = Patient.objects.select_related("clinic").get(pk=owner)
    if patient.archived_at or not may_mail(patient) or Restriction.objects.keep_closed(patient.pk):
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
    if carer is None or carer.patient.archived_at or Restriction.objects.keep_closed(carer.patient_id):
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
    return carer_reminders([object_id], now, wait=True).get(object_id)


def carer_reminders(
    object_ids: Sequence[str], now: datetime, *, wait: bool = False
) -> dict[str, Letter | None]:
    """The same for many; ``wait`` as in ``exercise_reminders``."""
    about = {key: _copy(key) for key in object_ids}
    found = _wanted_each(list({reminder for reminder, _carer in about.values()}), now, wait=wait)
    carers = {
        str(carer.pk): carer
        for carer in Carer.objects.agreed().filter(pk__in=[carer for _, carer in about.values()])
    }
    letters: dict[str, Letter | None] = {}
    for key, (reminder, number) in about.items():
        if reminder not in found:
            continue
        one, carer = found[reminder], carers.get(number)
        letters[key] = None
        if one and carer and carer.patient_id == one.patient.pk:
            until = one.reminder.due_at + REMINDER_LINK
            opening = _opening("carer_reminder", one.patient, until, carer)
            letters[key] = carer_reminder_letter(one.patient, opening, carer)
    return letters


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
    own = {"stop_url": stop}
    context: dict[str, Any] = {
        "clinic": clinic,
        "help_url": _absolute(_path("patients:help", str(clinic.pk)), reader),
    }
    if opening:
        address = _path("patients:link")
        own["plan_url"] = f"{_absolute(address, reader)}#{opening.secret}"
        own["messages_url"] = f"{_absolute(address, reader, to='messages')}#{opening.secret}"
        own["settings_url"] = f"{_absolute(address, reader, to='reminders')}#{opening.secret}"
    headers = {"List-Unsubscribe": f"<{stop}>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"}
    if opening:
        own["works_until"] = _moment(opening.works_until, patient.time_zone, reader.language)
    with timezone.override(patient.time_zone), translation.override(reader.language):
        context["choice"] = {"anchored": choice.anchored} if choice else None
        return render(
            template,
            context,
            to=reader.email,
            sender_name=clinic.sender_name,
            language=reader.language,
            headers=headers if one_click else {},
            unsent=opening.forget if opening else None,
            own=own,
        )


def _opening(job: str, patient: Patient, until: datetime, carer: Carer | None = None) -> Opening:
    return _openings(job, [(patient, until, carer)])[0]


def _openings(job: str, wanted: Sequence[tuple[Patient, datetime, Carer | None]]) -> list[Opening]:
    actor = Actor.system(job)
    links = patient_actions.issue_links(actor=actor, wanted=wanted) if wanted else []
    return [
        Opening(
            secret=secret,
            works_until=link.expires_at,
            forget=functools.partial(patient_actions.forget_link, actor=actor, link=link),
        )
        for link, secret in links
    ]


@functools.lru_cache(500)
def _moment(when: datetime, zone: str, language: str) -> str:
    with timezone.override(zone), translation.override(language):
        return date_format(timezone.localtime(when), translation.gettext("l j F, H:i"))


@functools.lru_cache(500)
def _path(name: str, *arguments: str) -> str:
    """Thousands of e-mails share a few of them."""
    return reverse(name, args=arguments)


def _stop_url(patient: Patient) -> str:
    return _absolute(_path_with("exercises:unsubscribe", stop_token(patient)), patient)


def _carer_url(carer: Carer) -> str:
    return _absolute(_path_with("patients:carer", carer_token(carer)), carer)


def _path_with(name: str, token: str) -> str:
    """``token`` is signed: its letters, digits, colons and dots stand in an address as they are."""
    return _path(name, PLACE).replace(PLACE, token)


def _absolute(path: str, reader: Patient | Carer, **asked: str) -> str:
    """These pages do not know who reads them: the address says in which language."""
    if reader.language != settings.LANGUAGE_CODE:
        asked["lang"] = reader.language
    return f"{settings.SITE_URL}{path}{_question(tuple(asked.items()))}"


@functools.lru_cache(500)
def _question(asked: tuple[tuple[str, str], ...]) -> str:
    return f"?{urlencode(asked)}" if asked else ""
