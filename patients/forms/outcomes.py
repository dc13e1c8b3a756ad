"""What staff write down of pain, activities, change and questionnaires. Nothing is chosen beforehand."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any
from uuid import uuid4

from django import forms
from django.utils.translation import gettext_lazy as _

from clinic.text import signed, validate_single_line
from patients.actions import Answers, VisitOutcomes
from patients.actions.outcomes import activity_name
from patients.actions.questionnaires import answer_name
from patients.forms.days import DayField
from patients.models import Activity, Measure, Questionnaire, QuestionnaireItem
from patients.outcome_measures import CHANGE_RATING, MY_ACTIVITIES, OutcomeMeasure, measure

MOST_BUTTONS = 11  # with more answers than these a number is typed


class ScaleField(forms.TypedChoiceField):
    """Whole numbers as buttons; ``ends`` are the words below the first, a middle one and the last."""

    def __init__(
        self, *, label: str, values: Sequence[int], ends: Iterable[str], signs: bool = False
    ) -> None:
        super().__init__(
            label=label,
            choices=[(value, signed(value) if signs else str(value)) for value in values],
            coerce=int,
            empty_value=None,
            required=False,
            widget=forms.RadioSelect,
            error_messages={
                "invalid_choice": _("Choose a number from %(lowest)s to %(highest)s.")
                % {"lowest": values[0], "highest": values[-1]}
            },
        )
        self.ends = list(ends)


class VisitForm(forms.Form):
    """What was told at a visit: each answer may be left out, one is needed."""

    on = DayField(label=_("Day"))

    def __init__(
        self, data: Mapping[str, Any] | None = None, *, activities: Sequence[Activity], today: date
    ) -> None:
        super().__init__(data, auto_id="visit-%s", initial={"on": today})
        self.activities = activities
        for asked in Measure:
            scale = measure(asked)
            self.fields[asked.value] = _scale(scale, str(_(scale.text)))
        for activity in activities:
            self.fields[activity_name(activity.pk)] = _scale(measure(MY_ACTIVITIES), activity.words)
        change = measure(CHANGE_RATING)
        self.fields["change"] = _scale(change, str(_(change.text)), signs=True)

    def pain_fields(self) -> list[forms.BoundField]:
        return [self[asked.value] for asked in Measure]

    def activity_fields(self) -> list[forms.BoundField]:
        return [self[activity_name(activity.pk)] for activity in self.activities]

    def told(self) -> VisitOutcomes:
        said = self.cleaned_data
        return VisitOutcomes(
            on=said["on"],
            pain={asked: said[asked.value] for asked in Measure},
            activities={activity.pk: said[activity_name(activity.pk)] for activity in self.activities},
            change=said["change"],
        )


class DailyForm(forms.Form):
    """Which pain the plan asks about each day."""

    measures = forms.TypedMultipleChoiceField(
        label=_("The plan asks each day about"),
        choices=Measure.choices,
        coerce=Measure,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"invalid_choice": _("Choose from the list.")},
    )
    guide = forms.BooleanField(
        label=_("Show the pain guide with them"),
        required=False,
        help_text=_(
            "Up to 3 is usually acceptable during an exercise, at 4 or 5 go gently, above 5 stop it for today."
        ),
    )
    advice = forms.CharField(
        label=_("Your advice for a score of 6 or more"),
        max_length=300,
        required=False,
        validators=[validate_single_line],
        help_text=_(
            "The patient reads it with the questions, and again after such a score. No dose changes by itself."
        ),
    )


class ActivityForm(forms.Form):
    """One activity, in the patient's own words."""

    words = forms.CharField(
        label=_("Activity, in the patient’s words"),
        max_length=120,
        validators=[validate_single_line],
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        error_messages={"required": _("Enter the activity in the patient’s words.")},
    )


class EntryForm(forms.Form):
    """One answer, by its name: marked as entered in error, or taken back. Exactly one of the two."""

    error = forms.CharField(max_length=100, required=False)
    restore = forms.CharField(max_length=100, required=False)

    def clean(self) -> dict[str, Any]:
        said = self.cleaned_data
        if bool(said.get("error")) == bool(said.get("restore")):
            raise forms.ValidationError(_("Choose one answer."), code="which")
        return said

    @property
    def ref(self) -> str:
        named: str = self.cleaned_data["error"] or self.cleaned_data["restore"]
        return named


class AnswersForm(forms.Form):
    """A questionnaire of the clinic. A question left alone is missing: it is not zero."""

    on = DayField(label=_("Day"))
    id = forms.UUIDField(
        widget=forms.HiddenInput,
        error_messages={
            "required": _("Open the questionnaire again."),
            "invalid": _("Open the questionnaire again."),
        },
    )

    def __init__(
        self, data: Mapping[str, Any] | None = None, *, questionnaire: Questionnaire, today: date
    ) -> None:
        super().__init__(data, auto_id="answers-%s", initial={"on": today, "id": uuid4()})
        self.items = list(questionnaire.items.all())
        for item in self.items:
            self.fields[answer_name(item.position)] = _answer(item)

    def answer_fields(self) -> list[forms.BoundField]:
        return [self[answer_name(item.position)] for item in self.items]

    def entry(self) -> Answers:
        said = self.cleaned_data
        answers = {item.position: said[answer_name(item.position)] for item in self.items}
        return Answers(on=said["on"], id=said["id"], answers=answers)


def _scale(scale: OutcomeMeasure, label: str, *, signs: bool = False) -> ScaleField:
    ends = [
        _("%(number)s: %(meaning)s") % {"number": signed(value) if signs else value, "meaning": _(meaning)}
        for value, meaning in scale.ends.items()
    ]
    values = range(scale.lowest, scale.highest + 1)
    return ScaleField(label=label, values=values, ends=map(str, ends), signs=signs)


def _answer(item: QuestionnaireItem) -> forms.Field:
    values = range(item.lowest, item.highest + 1)
    ends = [
        str(_("%(number)s: %(meaning)s") % {"number": value, "meaning": meaning})
        for value, meaning in ((item.lowest, item.lowest_means), (item.highest, item.highest_means))
        if meaning
    ]
    if len(values) <= MOST_BUTTONS:
        return ScaleField(label=item.text, values=values, ends=ends)
    asked = _("A whole number from %(lowest)s to %(highest)s.")
    wrong = _("Enter a whole number from %(lowest)s to %(highest)s.")
    limits = {"lowest": item.lowest, "highest": item.highest}
    return forms.IntegerField(
        label=item.text,
        min_value=item.lowest,
        max_value=item.highest,
        required=False,
        help_text=" ".join([str(asked % limits), *ends]),
        widget=forms.TextInput(attrs={"inputmode": "numeric", "class": "num", "autocomplete": "off"}),
        error_messages=dict.fromkeys(("invalid", "min_value", "max_value"), wrong % limits),
    )
