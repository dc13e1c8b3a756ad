import calendar
from dataclasses import dataclass
from datetime import date, datetime

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from clinic import audit
from clinic.actors import Actor
from clinic.errors import Refused
from patients.actions.records import open_for_writing
from patients.models import (
    ConfirmedBy,
    Finding,
    FindingType,
    OnsetPrecision,
    Patient,
    Severity,
    Side,
    Site,
    Status,
)

GROUP_CONSTRAINTS = ("finding_one_of_group_left", "finding_one_of_group_right", "finding_one_of_group_back")


@dataclass(frozen=True, slots=True, kw_only=True)
class FindingEntry:
    """What the practitioner states. ``onset_date`` is the first day of what the precision leaves open."""

    type: FindingType
    side: Side
    confirmed_by: ConfirmedBy
    severity: Severity | None = None
    onset_date: date | None = None
    onset_precision: OnsetPrecision | None = None
    note: str = ""

    @property
    def onset_end(self) -> date | None:
        """The last day of what the precision leaves open."""
        first = self.onset_date
        if first is None or self.onset_precision == OnsetPrecision.DAY:
            return first
        month = 12 if self.onset_precision == OnsetPrecision.YEAR else first.month
        return date(first.year, month, calendar.monthrange(first.year, month)[1])


@transaction.atomic
def record_finding(*, actor: Actor, patient: Patient, entry: FindingEntry, now: datetime) -> Finding:
    """Record one active finding.

    Refuses a foot finding without a side, an onset in the future or before the patient's birth, and a finding that
    contradicts another active one at the same place (a constraint decides, so two people at once cannot both win).
    """
    open_for_writing(patient.pk)
    if entry.type.site == Site.FOOT and entry.side is Side.NOT_APPLICABLE:
        raise Refused(
            _("Choose left, right or both for a finding of the foot."), code="no_side", field="side"
        )
    _refuse_impossible_onset(entry, patient, now)
    finding = Finding(
        clinic_id=patient.clinic_id,
        patient=patient,
        type=entry.type,
        site=entry.type.site,
        exclusive_group=entry.type.exclusive_group,
        side=entry.side,
        severity=entry.severity or "",
        onset_date=entry.onset_date,
        onset_precision=entry.onset_precision or "",
        confirmed_by=entry.confirmed_by,
        note=entry.note,
        recorded_by_id=actor.user_id,  # type: ignore[misc]  # the constraint refuses anybody but staff
        changed_by_id=actor.user_id,
    )
    _insert(finding)
    stated = {"type": entry.type.key, "side": entry.side, "severity": finding.severity}
    audit.record(actor, "finding.recorded", finding, changes=stated | {"confirmed_by": entry.confirmed_by})
    return finding


@transaction.atomic
def close_finding(*, actor: Actor, finding: Finding, status: Status) -> Finding:
    """Resolve, refute, or mark as entered in error. The row stays: nothing clinical is deleted."""
    if status is Status.ACTIVE:
        raise Refused(_("Choose resolved, refuted or entered in error."), code="not_a_closing")
    open_for_writing(finding.patient_id)
    closed = Finding.objects.filter(pk=finding.pk, status=Status.ACTIVE).update(status=status)
    if not closed:
        raise Refused(_("This finding was closed in the meantime."), code="closed")
    finding.status = status
    audit.record(actor, f"finding.{status.value}", finding, changes={"status": status.value})
    return finding


@transaction.atomic
def reopen_finding(*, actor: Actor, finding: Finding) -> Finding:
    """Undo a closing; refused when another finding stands on that foot by now."""
    open_for_writing(finding.patient_id)
    try:
        with transaction.atomic():
            opened = (
                Finding.objects.filter(pk=finding.pk)
                .exclude(status=Status.ACTIVE)
                .update(status=Status.ACTIVE)
            )
    except IntegrityError as error:
        raise _contradiction(error, finding) from error
    if not opened:
        raise Refused(_("This finding is active already."), code="active")
    finding.status = Status.ACTIVE
    audit.record(actor, "finding.reopened", finding, changes={"status": Status.ACTIVE.value})
    return finding


def _refuse_impossible_onset(entry: FindingEntry, patient: Patient, now: datetime) -> None:
    if entry.onset_date and entry.onset_date > now.date():
        raise Refused(_("The onset lies in the future."), code="future", field="onset")
    if entry.onset_end and entry.onset_end < patient.date_of_birth:
        raise Refused(
            _("The onset lies before the patient's date of birth."), code="before_birth", field="onset"
        )


def _insert(finding: Finding) -> None:
    try:
        with transaction.atomic():
            finding.save(force_insert=True)
    except IntegrityError as error:
        raise _contradiction(error, finding) from error


def _contradiction(error: IntegrityError, finding: Finding) -> Exception:
    constraint = getattr(getattr(error.__cause__, "diag", None), "constraint_name", "")
    if constraint not in GROUP_CONSTRAINTS:
        return error
    return Refused(_why_not(finding), code="contradiction", field="side")


def _why_not(finding: Finding) -> str:
    """Names what stands in the way, the same finding before a rival."""
    rivals = Finding.objects.about(finding.patient).active().filter(exclusive_group=finding.exclusive_group)
    if finding.site == Site.FOOT and finding.side != Side.BILATERAL:
        rivals = rivals.filter(side__in=[finding.side, Side.BILATERAL])
    named = sorted(
        rivals.exclude(pk=finding.pk).select_related("type"), key=lambda r: r.type_id != finding.type_id
    )
    if not named:  # closed by somebody a moment ago
        return _("This contradicted another finding a moment ago. Try again.")
    if named[0].type_id == finding.type_id:
        return _("“%(finding)s” is recorded already.") % {"finding": named[0].in_words}
    return _("This contradicts “%(finding)s”. Close that one first.") % {"finding": named[0].in_words}
