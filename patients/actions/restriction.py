"""Closing a record to the clinic's own staff, lifting that, and the door that a practitioner opens in an emergency."""

from datetime import date, datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from clinic import audit, replay
from clinic.actors import Actor, Kind
from clinic.errors import Refused
from clinic.models import Clinic
from clinic.roles import BREAKS_GLASS, OWNS
from patients.actions.holding import hold
from patients.actions.staff_letters import post_to_each
from patients.models import OPEN_FOR, SHORTEST_REASON, Erasure, Opening, Patient, Restriction

RECORD_OPENED = "record_opened"  # the letter, a key of settings.LETTERS
NEWS_FOR = timedelta(days=7)
AFTER_RESTORE = gettext_noop("It was restricted before a backup was restored.")


@transaction.atomic
def restrict_patient(*, actor: Actor, patient: Patient, reason: str, now: datetime) -> Restriction:
    """Close the record, with the duplicates that were merged into it. Possible in archived records too.

    Refuses without a person or a reason, a record that is closed already, and one that was merged into another.
    """
    held = hold(patient.pk)
    if held.merged_into_id:
        raise Refused(_("This record was merged into another one. Restrict that one."), code="merged")
    if Restriction.objects.keep_closed(held.pk):
        raise Refused(_("This record is restricted already."), code="restricted")
    if actor.user_id is None and actor.kind is not Kind.SYSTEM:
        raise Refused(_("A person has to restrict a record."), code="nobody")
    said = _enough(reason)
    made = [
        Restriction.objects.create(
            clinic_id=record.clinic_id,
            patient=record,
            reason=said,
            restricted_by_id=actor.user_id,
            restricted_at=now,
        )
        for record in [held, *duplicates_of(held)]
        if not Restriction.objects.keep_closed(record.pk)
    ]
    for one in made:
        audit.record(actor, "restriction.set", one, reason=said)
    replay.note("restriction.set", held.pk)
    return made[0]


@transaction.atomic
def lift_restriction(*, actor: Actor, restriction: Restriction, reason: str, now: datetime) -> Patient:
    """The record is in lists and searches again, with its duplicates, and the patient gets e-mail again.

    Refuses without a reason, and for a patient who was erased: that record stays closed until its time is over.
    """
    held = hold(restriction.patient_id)
    if actor.user_id is None:
        raise Refused(_("A person has to lift a restriction."), code="nobody")
    if Erasure.objects.filter(patient=held).exists():
        raise Refused(
            _("What could be erased of this patient was erased. The rest stays restricted."), code="erased"
        )
    said = _enough(reason)
    family = [held.pk, *(record.pk for record in duplicates_of(held))]
    standing = Restriction.objects.standing().select_for_update().filter(patient__in=family).order_by("pk")
    found = list(standing)
    if restriction.pk not in {one.pk for one in found}:
        raise Refused(_("This restriction was lifted already."), code="lifted")
    for one in found:
        one.lifted_at, one.lifted_by_id, one.lift_reason = now, actor.user_id, said
        one.save(update_fields=["lifted_at", "lifted_by", "lift_reason"])
        audit.record(actor, "restriction.lifted", one, reason=said)
    replay.note("restriction.lifted", held.pk)
    return held


@transaction.atomic
def find_restricted(
    *, actor: Actor, given_name: str, family_name: str, date_of_birth: date
) -> Restriction | None:
    """The one standing restriction of a patient who is called exactly so. None: there is no such one, or there are several.

    Asking is written down, found or not, without what was asked: a restricted record is in no search.
    """
    named = (
        Restriction.objects.standing()
        .of_kept_records()
        .filter(
            clinic_id=actor.own_clinic_id,
            patient__given_name__iexact=given_name.strip(),
            patient__family_name__iexact=family_name.strip(),
            patient__date_of_birth=date_of_birth,
        )
    )
    found = list(named[:2])
    one = found[0] if len(found) == 1 and actor.has_role(BREAKS_GLASS) else None
    target = one or Clinic(pk=actor.own_clinic_id)
    audit.record(actor, "restriction.sought", target, changes={"found": bool(one)})
    return one


@transaction.atomic
def break_glass(*, actor: Actor, patient_id: UUID, reason: str, now: datetime) -> Opening:
    """Open a restricted record to one practitioner for an hour. Every owner is told at once, and it is written down.

    Who has it open already gets that door, with the reason it was opened for. Refuses anybody else than a practitioner of
    the record's clinic, a short reason, and a record that is not restricted.
    """
    if actor.user_id is None or not actor.has_role(BREAKS_GLASS):
        raise Refused(_("Only a practitioner can open a restricted record."), code="role")
    standing = Restriction.objects.standing().select_for_update().filter(patient=patient_id)
    restriction = standing.filter(clinic_id=actor.own_clinic_id).first()
    if restriction is None:
        raise Refused(_("This record is not restricted."), code="open")
    said = _enough(reason)
    if mine := restriction.openings.filter(opened_by=actor.user_id).open_at(now).first():
        return mine
    opening = Opening.objects.create(
        clinic_id=restriction.clinic_id,
        patient_id=restriction.patient_id,
        restriction=restriction,
        opened_by_id=actor.user_id,
        reason=said,
        opened_at=now,
        ends_at=now + OPEN_FOR,
    )
    audit.record(
        actor, "restriction.opened", opening, reason=said, changes={"until": opening.ends_at.isoformat()}
    )
    post_to_each(RECORD_OPENED, opening, OWNS, now, NEWS_FOR)
    return opening


@transaction.atomic
def close_opening(*, actor: Actor, opening: Opening, now: datetime) -> bool:
    """Shut one's own door before its hour is over. False: it was shut."""
    mine = Opening.objects.visible_to(actor).open_at(now).filter(pk=opening.pk, opened_by=actor.user_id)
    if not mine.update(closed_at=now):
        return False
    audit.record(actor, "restriction.closed", opening)
    return True


def duplicates_of(patient: Patient) -> list[Patient]:
    """Records that were merged into this one, and into those."""
    found: list[Patient] = []
    level = [patient.pk]
    while level:
        merged = list(Patient.objects.filter(merged_into__in=level).order_by("pk"))
        found += merged
        level = [record.pk for record in merged]
    return found


def refuse_restricted(*patients: Patient) -> None:
    """For what would carry rows out of a closed record, or into one."""
    if any(Restriction.objects.keep_closed(patient.pk) for patient in patients):
        raise Refused(_("One of the two records is restricted. Lift that first."), code="restricted")


def refuse_mail_to_restricted(patient: Patient) -> None:
    """For what somebody wants sent by hand, who has opened the record: the patient gets no e-mail, whoever wants it."""
    if Restriction.objects.keep_closed(patient.pk):
        raise Refused(_("The record is restricted: nothing is sent to the patient."), code="restricted")


def _enough(reason: str) -> str:
    said = reason.strip()
    if len(said) < SHORTEST_REASON:
        raise Refused(_("Say why, in at least ten characters."), code="reason", field="reason")
    return said
