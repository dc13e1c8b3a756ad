"""Foot support as a practitioner advises it. Each change is a new version; the history keeps every one."""

from dataclasses import dataclass, fields
from datetime import date, datetime
from uuid import UUID, uuid4

from django.db import models, transaction
from django.utils.translation import gettext as _

from clinic import audit
from clinic.actors import Actor
from clinic.errors import Refused
from clinic.within import made_with
from patients.actions.records import open_for_writing
from patients.models import (
    ArchSupport,
    Cushioning,
    Fastening,
    Finding,
    HeelCounter,
    Patient,
    Site,
    Status,
    SupportAdvice,
    SupportKind,
    SupportSide,
    SupportStatus,
    ToeBox,
    Width,
)
from patients.models.support import CHOICES, RANGES, REQUIRED
from patients.support_notes import BACK_ALONE


@dataclass(frozen=True, slots=True, kw_only=True)
class SupportPlan:
    """What the practitioner advises, field by field as the model has it. Null or empty is "not stated", never zero."""

    kind: SupportKind
    side: SupportSide
    reason_finding: Finding
    product: str = ""
    arch_support: ArchSupport | str = ""
    medial_post_deg: int | None = None
    lateral_post_deg: int | None = None
    heel_lift_mm: int | None = None
    met_pad: bool | None = None
    heel_cushioning: Cushioning | str = ""
    forefoot_cushioning: Cushioning | str = ""
    length_allowance_mm: int | None = None
    width: Width | str = ""
    toe_box: ToeBox | str = ""
    extra_depth: bool | None = None
    fastening: Fastening | str = ""
    comfort: int | None = None
    heel_drop_mm: int | None = None
    heel_counter: HeelCounter | str = ""
    torsion_resists: bool | None = None
    bends_at_toes: bool | None = None
    forefoot_rocker: bool | None = None
    wear_in_plan: str = ""
    hours_per_day: int | None = None
    patient_note: str = ""
    note: str = ""
    review_on: date | None = None
    replace_by: date | None = None


PLAN_FIELDS = tuple(field.name for field in fields(SupportPlan))
DATES = ("review_on", "replace_by")


@transaction.atomic
def advise_support(
    *, actor: Actor, patient: Patient, plan: SupportPlan, now: datetime, key: UUID | None = None
) -> SupportAdvice:
    """Advise one thing to wear. ``key`` of the row to be made: the same form sent twice makes one.

    Refuses a reason that is not an active finding of this patient's foot (back pain alone is none), a missing side,
    numbers that no shoe has, and dates that are past where the patient lives.
    """
    open_for_writing(patient.pk)
    key = key or uuid4()
    if made := made_with(SupportAdvice.objects.all(), key):
        return _the_same(made, patient, plan)
    _refuse_reason(plan.reason_finding, patient)
    _refuse_values(plan)
    for name in DATES:
        _refuse_past(name, getattr(plan, name), patient.local_day(now))
    advice = SupportAdvice(
        pk=key,
        clinic_id=patient.clinic_id,
        patient=patient,
        recommended_by_id=actor.user_id,  # type: ignore[misc]  # the constraint refuses anybody but staff
        recommended_at=now,
        changed_by_id=actor.user_id,
        changed_at=now,
        **{name: getattr(plan, name) for name in PLAN_FIELDS},
    )
    advice.save(force_insert=True)
    audit.record(actor, "support.advised", advice, changes=_said(advice, PLAN_FIELDS))
    return advice


@transaction.atomic
def amend_support(
    *,
    actor: Actor,
    advice: SupportAdvice,
    plan: SupportPlan,
    version: int,
    reason: str = "",
    now: datetime,
) -> list[str]:
    """Replace what stands by ``plan``; returns the names of the changed fields, none if nothing is new.

    ``version`` is the one on which the change was based: if somebody saved another meanwhile, nothing is written.
    A reason that was resolved since may stay; a new reason must be active.
    """
    open_for_writing(advice.patient_id)
    stored = SupportAdvice.objects.select_related("patient").get(pk=advice.pk)
    if stored.status != SupportStatus.ACTIVE:
        raise Refused(_("This advice is not in use any more."), code="not_active")
    changed = [name for name in PLAN_FIELDS if getattr(stored, name) != getattr(plan, name)]
    if "reason_finding" in changed:
        _refuse_reason(plan.reason_finding, stored.patient)
    _refuse_values(plan)
    for name in {*DATES} & {*changed}:
        _refuse_past(name, getattr(plan, name), stored.patient.local_day(now))
    if not changed:
        return []
    values = {name: getattr(plan, name) for name in changed}
    _write(actor, advice, now, {"status": SupportStatus.ACTIVE, "version": version}, values, reason)
    audit.record(actor, "support.amended", advice, changes=_said(advice, changed))
    return changed


@transaction.atomic
def end_support(*, actor: Actor, advice: SupportAdvice, now: datetime) -> SupportAdvice:
    """The patient need not wear it any more; what was worn stays on record."""
    open_for_writing(advice.patient_id)
    return _move(actor, advice, now, "support.ended", SupportStatus.ACTIVE, SupportStatus.ENDED)


@transaction.atomic
def resume_support(*, actor: Actor, advice: SupportAdvice, now: datetime) -> SupportAdvice:
    """In use again: also takes back an ending."""
    open_for_writing(advice.patient_id)
    _refuse_slip(advice)
    return _move(actor, advice, now, "support.resumed", SupportStatus.ENDED, SupportStatus.ACTIVE)


