"""A person has restored a backup and lets this installation send mail again."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_noop

from clinic import audit, deployment, replay
from clinic.actions.restoring import end_what_signs_in
from clinic.actors import Actor
from clinic.mail.restored import hold_back
from clinic.models import Clinic
from clinic.sealing import begin_epoch
from exercises.models import CalendarFeed, Reminder, ReminderState
from patients.actions.restoring import end_what_opens_plans

RESTORED = gettext_noop("Restored from a backup: it may have been sent.")


@dataclass(frozen=True, slots=True)
class Released:
    """``key``: what the environment has to name from now on; until then no mail leaves. The rest are numbers of rows."""

    key: str
    epoch: int  # in which the audit goes on
    replayed: dict[str, int]
    reminders: int  # that were due before now, and are sent no more
    expired: int  # mails that waited
    unconfirmed: int  # mails that were being sent
    staff: int  # sessions and invitations
    plans: int  # devices, links, codes and calendars of patients


@transaction.atomic
def release_restored(*, actor: Actor, now: datetime, lines: Iterable[str] = ()) -> Released:
    """End what the past would send or open again, do again what ``lines`` of the log say, and name the database anew."""
    epoch = begin_epoch()  # first: it waits for those who write
    replayed = replay.apply(lines, actor=actor, now=now)
    overdue = Reminder.objects.filter(state=ReminderState.PLANNED, due_at__lte=now)
    reminders = overdue.update(state=ReminderState.EXPIRED, reason=RESTORED)
    expired, unconfirmed = hold_back(now)
    feeds = CalendarFeed.objects.filter(revoked_at=None).update(revoked_at=now)
    done = Released(
        key=deployment.renew(),
        epoch=epoch,
        replayed=dict(replayed),
        reminders=reminders,
        expired=expired,
        unconfirmed=unconfirmed,
        staff=end_what_signs_in(),
        plans=end_what_opens_plans(now) + feeds,
    )
    for clinic in Clinic.objects.order_by("pk"):  # each clinic reads an audit of its own
        of_clinic = replace(actor, clinic_id=clinic.pk)
        changes = {"deployment": done.key, "epoch": epoch, "replayed": dict(replayed)}
        audit.record(of_clinic, "clinic.restored", clinic, changes=changes)
    return done
