"""Archiving and merging, as far as programmes have a say in it."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from clinic.actors import Actor
from clinic.errors import Refused
from exercises.actions.access import close_plan
from exercises.models import Programme
from patients import actions as patient_actions
from patients.models import Patient


@transaction.atomic
def archive_patient(*, actor: Actor, patient: Patient, now: datetime, reason: str) -> Patient:
    """Put the record away. Refuses while a programme is active: whoever stops it says so, with a reason of its own."""
    locked = Patient.objects.select_for_update().get(pk=patient.pk)  # nobody assigns meanwhile
    if running := Programme.objects.active().filter(patient=locked).first():
        raise Refused(
            _("End the running programme first: “%(programme)s”.") % {"programme": running.name},
            code="running",
        )
    close_plan(actor=actor, patient=locked, now=now, reason=gettext_noop("The record was archived."))
    return patient_actions.archive_patient(actor=actor, patient=patient, now=now, reason=reason)


@transaction.atomic
def merge_patients(
    *, actor: Actor, kept: Patient, duplicate: Patient, now: datetime, reason: str
) -> patient_actions.Merged:
    """Move the duplicate's rows to the record that is kept. Refuses while the duplicate has an active programme: its
    reminders would go to another address without anybody deciding so."""
    locked = list(Patient.objects.select_for_update().filter(pk__in=[kept.pk, duplicate.pk]).order_by("pk"))
    running = Programme.objects.active().filter(patient=duplicate, patient__in=locked).first()
    if running:
        raise Refused(
            _("End the running programme of the other record first: “%(programme)s”.")
            % {"programme": running.name},
            code="running",
        )
    # The duplicate's rows go to the other record: its calendar must not show that one's plan, nor its carer read it.
    close_plan(actor=actor, patient=duplicate, now=now, reason=gettext_noop("The record was merged."))
    patient_actions.stop_copies_of(actor=actor, patient=duplicate, now=now)
    return patient_actions.merge_patients(actor=actor, kept=kept, duplicate=duplicate, now=now, reason=reason)
