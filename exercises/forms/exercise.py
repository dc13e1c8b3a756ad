"""The form of an exercise of the catalogue: what its columns alone cannot say to a curator."""

from typing import Any

from django import forms
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from exercises import figures, kit
from exercises.forms.photos import PhotoFields
from exercises.models import PAIRS, Side, Stage


def picture_choices() -> list[tuple[str, Any]]:
    return [("", _("no picture yet")), *((slug, slug) for slug in figures.slugs())]


def kit_choices() -> list[tuple[str, str]]:
    return sorted(((thing.key, thing.name) for thing in kit.known().values()), key=lambda choice: choice[1])


def as_stored(chosen: list[str], stored: list[str]) -> list[str]:
    """Boxes forget an order. What stays keeps its own, or every saving would look like a change to practitioners."""
    return [*(key for key in stored if key in chosen), *(key for key in chosen if key not in stored)]


class ExerciseForm(PhotoFields, forms.ModelForm):
    """The admin page says of which model, and which columns."""

    picture = forms.ChoiceField(
        label=_("Picture"),
        choices=picture_choices,
        required=False,
        help_text=_("Name of the drawing."),
        error_messages={
            "invalid_choice": format_lazy(
                "{} {}.", _("“%(value)s” is not known. Known are:"), ", ".join(figures.slugs())
            )
        },
    )
    sides = forms.MultipleChoiceField(
        label=_("Sides that can be assigned"),
        choices=Side.choices,
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )

    def clean_sides(self) -> list[str]:
        return as_stored(self.cleaned_data["sides"], self.instance.sides)

    def clean(self) -> None:
        super().clean()
        self.check_photos(self.instance, self.cleaned_data.get("picture", ""))
        for name in PAIRS:
            self._refuse_odd_range(f"{name}_min", f"{name}_max")
        if "findings" in self.fields and "findings" not in self.errors:
            self._refuse_no_finding()

    def _refuse_no_finding(self) -> None:
        """Tags belong to no version: they count at once, also without publishing."""
        if self.instance.stage == Stage.PUBLISHED and not self.cleaned_data.get("findings"):
            message = _("It is published: at least one finding that it is for has to stay.")
            self.add_error("findings", forms.ValidationError(message, code="last_tag"))

    def _refuse_odd_range(self, lower: str, upper: str) -> None:
        """The database says the same of the whole row; here it stands at the number that is to change."""
        if lower in self.errors or upper in self.errors:
            return
        low, high = self.cleaned_data.get(lower), self.cleaned_data.get(upper)
        if high is not None and (low is None or high < low):
            message = _("Give a number above zero, or a range with the smaller number first.")
            self.add_error(lower if low is None else upper, message)
