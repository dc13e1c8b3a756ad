"""Sending one e-mail again because a person decided so, and taking that back while it waits."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from clinic import audit, mail
from clinic.actors import Actor
from clinic.errors import Refused
from clinic.models import TAKEN_BACK, Clinic, OutgoingEmail
from exercises.actions import again
from exercises.models import Reminder
from exercises.outgoing.about import patient_of
from exercises.outgoing.kinds import Subject, key_of, kind_of
from exercises.outgoing.lines import why_never
from patients.actions.holding import hold
from patients.actions.records import open_for_writing

WITHDRAWN = gettext_noop("It was taken back before it was sent.")


@dataclass(frozen=True, slots=True)
class SentAgain:
    """``zone``: in which ``leaves`` is to be read, the patient's; the clinic's where a member of staff reads it."""

    email: OutgoingEmail
    leaves: datetime
    zone: str

    def in_words(self, now: datetime) -> str:
        """When it leaves, for the person who pressed the button."""
        if self.leaves - now <= again.UNDO_FOR:
            return _("It leaves in a minute. Until then it can be taken back.")
        with timezone.override(self.zone):
            at = date_format(timezone.localtime(self.leaves), "D j M, H:i")
        words = _("It leaves on %(at)s (%(zone)s): nothing leaves in the patient’s quiet hours.")
        return words % {"at": at, "zone": self.zone.replace("_", " ")}


@transaction.atomic
def send_again(*, actor: Actor, email: OutgoingEmail, now: datetime) -> SentAgain:
    """A new e-mail of the same letter about the same object, once. It waits a minute, so that it can be taken back, and
    in the patient's night until the morning.

    Refused: letters that make no sense a second time, e-mails that wait or were taken by the mail server, patients who
    are not to be written to (archived, no address, in doubt, no reminders wanted, a warning sign undecided), objects
    that are over, and a second press.
    """
    if actor.user_id is None:
        raise Refused(_("A person has to decide this."), code="nobody")
    if why := why_never(email):
        raise Refused(why, code="never")
    key = key_of(email.letter, email.object_id)
    patient_id = patient_of(email.clinic_id, key) if key else None
    if key is None or (patient_id is None and key.subject != Subject.REPORT):
        raise Refused(_("What this e-mail was about is not kept any more."), code="gone")
    patient = open_for_writing(patient_id) if patient_id else None  # two presses: one after the other
    newest = _newest(email)
    ready = again.ready(actor, email, key, patient, now)
    sent = mail.post_again(newest, not_before=ready.leaves, expires_at=ready.expires_at, by=actor.user_id)
    if ready.reminder:
        _move(ready.reminder, sent)
    audit.record(
        actor,
        "email.sent_again",
        sent,
        patient_id=patient_id,
        changes={"letter": sent.letter, "generation": sent.generation, "leaves": ready.leaves.isoformat()},
    )
    zone = patient.time_zone if patient else _zone_of(email.clinic_id)
    return SentAgain(sent, ready.leaves, zone)


@transaction.atomic
def take_back_email(*, actor: Actor, email: OutgoingEmail) -> OutgoingEmail:
    """While it waits. The e-mail before it can then be sent again. Always possible, whatever the record."""
    key = key_of(email.letter, email.object_id)
    patient_id = patient_of(email.clinic_id, key) if key else None
    if patient_id:
        hold(patient_id)
    current = OutgoingEmail.objects.select_for_update(of=("self",)).get(pk=email.pk)
    if current.again_by_id is None or not mail.cancel([current.pk], reason=WITHDRAWN):
        raise Refused(_("It cannot be taken back any more: it is on its way, or over."), code="sent")
    _point_back(current)
    audit.record(
        actor,
        "email.taken_back",
        current,
        patient_id=patient_id,
        changes={"letter": current.letter, "generation": current.generation},
    )
    return current


def _newest(email: OutgoingEmail) -> OutgoingEmail:
    """The last of this letter about this object, from which is counted on. Refused when one was sent since the one that
    was pressed, unless that was taken back."""
    OutgoingEmail.objects.select_for_update(of=("self",)).get(
        pk=email.pk
    )  # letters to staff have no patient to hold
    same = OutgoingEmail.objects.filter(letter=email.letter, object_id=email.object_id).order_by("generation")
    standing = same.filter(generation__gt=email.generation).exclude(TAKEN_BACK)
    if later := standing.select_related("again_by").first():
        raise Refused(_already(later), code="again")
    return same.latest("generation")


def _already(later: OutgoingEmail) -> str:
    with timezone.override(_zone_of(later.clinic_id)):
        at = date_format(timezone.localtime(later.created_at), "j M Y, H:i")
    if later.again_by is None:
        return _("It was sent again already, on %(at)s.") % {"at": at}
    return _("It was sent again already: by %(who)s on %(at)s.") % {"who": later.again_by.name, "at": at}


def _move(reminder: Reminder, sent: OutgoingEmail) -> None:
    """The reminder belongs to its new e-mail: whatever takes the reminder back takes that one back."""
    reminder.email = sent
    reminder.save(update_fields=["email", "local_time", "due_at", "expires_at"])


def _point_back(taken_back: OutgoingEmail) -> None:
    if kind_of(taken_back.letter).subject != Subject.REMINDER:
        return
    earlier = OutgoingEmail.objects.filter(
        letter=taken_back.letter,
        object_id=taken_back.object_id,
        generation__lt=taken_back.generation,
    ).exclude(TAKEN_BACK)
    before = earlier.order_by("generation").last()
    if before:
        Reminder.objects.filter(email=taken_back).update(email=before)


def _zone_of(clinic_id: UUID) -> str:
    return Clinic.objects.values_list("time_zone", flat=True).get(pk=clinic_id)
