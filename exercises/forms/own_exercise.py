"""The form in which a clinic writes an exercise of its own."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.contrib.postgres.fields import ArrayField
from django.db.models import Q
from django.db.models.fields import BLANK_CHOICE_DASH
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from clinic.actors import Actor
from clinic.text import validate_plain_text
from exercises import figures, kit
from exercises.actions.own_exercises import STANDARD_STOP_RULES
from exercises.doses import Range
from exercises.forms.dose import DoseForm, small_number
from exercises.forms.exercise import ExerciseForm, caution_choices, kit_choices
from exercises.forms.lines import LinesField
from exercises.forms.ranges import RangeField
from exercises.models import LONGEST_WEEKS, PAIRS, SINGLE, DoseSource, Evidence, Exercise
from patients.models import FindingType

# Column without its ending -> most, and column -> most: those of a programme's dose.
RANGES = {name: DoseForm.base_fields[name].most for name in PAIRS} | {  # type: ignore[attr-defined]
    name: DoseForm.base_fields[name].max_value  # type: ignore[attr-defined]
    for name in ("times_per_day", "days_per_week")
}
RANGES["weeks"] = LONGEST_WEEKS
NUMBERS = {name: DoseForm.base_fields[name].max_value for name in ("every_n_days", *SINGLE)}  # type: ignore[attr-defined]
LINES = {"aliases": 2, "prepare": 3, "steps": 6, "sources": 2}
TEXTS = ["name", "movement", "purpose", "breathe", "feel", "alt_text", "video_url", "load_note", "cue"]
STAFF = ["dose_note", "harder", "easier", "evidence_tag", "evidence", "dose_source"]
CHOICES = ["kind", "body_part", "position", "difficulty", "barefoot", "sets_open"]


def boxes(label: Any, choices: Any, help_text: Any = "") -> forms.MultipleChoiceField:
    return forms.MultipleChoiceField(
        label=label,
        choices=choices,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=help_text,
    )


def _label(column: str) -> str:
    return str(Exercise._meta.get_field(column).verbose_name).capitalize()  # type: ignore[union-attr]


def _lines(name: str, rows: int) -> LinesField:
    column = Exercise._meta.get_field(name)
    assert isinstance(column, ArrayField)
    field = LinesField(column=column)
    field.widget = forms.Textarea(attrs={"rows": rows})
    return field


class OwnExerciseForm(ExerciseForm):
    asked = {
        "steps": _("Write at least one step."),
        "picture": _("Choose a drawing, or upload a photo."),
        "alt_text": _("Say in words what the picture shows."),
        "sides": _("Choose the sides that can be assigned."),
        "body_part": _("Choose the part of the body: cautions ask for it."),
        "position": _("Choose the position: cautions ask for it."),
        "findings": _("Choose at least one finding that it is for."),
        "sources": _("Name a source, or choose “practice-based” as evidence."),
    }

    picture = forms.ChoiceField(
        label=_("Drawing"),
        choices=lambda: [("", _("No drawing")), *drawings()],
        required=False,
        widget=forms.RadioSelect,
    )
    video_url = forms.URLField(
        label=_("Video"),
        assume_scheme="https",
        max_length=300,
        required=False,
        help_text=_(
            "A link to another site that begins with https://. It is a link only, nothing is shown here."
        ),
    )
    remove_photo = forms.BooleanField(label=_("Take the photo away"), required=False)
    more_stop_rules = forms.CharField(
        label=_("Further stop rules"),
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 2}),
        validators=[validate_plain_text],
        help_text=_("In addition to those above, one a line."),
    )
    equipment = boxes(_("What is needed"), kit_choices)
    kit_options = boxes(
        _("One of these is chosen"), kit_choices, _("At least two, of which the patient gets one.")
    )
    cautions = boxes(
        _("Speak against it"),
        caution_choices,
        _(
            "Ticked ones are shown, asked about or block it when a patient has them. If none does, say so below."
        ),
    )
    findings = forms.ModelMultipleChoiceField(
        label=_("Tagged for"),
        queryset=FindingType.objects.none(),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("For filtering only. Nothing is suggested to anybody by it."),
    )

    # In the order of the page.
    PATIENT = ("name", "aliases", "movement", "purpose", "prepare", "steps", "breathe", "feel")
    HOW = (
        "kind",
        "body_part",
        "position",
        "difficulty",
        "sides",
        "equipment",
        "kit_options",
        "barefoot",
    )
    DOSE = ("sets_open", "load_note", "cue", "dose_source", "dose_note")
    FOR_STAFF = ("findings", "evidence_tag", "evidence", "sources", "harder", "easier")

    class Meta:
        model = Exercise
        fields = [*TEXTS, *STAFF, *CHOICES, "picture", "equipment", "kit_options", "cautions", "sides"]

    def __init__(self, *args: Any, actor: Actor, publishing: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.publishing = publishing
        self.fields |= {name: _lines(name, rows) for name, rows in LINES.items()}
        self.fields |= {
            name: RangeField(label=_label(f"{name}_min"), most=most) for name, most in RANGES.items()
        }
        self.fields |= {name: small_number(_label(name), most) for name, most in NUMBERS.items()}
        self._offer_findings(actor)
        self._begin_with(self.instance)
        for name in (*(self.asked.keys() - {"picture", "sources"}), "cautions"):
            self.fields[name].needed_to_publish = True  # type: ignore[attr-defined]  # the label says so
        for field in self.fields.values():
            if isinstance(field, forms.TypedChoiceField):
                offered: list[Any] = list(field.choices)  # type: ignore[arg-type]
                if offered[0] == BLANK_CHOICE_DASH[0]:
                    field.choices = [("", _("Choose")), *offered[1:]]
        if self.instance.photo_id is None:
            del self.fields["remove_photo"]

    def patient_fields(self) -> list[forms.BoundField]:
        return [self[name] for name in self.PATIENT]

    def how_fields(self) -> list[forms.BoundField]:
        return [self[name] for name in self.HOW]

    def number_fields(self) -> list[forms.BoundField]:
        return [self[name] for name in (*RANGES, *NUMBERS)]

    def dose_fields(self) -> list[forms.BoundField]:
        return [self[name] for name in self.DOSE]

    def staff_fields(self) -> list[forms.BoundField]:
        return [self[name] for name in self.FOR_STAFF]

    def stored_columns(self) -> dict[str, Any]:
        """What no field of the model form carries by itself."""
        values: dict[str, Any] = {name: self.cleaned_data.get(name) or [] for name in LINES}
        for name in RANGES:
            span: Range | None = self.cleaned_data.get(name)
            values[f"{name}_min"] = span.low if span else None
            values[f"{name}_max"] = span.high if span and span.high != span.low else None
        values |= {name: self.cleaned_data.get(name) for name in NUMBERS}
        values["stop_rules"] = [*STANDARD_STOP_RULES, *self._further_rules()]
        return values

    def clean(self) -> None:
        super().clean()
        said = self.cleaned_data
        for name, value in self.stored_columns().items():
            setattr(self.instance, name, value)
        if said.get("remove_photo"):
            self.instance.photo = None
        if said.get("days_per_week") and said.get("every_n_days"):
            self.fault("every_n_days", _t("Give days a week or every how many days, not both."))
        if said.get("sets_open") and said.get("sets"):
            self.fault("sets", _t("Give a number of sets or “as many as possible”, not both."))
        if len(said.get("kit_options", [])) == 1:
            self.fault("kit_options", _t("Choose at least two, or move this one to what is needed."))
        if both := set(said.get("kit_options", [])) & set(said.get("equipment", [])):
            words = ", ".join(kit.name(key) for key in sorted(both))
            self.fault(
                "kit_options", _t("Choose these in one of the two lists only: %(kit)s.") % {"kit": words}
            )
        if too_long := [rule for rule in self._further_rules() if len(rule) > 300]:
            message = _t("Shorten this rule to 300 characters: %(rule)s…")
            self.fault("more_stop_rules", message % {"rule": too_long[0][:40]})

    def _further_rules(self) -> list[str]:
        typed = self.cleaned_data.get("more_stop_rules", "").splitlines()
        rules = dict.fromkeys(rule.strip() for rule in typed if rule.strip())
        return [rule for rule in rules if rule not in STANDARD_STOP_RULES]

    def _offer_findings(self, actor: Actor) -> None:
        tagged = self.instance.findings.all() if not self.instance._state.adding else []
        offered = FindingType.objects.visible_to(actor).filter(
            Q(is_offered=True) | Q(pk__in=[finding.pk for finding in tagged])
        )
        self.fields["findings"].queryset = offered.order_by("site", "position", "label")  # type: ignore[attr-defined]
        if tagged:
            self.initial.setdefault("findings", [finding.pk for finding in tagged])

    def _begin_with(self, text: Exercise) -> None:
        more: Iterable[str] = (rule for rule in text.stop_rules if rule not in STANDARD_STOP_RULES)
        begin: dict[str, Any] = {name: getattr(text, name) for name in (*LINES, *NUMBERS)}
        for name in RANGES:
            span = Range.of(getattr(text, f"{name}_min"), getattr(text, f"{name}_max"))
            begin[name] = str(span) if span else ""
        begin["more_stop_rules"] = "\n".join(more)
        begin["dose_source"] = text.dose_source or DoseSource.UNSOURCED
        begin["evidence_tag"] = text.evidence_tag or Evidence.PRACTICE
        self.initial = begin | {name: value for name, value in self.initial.items() if name not in begin}


def drawings() -> list[tuple[str, str]]:
    """By the words of their names: the picture itself stands beside each."""
    return [(slug, slug.replace("-", " ").capitalize()) for slug in figures.slugs()]


class ProposeForm(forms.Form):
    note = forms.CharField(
        label=_("Why others could use it"),
        max_length=600,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        validators=[validate_plain_text],
    )


class AnswerForm(forms.Form):
    answer = forms.CharField(
        label=_("Why it is declined"),
        max_length=600,
        widget=forms.Textarea(attrs={"rows": 2}),
        validators=[validate_plain_text],
        error_messages={"required": _("Say why, so that the clinic can mend it.")},
    )
