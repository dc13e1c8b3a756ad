from dataclasses import asdict, dataclass
from datetime import date, datetime, time
from typing import Unpack

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from clinic import audit
from clinic.actors import Actor
from clinic.errors import Refused
from exercises import reminders
from exercises.actions.access import end_what_an_address_opened, trust_address
from exercises.actions.alerts import close_address_alert
from exercises.models import EVERY_DAY, Anchor, Programme, ReminderChoice
from exercises.schedule import EARLIEST, LATEST, local_day
from patients import actions as patient_actions
from patients.actions.closing import end_waiting_codes
from patients.actions.patients import PatientFields
from patients.actions.records import open_for_writing
from patients.models import ConsentChannel, OpenedBy, Patient


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """When a patient wants reminders: on which days of the week (ISO), between which hours, not before which day."""

    weekdays: tuple[int, ...] = EVERY_DAY
    quiet_until: time = EARLIEST
    quiet_from: time = LATEST
    paused_until: date | None = None
    anchor: str = ""


@transaction.atomic
def stop_reminders(*, actor: Actor, patient: Patient, channel: ConsentChannel) -> bool:
    """No more reminder e-mails from now on, those already posted included. False: they were stopped before."""
    changed = patient_actions.set_reminders_allowed(
        actor=actor, patient=patient, allowed=False, channel=channel
    )
    if changed:
        reminders.cancel_patient(patient, gettext_noop("The patient stopped reminders."))
    return changed


@transaction.atomic
def allow_reminders(*, actor: Actor, patient: Patient, channel: ConsentChannel, now: datetime) -> bool:
    """The patient agrees to reminders (again). False: nothing changed."""
    changed = patient_actions.set_reminders_allowed(
        actor=actor, patient=patient, allowed=True, channel=channel
    )
    if changed:
        reminders.replan_patient(patient, now)
    return changed


@transaction.atomic
def set_reminder_time(*, actor: Actor, programme: Programme, at: time, now: datetime) -> bool:
    """Move the reminders of a running programme, local to the patient. False: they stood there already."""
    if not EARLIEST <= at <= LATEST:
        raise Refused(_("Choose a time from 06:00 to 20:30."), code="quiet_hours", field="at")
    patient = open_for_writing(programme.patient_id)
    choice = reminders.choice_of(patient)
    if choice and not choice.suits(at):
        message = _(
            "Reminders may come from %(first)s to %(last)s only. Choose a time between, or change the hours."
        )
        raise Refused(message % _hours(choice.quiet_until, choice.quiet_from), code="quiet_hours", field="at")
    moved = (
        Programme.objects.active().filter(pk=programme.pk).exclude(reminder_time=at).update(reminder_time=at)
    )
    if not moved:
        return False
    programme.reminder_time, programme.patient = (
        at,
        patient,
    )  # the zone as it is now, or they come at another hour
    reminders.replan(programme, now)
    audit.record(actor, "reminders.moved", programme, changes={"at": at.isoformat("minutes")})
    return True


@transaction.atomic
def set_reminder_choice(*, actor: Actor, patient: Patient, wish: Wish, now: datetime) -> bool:
    """Days, hours and pause of every reminder of the patient, in force before the next one. False: it stood so already.

    Refuses hours that leave out the time of a running programme: it would never remind again, in silence.
    """
    patient = open_for_writing(patient.pk)
    wanted = asdict(wish) | {"weekdays": sorted(set(wish.weekdays))}
    choice = reminders.choice_of(patient) or ReminderChoice(clinic_id=patient.clinic_id, patient=patient)
    before = {name: getattr(choice, name) for name in wanted}
    if before == wanted:
        return False
    _refuse_wish(patient, wish, now)
    for name, value in wanted.items():
        setattr(choice, name, value)
    choice.changed_at = now
    choice.save()
    reminders.replan_patient(patient, now)
    changes = {name: _plain(value) for name, value in wanted.items() if before[name] != value}
    audit.record(actor, "reminders.chosen", choice, patient_id=patient.pk, changes=changes)
    return True


def _refuse_wish(patient: Patient, wish: Wish, now: datetime) -> None:
    if not wish.weekdays or not set(wish.weekdays) <= set(EVERY_DAY):
        raise Refused(_("Choose at least one day of the week."), code="days", field="weekdays")
    if wish.anchor not in {"", *Anchor.values}:
        raise Refused(_("Choose one from the list."), code="anchor", field="anchor")
    if not EARLIEST <= wish.quiet_until <= wish.quiet_from <= LATEST:
        message = _("Reminders can come from 06:00 to 20:30. Put the earlier hour first.")
        raise Refused(message, code="quiet_hours", field="quiet_until")
    if wish.paused_until and wish.paused_until < local_day(now, patient.time_zone):
        raise Refused(_("Choose a day from today on."), code="past", field="paused_until")
    running = Programme.objects.active().filter(
        patient=patient, ends_on__gte=local_day(now, patient.time_zone)
    )
    for at in running.exclude(reminder_time=None).order_by("pk").values_list("reminder_time", flat=True):
        if at and not wish.quiet_until <= at <= wish.quiet_from:
            message = _("Your reminder comes at %(at)s. Move it first, or choose hours that include it.")
            raise Refused(
                message % {"at": at.isoformat("minutes")},
                code="quiet_hours",
                field="quiet_until" if at < wish.quiet_until else "quiet_from",
            )


def _hours(first: time, last: time) -> dict[str, str]:
    return {"first": first.isoformat("minutes"), "last": last.isoformat("minutes")}


def _plain(value: object) -> object:
    return value.isoformat() if isinstance(value, date | time) else value


@transaction.atomic
def change_contact(
    *, actor: Actor, patient: Patient, now: datetime, seen: str = "", **fields: Unpack[PatientFields]
) -> list[str]:
    """Change the patient's details. Another time zone moves the reminders; another address ends what the old one has
    opened, and whatever doubt there was of it. ``seen``: as for ``update_contact``."""
    changed = patient_actions.update_contact(actor=actor, patient=patient, now=now, seen=seen, **fields)
    if "time_zone" in changed:
        reminders.replan_patient(patient, now)
    if "email" in changed:
        end_what_an_address_opened(actor=actor, patient=patient, now=now)
        reason = gettext_noop("The e-mail address changed.")
        patient_actions.revoke_links(actor=actor, patient=patient, now=now, reason=reason)
        patient_actions.revoke_devices(
            actor=actor, patient=patient, now=now, reason=reason, opened_with=OpenedBy.EMAIL
        )
        end_waiting_codes(patient, now)
        trust_address(actor=actor, patient=patient, now=now)
        close_address_alert(actor=actor, patient=patient, note=_("The e-mail address changed."), now=now)
    return changed


@transaction.atomic
def set_time_zone(*, actor: Actor, patient: Patient, time_zone: str, now: datetime) -> bool:
    """The patient lives by another clock now: reminders follow. False: it was that one before."""
    current = open_for_writing(patient.pk)
    if current.time_zone == time_zone:
        return False
    patient.time_zone = time_zone
    patient.save(update_fields=["time_zone"])
    audit.record(actor, "patient.updated", patient, patient_id=patient.pk, changes={"fields": ["time_zone"]})
    reminders.replan_patient(patient, now)
    return True
