from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db import models, transaction
from django.utils.translation import gettext as _

from clinic import audit
from clinic.actors import Actor
from clinic.errors import Refused
from patients.actions.records import open_for_writing
from patients.models import (
    Activity,
    ActivityScore,
    ChangeRating,
    Measure,
    PainScore,
    Patient,
    QuestionnaireResponse,
    RecordStatus,
    Source,
)
from patients.outcome_measures import CHANGE_RATING, MY_ACTIVITIES, measure

Outcome = PainScore | ActivityScore | ChangeRating | QuestionnaireResponse
DailyAnswer = PainScore | ActivityScore | ChangeRating
VERBS: dict[type[Any], str] = {
    PainScore: "pain",
    ActivityScore: "activity_score",
    ChangeRating: "change_rating",
    QuestionnaireResponse: "questionnaire_response",
}
# What names one answer: the unique constraints of the three models.
ONE_A_DAY: dict[type[Any], tuple[str, ...]] = {
    PainScore: ("patient_id", "on", "measure", "source"),
    ActivityScore: ("activity_id", "on"),
    ChangeRating: ("patient_id", "on"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class VisitOutcomes:
    """What the patient told at a visit. None, or no entry at all, is "not asked" and writes nothing."""

    on: date
    pain: Mapping[Measure, int | None] = field(default_factory=dict)
    activities: Mapping[UUID, int | None] = field(default_factory=dict)  # by the activity's id
    change: int | None = None


@transaction.atomic
def record_pain(
    *,
    actor: Actor,
    patient: Patient,
    on: date,
    scores: Mapping[Measure, int | None],
    now: datetime,
    said_at: datetime | None = None,
) -> int:
    """Store the answers of one day, replacing earlier ones of that day; returns how many were stored.

    None is "not answered" and writes nothing: missing is missing, zero is an answer. ``said_at``: when it was said,
    now if it is not given; an answer that was said later stays, unless it was a slip.
    """
    open_for_writing(patient.pk)
    answered = {measure: score for measure, score in scores.items() if score is not None}
    for score in answered.values():
        if not 0 <= score <= 10:
            raise Refused(_("Choose a number from 0 to 10."), code="out_of_range")
    if not answered:
        return 0
    said = said_at or now
    newer = PainScore.objects.standing().by_patient().filter(patient=patient, on=on, said_at__gt=said)
    for told in newer.values_list("measure", flat=True):
        answered.pop(Measure(told), None)
    PainScore.objects.bulk_create(
        [
            PainScore(
                clinic_id=patient.clinic_id,
                patient=patient,
                measure=measure,
                on=on,
                score=score,
                recorded_at=now,
                said_at=said,
            )
            for measure, score in answered.items()
        ],
        update_conflicts=True,
        unique_fields=["patient", "on", "measure", "source"],
        update_fields=["score", "status", "said_at"],  # a new answer stands, whatever was said of the old one
    )
    if answered:
        audit.record(
            actor,
            "pain.recorded",
            patient,
            patient_id=patient.pk,
            changes={"on": on.isoformat()} | {measure.value: score for measure, score in answered.items()},
        )
    return len(answered)


@transaction.atomic
def record_visit_outcomes(*, actor: Actor, patient: Patient, told: VisitOutcomes, now: datetime) -> int:
    """Write down what was told at a visit; returns how many answers are new or changed. A second press changes none.

    Never touches what the patient answered in the plan. An earlier answer of that visit day is replaced by whoever
    wrote it, and stays in the history; a colleague's has to be marked as entered in error first.
    """
    rows = _rows(patient, told)
    if not rows:
        raise Refused(_("Give at least one answer."), code="empty")
    refuse_impossible_day(patient, told.on, now)
    open_for_writing(patient.pk)  # two people at once: one after the other
    _refuse_unknown_activities(patient, told)
    kept = [name for name, row, column in rows if _keep(name, row, column, actor, now)]
    if kept:
        values = {name: getattr(row, column) for name, row, column in rows if name in kept}
        changes = {"on": told.on.isoformat()} | values
        audit.record(actor, "visit_outcomes.recorded", patient, patient_id=patient.pk, changes=changes)
    return len(kept)


@transaction.atomic
def enter_outcome_in_error(*, actor: Actor, outcome: Outcome) -> None:
    """It was a slip: hidden from counts and changes from now on, and kept."""
    _change_status(actor, outcome, RecordStatus.RECORDED, RecordStatus.ENTERED_IN_ERROR)


@transaction.atomic
def restore_outcome(*, actor: Actor, outcome: Outcome) -> None:
    """Undo ``enter_outcome_in_error``."""
    _change_status(actor, outcome, RecordStatus.ENTERED_IN_ERROR, RecordStatus.RECORDED)


def refuse_impossible_day(patient: Patient, on: date, now: datetime) -> None:
    if on > patient.local_day(now):
        raise Refused(_("This day lies in the future."), code="future", field="on")
    if on < patient.date_of_birth:
        raise Refused(_("This day lies before the patient's date of birth."), code="before_birth", field="on")


def activity_name(pk: UUID) -> str:
    """Of an activity's answer, in the form, the refusal and the audit entry."""
    return f"activity-{pk}"


def _rows(patient: Patient, told: VisitOutcomes) -> list[tuple[str, DailyAnswer, str]]:
    """A row for each answer, with its name and the column of its value."""
    whose = {"clinic_id": patient.clinic_id, "on": told.on}
    rows: list[tuple[str, DailyAnswer, str]] = []
    for asked, score in told.pain.items():
        if score is not None:
            _refuse_out_of_range(asked.value, asked.value, score)
            row = PainScore(**whose, patient_id=patient.pk, measure=asked, source=Source.VISIT, score=score)
            rows.append((asked.value, row, "score"))
    for pk, score in told.activities.items():
        if score is not None:
            _refuse_out_of_range(MY_ACTIVITIES, activity_name(pk), score)
            rows.append((activity_name(pk), ActivityScore(**whose, activity_id=pk, score=score), "score"))
    if told.change is not None:
        _refuse_out_of_range(CHANGE_RATING, "change", told.change)
        rating = ChangeRating(**whose, patient_id=patient.pk, rating=told.change)
        rows.append(("change", rating, "rating"))
    return rows


def _refuse_out_of_range(key: str, name: str, value: int) -> None:
    scale = measure(key)
    if not scale.lowest <= value <= scale.highest:
        message = _("Choose a number from %(lowest)s to %(highest)s.")
        ends = {"lowest": scale.lowest, "highest": scale.highest}
        raise Refused(message % ends, code="out_of_range", field=name)


def _refuse_unknown_activities(patient: Patient, told: VisitOutcomes) -> None:
    asked = {pk for pk, score in told.activities.items() if score is not None}
    known = set(Activity.objects.current().filter(patient=patient).values_list("pk", flat=True))
    if asked - known:
        raise Refused(_("The activities have changed. Please look at them again."), code="unknown_activity")


def _keep(name: str, row: DailyAnswer, column: str, actor: Actor, now: datetime) -> bool:
    """Insert it, or replace what the same person wrote for that day; False when it stands so already."""
    row.recorded_by_id, row.recorded_at = actor.user_id, now
    same_day = type(row)._default_manager.filter(**{key: getattr(row, key) for key in ONE_A_DAY[type(row)]})
    standing: Any = same_day.select_for_update().first()
    if standing is None:
        row.save(force_insert=True)
        return True
    if standing.status == RecordStatus.RECORDED:
        if standing.recorded_by_id != actor.user_id:
            message = _("Somebody else's answer stands for this day. Mark it as entered in error first.")
            raise Refused(message, code="somebody_elses", field=name)
        if getattr(standing, column) == getattr(row, column):
            return False
    same_day.update(
        status=RecordStatus.RECORDED,
        recorded_by_id=actor.user_id,
        recorded_at=now,
        **{column: getattr(row, column)},
    )
    return True


def _change_status(actor: Actor, outcome: Outcome, before: RecordStatus, after: RecordStatus) -> None:
    whose = outcome.activity.patient_id if isinstance(outcome, ActivityScore) else outcome.patient_id
    open_for_writing(whose)
    rows: models.QuerySet[Any] = type(outcome)._default_manager.filter(status=before)
    changed = rows.filter(pk=outcome.pk).update(status=after)
    if not changed:
        raise Refused(_("This was changed in the meantime. Please look again."), code="stale")
    outcome.status = after
    verb = "entered_in_error" if after is RecordStatus.ENTERED_IN_ERROR else "restored"
    audit.record(
        actor,
        f"{VERBS[type(outcome)]}.{verb}",
        outcome,
        patient_id=whose,
        changes={"on": outcome.on.isoformat()},
    )
