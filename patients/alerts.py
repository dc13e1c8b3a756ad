"""Warning signs that wait for a decision: the card at the head of the worklist, and the letter to the clinic.

Neither has a switch. The card is read from the signs themselves, so it needs neither worker nor mail.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db.models import QuerySet
from django.urls import reverse

from clinic.actors import Actor
from clinic.mail import Letter
from clinic.mail.letters import to_staff
from clinic.models import Clinic, Membership
from clinic.prepared import prepared
from clinic.roles import BREAKS_GLASS, SEES_CLINICAL
from patients.attention import decide_by
from patients.models import Patient, RaisedFlag, Restriction, SignReport
from patients.red_flags import Level, words


@dataclass(frozen=True, slots=True)
class Waiting:
    """One patient of whom something waits. ``level`` None: a note without a tick, which nobody has read."""

    patient: Patient
    since: datetime
    level: Level | None = None
    signs: int = 0
    reported: bool = True  # by the patient, in the plan
    overdue: bool = False

    @property
    def level_in_words(self) -> str:
        return words(self.level).label if self.level else ""


def waiting(actor: Actor, now: datetime) -> list[Waiting]:
    """Overdue first, then by urgency, then the longest; notes last. Two queries, however much waits."""
    flags = _undecided(actor=actor)
    found = [_of(list(group), now) for _patient, group in groupby(flags, lambda flag: flag.patient_id)]
    notes = _notes(actor=actor)
    listed = {one.patient.pk for one in found}
    found += [Waiting(note.patient, note.received_at) for note in notes if note.patient_id not in listed]
    return sorted(found, key=_order)


def signs_in_closed(actor: Actor) -> QuerySet[RaisedFlag]:
    """Undecided signs of restricted records, for those who may open such a record: to count, or for keys, not for names."""
    if not actor.has_role(BREAKS_GLASS):
        return RaisedFlag.objects.none()
    closed = Restriction.objects.closed_to(actor).values("patient")
    return RaisedFlag.objects.undecided().filter(patient__in=closed, patient__archived_at=None)


def waiting_in_closed(actor: Actor) -> list[UUID]:
    """The patients of these signs. One query."""
    found = signs_in_closed(actor).order_by("patient_id")
    return list(found.values_list("patient_id", flat=True).distinct())


@prepared
def _undecided(actor: Actor) -> QuerySet[RaisedFlag]:
    flags = RaisedFlag.objects.visible_to(actor).undecided().filter(patient__archived_at=None)
    return flags.select_related("patient", "clinic").order_by("patient_id", "raised_at", "pk")


@prepared
def _notes(actor: Actor) -> QuerySet[SignReport]:
    notes = SignReport.objects.visible_to(actor).unread_notes().filter(patient__archived_at=None)
    notes = notes.select_related("patient").order_by("patient_id", "received_at")
    return notes.distinct("patient_id")


def anything_waits(actor: Actor) -> bool:
    """For a line on other pages that leads to the card. One query."""
    return actor.has_role(SEES_CLINICAL) and bool(_anyone(actor=actor))


@prepared
def _anyone(actor: Actor) -> QuerySet[Patient, Any]:
    """Asked of the patients, not of each kind of sign: whose records are closed to the one who asks is then asked once."""
    flags = RaisedFlag.objects.undecided().filter(clinic=actor.clinic_id).order_by().values("patient")
    notes = SignReport.objects.unread_notes().filter(clinic=actor.clinic_id).order_by().values("patient")
    signs = flags.union(notes, all=True)
    return (
        Patient.objects.visible_to(actor).filter(archived_at=None, pk__in=signs).order_by().values("pk")[:1]
    )


def _of(flags: list[RaisedFlag], now: datetime) -> Waiting:
    """``flags``: of one patient, oldest first."""
    return Waiting(
        patient=flags[0].patient,
        since=flags[0].raised_at,
        level=min((Level(flag.level) for flag in flags), key=list(Level).index),
        signs=len(flags),
        reported=any(flag.report_id for flag in flags),
        overdue=_is_overdue(flags, now),
    )


def _is_overdue(flags: Iterable[RaisedFlag], now: datetime) -> bool:
    ends = (
        decide_by(
            Level(flag.level),
            flag.raised_at,
            zone=flag.clinic.time_zone,
            urgent_days=flag.clinic.urgent_days,
        )
        for flag in flags
    )
    return any(end <= now for end in ends if end)


def _order(one: Waiting) -> tuple[bool, int, datetime]:
    urgency = list(Level).index(one.level) if one.level else len(Level)
    return not one.overdue, urgency, one.since


# --- the letter -------------------------------------------------------------------------------------------------
def signs_reported(object_id: str, now: datetime) -> Letter | None:
    """To one person of the clinic. Not sent when the signs were decided meanwhile, or the person left."""
    report_id, _colon, user_id = object_id.partition(":")
    report = SignReport.objects.select_related("patient__clinic").filter(pk=report_id).first()
    if report is None or report.patient.archived_at:
        return None
    member = Membership.objects.select_related("user").filter(
        user_id=user_id,
        clinic_id=report.clinic_id,
        is_active=True,
        role__in=[role.value for role in SEES_CLINICAL],
    )
    to = member.values_list("user__email", flat=True).first()
    decided = report.ticked and not RaisedFlag.objects.undecided().filter(report=report).exists()
    if to is None or decided:
        return None
    closed = Restriction.objects.keep_closed(report.patient_id)
    page = "patients:break_glass_of" if closed else "patients:safety"
    return signs_letter(report.patient.clinic, report.patient_id, to, page)


def signs_letter(clinic: Clinic, patient_id: UUID, to: str, page: str = "patients:safety") -> Letter:
    """No name and no word of health: the record says it, behind the sign-in. ``page``: where a restricted one is opened."""
    record_url = f"{settings.SITE_URL}{reverse(page, args=[patient_id])}"
    return to_staff("patients/signs_reported", clinic, to, record_url=record_url)
