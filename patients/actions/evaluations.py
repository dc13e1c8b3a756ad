"""Biomechanical evaluations: written as a draft, signed once, then amended and never edited."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from clinic import audit
from clinic.actors import Actor
from clinic.errors import Refused
from patients.actions.records import open_for_writing
from patients.models import (
    DraftState,
    Evaluation,
    EvaluationDraft,
    EvaluationStatus,
    Foot,
    FootMeasures,
    Patient,
)


@dataclass(frozen=True, slots=True)
class DraftMark:
    """From which state of a draft a window saves: ``version`` as it was read, ``step`` counts the window's attempts."""

    version: int
    window: str
    step: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class EvaluationEntry:
    """What is signed. ``feet`` holds values by the names of FootMeasures, for the feet that were measured."""

    examined_on: date
    feet: Mapping[Foot, Mapping[str, Any]] = field(default_factory=dict)
    leg_difference_mm: Decimal | None = None
    leg_difference_method: str = ""
    shorter_leg: str = ""
    gait_note: str = ""
    note: str = ""
    amendment_reason: str = ""

    @property
    def is_empty(self) -> bool:
        return not self.feet and self.leg_difference_mm is None and not self.gait_note and not self.note


class Slip(StrEnum):
    """Why an evaluation was entered in error, as a code: the audit holds no free text."""

    WRONG_PATIENT = "wrong_patient"
    WRONG_FOOT = "wrong_foot"
    ENTERED_TWICE = "entered_twice"
    OTHER = "other"


@transaction.atomic
def start_draft(
    *,
    actor: Actor,
    patient: Patient,
    now: datetime,
    amends: Evaluation | None = None,
    answers: Mapping[str, str] | None = None,
) -> EvaluationDraft:
    """A form to fill in, or the one that this author has open for the patient.

    With ``amends`` and its values as ``answers`` the signed draft will replace that evaluation. Refused while a draft
    of something else is open (code ``draft_open``: today's values must not end in an old visit), and for an evaluation
    that does not stand (``not_standing``): that was amended already, or entered in error.
    """
    open_for_writing(patient.pk)
    if amends is not None and not Evaluation.objects.standing().filter(pk=amends.pk).exists():
        raise Refused(_("This evaluation does not stand any more."), code="not_standing")
    draft, is_new = EvaluationDraft.objects.get_or_create(
        patient=patient,
        author_id=actor.user_id,
        state=DraftState.OPEN,
        defaults={
            "clinic_id": patient.clinic_id,
            "amends": amends,
            "answers": dict(answers or {"examined_on": patient.local_day(now).isoformat()}),
            "started_at": now,
            "saved_at": now,
        },
    )
    if is_new:
        of = {"amends": str(amends.pk)} if amends else {}
        audit.record(actor, "evaluation_draft.started", draft, changes=of)
    elif draft.amends_id != (amends.pk if amends else None):
        raise Refused(
            _("You have a draft for this patient already. Sign or discard it first."), code="draft_open"
        )
    return draft


@transaction.atomic
def save_draft(
    *, actor: Actor, draft: EvaluationDraft, answers: Mapping[str, str], mark: DraftMark, now: datetime
) -> EvaluationDraft:
    """Keep what was typed, right or wrong. Each window leaves one audit entry, not one for each pause in typing.

    Refused when another window saved since (code ``stale``): only its own saves may come between, for an answer can be
    lost on the way back, and then the window does not know its newest version. A step that arrives late is stale too.
    """
    open_for_writing(draft.patient_id)
    locked = EvaluationDraft.objects.select_for_update().get(pk=draft.pk)
    kept = {**answers, "window": mark.window, "step": mark.step}
    if locked.answers == kept and locked.state == DraftState.OPEN:
        return locked  # the same post twice
    _refuse_unless_current(locked, mark)
    if locked.answers.get("window") != mark.window:
        audit.record(actor, "evaluation_draft.saved", locked, changes={"version": locked.version + 1})
    locked.answers = kept
    locked.version += 1
    locked.saved_at = now
    locked.save(update_fields=["answers", "version", "saved_at"])
    return locked


@transaction.atomic
def discard_draft(*, actor: Actor, draft: EvaluationDraft) -> EvaluationDraft:
    """The draft stays, so that it can be brought back."""
    open_for_writing(draft.patient_id)
    if not EvaluationDraft.objects.open().filter(pk=draft.pk).update(state=DraftState.DISCARDED):
        raise Refused(_("This draft was signed or discarded in the meantime."), code="closed")
    draft.state = DraftState.DISCARDED
    audit.record(actor, "evaluation_draft.discarded", draft)
    return draft


@transaction.atomic
def restore_draft(*, actor: Actor, draft: EvaluationDraft) -> EvaluationDraft:
    """Undo a discarding, unless its author has another draft of the patient by now."""
    open_for_writing(draft.patient_id)
    discarded = EvaluationDraft.objects.filter(pk=draft.pk, state=DraftState.DISCARDED)
    try:
        with transaction.atomic():
            restored = discarded.update(state=DraftState.OPEN)
    except IntegrityError as error:
        raise Refused(
            _("You have another draft for this patient by now. Sign or discard it first."), code="draft_open"
        ) from error
    if not restored:
        raise Refused(_("This draft is not discarded."), code="not_discarded")
    draft.state = DraftState.OPEN
    audit.record(actor, "evaluation_draft.restored", draft)
    return draft


