"""What belongs to the visit and to both feet, and why an evaluation was a slip."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _t

from clinic.text import validate_plain_text
from patients.actions import Slip
from patients.forms.days import DayField
from patients.forms.evaluation.fields import NOT_SAID, NumberField, choice_field
from patients.models import Foot, LegLengthMethod


class VisitForm(forms.Form):
    """What belongs to both feet. The three hidden fields say from which state of the draft this window saves."""

    examined_on = DayField(
        label=_t("Examined on"), error_messages={"required": _t("Enter the day of the examination.")}
    )
    leg_difference_mm = NumberField(
        label=_t("Leg length difference"), low=0, high=60, places=1, unit=_t("mm"),
        message=_t("Enter a leg length difference from 0 to 60 mm, such as 5."),
    )  # fmt: skip
    shorter_leg = choice_field(_t("Shorter leg"), [*Foot.choices, NOT_SAID])
    leg_difference_method = choice_field(_t("Measured by"), [*LegLengthMethod.choices, NOT_SAID])
    gait_note = forms.CharField(
        label=_t("Gait"),
        max_length=2000,
        required=False,
        validators=[validate_plain_text],
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    note = forms.CharField(
        label=_t("Note"),
        max_length=2000,
        required=False,
        validators=[validate_plain_text],
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    amendment_reason = forms.CharField(
        label=_t("Reason for the amendment"),
        max_length=300,
        validators=[validate_plain_text],
        error_messages={"required": _t("Say why this evaluation is amended.")},
    )
    version = forms.CharField(max_length=32, required=False, widget=forms.HiddenInput)
    window = forms.CharField(max_length=32, required=False, widget=forms.HiddenInput)
    step = forms.CharField(max_length=32, required=False, widget=forms.HiddenInput)

    def __init__(
        self, data: Mapping[str, Any] | None = None, *, initial: Mapping[str, Any], amends: bool
    ) -> None:
        super().__init__(data, initial=dict(initial))
        if not amends:
            del self.fields["amendment_reason"]

    def clean(self) -> dict[str, Any]:
        if not {"leg_difference_mm", "shorter_leg", "leg_difference_method"} & set(self.errors):
            self._check_legs()
        return self.cleaned_data

    def _check_legs(self) -> None:
        said = self.cleaned_data
        size, shorter, method = said["leg_difference_mm"], said["shorter_leg"], said["leg_difference_method"]
        if size is None and (shorter or method):
            message = _("Enter the leg length difference in mm; 0 for none.")
            self.add_error("leg_difference_mm", ValidationError(message, code="no_value"))
        if size is not None and not method:
            message = _("Choose how the legs were measured: the method matters.")
            self.add_error("leg_difference_method", ValidationError(message, code="no_method"))
        if size and not shorter:
            self.add_error("shorter_leg", ValidationError(_("Choose the shorter leg."), code="no_side"))
        if size == 0 and shorter:
            message = _("No leg is shorter when the difference is 0 mm.")
            self.add_error("shorter_leg", ValidationError(message, code="no_difference"))


class SlipForm(forms.Form):
    """Why an evaluation was entered in error."""

    reason = forms.ChoiceField(
        label=_t("What went wrong?"),
        choices=[
            (Slip.WRONG_PATIENT.value, _t("Another patient’s values")),
            (Slip.WRONG_FOOT.value, _t("Left and right were exchanged")),
            (Slip.ENTERED_TWICE.value, _t("Entered twice")),
            (Slip.OTHER.value, _t("Something else")),
        ],
        widget=forms.RadioSelect,
        error_messages={
            "required": _t("Choose what went wrong."),
            "invalid_choice": _t("Choose one of the answers."),
        },
    )

    def chosen(self) -> Slip:
        return Slip(self.cleaned_data["reason"])
