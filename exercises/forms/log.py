"""One day as the patient tells it: the questions as they stand on the page, and what came back of them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4, uuid5

from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils.html import escape
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from clinic.text import validate_plain_text
from exercises.actions import DayLog
from exercises.models import Done, Effort, MissReason, ProgrammeItem, Way
from exercises.today import Said
from patients import wear
from patients.models import Measure, Patient, SupportAdvice
from patients.models.outcome import WORST_PAIN
from patients.outcome_measures import measure

MOST_ITEMS = 60
LONGEST_NOTE = 500
SCORES = [(str(score), str(score)) for score in range(WORST_PAIN + 1)]
# One tap each, as exact as people know it; up to a whole waking day, so that nobody has to say less than they wore it.
HOURS = [(str(hours), str(hours)) for hours in (0, 1, 2, 3, 4, 6, 8, 10, 12, 14, 16)]
# Wording of the numeric scales: reviewed data, the same every day, so that answers can be compared.
QUESTIONS = {asked: _(measure(asked).text) for asked in Measure}
MISSED = {Done.PARTLY, Done.NOT_DONE}
BUTTON = '<label><input type="radio" name="%s" value="%s" id="id_%s_%d"%s><span>%s</span></label>'
AGAIN = {"required": _("Open the plan again."), "invalid": _("Open the plan again.")}


@dataclass(frozen=True, slots=True)
class Question:
    """One row of buttons. ``chosen``: what is stored or was typed; empty: nothing, for nothing is chosen beforehand.
    ``choices``: values and labels, the labels escaped."""

    name: str
    label: str
    choices: Sequence[tuple[str, str]]
    chosen: str = ""
    errors: Sequence[str] = ()
    kind: str = ""
    short: str = ""  # what is seen where the label is only spoken

    @property
    def buttons(self) -> SafeString:
        """Written here: a template of its own for each of a hundred buttons is most of the page's cost. Names and values
        are ours."""
        return SafeString(
            "".join(
                BUTTON % (self.name, value, self.name, n, " checked" if value == self.chosen else "", label)
                for n, (value, label) in enumerate(self.choices)
            )
        )


@dataclass(frozen=True, slots=True)
class PainPart:
    """The questions about pain, and what the practitioner wants read beside them."""

    questions: Sequence[Question]
    guide: bool
    advice: str


@dataclass(frozen=True, slots=True)
class Line:
    """One exercise of the page. ``told``: what the patient's cautions have to say about it."""

    item: ProgrammeItem
    said: Done | None
    told: list[str]
    questions: list[Question]


@dataclass(frozen=True, slots=True)
class ToWear:
    """One support of the page. ``worn``: what is stored, in words; empty where nobody answered."""

    advice: SupportAdvice
    hours: Question
    worn: str


class LogForm(forms.Form):
    """``items`` are the exercises that stood on the page, id to name; ``supports`` what was to be worn.

    An exercise without an answer is not stored, a scale left alone is not zero, and neither are hours that nobody
    stated. ``report`` is made with the page, so that a form that is sent twice counts once.
    """

    performed_on = forms.DateField(error_messages=AGAIN, widget=forms.HiddenInput)
    report = forms.UUIDField(required=False, error_messages=AGAIN, widget=forms.HiddenInput)
    way = forms.ChoiceField(
        choices=[(way.value, way.label) for way in (Way.PAGE, Way.GUIDE)],
        required=False,
        widget=forms.HiddenInput,
        error_messages={"invalid_choice": _("Open the plan again.")},
    )
    shown = forms.CharField(required=False, max_length=64, widget=forms.HiddenInput)

    def __init__(
        self, data: QueryDict | None = None, *, items: Mapping[UUID, str], supports: Mapping[UUID, str]
    ) -> None:
        super().__init__(data)
        self.item_ids, self.support_ids = list(items), list(supports)
        for pk, name in items.items():
            wrong = _("Choose done, partly done or not done.")
            self.fields[done_name(pk)] = _choice(name, Done.choices, wrong)
            self.fields[reason_name(pk)] = _choice(name, MissReason.choices, _("Choose one of the reasons."))
            self.fields[effort_name(pk)] = _choice(
                name, Effort.choices, _("Choose easy, just right or hard.")
            )
        for pk, name in supports.items():
            wrong = _("Choose one of the numbers of hours.")
            self.fields[worn_name(pk)] = _choice(name, HOURS, wrong, coerce=Decimal)
        for asked, question in QUESTIONS.items():
            wrong = _("Choose a number from 0 to 10.")
            self.fields[asked.value] = _choice(question, SCORES, wrong, coerce=int)
        self.fields["note"] = forms.CharField(
            label=_("Anything to add for your clinic?"),
            max_length=LONGEST_NOTE,
            required=False,
            validators=[validate_plain_text],
        )

    def clean(self) -> dict[str, Any]:
        """Why something was left out says nothing of whether it was: the patient has to say that."""
        said = self.cleaned_data
        for pk in self.item_ids:
            if said.get(reason_name(pk)) and not said.get(done_name(pk)) and done_name(pk) in said:
                message = _("You gave a reason. Say whether you did it partly or not at all.")
                self.add_error(done_name(pk), ValidationError(message, code="reason_alone"))
        return said

    def day_log(self, *, all_done: bool) -> DayLog:
        """``all_done``: every exercise shown and not marked otherwise was done. It says nothing of hours worn."""
        said = self.cleaned_data
        done = {pk: Done(answer) for pk in self.item_ids if (answer := said[done_name(pk)])}
        if all_done:
            done = dict.fromkeys(self.item_ids, Done.DONE) | done
        reasons = {pk: said[reason_name(pk)] for pk, answer in done.items() if answer in MISSED}
        efforts = {pk: said[effort_name(pk)] for pk, answer in done.items() if answer != Done.NOT_DONE}
        return DayLog(
            performed_on=said["performed_on"],
            done=done,
            reasons={pk: MissReason(reason) for pk, reason in reasons.items() if reason},
            efforts={pk: Effort(effort) for pk, effort in efforts.items() if effort},
            pain={asked: said[asked.value] for asked in QUESTIONS},
            wear={pk: said[worn_name(pk)] for pk in self.support_ids},
            note=said["note"],
            report_id=self._report_id(all_done),
            way=Way(said["way"] or Way.PAGE),
        )

    def _report_id(self, all_done: bool) -> UUID:
        """The same answers of the same page are one report. A browser's Back brings an old page with its old key: other
        answers from there are another report, or they would be lost."""
        made = self.cleaned_data["report"]
        if made is None:
            return uuid4()
        answers = {name: str(value) for name, value in self.cleaned_data.items() if name != "shown"}
        return uuid5(made, repr((all_done, sorted(answers.items()))))


