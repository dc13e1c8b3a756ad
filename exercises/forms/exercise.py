"""The form of an exercise of the catalogue: what its columns alone cannot say to a curator."""

from collections.abc import Mapping
from functools import partial
from typing import Any

from django import forms
from django.utils.text import format_lazy
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from exercises import figures, kit
from exercises.actions.catalogue import lacking
from exercises.actions.meanwhile import LONGEST_MARK, mark_of
from exercises.forms.photos import PhotoFields
from exercises.models import PAIRS, Side, Stage
from patients.cautions import flags

EVERYWHERE = "active_red_flag"  # stands against every exercise, so nobody has to tick it


def picture_choices() -> list[tuple[str, Any]]:
    return [("", _("no picture yet")), *((slug, slug) for slug in figures.slugs())]


def kit_choices() -> list[tuple[str, str]]:
    return sorted(((thing.key, thing.name) for thing in kit.known().values()), key=lambda choice: choice[1])


def caution_choices() -> list[tuple[str, str]]:
    return [(flag.key, f"{flag.label}: {flag.say}") for flag in flags().values() if flag.key != EVERYWHERE]


def as_stored(chosen: list[str], stored: list[str]) -> list[str]:
    """Boxes forget an order. What stays keeps its own, or every saving would look like a change to practitioners."""
    return [*(key for key in stored if key in chosen), *(key for key in chosen if key not in stored)]


class _Unstored(forms.Field):
    """Said to the form, and no part of the exercise."""

    def has_changed(self, initial: Any, data: Any) -> bool:
        return False


class SeenField(_Unstored, forms.CharField):
    """The text as it was when the page was opened."""

    widget = forms.HiddenInput


class SaidField(_Unstored, forms.BooleanField):
    pass


class ExerciseForm(PhotoFields, forms.ModelForm):
    """The page says of which model, and which columns.

    ``publishing``: everything that a published text needs is asked for at once; a draft may lack anything but a name.
    """

    publishing = False
    asked: Mapping[str, Any] = {}  # what to say where publishing lacks something, by column

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

    seen = SeenField(required=False, max_length=LONGEST_MARK)
    no_cautions = SaidField(
        label=_("I looked through these; none speaks against this exercise"), required=False
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.stored_cautions = list(self.instance.cautions)
        self.initial["seen"] = partial(mark_of, self.instance)  # asked for by pages alone
        # Whoever published it without a caution has said so.
        self.initial["no_cautions"] = bool(self.instance.current_id and not self.stored_cautions)

    def clean_sides(self) -> list[str]:
        return as_stored(self.cleaned_data["sides"], self.instance.sides)

    def clean(self) -> None:
        super().clean()
        self.check_photos(self.instance, self.cleaned_data.get("picture", ""))
        for name in PAIRS:
            self._refuse_odd_range(f"{name}_min", f"{name}_max")
        if "findings" in self.fields and "findings" not in self.errors:
            self._refuse_no_finding()

    def _post_clean(self) -> None:
        super()._post_clean()  # type: ignore[misc]  # not in the stubs
        self._refuse_unsaid_cautions()
        if self.publishing:
            self._refuse_incomplete()

    def _refuse_unsaid_cautions(self) -> None:
        """No caution at all is said, and not left: before it is published, and when the last one is taken away."""
        if "cautions" in self.errors:
            return
        ticked, none = bool(self.instance.cautions), bool(self.cleaned_data.get("no_cautions"))
        if ticked and none:
            self.fault("no_cautions", _t("You ticked cautions above. Take this tick or those away."))
        elif not ticked and not none and (self.publishing or self.stored_cautions):
            self.fault("no_cautions", _t("Tick what speaks against it, or tick here that nothing does."))

    def _refuse_incomplete(self) -> None:
        """All that is missing at once. Publishing refuses it too; here it stands at the fields, and typing is kept."""
        missing = lacking(
            self.instance,
            has_findings=bool(self.cleaned_data.get("findings")),
            has_picture=bool(self.files),  # the only file of these pages is a photo
        )
        for name, words in missing.items():
            said = self.asked.get(name) or _t("Publishing needs %(missing)s.") % {"missing": words}
            self.fault(name if name in self.fields else None, str(said))

    def fault(self, name: str | None, message: str) -> None:
        """One is enough at a field."""
        if name is None or name not in self.errors:
            self.add_error(name, message)

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
