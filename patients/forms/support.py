"""What a practitioner types about foot support. Three answers are enough: what, for which foot, and why."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django import forms
from django.core.exceptions import ValidationError
from django.db import models
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from clinic.text import validate_plain_text
from patients.actions import SupportPlan
from patients.forms.days import DayField
from patients.models import Finding, Site, Status, SupportAdvice, SupportSide
from patients.models.support import RANGES
from patients.support_notes import BACK_ALONE

# The fields in the order and the groups of the form; only the first group stands open by itself.
GROUPS = {
    "why": ["kind", "side", "reason_finding", "product"],
    "use": ["wear_in_plan", "hours_per_day", "patient_note", "review_on", "replace_by", "note"],
    "support": ["arch_support", "medial_post_deg", "lateral_post_deg", "heel_lift_mm", "met_pad"],
    "cushioning": ["heel_cushioning", "forefoot_cushioning"],
    "fit": ["length_allowance_mm", "width", "toe_box", "extra_depth", "fastening", "comfort"],
    "build": ["heel_drop_mm", "heel_counter", "torsion_resists", "bends_at_toes", "forefoot_rocker"],
}
LABELS = {
    "use": _("Use"),
    "support": _("Support"),
    "cushioning": _("Cushioning"),
    "fit": _("Fit and comfort"),
    "build": _("Build of the shoe"),
}
HELP = {
    "product": _("The patient reads this."),
    "comfort": _("0 to 10, as the patient says. 10: as comfortable as it can be."),
    "arch_support": _("What suits the foot is your judgement."),
}
NOT_STATED = ("", _("Not stated"))
YES_NO = [NOT_STATED, ("yes", _("Yes")), ("no", _("No"))]


@dataclass(frozen=True, slots=True)
class Group:
    """Fields that belong together. ``is_open``: something stands there, or something is wrong."""

    label: str
    fields: list[forms.BoundField]
    is_open: bool


class SupportForm(forms.Form):
    """``findings``: what is on record of this patient; only active ones of the foot can be a reason.

    Neither the side nor the reason is chosen beforehand, and no answer fills in another.
    """

    def __init__(
        self,
        data: QueryDict | None = None,
        *,
        findings: Iterable[Finding],
        initial: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(data, initial=initial, auto_id="support-%s")  # type: ignore[arg-type]
        self.findings = {str(finding.pk): finding for finding in findings}
        for names in GROUPS.values():
            for name in names:
                self.fields[name] = _field(SupportAdvice._meta.get_field(name))  # type: ignore[arg-type]
        standing = str(self.initial.get("reason_finding", ""))
        self.reasons = [f for pk, f in self.findings.items() if _is_reason(f) or pk == standing]
        self.fields["reason_finding"] = forms.CharField(
            max_length=36,  # a key
            label=_("Reason"),
            widget=forms.Select(
                choices=[("", _("Choose …")), *((str(f.pk), f.in_words) for f in self.reasons)]
            ),
            error_messages={"required": _("Choose the finding of the foot that is the reason.")},
        )

    @property
    def why(self) -> list[forms.BoundField]:
        return [self[name] for name in GROUPS["why"]]

    @property
    def groups(self) -> dict[str, Group]:
        """By key, apart from the first, which is always open."""
        return {key: self._group(key, str(label)) for key, label in LABELS.items()}

    def _group(self, key: str, label: str) -> Group:
        bound = [self[name] for name in GROUPS[key]]
        is_open = any(field.errors or field.value() not in (None, "") for field in bound)
        return Group(label, bound, is_open)

    def chosen_reason(self) -> Finding | None:
        """Whose note to show, valid form or not."""
        return self.findings.get(str(self["reason_finding"].value() or ""))

    def clean_side(self) -> str:
        """A hand-made request can send two; a browser's radio buttons cannot."""
        if isinstance(self.data, QueryDict) and len(set(self.data.getlist("side"))) > 1:
            raise ValidationError(_("Choose one side."), code="two_sides")
        side: str = self.cleaned_data["side"]
        return side

    def clean_reason_finding(self) -> Finding:
        finding = self.findings.get(self.cleaned_data["reason_finding"])
        if finding is not None and finding.site != Site.FOOT:
            raise ValidationError(str(BACK_ALONE), code="back_alone")
        if finding is None or finding not in self.reasons:
            raise ValidationError(_("Choose an active finding of this patient’s foot."), code="no_reason")
        return finding

    def plan(self) -> SupportPlan:
        return SupportPlan(**{name: self.cleaned_data[name] for names in GROUPS.values() for name in names})


