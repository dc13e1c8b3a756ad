"""One answer of one patient by its name, whatever its kind: to mark it as entered in error, and to take that back.

The name is made of what identifies the answer to people. Numbers of rows stay out of addresses.
"""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from clinic.actors import Actor
from clinic.text import signed
from patients.actions.outcomes import Outcome
from patients.models import (
    Activity,
    ActivityScore,
    ChangeRating,
    PainScore,
    Patient,
    QuestionnaireResponse,
    RecordStatus,
)


@dataclass(frozen=True, slots=True)
class Entry:
    """One answer by its name, ``ref``, and in words: what is marked as entered in error, and taken back."""

    ref: str
    words: str
    outcome: Outcome

    @property
    def in_error(self) -> bool:
        return self.outcome.status == RecordStatus.ENTERED_IN_ERROR


def find(actor: Actor, patient: Patient, ref: str) -> Entry | None:
    """The answer of this patient that ``ref`` names, whether it stands or not."""
    kind, _colon, rest = ref.partition(":")
    try:
        row = _FINDERS[kind](actor, patient, rest.split(","))
    except (KeyError, ValueError):
        return None
    return entry_of(row) if row else None


def _find_pain(actor: Actor, patient: Patient, key: list[str]) -> PainScore | None:
    asked, on, source = key
    mine = PainScore.objects.visible_to(actor).filter(patient=patient)
    return mine.filter(measure=asked, on=date.fromisoformat(on), source=source).first()


def _find_score(actor: Actor, patient: Patient, key: list[str]) -> ActivityScore | None:
    pk, on = key
    mine = Activity.objects.visible_to(actor).filter(patient=patient, pk=UUID(pk))
    scores = ActivityScore.objects.filter(activity__in=mine, on=date.fromisoformat(on))
    return scores.select_related("activity").first()


def _find_rating(actor: Actor, patient: Patient, key: list[str]) -> ChangeRating | None:
    (on,) = key
    mine = ChangeRating.objects.visible_to(actor).filter(patient=patient)
    return mine.filter(on=date.fromisoformat(on)).first()


def _find_response(actor: Actor, patient: Patient, key: list[str]) -> QuestionnaireResponse | None:
    (pk,) = key
    mine = QuestionnaireResponse.objects.visible_to(actor).filter(patient=patient, pk=UUID(pk))
    return mine.select_related("questionnaire").first()


_FINDERS = {
    "pain": _find_pain,
    "activity": _find_score,
    "change": _find_rating,
    "response": _find_response,
}


def entry_of(row: Outcome) -> Entry:
    said: dict[str, object] = {"day": date_format(row.on, "j M Y")}
    if isinstance(row, PainScore):
        said |= {"measure": row.get_measure_display(), "value": row.score, "source": row.get_source_display()}
        words = _("%(measure)s %(value)s on %(day)s, %(source)s")
        ref = f"pain:{row.measure},{row.on.isoformat()},{row.source}"
    elif isinstance(row, ActivityScore):
        said |= {"activity": row.activity.words, "value": row.score}
        words = _("“%(activity)s” %(value)s on %(day)s")
        ref = f"activity:{row.activity_id},{row.on.isoformat()}"
    elif isinstance(row, ChangeRating):
        said |= {"value": signed(row.rating)}
        words = _("Overall change %(value)s on %(day)s")
        ref = f"change:{row.on.isoformat()}"
    else:
        said |= {"title": row.questionnaire.title}
        words = _("Answers to “%(title)s” of %(day)s")
        ref = f"response:{row.pk}"
    return Entry(ref, words % said, row)
