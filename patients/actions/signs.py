"""What a patient reports as new or worrying. Stored at once and told to the clinic; nothing here judges it."""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID, uuid4, uuid5

from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext as _

from clinic import audit
from clinic.actors import Actor
from clinic.errors import Refused
from clinic.models import Language
from clinic.roles import SEES_CLINICAL
from clinic.within import made_with
from patients.actions.records import open_for_writing
from patients.actions.staff_letters import post_to_each
from patients.help_pages import advice
from patients.models import Patient, RaisedFlag, SignReport
from patients.red_flags import Level, RedFlag, list_version, red_flags

LETTER = "signs_reported"
LETTER_WAITS = timedelta(days=7)  # late is better than never
URGENCY = list(Level)


@dataclass(frozen=True, slots=True, kw_only=True)
class SignsTold:
    """``ticked``: keys of the list. ``report_id`` is made by the page, so that a report sent twice is one.

    ``made_at``: when it was said, now if that is not given. ``language``: in which the patient read the list.
    """

    ticked: Collection[str]
    note: str = ""
    report_id: UUID = field(default_factory=uuid4)
    made_at: datetime | None = None
    language: str = Language.ENGLISH


@transaction.atomic
def report_signs(*, actor: Actor, patient: Patient, report: SignsTold, now: datetime) -> SignReport:
    """Store the report, raise a flag for each sign, and write to the clinic's practitioners and owners.

    The same report again changes nothing. A page kept open can send another report under the same key: what is new in
    it is stored beside the first, for a tick is never dropped. While reported signs wait for a decision, later ones
    join them without another letter, unless they are more urgent than all that wait.
    """
    patient = open_for_writing(patient.pk)
    signs = _signs(report.ticked)
    key, note = report.report_id, report.note.strip()
    if made := made_with(SignReport.objects.all(), key):
        _refuse_other(made, patient)
        signs = [sign for sign in signs if sign.key not in made.ticked]
        note = "" if note == made.note else note
        if not signs and not note:
            return made
        key = uuid5(key, "\n".join([*(sign.key for sign in signs), note]))
        if again := made_with(SignReport.objects.all(), key):
            return again
    if not signs and not note:
        raise Refused(_("Tick a sign, or write what is new."), code="empty")
    tells = _is_news(patient, signs)
    made = _store(patient, report, key, signs, note, now)
    audit.record(
        actor,
        "signs.reported",
        made,
        changes={"ticked": made.ticked, "list_version": made.list_version, "note": bool(note)},
    )
    if tells:
        post_to_each(LETTER, made, SEES_CLINICAL, now, LETTER_WAITS)
    return made


def _signs(ticked: Collection[str]) -> list[RedFlag]:
    """Most urgent first."""
    if set(ticked) - {sign.key for sign in red_flags()}:
        raise Refused(_("The list has changed. Please open this page again."), code="unknown_sign")
    found = [sign for sign in red_flags() if sign.key in ticked]
    return sorted(found, key=lambda sign: URGENCY.index(sign.level))


def _refuse_other(made: SignReport, patient: Patient) -> None:
    if made.patient_id != patient.pk:
        raise Refused(_("Open the plan again."), code="report")


def _is_news(patient: Patient, signs: list[RedFlag]) -> bool:
    """Asked before the report is stored: is there no open alert, or none as urgent as this?"""
    waiting = RaisedFlag.objects.about(patient).undecided().filter(report__isnull=False)
    levels = {Level(level) for level in waiting.values_list("level", flat=True)}
    if signs:
        return not levels or URGENCY.index(signs[0].level) < min(map(URGENCY.index, levels))
    return not levels and not SignReport.objects.about(patient).unread_notes().exists()


def _store(
    patient: Patient, told: SignsTold, key: UUID, signs: list[RedFlag], note: str, now: datetime
) -> SignReport:
    made = SignReport.objects.create(
        pk=key,
        clinic_id=patient.clinic_id,
        patient=patient,
        ticked=[sign.key for sign in signs],
        list_version=list_version(),
        language=told.language,
        note=note,
        made_at=min(told.made_at or now, now),
        received_at=now,
    )
    with translation.override(told.language):  # text and advice as the patient saw them
        RaisedFlag.objects.bulk_create(
            RaisedFlag(
                clinic_id=patient.clinic_id,
                patient=patient,
                report=made,
                key=sign.key,
                level=sign.level,
                text=sign.text,
                advice=advice(sign.level, patient.clinic).in_full,
                changed_at=now,
                raised_at=now,
            )
            for sign in signs
        )
    return made