class DayPage:
    """The questions of one day, with what is stored of it or what came back and was refused."""

    def __init__(self, said: Said, refused: LogForm | None = None) -> None:
        self.said, self.refused = said, refused
        self._done, self._reasons, self._efforts = (
            [(str(value), escape(str(label))) for value, label in words.choices]
            for words in (Done, MissReason, Effort)
        )
        self._labels = (
            _t("Did you do it? %(name)s"),
            _t("What came in between? %(name)s"),
            _t("How was it? %(name)s"),
        )
        self._shorts = _t("What came in between? You may leave it out."), _t("How was it?")

    def line(self, item: ProgrammeItem, told: list[str]) -> Line:
        pk, said, name = item.pk, self.said, {"name": item.version.name}
        done, reason, effort = (stored.get(pk, "") for stored in (said.done, said.reasons, said.efforts))
        return Line(
            item,
            said.done.get(pk),
            told,
            [
                self._asked(done_name(pk), self._labels[0] % name, self._done, done),
                self._asked(
                    reason_name(pk),
                    self._labels[1] % name,
                    self._reasons,
                    reason,
                    kind="why",
                    short=self._shorts[0],
                ),
                self._asked(
                    effort_name(pk),
                    self._labels[2] % name,
                    self._efforts,
                    effort,
                    kind="how",
                    short=self._shorts[1],
                ),
            ],
        )

    def to_wear(self, advice: SupportAdvice) -> ToWear:
        hours = self.said.worn.get(advice.pk)
        stored = "" if hours is None else f"{hours.normalize():f}"
        return ToWear(
            advice,
            self._asked(worn_name(advice.pk), advice.lay_words, HOURS, stored),
            "" if hours is None else wear.in_words(hours),
        )

    def pain(self, patient: Patient) -> PainPart:
        wanted = set(patient.daily_measures)
        questions = [
            self._asked(one.value, str(label), SCORES, str(self.said.pain.get(one, "")))
            for one, label in QUESTIONS.items()
            if one.value in wanted
        ]
        return PainPart(questions, patient.pain_guide, patient.pain_advice)

    @property
    def note(self) -> str:
        return self.refused.data.get("note", "") if self.refused else ""

    @property
    def report(self) -> str:
        return (self.refused.data.get("report", "") if self.refused else "") or str(uuid4())

    def _asked(
        self, name: str, label: str, choices: Sequence[tuple[str, str]], stored: str, **more: str
    ) -> Question:
        if self.refused is None:
            return Question(name, label, choices, str(stored), **more)
        typed, errors = (
            self.refused.data.get(name, ""),
            [str(one) for one in self.refused.errors.get(name, ())],
        )
        return Question(name, label, choices, typed, errors, **more)


def done_name(pk: UUID) -> str:
    return f"done-{pk}"


def reason_name(pk: UUID) -> str:
    return f"reason-{pk}"


def effort_name(pk: UUID) -> str:
    return f"effort-{pk}"


def worn_name(pk: UUID) -> str:
    return f"worn-{pk}"


def shown_items(values: Iterable[str]) -> dict[UUID, str]:
    """The ids that the page carried along. Whether they are the patient's is the action's question."""
    return {pk: "" for value in list(values)[:MOST_ITEMS] if (pk := _uuid(value))}


def _choice(label: Any, choices: Any, wrong: Any, **more: Any) -> forms.TypedChoiceField:
    if more:  # a number: nothing said is no number
        more["empty_value"] = None
    return forms.TypedChoiceField(
        label=label,
        choices=choices,
        required=False,
        widget=forms.RadioSelect,
        error_messages={"invalid_choice": wrong},
        **more,
    )


def _uuid(value: str) -> UUID | None:
    try:
        return UUID(value)
    except ValueError:
        return None