@transaction.atomic
def sign_evaluation(
    *, actor: Actor, draft: EvaluationDraft, mark: DraftMark, entry: EvaluationEntry, now: datetime
) -> Evaluation:
    """Make the evaluation, which nobody edits from now on. A draft signed twice is one evaluation.

    Refuses an empty form, a day in the future or before the patient's birth, a draft that another window changed
    (``stale``) or that was discarded (``closed``), and an amendment of what was amended already (``amended``).
    """
    open_for_writing(draft.patient_id)
    locked = EvaluationDraft.objects.select_for_update().select_related("patient").get(pk=draft.pk)
    if locked.evaluation_id is not None:
        return Evaluation.objects.get(pk=locked.evaluation_id)
    _refuse_unless_current(locked, mark)
    _refuse_impossible(entry, locked.patient, now)
    if locked.amends_id:
        _replace(locked.amends_id)  # refuses what does not stand: that has an amendment already
    evaluation = Evaluation.objects.create(
        clinic_id=locked.clinic_id,
        patient_id=locked.patient_id,
        examined_on=entry.examined_on,
        leg_difference_mm=entry.leg_difference_mm,
        leg_difference_method=entry.leg_difference_method,
        shorter_leg=entry.shorter_leg,
        gait_note=entry.gait_note,
        note=entry.note,
        amends_id=locked.amends_id,
        amendment_reason=entry.amendment_reason if locked.amends_id else "",
        signed_by_id=actor.user_id,  # type: ignore[misc]  # the database refuses anybody but staff
        signed_at=now,
    )
    FootMeasures.objects.bulk_create(
        FootMeasures(clinic_id=locked.clinic_id, evaluation=evaluation, foot=foot, **values)
        for foot, values in entry.feet.items()
    )
    locked.state, locked.evaluation = DraftState.SIGNED, evaluation
    locked.save(update_fields=["state", "evaluation"])
    signed = {"examined_on": entry.examined_on.isoformat(), "feet": sorted(entry.feet)}
    of = {"amends": str(locked.amends_id)} if locked.amends_id else {}
    audit.record(actor, "evaluation.signed", evaluation, changes=signed | of)
    return evaluation


@transaction.atomic
def enter_in_error(*, actor: Actor, evaluation: Evaluation, slip: Slip) -> Evaluation:
    """It was a slip: it stays in the record and counts no more. What it had amended stands again."""
    open_for_writing(evaluation.patient_id)
    if not _change_status(evaluation.pk, EvaluationStatus.SIGNED, EvaluationStatus.ENTERED_IN_ERROR):
        raise Refused(_("This evaluation does not stand any more."), code="not_standing")
    if evaluation.amends_id:
        _change_status(evaluation.amends_id, EvaluationStatus.AMENDED, EvaluationStatus.SIGNED)
    evaluation.status = EvaluationStatus.ENTERED_IN_ERROR
    audit.record(actor, "evaluation.entered_in_error", evaluation, changes={"reason": slip.value})
    return evaluation


@transaction.atomic
def restore_evaluation(*, actor: Actor, evaluation: Evaluation) -> Evaluation:
    """It was no slip after all. An amendment replaces again what it had amended, unless another one does by now."""
    open_for_writing(evaluation.patient_id)
    others = Evaluation.objects.exclude(pk=evaluation.pk)
    if evaluation.amends_id and others.amending(evaluation.amends_id).exists():
        raise Refused(_("What this amends has another amendment by now. Amend that one."), code="amended")
    if not _change_status(evaluation.pk, EvaluationStatus.ENTERED_IN_ERROR, EvaluationStatus.SIGNED):
        raise Refused(_("This evaluation is not marked as entered in error."), code="not_in_error")
    if evaluation.amends_id:
        _replace(evaluation.amends_id)
    evaluation.status = EvaluationStatus.SIGNED
    audit.record(actor, "evaluation.restored", evaluation)
    return evaluation


def _change_status(pk: Any, before: EvaluationStatus, after: EvaluationStatus) -> bool:
    return bool(Evaluation.objects.filter(pk=pk, status=before).update(status=after))


def _replace(pk: Any) -> None:
    if not _change_status(pk, EvaluationStatus.SIGNED, EvaluationStatus.AMENDED):
        raise Refused(
            _("What this amends was amended or entered in error by now. Amend the version that stands."),
            code="amended",
        )


def _refuse_unless_current(draft: EvaluationDraft, mark: DraftMark) -> None:
    if draft.state != DraftState.OPEN:
        raise Refused(_("This draft was signed or discarded in the meantime."), code="closed")
    own_save = draft.answers.get("window") == mark.window and draft.answers.get("step", 0) < mark.step
    if draft.version != mark.version and not own_save:
        raise Refused(
            _(
                "This draft was changed in another window. What you typed in this one is not saved: compare it"
                " with the saved draft, then save or sign it again."
            ),
            code="stale",
        )


def _refuse_impossible(entry: EvaluationEntry, patient: Patient, now: datetime) -> None:
    if entry.is_empty:
        raise Refused(_("Nothing is filled in: enter at least one measure or note."), code="empty")
    if entry.examined_on > patient.local_day(now):
        raise Refused(_("The day of the examination lies in the future."), code="future", field="examined_on")
    if entry.examined_on < patient.date_of_birth:
        raise Refused(
            _("The day of the examination lies before the patient's date of birth."),
            code="before_birth",
            field="examined_on",
        )