@transaction.atomic
def enter_support_in_error(*, actor: Actor, advice: SupportAdvice, now: datetime) -> SupportAdvice:
    """It was a slip: it leaves the plan and the list, and stays in the history."""
    open_for_writing(advice.patient_id)
    stands = SupportStatus(SupportAdvice.objects.values_list("status", flat=True).get(pk=advice.pk))
    if stands is SupportStatus.ENTERED_IN_ERROR:
        raise Refused(_("This advice was changed in the meantime. Look at it again."), code="moved")
    return _move(actor, advice, now, "support.entered_in_error", stands, SupportStatus.ENTERED_IN_ERROR)


@transaction.atomic
def restore_support(*, actor: Actor, advice: SupportAdvice, now: datetime) -> SupportAdvice:
    """It was no slip: what it was before, in use or ended."""
    open_for_writing(advice.patient_id)
    _refuse_slip(advice)
    before = advice.history.exclude(status=SupportStatus.ENTERED_IN_ERROR).order_by("-pgh_id").first()
    stood = SupportStatus(before.status) if before else SupportStatus.ACTIVE
    return _move(actor, advice, now, "support.restored", SupportStatus.ENTERED_IN_ERROR, stood)


def _the_same(made: SupportAdvice, patient: Patient, plan: SupportPlan) -> SupportAdvice:
    """What the first press made, unless the second says something else: that must not be lost in silence."""
    if made.patient_id != patient.pk:
        raise Refused(_("This form belongs to another patient. Start again."), code="other_patient")
    if any(getattr(made, name) != getattr(plan, name) for name in PLAN_FIELDS):
        raise Refused(
            _("This form was saved before with other answers. Change the saved advice, or open a new form."),
            code="saved_before",
        )
    return made


def _refuse_reason(reason: Finding, patient: Patient) -> None:
    """Asked of the database: the finding may have been closed since the page was opened."""
    found = Finding.objects.about(patient).active().select_for_update().filter(pk=reason.pk).first()
    if found is None:
        raise Refused(
            _("Choose an active finding of this patient’s foot."), code="no_reason", field="reason_finding"
        )
    if found.site != Site.FOOT:
        raise Refused(str(BACK_ALONE), code="back_alone", field="reason_finding")


def _refuse_slip(advice: SupportAdvice) -> None:
    """Asked of the database, as above: another reason may have been chosen."""
    lost = {"pk": advice.pk, "reason_finding__status": Status.ENTERED_IN_ERROR}
    if SupportAdvice.objects.filter(**lost).exists():
        raise Refused(_("The finding that is its reason was entered in error."), code="no_reason")


def _refuse_values(plan: SupportPlan) -> None:
    if plan.side not in SupportSide.values:
        raise Refused(_("Choose left, right or both."), code="no_side", field="side")
    for name, words in CHOICES.items():
        answer = getattr(plan, name, "")  # the status is not the plan's to say
        if answer not in words.values and (answer or (name in REQUIRED and name in PLAN_FIELDS)):
            raise Refused(_("Choose an answer from the list."), code="unknown", field=name)
    for name, (low, high) in RANGES.items():
        number = getattr(plan, name)
        if number is not None and not low <= number <= high:
            limits = {"low": low, "high": high}
            message = _("Enter a whole number from %(low)s to %(high)s.") % limits
            raise Refused(message, code="out_of_range", field=name)


def _refuse_past(name: str, day: date | None, today: date) -> None:
    if day is not None and day < today:
        raise Refused(_("This day is past."), code="past", field=name)


def _move(
    actor: Actor,
    advice: SupportAdvice,
    now: datetime,
    verb: str,
    before: SupportStatus,
    after: SupportStatus,
) -> SupportAdvice:
    _write(actor, advice, now, {"status": before}, {"status": after}, "")
    audit.record(actor, verb, advice, changes={"status": after.value})
    return advice


def _write(
    actor: Actor,
    advice: SupportAdvice,
    now: datetime,
    based_on: dict[str, object],
    values: dict[str, object],
    reason: str,
) -> None:
    """One new version, if what it is based on still stands. ``advice`` is as it is stored afterwards."""
    written = SupportAdvice.objects.filter(pk=advice.pk, **based_on).update(
        **values,
        version=models.F("version") + 1,
        changed_by=actor.user_id,
        changed_at=now,
        change_reason=reason,
    )
    if not written:
        raise _stale() if "version" in based_on else _moved()
    advice.refresh_from_db()


def _stale() -> Refused:
    return Refused(
        _("Somebody else changed this advice while you were writing. Nothing of yours is saved yet."),
        code="stale",
    )


def _moved() -> Refused:
    return Refused(_("This advice was changed in the meantime. Look at it again."), code="moved")


def _said(advice: SupportAdvice, names: list[str] | tuple[str, ...]) -> dict[str, object]:
    """For the audit: codes, numbers and dates. Of a text only that it was written."""
    said: dict[str, object] = {"version": advice.version}
    for name in names:
        value = getattr(advice, name)
        if isinstance(value, Finding):
            said[name] = str(value.pk)
        elif name in CHOICES or value is None or isinstance(value, int):
            said[name] = value
        elif isinstance(value, date):
            said[name] = value.isoformat()
        else:
            said.setdefault("texts", []).append(name)  # type: ignore[attr-defined]
    return said
