"""The form of a biomechanical evaluation: one part for the visit, one for each foot. Nothing is chosen beforehand."""

import re
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any
from uuid import uuid4

from django import forms

from clinic.errors import Refused
from patients import measures, scoring
from patients.actions import DraftMark, EvaluationEntry
from patients.forms.evaluation.foot import SCORES, FootForm
from patients.forms.evaluation.visit import SlipForm, VisitForm
from patients.models import FPI_ITEMS, Evaluation, EvaluationDraft, Foot

__all__ = ["EvaluationForm", "SlipForm", "answers_of", "fpi_totals", "is_stored", "mark_of", "typed"]

MARKS = ("version", "window", "step")
FIELDS = frozenset(VisitForm.base_fields) - set(MARKS) | {
    f"{f}-{n}" for f in Foot for n in FootForm.base_fields
}


class EvaluationForm:
    """The three parts as one form, in the order of the page."""

    def __init__(
        self,
        draft: EvaluationDraft,
        data: Mapping[str, Any] | None = None,
        earlier: Evaluation | None = None,
    ) -> None:
        """Without ``data`` it shows what the draft holds, and does not judge it yet. ``earlier``: the visit before."""
        marks = {"version": draft.version, "window": uuid4().hex, "step": 0}
        self.visit = VisitForm(data, initial={**draft.answers, **marks}, amends=draft.amends_id is not None)
        totals, before = fpi_totals(draft.answers if data is None else data), measures.feet_of(earlier)
        self.left, self.right = (
            FootForm(foot, data, draft.answers, total=totals[foot], before=before.get(foot)) for foot in Foot
        )
        self.earlier = earlier
        self.parts = (self.visit, self.left, self.right)

    def __iter__(self) -> Iterator[forms.BoundField]:
        for part in self.parts:
            yield from part

    @property
    def feet(self) -> tuple[FootForm, FootForm]:
        return self.left, self.right

    @property
    def errors(self) -> dict[str, Any]:
        return {part.add_prefix(name): error for part in self.parts for name, error in part.errors.items()}

    def non_field_errors(self) -> list[Any]:
        return [error for part in self.parts for error in part.non_field_errors()]

    def is_valid(self) -> bool:
        return not self.errors

    def show_refusal(self, refused: Refused) -> None:
        self.visit.add_error(refused.field if refused.field in self.visit.fields else None, refused.message)

    def mark_anew(self, draft: EvaluationDraft) -> None:
        """The page that is shown now has seen the draft as it stands."""
        self.visit.data = {**dict(self.visit.data.items()), "version": str(draft.version)}

    def entry(self) -> EvaluationEntry:
        said = {name: value for name, value in self.visit.cleaned_data.items() if name not in MARKS}
        feet = {form.foot: values for form in self.feet if (values := form.values())}
        return EvaluationEntry(feet=feet, **said)


def typed(post: Mapping[str, Any]) -> dict[str, str]:
    """What stands in the fields, as it was typed; PostgreSQL stores no NUL."""
    return {name: value.replace("\0", "") for name in sorted(FIELDS) if (value := post.get(name, ""))}


def is_stored(draft: EvaluationDraft, post: Mapping[str, Any]) -> bool:
    return {name: said for name, said in draft.answers.items() if name not in MARKS} == typed(post)


def mark_of(post: Mapping[str, Any]) -> DraftMark:
    """From a form that was tampered with: a version that never was."""
    window = re.fullmatch(r"[0-9a-f]{32}", str(post.get("window")))
    return DraftMark(_whole(post.get("version")), window[0] if window else "", _whole(post.get("step")))


def _whole(text: Any) -> int:
    return int(text) if re.fullmatch(r"[0-9]{1,9}", str(text)) else 0


def fpi_totals(answers: Mapping[str, Any]) -> dict[str, str]:
    """In words for each foot, from what was typed so far."""
    return {
        foot.value: scoring.fpi_in_words(
            [SCORES.get(answers.get(f"{foot}-{item}", "")) for item in FPI_ITEMS]
        )
        for foot in Foot
    }


def answers_of(evaluation: Evaluation) -> dict[str, str]:
    """A signed evaluation as somebody would have typed it: where its amendment begins."""
    said: dict[str, Any] = {
        name: getattr(evaluation, name)
        for name in VisitForm.base_fields
        if name not in {*MARKS, "amendment_reason"}
    }
    for foot in evaluation.feet.all():
        said |= {f"{foot.foot}-{name}": getattr(foot, name) for name in FootForm.base_fields}
    return {name: _as_typed(value) for name, value in said.items() if value not in {None, ""}}


def _as_typed(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value.normalize():f}" if isinstance(value, Decimal) else str(value)