class NewForm(SupportForm):
    """``advice_id`` is the key of the row to be made, so that a second press makes no second one."""

    advice_id = forms.UUIDField(
        widget=forms.HiddenInput,
        error_messages={"required": _("Open the form again."), "invalid": _("Open the form again.")},
    )

    def key(self) -> UUID:
        key: UUID = self.cleaned_data["advice_id"]
        return key


class AmendForm(SupportForm):
    """The same with what stands, the version it was read from, and why it changes."""

    version = forms.IntegerField(widget=forms.HiddenInput, min_value=1, max_value=32767)
    change_reason = forms.CharField(
        label=_("Reason for the change"), max_length=300, required=False, validators=[validate_plain_text]
    )

    def base_on(self, version: int) -> None:
        """What somebody else saved meanwhile has been shown; the next press of the button replaces it."""
        self.data = {**self.data.dict(), "version": str(version)}  # type: ignore[attr-defined]


def standing(advice: SupportAdvice) -> dict[str, Any]:
    """What the form shows of stored advice."""
    words = {True: "yes", False: "no"}
    names = [name for names in GROUPS.values() for name in names if name != "reason_finding"]
    values = {name: getattr(advice, name) for name in names}
    shown = {name: words[value] if isinstance(value, bool) else value for name, value in values.items()}
    return shown | {"reason_finding": str(advice.reason_finding_id), "version": advice.version}


def _is_reason(finding: Finding) -> bool:
    return finding.status == Status.ACTIVE and finding.site == Site.FOOT


def _field(column: models.Field) -> forms.Field:
    """The form's field for a column of the model, with its label, its limits and its words."""
    label = column.verbose_name[:1].upper() + column.verbose_name[1:]
    words: dict[str, Any] = {"label": label, "help_text": HELP.get(column.name, column.help_text)}
    if column.name == "side":
        return forms.ChoiceField(
            choices=SupportSide.choices,
            widget=forms.RadioSelect,
            error_messages={"required": _("Choose left, right or both.")},
            **words,
        )
    if column.choices:
        first = ("", _("Choose …")) if not column.blank else NOT_STATED
        return forms.ChoiceField(
            choices=[first, *column.flatchoices],
            required=not column.blank,
            error_messages={"required": _("Choose what it is.")},
            **words,
        )
    if isinstance(column, models.BooleanField):
        return forms.TypedChoiceField(
            choices=YES_NO, coerce=lambda answer: answer == "yes", empty_value=None, required=False, **words
        )
    if column.name in RANGES:
        return _number(*RANGES[column.name], words)
    if isinstance(column, models.DateField):
        return DayField(required=False, example="2027-03-14", **words)
    return _text(column, words)


def _number(low: int, high: int, words: dict[str, Any]) -> forms.Field:
    message = _("Enter a whole number from %(low)s to %(high)s.") % {"low": low, "high": high}
    # A sign must stay within reach of a telephone's keys where numbers below zero are allowed.
    keys = {} if low < 0 else {"inputmode": "numeric"}
    return forms.IntegerField(
        min_value=low,
        max_value=high,
        required=False,
        widget=forms.TextInput(attrs={"class": "num", "autocomplete": "off", **keys}),
        error_messages=dict.fromkeys(("invalid", "min_value", "max_value"), message),
        **words,
    )


def _text(column: models.Field, words: dict[str, Any]) -> forms.Field:
    is_line = column.name == "product"
    return forms.CharField(
        max_length=column.max_length,
        required=False,
        validators=list(column.validators),
        widget=forms.TextInput(attrs={"autocomplete": "off"})
        if is_line
        else forms.Textarea(attrs={"rows": 2}),
        **words,
    )
