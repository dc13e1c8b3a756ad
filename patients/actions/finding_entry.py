"""What a practitioner states about a finding, and what of it cannot be."""

import calendar
from dataclasses import dataclass, fields
from datetime import date, datetime
from typing import Any, Self

from django.utils.translation import gettext as _

from clinic.errors import Refused
from patients.models import (
    IMAGING,
    ConfirmedBy,
    Course,
    ExtraField,
    Finding,
    FindingType,
    Flexibility,
    OnsetPrecision,
    Origin,
    Patient,
    Severity,
    Side,
    Site,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class FindingEntry:
    """What the practitioner states. ``onset_date`` is the first day of what the precision leaves open."""

    type: FindingType
    side: Side
    confirmed_by: ConfirmedBy
    severity: Severity | None = None
    severity_scale: str = ""
    flexibility: Flexibility | None = None
    origin: Origin | None = None
    onset_date: date | None = None
    onset_precision: OnsetPrecision | None = None
    course: Course | None = None
    imaging_date: date | None = None
    note: str = ""

    @classmethod
    def stated(cls, **said: Any) -> Self:
        """From plain words, as forms, rows and JSON hold them, with "" for what was not stated."""
        return cls(
            **said | {name: kind(said[name]) if said.get(name) else None for name, kind in KINDS.items()}
        )

    @classmethod
    def of(cls, finding: Finding) -> Self:
        """What stands on record."""
        return cls.stated(**{field.name: getattr(finding, field.name) for field in fields(cls)})

    def but(self, **changes: Any) -> Self:
        return self.stated(**{field.name: getattr(self, field.name) for field in fields(self)} | changes)

    def columns(self) -> dict[str, Any]:
        """The columns of a finding that say this; site and group repeat the type's."""
        said = {field.name: getattr(self, field.name) for field in fields(self)}
        said |= {name: said[name] or "" for name in KINDS}
        return said | {"site": self.type.site, "exclusive_group": self.type.exclusive_group}

    @property
    def onset_end(self) -> date | None:
        """The last day of what the precision leaves open."""
        first = self.onset_date
        if first is None or self.onset_precision == OnsetPrecision.DAY:
            return first
        month = 12 if self.onset_precision == OnsetPrecision.YEAR else first.month
        return date(first.year, month, calendar.monthrange(first.year, month)[1])


KINDS: dict[str, Any] = {
    "side": Side,
    "confirmed_by": ConfirmedBy,
    "severity": Severity,
    "flexibility": Flexibility,
    "origin": Origin,
    "onset_precision": OnsetPrecision,
    "course": Course,
}


def refuse_impossible(entry: FindingEntry, patient: Patient, now: datetime) -> None:
    """What no finding of this type can say, whatever else is on record."""
    _refuse_wrong_side(entry)
    _refuse_fields_of_other_types(entry)
    today = patient.local_day(now)
    _refuse_impossible_onset(entry, patient, today)
    _refuse_impossible_picture(entry, patient, today)
    if entry.severity_scale and not entry.severity:
        raise Refused(
            _("Choose the severity that this scale gives."), code="scale_without_severity", field="severity"
        )


def refuse_unoffered(entry: FindingEntry, patient: Patient) -> None:
    if not entry.type.may_be_recorded_for(patient):
        raise Refused(_("Choose a finding from the list."), code="not_offered", field="type")


def _refuse_wrong_side(entry: FindingEntry) -> None:
    if entry.side in entry.type.sides:
        return
    if entry.type.site == Site.FOOT:
        raise Refused(
            _("Choose left, right or both for a finding of the foot."), code="no_side", field="side"
        )
    words = {
        "finding": entry.type.label,
        "sides": ", ".join(str(Side(side).label).lower() for side in entry.type.sides),
    }
    raise Refused(
        _("Sides of “%(finding)s” that can be stated: %(sides)s.") % words, code="wrong_side", field="side"
    )


def _refuse_fields_of_other_types(entry: FindingEntry) -> None:
    for field in ExtraField:
        if getattr(entry, field.value) and field.value not in entry.type.extra_fields:
            words = {"field": field.label, "finding": entry.type.label}
            raise Refused(
                _("“%(field)s” is not asked for “%(finding)s”. Leave it empty.") % words,
                code="not_of_this_type",
                field=field.value,
            )


def _refuse_impossible_onset(entry: FindingEntry, patient: Patient, today: date) -> None:
    if entry.onset_date and entry.onset_date > today:
        raise Refused(_("The onset lies in the future."), code="future", field="onset")
    if entry.onset_end and entry.onset_end < patient.date_of_birth:
        raise Refused(
            _("The onset lies before the patient's date of birth."), code="before_birth", field="onset"
        )


def _refuse_impossible_picture(entry: FindingEntry, patient: Patient, today: date) -> None:
    if entry.imaging_date is None:
        return
    if entry.confirmed_by not in IMAGING:
        raise Refused(
            _("A date of a picture needs X-ray, ultrasound or MRI."), code="no_imaging", field="imaging_date"
        )
    if entry.imaging_date > today:
        raise Refused(_("The picture lies in the future."), code="future", field="imaging_date")
    if entry.imaging_date < patient.date_of_birth:
        raise Refused(
            _("The picture lies before the patient's date of birth."),
            code="before_birth",
            field="imaging_date",
        )
