"""The dose as people type it, on a line of a programme and of a routine; and what a line starts with."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from clinic.text import validate_single_line
from exercises.actions import AMOUNTS
from exercises.doses import Dose, Range
from exercises.forms.ranges import RangeField
from exercises.models import PAIRS, SINGLE, ExerciseVersion, RoutineItem

OWN = ("times_per_day", "days_per_week", "every_n_days")
RARE = ("sets_open", *SINGLE, "load_note", "duration_s", "cue")  # what most doses leave open
LONGEST_TEMPO, LONGEST_REST = 60, 600  # seconds


def small_number(label: Any, most: int) -> forms.IntegerField:
    widget = forms.TextInput(attrs={"class": "num", "inputmode": "numeric", "autocomplete": "off"})
    return forms.IntegerField(label=label, min_value=1, max_value=most, required=False, widget=widget)


def short_text(label: Any, longest: int) -> forms.CharField:
    return forms.CharField(label=label, max_length=longest, required=False, validators=[validate_single_line])


class DoseForm(forms.Form):
    """How much, and how often if it is said here. Empty: not stated."""

    sets = RangeField(label=_("Sets"), most=20)
    sets_open = forms.BooleanField(label=_("As many sets as possible"), required=False)
    reps = RangeField(label=_("Repetitions"), most=200)
    hold_s = RangeField(label=_("Hold, s"), most=600)
    duration_s = RangeField(label=_("Duration, s"), most=7200)
    tempo_up_s = small_number(_("Rising, s"), LONGEST_TEMPO)
    tempo_down_s = small_number(_("Lowering, s"), LONGEST_TEMPO)
    rest_s = small_number(_("Rest between sets, s"), LONGEST_REST)
    load_note = short_text(_("Load, in words"), 80)
    cue = short_text(_("When or with what"), 120)
    times_per_day = small_number(_("Times a day"), 12)
    days_per_week = small_number(_("Days a week"), 7)
    every_n_days = small_number(_("or every … days"), 14)

    def clean(self) -> None:
        if self.cleaned_data.get("sets_open") and self.cleaned_data.get("sets"):
            self.add_error("sets", _("Give a number of sets or “as many as possible”, not both."))

    def refuse_no_amount(self) -> None:
        if not any(name in self.errors or self.cleaned_data.get(name) for name in AMOUNTS):
            self.add_error("reps", _("Give repetitions, a hold or a duration."))

    def holds(self, *names: str) -> bool:
        """Whether one of these says something, or something wrong: then it is to be seen."""
        return any(self[name].value() or name in self.errors for name in names)

    def columns(self) -> dict[str, Any]:
        """The cleaned dose as it is stored."""
        values = self.cleaned_data
        stored = {name: values[name] for name in ("sets_open", *SINGLE, "load_note", "cue")}
        for name in PAIRS:
            stored |= columns(name, values[name])
        return stored

    def read(self, name: str) -> Any:
        """As far as it can be read now: a slip counts as not stated."""
        try:
            return self.fields[name].clean(self[name].value())
        except ValidationError:
            return None


def columns(name: str, value: Range | None) -> dict[str, int | None]:
    """A range as it is stored: no upper end for a single number."""
    if value is None:
        return {f"{name}_min": None, f"{name}_max": None}
    return {f"{name}_min": value.low, f"{name}_max": value.high if value.high != value.low else None}


def in_fields(dose: Dose) -> dict[str, Any]:
    """A stored dose as the fields show it, gaps included."""
    ranges = zip(PAIRS, (dose.sets, dose.repetitions, dose.hold, dose.duration), strict=True)
    singles = zip(SINGLE, (dose.tempo_up, dose.tempo_down, dose.rest), strict=True)
    return {
        **{name: str(value) for name, value in ranges if value},
        **{name: value for name, value in singles if value},
        "sets_open": dose.sets_open,
        "load_note": dose.load,
        "cue": dose.cue,
    }


def starting(version: ExerciseVersion, item: RoutineItem | None = None) -> dict[str, Any]:
    """What a line starts with: what the routine says, else what the catalogue does. What neither says stays open."""
    dose = item if item is not None and item.has_own_dose else version
    found = in_fields(dose.as_dose())
    if item is not None:
        found |= {"of_routine": item.has_own_dose, "kit": item.kit, "note": item.note}
    if item is not None and item.times_per_day:
        return found | {name: getattr(item, name) for name in OWN}
    lower = (version.times_per_day_min, version.days_per_week_min, version.every_n_days)
    return found | dict(zip(OWN, lower, strict=True))


def as_typed(form: type[forms.Form], prefix: str, data: Mapping[str, Any]) -> dict[str, Any]:
    """What was typed into one line, unjudged, so that a line can move without complaints."""
    return {name: data.get(f"{prefix}-{name}", "") for name in form.base_fields}
