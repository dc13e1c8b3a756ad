"""What stands at the head of every page about one patient, gathered from several models."""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime
from itertools import zip_longest
from typing import Any
from uuid import UUID

from django.db.models import Count, IntegerField, Max, QuerySet, Value, prefetch_related_objects
from django.db.models.functions import Now
from django.utils.text import capfirst

from clinic.actors import Actor
from clinic.prepared import prepared
from clinic.roles import BREAKS_GLASS, KEEPS_RECORDS, SEES_CLINICAL, WRITES_CLINICAL
from patients.cautions import Answer, answers
from patients.coding import exclude_each_other, feet
from patients.models import (
    CautionCheck,
    Finding,
    Opening,
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
    decisions,
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
    opening: Opening | None = None  # by which this restricted record is open to the reader

    @property
    def under_age(self) -> bool:
        return self.age < OF_AGE


def answered(keys: Collection[str]) -> list[Answer]:
    """In the order of the list. What left the list is not named: nothing is known of it any more."""
    return [answer for key, answer in answers().items() if key in keys]


def strip(actor: Actor, patient: Patient, now: datetime) -> Strip:
    """Three queries, however much is on record; one more for a record that was merged, and for a restricted one."""
    findings = _findings(actor=actor, patient=patient.pk)
    check = next(iter(_newest_check(actor=actor, patient=patient.pk)), None)
    return Strip(
        patient=patient,
        age=patient.age_on(patient.local_day(now)),
        sees_clinical=actor.has_role(SEES_CLINICAL),
        findings=findings,
        flags=blocking_flags(actor, patient),
        keeps_records=actor.has_role(KEEPS_RECORDS),
        merge=_merge_of(actor, patient),
        may_write=actor.has_role(WRITES_CLINICAL) and patient.is_open,
        check=check,
        cautions=PatientFlags.of(check, findings),
        opening=opening_of(actor, patient, now),
    )


def opening_of(actor: Actor, patient: Patient, now: datetime | Now) -> Opening | None:
    """The door by which this person has the restricted record open, for the banner of each page."""
    if not actor.has_role(BREAKS_GLASS) or getattr(patient, "door", patient.pk) is None:
        return None  # the row says that there is none; one that was read beside another row does not know
    mine = Opening.objects.visible_to(actor).open_at(now).filter(patient=patient)
    return mine.select_related("restriction").first()


def blocking_flags(actor: Actor, patient: Patient) -> list[RaisedFlag]:
    """Signs that keep a programme from being sent, most urgent first."""
    return _flags("blocking", actor=actor, patient=patient.pk)


@prepared
def _findings(actor: Actor, patient: UUID) -> QuerySet[Finding]:
    return Finding.objects.visible_to(actor).filter(patient=patient).for_chart()


@prepared
def _newest_check(actor: Actor, patient: UUID) -> QuerySet[CautionCheck]:
    return CautionCheck.objects.visible_to(actor).filter(patient=patient).newest_first()[:1]


@prepared
def _flags(of: str, actor: Actor, patient: UUID) -> QuerySet[RaisedFlag]:
    found = RaisedFlag.objects.visible_to(actor).filter(patient=patient).most_urgent_first()
    return found.blocking() if of == "blocking" else found.standing()


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
    asked: dict[str, Any] = {"actor": actor, "patient": patient.pk}
    flags, screenings = _flags("standing", **asked), _screenings(**asked)
    prefetch_related_objects(flags, decisions())
    return Safety(
        undecided=[flag for flag in flags if not flag.decision],
        decided=[flag for flag in flags if flag.decision],
        screenings=[one for one in screenings if one.status == RecordStatus.RECORDED],
        referrals=_referrals("for_chart", **asked),
        slips=[
            *(one for one in screenings if one.status == RecordStatus.ENTERED_IN_ERROR),
            *_referrals("entered_in_error", **asked),
        ],
        reports=_reports(**asked),
    )


@prepared
def _screenings(actor: Actor, patient: UUID) -> QuerySet[Screening]:
    return Screening.objects.visible_to(actor).filter(patient=patient).newest_first()


@prepared
def _referrals(which: str, actor: Actor, patient: UUID) -> QuerySet[Referral]:
    found = Referral.objects.visible_to(actor).filter(patient=patient)
    return found.for_chart() if which == "for_chart" else found.entered_in_error()


@prepared
def _reports(actor: Actor, patient: UUID) -> QuerySet[SignReport]:
    return SignReport.objects.visible_to(actor).filter(patient=patient).newest_first()


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
    """Kinds of which nobody has any are left out. One query for all of them."""
    models = belongings()
    first, *rest = (_counted(actor, model, place, patients) for place, model in enumerate(models))
    found = {(place, pk): Share(count, latest) for place, pk, count, latest in first.union(*rest, all=True)}
    kinds = [
        Kind(
            capfirst(model._meta.verbose_name_plural),
            [found.get((place, patient.pk), Share(0, None)) for patient in patients],
        )
        for place, model in enumerate(models)
    ]
    return [kind for kind in kinds if any(share.count for share in kind.shares)]


def _counted(actor: Actor, model: Any, place: int, patients: tuple[Patient, ...]) -> Any:
    rows = model.objects.visible_to(actor).filter(patient__in=patients).order_by()
    kind = Value(place, output_field=IntegerField())
    return rows.values_list(kind, "patient").annotate(Count("pk"), Max(told_at(model)))
