"""What stands at the head of every page about one patient, gathered from several models."""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime
from itertools import zip_longest
from typing import Any

from django.db.models import Count, Max
from django.utils.text import capfirst

from clinic.actors import Actor
from clinic.roles import KEEPS_RECORDS, SEES_CLINICAL, WRITES_CLINICAL
from patients.cautions import Answer, answers
from patients.coding import exclude_each_other, feet
from patients.models import (
    CautionCheck,
    Finding,
    Patient,
    PatientFlags,
    PatientMerge,
    RaisedFlag,
    RecordStatus,
    Referral,
    Screening,
    SignReport,
    Site,
    belongings,
    told_at,
)

OF_AGE = 18  # the catalogue's exercises are written for adults


@dataclass(frozen=True, slots=True)
class Strip:
    """Who it is. ``findings`` and ``flags`` are empty for roles that read no clinical entries."""

    patient: Patient
    age: int
    sees_clinical: bool
    findings: list[Finding]  # for the chart: active ones first
    flags: list[RaisedFlag]  # those that keep a programme from being sent, most urgent first
    keeps_records: bool  # may archive, merge, and take both back
    merge: PatientMerge | None  # by which an archived record went into another one
    may_write: bool = False  # clinical entries, as long as the record is open
    check: CautionCheck | None = None  # the newest, what holds
    cautions: PatientFlags = field(default_factory=PatientFlags)

    @property
    def under_age(self) -> bool:
        return self.age < OF_AGE


def answered(keys: Collection[str]) -> list[Answer]:
    """In the order of the list. What left the list is not named: nothing is known of it any more."""
    return [answer for key, answer in answers().items() if key in keys]


def strip(actor: Actor, patient: Patient, now: datetime) -> Strip:
    """Three queries, however much is on record; a fourth for a record that was merged."""
    findings = list(Finding.objects.visible_to(actor).about(patient).for_chart())
    check = CautionCheck.objects.visible_to(actor).about(patient).newest_first().first()
    return Strip(
        patient=patient,
        age=patient.age_on(patient.local_day(now)),
        sees_clinical=actor.has_role(SEES_CLINICAL),
        findings=findings,
        flags=list(RaisedFlag.objects.visible_to(actor).about(patient).blocking().most_urgent_first()),
        keeps_records=actor.has_role(KEEPS_RECORDS),
        merge=_merge_of(actor, patient),
        may_write=actor.has_role(WRITES_CLINICAL) and patient.is_open,
        check=check,
        cautions=PatientFlags.of(check, findings),
    )


@dataclass(frozen=True, slots=True)
class CheckLine:
    """One check of cautions beside the one before it."""

    check: CautionCheck
    present: list[Answer]
    came: list[Answer]
    went: list[Answer]
    is_first: bool

    @property
    def changed(self) -> bool:
        return bool(self.came or self.went)


def caution_checks(actor: Actor, patient: Patient) -> list[CheckLine]:
    """Newest first; one query."""
    checks = list(CautionCheck.objects.visible_to(actor).about(patient).newest_first())
    return [
        CheckLine(
            check=check,
            present=answered(check.present),
            came=answered(set(check.present) - set(before.present)) if before else [],
            went=answered(set(before.present) - set(check.present)) if before else [],
            is_first=before is None,
        )
        for check, before in zip_longest(checks, checks[1:])
    ]


@dataclass(frozen=True, slots=True)
class Safety:
    """Warning signs and referrals of one patient, each group in its own order."""

    undecided: list[RaisedFlag]  # most urgent first, as the decided ones
    decided: list[RaisedFlag]
    screenings: list[Screening]  # newest first
    referrals: list[Referral]  # those that wait first
    slips: list[Screening | Referral]  # entered in error: shown apart, and can be taken back
    reports: list[SignReport]  # by the patient in the plan, newest first


def safety(actor: Actor, patient: Patient) -> Safety:
    """Seven queries, however much is on record: signs, their history, screenings, their signs, referrals, slips, reports."""
    flags = list(
        RaisedFlag.objects.visible_to(actor).about(patient).standing().most_urgent_first().with_decisions()
    )
    screenings = list(Screening.objects.visible_to(actor).about(patient).newest_first())
    referrals = Referral.objects.visible_to(actor).about(patient)
    return Safety(
        undecided=[flag for flag in flags if not flag.decision],
        decided=[flag for flag in flags if flag.decision],
        screenings=[one for one in screenings if one.status == RecordStatus.RECORDED],
        referrals=list(referrals.for_chart()),
        slips=[
            *(one for one in screenings if one.status == RecordStatus.ENTERED_IN_ERROR),
            *referrals.entered_in_error(),
        ],
        reports=list(SignReport.objects.visible_to(actor).about(patient).newest_first()),
    )


def coded_apart(actor: Actor, finding: Finding) -> list[Finding]:
    """Active findings of the same foot that ICD-10-CM does not code together with this one (rule C5). Both stay."""
    if finding.site != Site.FOOT:
        return []
    others = Finding.objects.visible_to(actor).about(finding.patient).active().exclude(pk=finding.pk)
    own = list(finding.type.codes.all())
    return [
        other
        for other in others.select_related("type")
        .prefetch_related("type__codes")
        .order_by("recorded_at", "pk")
        if feet(other.side) & feet(finding.side) and exclude_each_other(own, other.type.codes.all())
    ]


def _merge_of(actor: Actor, patient: Patient) -> PatientMerge | None:
    if patient.merged_into_id is None:
        return None
    mine = PatientMerge.objects.visible_to(actor).standing()
    return mine.filter(duplicate=patient).select_related("kept", "merged_by").first()


@dataclass(frozen=True, slots=True)
class Share:
    """``latest``: when the newest row was written; None where there is none."""

    count: int
    latest: datetime | None


@dataclass(frozen=True, slots=True)
class Kind:
    """How much of one kind two records hold, each its share."""

    name: str
    shares: list[Share]


def side_by_side(actor: Actor, *patients: Patient) -> list[Kind]:
    """One query for each kind of row, however many there are; kinds of which nobody has any are left out."""
    kinds = [_kind(actor, model, patients) for model in belongings()]
    return [kind for kind in kinds if any(share.count for share in kind.shares)]


def _kind(actor: Actor, model: Any, patients: tuple[Patient, ...]) -> Kind:
    rows = model.objects.visible_to(actor).filter(patient__in=patients).order_by()
    counted = rows.values_list("patient").annotate(Count("pk"), Max(told_at(model)))
    found = {pk: Share(count, latest) for pk, count, latest in counted}
    shares = [found.get(patient.pk, Share(0, None)) for patient in patients]
    return Kind(capfirst(model._meta.verbose_name_plural), shares)
