"""Whether e-mail reaches a patient: consent, what they chose, who gets copies, and what became of what was sent.

As ``told``: ``columns`` is what to ask of the patient's own row, ``read`` is what it says.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any
from uuid import UUID

from django.db.models import CharField, OuterRef, Q
from django.db.models.functions import Cast
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from clinic.actors import Actor
from clinic.mail import suppression
from clinic.mail.bounces import SERIES, WARNS_AT
from clinic.models import (
    BounceEvent,
    BounceKind,
    EmailState,
    OutgoingEmail,
    Suppression,
    SuppressionReason,
)
from exercises.models import PLAN_CHANGED, PLAN_READY, Programme, Reminder, ReminderChoice
from patients.actions.messages import MESSAGE_WAITING
from patients.models import (
    Carer,
    ConsentChange,
    ConsentRecord,
    Message,
    Patient,
    about_patient,
    packed,
)

DAY = "j M Y"


@dataclass(frozen=True, slots=True)
class Reach:
    """The rows hold what pages name of them, and are never saved."""

    consent: ConsentRecord | None  # the newest
    choice: ReminderChoice | None  # what the patient wants of the reminders
    carer: Carer | None  # who gets copies, or was asked
    letters: Mapping[str, OutgoingEmail]  # the newest "your plan is ready" by programme
    reminder: OutgoingEmail | None  # the newest that went out, or was to
    other: OutgoingEmail | None  # the newest that told, or was to, of a change or a message
    suppressed: Suppression | None  # why nothing more goes to the address
    came_back: int  # e-mails that came back lately and may pass

    @property
    def newest(self) -> OutgoingEmail | None:
        sent = [*self.letters.values(), *(one for one in (self.reminder, self.other) if one)]
        return max(sent, key=lambda email: email.not_before, default=None)


def values(patient: Patient, now: datetime) -> dict[str, Any]:
    """What ``columns`` has to know of this patient, by its names there."""
    return {
        "clinic": patient.clinic_id,
        "address": suppression.address_hash(patient.email) or None,
        "now": now,
        "returned_since": now - SERIES,
    }


def columns(
    actor: Actor, *, clinic: UUID, address: str | None, now: datetime, returned_since: datetime
) -> dict[str, Any]:
    own = about_patient()
    standing = Suppression.objects.filter(clinic=clinic, address_hash=address).in_force_at(now)
    returned = BounceEvent.objects.filter(
        email__clinic=clinic,
        email__address_hash=address,
        kind__in=[BounceKind.SOFT, BounceKind.BLOCKED],
        at__gt=returned_since,
    )
    mine = Programme.objects.visible_to(actor).filter(patient=OuterRef(OuterRef("pk")))
    keys = mine.order_by().values(key=Cast("pk", CharField()))
    letters = OutgoingEmail.objects.filter(letter=PLAN_READY, object_id__in=keys)
    messages = Message.objects.visible_to(actor).filter(patient=OuterRef(OuterRef("pk")))
    others = OutgoingEmail.objects.filter(
        Q(letter=PLAN_CHANGED, object_id__in=keys)
        | Q(
            letter=MESSAGE_WAITING,
            object_id__in=messages.order_by().values(key=Cast("pk", CharField())),
        ),
        state__in=[
            EmailState.SENT,
            EmailState.FAILED,
            EmailState.UNCONFIRMED,
        ],  # the rest wait, or were not needed
    )
    reminders = Reminder.objects.filter(programme__in=mine.order_by(), email__isnull=False)
    return {
        "consents": packed(ConsentRecord.objects.filter(**own)[:1], "change", "channel", "recorded_at"),
        "choices": packed(
            ReminderChoice.objects.visible_to(actor).filter(**own),
            *("weekdays", "quiet_until", "quiet_from", "paused_until", "anchor"),
        ),
        "carers": packed(Carer.objects.visible_to(actor).filter(**own).current()[:1], "name", "state"),
        "letters": packed(
            letters.order_by("generation"), "object_id", "state", "reason", "not_before", "sent_at"
        ),
        "reminders": packed(
            reminders.order_by("-due_at")[:1],
            *("email__object_id", "email__state", "email__reason", "email__not_before", "email__sent_at"),
        ),
        "suppressed": packed(standing, "reason", "at", "until"),
        "came_back": packed(returned, "email_id", "kind"),
        "others": packed(
            others.order_by("-not_before")[:1], "object_id", "state", "reason", "not_before", "sent_at"
        ),
    }


def read(row: Mapping[str, Any]) -> Reach:
    letters = [_email(email) for email in row["letters"] or ()]
    return Reach(
        consent=next((_consent(one) for one in row["consents"] or ()), None),
        choice=next((_choice(one) for one in row["choices"] or ()), None),
        carer=next((Carer(name=name, state=state) for name, state in row["carers"] or ()), None),
        letters={email.object_id: email for email in letters},  # a later generation replaces the one before
        reminder=next((_email(email) for email in row["reminders"] or ()), None),
        other=next((_email(email) for email in row["others"] or ()), None),
        suppressed=next((_suppression(one) for one in row["suppressed"] or ()), None),
        came_back=_came_back(row["came_back"] or ()),
    )


def in_words(patient: Patient, reach: Reach, today: date) -> list[str]:
    """Whole sentences for staff: whether reminders are on, and whatever keeps e-mail away."""
    found = [_reminders(patient, reach.consent)]
    if reach.choice and reach.choice.paused_until and reach.choice.paused_until >= today:
        until = date_format(reach.choice.paused_until, DAY)
        found.append(_("The patient wants none until %(day)s.") % {"day": until})
    if not patient.email:
        found.append(_("There is no e-mail address."))
    if patient.email_doubted_at:
        on = date_format(patient.local_day(patient.email_doubted_at), DAY)
        found.append(
            _("Somebody who opened an e-mail said “not for me” on %(day)s: none is sent.") % {"day": on}
        )
    if reach.suppressed:
        words = {
            "day": date_format(patient.local_day(reach.suppressed.at), DAY),
            "why": reach.suppressed.get_reason_display(),
        }
        found.append(_("The address fails since %(day)s: %(why)s. No e-mail is sent.") % words)
    elif reach.came_back:
        found.append(_("E-mails came back in the last two weeks."))
    newest = reach.newest
    if newest and newest.state in {EmailState.FAILED, EmailState.UNCONFIRMED}:
        words = {
            "state": newest.get_state_display(),
            "day": date_format(patient.local_day(newest.not_before), DAY),
        }
        found.append(_("The newest e-mail, of %(day)s: %(state)s.") % words)
    return found


def _reminders(patient: Patient, consent: ConsentRecord | None) -> str:
    if consent is None:
        return (
            _("Reminders are on.") if patient.reminders_allowed else _("Reminders are off: never asked for.")
        )
    words = {
        "day": date_format(patient.local_day(consent.recorded_at), DAY),
        "how": consent.get_channel_display(),
    }
    if patient.reminders_allowed:
        return _("Reminders are on, agreed on %(day)s (%(how)s).") % words
    if consent.change == ConsentChange.WITHDRAWN:
        return _("Reminders were stopped on %(day)s (%(how)s).") % words
    return _("Reminders are off.")


def _consent(row: Sequence[Any]) -> ConsentRecord:
    change, channel, recorded_at = row
    return ConsentRecord(change=change, channel=channel, recorded_at=datetime.fromisoformat(recorded_at))


def _suppression(row: Sequence[Any]) -> Suppression:
    reason, at, until = row
    return Suppression(
        reason=SuppressionReason(reason),
        at=datetime.fromisoformat(at),
        until=datetime.fromisoformat(until) if until else None,
    )


def _came_back(rows: Sequence[Sequence[Any]]) -> int:
    """Said from the second on, and at once where the receiver's rules refused one."""
    emails = {email for email, _kind in rows}
    blocked = any(kind == BounceKind.BLOCKED for _email, kind in rows)
    return len(emails) if len(emails) >= WARNS_AT or blocked else 0


def _choice(row: Sequence[Any]) -> ReminderChoice:
    weekdays, quiet_until, quiet_from, paused_until, anchor = row
    return ReminderChoice(
        weekdays=weekdays,
        quiet_until=time.fromisoformat(quiet_until),
        quiet_from=time.fromisoformat(quiet_from),
        paused_until=date.fromisoformat(paused_until) if paused_until else None,
        anchor=anchor,
    )


def _email(row: Sequence[Any]) -> OutgoingEmail:
    about, state, reason, not_before, sent_at = row
    return OutgoingEmail(
        object_id=about,
        state=state,
        reason=reason,
        not_before=datetime.fromisoformat(not_before),
        sent_at=datetime.fromisoformat(sent_at) if sent_at else None,
    )
