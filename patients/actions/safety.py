"""Screening for warning signs, and what a practitioner decides about a positive one.

Every write locks the patient's row first, as assigning a programme does: a sign raised at the same moment is either
seen by the assignment or waits for it. The software decides nothing: a person screens, a person decides.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID, uuid4

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _

from clinic import audit
from clinic.actors import Actor
from clinic.errors import Refused
from clinic.roles import WRITES_CLINICAL
from clinic.within import made_with
from patients.actions.records import open_for_writing
from patients.models import Decision, Patient, RaisedFlag, RecordStatus, Screening
from patients.red_flags import RedFlag, Region, asked_about, list_version, red_flags, staff_advice


@dataclass(frozen=True, slots=True, kw_only=True)
class ScreeningEntry:
    """The answers to a region's list, by key of the sign; True is yes.

    ``screening_id`` is the key of the row to be made, so that the same form sent twice makes one screening.
    """

    region: Region
    answers: Mapping[str, bool]
    note: str = ""
    screening_id: UUID = field(default_factory=uuid4)


@transaction.atomic
def screen(*, actor: Actor, patient: Patient, entry: ScreeningEntry, now: datetime) -> Screening:
    """Record one pass through the list of a region, and raise a flag for each yes.

    Every sign of the list needs an answer: a missing one is never taken for a no.
    """
    by = practitioner(actor)
    patient = open_for_writing(patient.pk)
    if made := made_with(Screening.objects.all(), entry.screening_id):
        return _the_same(made, patient)
    signs = asked_about(entry.region)
    for sign in signs:
        if sign.key not in entry.answers:
            raise Refused(_("Answer yes or no."), code="unanswered", field=sign.key)
    screening = Screening.objects.create(
        pk=entry.screening_id,
        clinic_id=patient.clinic_id,
        patient=patient,
        region=entry.region,
        asked=[sign.key for sign in signs],
        list_version=list_version(),
        note=entry.note,
        screened_by_id=by,
        screened_at=now,
    )
    positive = [sign for sign in signs if entry.answers[sign.key]]
    RaisedFlag.objects.bulk_create(_raised(screening, patient, sign, by, now) for sign in positive)
    audit.record(
        actor,
        "screening.recorded",
        screening,
        changes={
            "region": entry.region.value,
            "list_version": screening.list_version,
            "positive": [sign.key for sign in positive],
        },
    )
    return screening


def raise_sign(*, actor: Actor, patient: Patient, key: str, now: datetime) -> RaisedFlag:
    """A sign that came up outside a screening. Called by actions that hold the lock on the patient's row."""
    by = practitioner(actor)
    sign = next(one for one in red_flags() if one.key == key)
    flag = _raised(None, patient, sign, by, now)
    flag.save(force_insert=True)
    audit.record(actor, "flag.raised", flag, changes={"key": key, "level": sign.level.value})
    return flag


@transaction.atomic
def decide(
    *, actor: Actor, flag: RaisedFlag, decision: Decision, note: str, version: int, now: datetime
) -> RaisedFlag:
    """What a practitioner concludes about a sign, with the reason. Deciding again keeps the earlier one in the history."""
    by = practitioner(actor)
    if not note.strip():
        raise Refused(_("Say why."), code="no_note", field="note")
    open_for_writing(flag.patient_id)
    decided = RaisedFlag.objects.standing().filter(pk=flag.pk, version=version)
    if not decided.update(
        decision=decision,
        decision_note=note,
        decided_by_id=by,
        decided_at=now,
        version=version + 1,
        changed_by_id=by,
        changed_at=now,
        change_reason="",
    ):
        raise Refused(
            _("Somebody has changed this in the meantime. Read it again, then decide."), code="stale"
        )
    flag.refresh_from_db()
    audit.record(actor, "flag.decided", flag, changes={"key": flag.key, "decision": decision.value})
    return flag


@transaction.atomic
def enter_screening_in_error(*, actor: Actor, screening: Screening, reason: str, now: datetime) -> Screening:
    """It was a slip: neither it nor the signs it raised count any more. Both stay in the record."""
    if not reason.strip():
        raise Refused(_("Say what was wrong."), code="no_reason", field="reason")
    return _mark(actor, screening, RecordStatus.ENTERED_IN_ERROR, reason, now)


@transaction.atomic
def restore_screening(*, actor: Actor, screening: Screening, now: datetime) -> Screening:
    """Undo: it was no slip. Its signs stand again, with what was decided about them."""
    return _mark(actor, screening, RecordStatus.RECORDED, "", now)


def _mark(actor: Actor, screening: Screening, status: RecordStatus, reason: str, now: datetime) -> Screening:
    by = practitioner(actor)
    open_for_writing(screening.patient_id)
    if not Screening.objects.filter(pk=screening.pk).exclude(status=status).update(status=status):
        raise Refused(_("Somebody did this in the meantime."), code="stale")
    RaisedFlag.objects.filter(screening=screening).update(
        status=status, version=F("version") + 1, changed_by_id=by, changed_at=now, change_reason=reason
    )
    screening.status = status
    verb = "screening.restored" if status is RecordStatus.RECORDED else "screening.entered_in_error"
    audit.record(actor, verb, screening, reason=reason, changes={"status": status.value})
    return screening


def practitioner(actor: Actor) -> int:
    """Whose name stands under it. A job, a patient or another role never decides about a warning sign."""
    if actor.user_id is None or not actor.has_role(WRITES_CLINICAL):
        raise Refused(_("Only a practitioner may do this."), code="not_practitioner")
    return actor.user_id


def _the_same(made: Screening, patient: Patient) -> Screening:
    if made.patient_id != patient.pk:
        raise Refused(_("This form belongs to another patient. Start again."), code="other_patient")
    return made


def _raised(
    screening: Screening | None, patient: Patient, sign: RedFlag, by: int, now: datetime
) -> RaisedFlag:
    """With the words as they stand today, and the numbers of this clinic."""
    clinic = patient.clinic
    return RaisedFlag(
        clinic_id=patient.clinic_id,
        patient=patient,
        screening=screening,
        key=sign.key,
        level=sign.level,
        text=sign.text,
        advice=staff_advice(
            sign,
            emergency_number=clinic.emergency_number,
            urgent_number=clinic.urgent_number,
            urgent_days=clinic.urgent_days,
        ),
        changed_by_id=by,
        changed_at=now,
        raised_at=now,
    )
