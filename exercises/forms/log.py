from collections.abc import Iterable, Mapping, MutableMapping
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from exercises.actions import DayLog
from exercises.models import Done, Way
from patients.models import Measure
from patients.models.outcome import WORST_PAIN
from patients.outcome_measures import measure

MOST_ITEMS = 60
SCORES = [(score, str(score)) for score in range(WORST_PAIN + 1)]
# One tap each, as exact as people know it; up to a whole waking day, so that nobody has to say less than they wore it.
HOURS = [(hours, str(hours)) for hours in (0, 1, 2, 3, 4, 6, 8, 10, 12, 14, 16)]
# Wording of the two numeric scales: reviewed data, the same every day, so that answers can be compared.
QUESTIONS = {asked: _(measure(asked).text) for asked in (Measure.PAIN_FOOT, Measure.PAIN_BACK)}


class LogForm(forms.Form):
    """One day as the patient tells it. ``items`` are the exercises that stood on the page, id to name; ``supports``
    what was to be worn.

    Nothing is chosen beforehand: an exercise without an answer is not stored, a scale left alone is not zero, and
    neither are hours that nobody stated.
    """

    performed_on = forms.DateField(
        widget=forms.HiddenInput,
        error_messages={"required": _("Open the plan again."), "invalid": _("Open the plan again.")},
    )

    report = forms.UUIDField(
        required=False, widget=forms.HiddenInput, error_messages={"invalid": _("Open the plan again.")}
    )  # made where it was filled in, so that a second press is no second report
    way = forms.ChoiceField(
        choices=[(way.value, way.label) for way in (Way.PAGE, Way.GUIDE)],
        required=False,
        widget=forms.HiddenInput,
        error_messages={"invalid_choice": _("Open the plan again.")},
    )

    def __init__(
        self,
        data: QueryDict | None = None,
        *,
        items: Mapping[UUID, str],
        supports: Mapping[UUID, str],
        initial: MutableMapping[str, Any] | None = None,
    ) -> None:
        super().__init__(data, initial=initial)
        self.item_ids, self.support_ids = list(items), list(supports)
        for pk, name in items.items():
            self.fields[done_name(pk)] = forms.ChoiceField(
                label=name,
                choices=Done.choices,
                required=False,
                widget=forms.RadioSelect,
                error_messages={"invalid_choice": _("Choose done, partly done or not done.")},
            )
        for pk, name in supports.items():
            self.fields[worn_name(pk)] = forms.TypedChoiceField(
                label=name,
                choices=HOURS,
                coerce=Decimal,
                empty_value=None,
                required=False,
                widget=forms.RadioSelect,
                error_messages={"invalid_choice": _("Choose one of the numbers of hours.")},
            )
        for asked, question in QUESTIONS.items():
            self.fields[asked.value] = forms.TypedChoiceField(
                label=question,
                choices=SCORES,
                coerce=int,
                empty_value=None,
                required=False,
                widget=forms.RadioSelect,
                error_messages={"invalid_choice": _("Choose a number from 0 to 10.")},
            )

    def day_log(self, *, all_done: bool) -> DayLog:
        """``all_done``: every exercise shown and not marked otherwise was done. It says nothing of hours worn."""
        said = {pk: self.cleaned_data[done_name(pk)] for pk in self.item_ids}
        done = {pk: Done(answer) for pk, answer in said.items() if answer}
        if all_done:
            done = dict.fromkeys(self.item_ids, Done.DONE) | done
        pain = {asked: self.cleaned_data[asked.value] for asked in QUESTIONS}
        wear = {pk: self.cleaned_data[worn_name(pk)] for pk in self.support_ids}
        return DayLog(
            performed_on=self.cleaned_data["performed_on"],
            done=done,
            pain=pain,
            wear=wear,
            report_id=self.cleaned_data["report"] or uuid4(),
            way=Way(self.cleaned_data["way"] or Way.PAGE),
        )


def done_name(pk: UUID) -> str:
    return f"done-{pk}"


def worn_name(pk: UUID) -> str:
    return f"worn-{pk}"


def shown_items(values: Iterable[str]) -> dict[UUID, str]:
    """The ids that the page carried along. Whether they are the patient's is the action's question."""
    return {pk: "" for value in list(values)[:MOST_ITEMS] if (pk := _uuid(value))}


def _uuid(value: str) -> UUID | None:
    try:
        return UUID(value)
    except ValueError:
        return None
