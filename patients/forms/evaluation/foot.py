"""What is measured on one foot. Limits: clinical facts, section 3; the database holds the same ones."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.text import format_lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _t

from clinic.text import signed
from patients import measures, scoring
from patients.forms.evaluation.fields import NOT_SAID, NumberField, choice_field, yes_no_field
from patients.models import ArchMeasure, Foot, FootMeasures, HeelDirection, LungeUnit, TestResult

SCORES = {str(score): score for score in range(-2, 3)}
FEET = {Foot.LEFT: _t("Left foot"), Foot.RIGHT: _t("Right foot")}
DONE = {TestResult.POSITIVE, TestResult.NEGATIVE}


def _fpi_item(name: str) -> forms.TypedChoiceField:
    label = FootMeasures._meta.get_field(name).verbose_name  # type: ignore[union-attr]
    choices = [(key, signed(score)) for key, score in SCORES.items()]
    return choice_field(label, [*choices, NOT_SAID], coerce=int, empty=None)


@dataclass(frozen=True, slots=True)
class FormRow:
    """A measure with its fields; none for what is computed. ``before``: in words, most often of the visit before."""

    measure: measures.Measure
    fields: list[forms.BoundField]
    before: str


class FootForm(forms.Form):
    """One foot. Its name stands in every label, so that no field can be taken for the other foot's."""

    fpi_talar_head = _fpi_item("fpi_talar_head")
    fpi_outer_curves = _fpi_item("fpi_outer_curves")
    fpi_heel_tilt = _fpi_item("fpi_heel_tilt")
    fpi_inner_bulge = _fpi_item("fpi_inner_bulge")
    fpi_arch_shape = _fpi_item("fpi_arch_shape")
    fpi_forefoot_turn = _fpi_item("fpi_forefoot_turn")
    navicular_drop_mm = NumberField(
        label=_t("navicular drop"), low=0, high=30, places=1, unit=_t("mm"),
        message=_t("Enter a navicular drop from 0 to 30 mm, such as 7.5."),
    )  # fmt: skip
    arch_value = NumberField(
        label=_t("arch index"), low=0, high=9, places=3, unit="",
        message=_t("Enter a ratio above 0 with up to three decimals, such as 0.345."),
    )  # fmt: skip
    arch_measure = choice_field(_t("which index"), [*ArchMeasure.choices, NOT_SAID])
    windlass = choice_field(_t("windlass test"), [*TestResult.choices, NOT_SAID])
    windlass_weight_bearing = yes_no_field(_t("weight-bearing"))
    jack_arch_rises = yes_no_field(_t("big-toe raise (Jack’s test)"))
    heel_raises = NumberField(
        label=_t("single-leg heel raises"), low=0, high=100, places=0, unit=_t("raises"),
        message=_t("Enter a whole number of heel raises from 0 to 100."),
    )  # fmt: skip
    heel_raise_pain = NumberField(
        label=_t("pain during heel raises"), low=0, high=10, places=0, unit=_t("of 10"),
        message=_t("Enter the pain during heel raises as a whole number from 0 to 10."),
    )  # fmt: skip
    heel_inverts = yes_no_field(_t("the heel turns in"))
    lunge = NumberField(
        label=_t("weight-bearing lunge"), low=-5, high=70, places=1, unit="",
        message=_t("Enter a lunge of \N{MINUS SIGN}5 to 25 cm, or of 0 to 70 degrees."),
    )  # fmt: skip
    lunge_unit = choice_field(_t("unit of the lunge"), [*LungeUnit.choices, NOT_SAID])
    heel_stance_deg = NumberField(
        label=_t("resting calcaneal stance"), low=0, high=30, places=1, unit=_t("degrees"),
        message=_t("Enter the size of the angle from 0 to 30 degrees, without a sign. The word says the direction."),
    )  # fmt: skip
    heel_stance_direction = choice_field(_t("direction of the heel"), [*HeelDirection.choices, NOT_SAID])

    def __init__(
        self,
        foot: Foot,
        data: Mapping[str, Any] | None,
        answers: Mapping[str, Any],
        *,
        total: str,
        before: FootMeasures | None,
    ) -> None:
        """``answers`` of a draft; ``total`` of the FPI-6 in words; ``before``: what was measured at an earlier visit."""
        names = {f"{foot}-{name}": name for name in self.base_fields}
        initial = {names[name]: typed for name, typed in answers.items() if name in names}
        super().__init__(data, prefix=foot.value, initial=initial)
        self.foot, self.title, self.total, self.before = foot, FEET[foot], total, before
        for field in self.fields.values():
            field.label = format_lazy("{foot}: {measure}", foot=FEET[foot], measure=field.label)

    def groups(self) -> Iterator[tuple[measures.Group, list[FormRow]]]:
        for group in measures.GROUPS:
            yield (
                group,
                [
                    FormRow(
                        measure,
                        [self[name] for name in measure.fields],
                        measures.in_short(measure.key, self.before),
                    )
                    for measure in group.measures
                ],
            )

    def clean(self) -> dict[str, Any]:
        for check in (self._check_arch, self._check_windlass, self._check_lunge, self._check_heel):
            check()
        return self.cleaned_data

    def _check_arch(self) -> None:
        value, which = self._said("arch_value", "arch_measure")
        if value is not None and value == 0:
            self.add_error("arch_value", ValidationError(self.fields["arch_value"].message, code="limits"))  # type: ignore[attr-defined]
        elif value is not None and which == "":
            self.add_error("arch_measure", ValidationError(_("Choose which index this is."), code="no_index"))
        elif value is None and which:
            self.add_error("arch_value", ValidationError(_("Enter the value of the index."), code="no_value"))

    def _check_windlass(self) -> None:
        result, weight_bearing = self._said("windlass", "windlass_weight_bearing")
        if weight_bearing is not None and result not in DONE:
            message = _("Choose whether the windlass test was positive or negative.")
            self.add_error("windlass", ValidationError(message, code="no_result"))

    def _check_lunge(self) -> None:
        size, unit = self._said("lunge", "lunge_unit")
        if size is None:
            if unit:
                self.add_error("lunge", ValidationError(_("Enter the size of the lunge."), code="no_value"))
        elif not unit:
            self.add_error("lunge_unit", ValidationError(_("Choose cm or degrees."), code="no_unit"))
        elif unit == LungeUnit.CM and size > 25:
            message = _("Enter a lunge of %(minus)s5 to 25 cm.") % {"minus": scoring.MINUS}
            self.add_error("lunge", ValidationError(message, code="limits"))
        elif unit == LungeUnit.DEGREES and size < 0:
            self.add_error("lunge", ValidationError(_("Enter a lunge of 0 to 70 degrees."), code="limits"))

    def _check_heel(self) -> None:
        """An upright heel is 0 degrees, whichever of the two was said."""
        size, direction = self._said("heel_stance_deg", "heel_stance_direction")
        leans = direction in {HeelDirection.EVERTED, HeelDirection.INVERTED}
        if size is None and leans:
            message = _("Enter the size of the angle in degrees.")
            self.add_error("heel_stance_deg", ValidationError(message, code="no_value"))
        elif size and not leans:
            message = _("Choose everted or inverted, or enter 0 degrees for a vertical heel.")
            self.add_error("heel_stance_direction", ValidationError(message, code="no_direction"))
        elif size == 0 and leans:
            message = _("Choose vertical for 0 degrees.")
            self.add_error("heel_stance_direction", ValidationError(message, code="no_direction"))
        elif size == 0 or direction == HeelDirection.VERTICAL:
            self.cleaned_data |= {
                "heel_stance_deg": Decimal(0),
                "heel_stance_direction": HeelDirection.VERTICAL,
            }

    def _said(self, value: str, kind: str) -> tuple[Any, Any]:
        """Nothing, where one of the two is wrong by itself: one message is enough."""
        if value in self.errors or kind in self.errors:
            return None, None
        return self.cleaned_data[value], self.cleaned_data[kind]

    def values(self) -> dict[str, Any]:
        """Empty for a foot that was not measured."""
        said = self.cleaned_data
        measured = any(value is not None and value != "" for value in said.values())
        return dict(said) if measured else {}
