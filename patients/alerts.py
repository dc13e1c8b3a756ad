"""Warning signs that wait for a decision: the card at the head of the worklist, and the letter to the clinic.

Neither has a switch. The card is read from the signs themselves, so it needs neither worker nor mail.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from uuid import UUID

from django.conf import settings
from django.urls import reverse

from clinic.actors import Actor
from clinic.mail import Letter
from clinic.mail.letters import render
from clinic.models import Clinic, Membership
from clinic.roles import SEES_CLINICAL
from patients.attention import decide_by
from patients.models import Patient, RaisedFlag, SignReport
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
    flags = (
        RaisedFlag.objects.visible_to(actor)
        .undecided()
        .filter(patient__archived_at=None)
        .select_related("patient", "clinic")
        .order_by("patient_id", "raised_at", "pk")
    )
    found = [_of(list(group), now) for _patient, group in groupby(flags, lambda flag: flag.patient_id)]
    notes = (
        SignReport.objects.visible_to(actor)
        .unread_notes()
        .filter(patient__archived_at=None)
        .select_related("patient")
        .order_by("patient_id", "received_at")
        .distinct("patient_id")
    )
    listed = {one.patient.pk for one in found}
    found += [Waiting(note.patient, note.received_at) for note in notes if note.patient_id not in listed]
    return sorted(found, key=_order)


def anything_waits(actor: Actor) -> bool:
    """For a line on other pages that leads to the card. One query."""
    flags = RaisedFlag.objects.visible_to(actor).undecided().filter(patient__archived_at=None)
    notes = SignReport.objects.visible_to(actor).unread_notes().filter(patient__archived_at=None)
    return flags.values("patient").union(notes.values("patient")).exists()


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
    return None if to is None or decided else signs_letter(report.patient.clinic, report.patient_id, to)


def signs_letter(clinic: Clinic, patient_id: UUID, to: str) -> Letter:
    """No name and no word of health: the record says it, behind the sign-in."""
    context = {
        "clinic": clinic,
        "help_url": f"{settings.SITE_URL}{reverse('patients:help', args=[clinic.pk])}",
        "record_url": f"{settings.SITE_URL}{reverse('patients:safety', args=[patient_id])}",
    }
    return render(
        "patients/signs_reported",
        context,
        to=to,
        sender_name=clinic.sender_name,
        language=settings.LANGUAGE_CODE,
    )
