"""Up to three things that feet or back make harder, in the patient's own words (method of the PSFS)."""

from datetime import datetime

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from clinic import audit
from clinic.actors import Actor
from clinic.errors import Refused
from patients.actions.records import open_for_writing
from patients.models import MOST_ACTIVITIES, Activity, Patient


@transaction.atomic
def name_activity(*, actor: Actor, patient: Patient, words: str, now: datetime) -> Activity:
    """Refused when three stand already, and when these words stand already."""
    standing = _standing(patient)
    free = sorted(set(range(1, MOST_ACTIVITIES + 1)) - {activity.position for activity in standing})
    if not free:
        message = _("Three activities are the most. Retire one first.")
        raise Refused(message, code="full", field="words")
    return _name(actor, patient, words, free[0], standing, now)


@transaction.atomic
def retire_activity(*, actor: Actor, activity: Activity, now: datetime) -> Activity:
    """It is not asked any more. Its scores stay, with the words they were given for."""
    open_for_writing(activity.patient_id)
    if not Activity.objects.filter(pk=activity.pk, retired_at=None).update(retired_at=now):
        raise Refused(_("This activity was retired in the meantime."), code="retired")
    activity.retired_at = now
    audit.record(actor, "activity.retired", activity, changes={"position": activity.position})
    return activity


@transaction.atomic
def resume_activity(*, actor: Actor, activity: Activity) -> Activity:
    """Undo a retiring, as long as nothing stands in its place."""
    standing = _standing(Patient.objects.get(pk=activity.patient_id))
    _refuse_twice(activity.words, [other for other in standing if other.pk != activity.pk])
    try:
        with transaction.atomic():
            resumed = Activity.objects.filter(pk=activity.pk).exclude(retired_at=None).update(retired_at=None)
    except IntegrityError as error:
        message = _("Another activity stands in its place. Retire that one first.")
        raise Refused(message, code="place_taken") from error
    if not resumed:
        raise Refused(_("This activity is asked already."), code="current")
    activity.retired_at = None
    audit.record(actor, "activity.resumed", activity, changes={"position": activity.position})
    return activity


@transaction.atomic
def reword_activity(*, actor: Actor, activity: Activity, words: str, now: datetime) -> Activity:
    """Retired and named anew in the same place: a score always belongs to the words it was given for."""
    patient = Patient.objects.get(pk=activity.patient_id)
    standing = _standing(patient)
    retire_activity(actor=actor, activity=activity, now=now)
    return _name(actor, patient, words, activity.position, standing, now)


def _standing(patient: Patient) -> list[Activity]:
    """What is asked now. Locks the patient: two people at once, one after the other."""
    open_for_writing(patient.pk)
    return list(Activity.objects.current().filter(patient=patient))


def _name(
    actor: Actor, patient: Patient, words: str, position: int, standing: list[Activity], now: datetime
) -> Activity:
    words = " ".join(words.split())
    if not words:
        message = _("Enter the activity in the patient's words.")
        raise Refused(message, code="no_words", field="words")
    _refuse_twice(words, standing)
    activity = Activity.objects.create(
        clinic_id=patient.clinic_id,
        patient=patient,
        words=words,
        position=position,
        named_by_id=actor.user_id,
        named_at=now,
    )
    audit.record(actor, "activity.named", activity, changes={"position": position})
    return activity


def _refuse_twice(words: str, standing: list[Activity]) -> None:
    if words.casefold() in {activity.words.casefold() for activity in standing}:
        raise Refused(_("This activity is on the list already."), code="twice", field="words")
