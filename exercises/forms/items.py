"""One exercise of the programme that is being written: its dose, its side, and how often."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from clinic.text import validate_single_line
from exercises import kit
from exercises.actions import AMOUNTS, ItemPlan
from exercises.cautions import Line
from exercises.doses import Dose, Range
from exercises.doses import Side as DoseSide
from exercises.forms.ranges import RangeField
from exercises.models import Exercise, Side
from exercises.schedule import Frequency
from patients.models import Finding, Site
from patients.models import Side as FindingSide

SHARED = re.compile(
    r"(\d{1,2})x(\d)|(\d{1,2})e(\d{1,2})"
)  # "2x7": twice a day, 7 days a week; "1e2": every 2nd day
RANGES = ("sets", "reps", "hold_s", "duration_s")
EACH = "each"  # the choice "set for each exercise"
OWN = ("times_per_day", "days_per_week", "every_n_days")


def small_number(label: Any, most: int) -> forms.IntegerField:
    widget = forms.TextInput(attrs={"class": "num", "inputmode": "numeric", "autocomplete": "off"})
    return forms.IntegerField(label=label, min_value=1, max_value=most, required=False, widget=widget)


class ItemForm(forms.Form):
    """Fields carry the exercise's short name as prefix, so that moving a line renames nothing."""

    sets = RangeField(label=_("Sets"), most=20)
    reps = RangeField(label=_("Repetitions"), most=200)
    hold_s = RangeField(label=_("Hold, s"), most=600)
    side = forms.ChoiceField(
        label=_("Side"),
        error_messages={
            "required": _("Choose a side."),
            "invalid_choice": _("Choose a side that suits this exercise."),
        },
    )
    duration_s = RangeField(label=_("Duration, s"), most=7200)
    cue = forms.CharField(
        label=_("When or with what"), max_length=120, required=False, validators=[validate_single_line]
    )
    kit = forms.ChoiceField(
        label=_("With"),
        error_messages={
            "required": _("Choose what it is done with."),
            "invalid_choice": _("Choose one of the things that this exercise is done with."),
        },
    )
    note = forms.CharField(
        label=_("Note for the patient"),
        max_length=200,
        required=False,
        validators=[validate_single_line],
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    times_per_day = small_number(_("Times a day"), 12)
    days_per_week = small_number(_("Days a week"), 7)
    every_n_days = small_number(_("or every … days"), 14)

    def __init__(
        self, data: QueryDict | None, *, exercise: Exercise, shared: str, initial: dict[str, Any]
    ) -> None:
        super().__init__(data, initial=initial, prefix=exercise.slug)
        assert exercise.current is not None  # assignable() loads none without
        self.exercise, self.version, self.shared = exercise, exercise.current, shared
        allowed = [(side.value, side.label) for side in Side if side in self.version.sides]
        self.fields["side"].choices = [("", _("Choose")), *allowed]  # type: ignore[attr-defined]
        self.note_for = ""  # the sentence of a caution for which the patient has to read a note
        self._offer_kit()

    def _offer_kit(self) -> None:
        options = self.version.kit_options
        if not options:
            del self.fields["kit"]
            return
        things = [(key, kit.name(key)) for key in options]
        self.fields["kit"].choices = [("", _("Choose")), *things]  # type: ignore[attr-defined]

    def line(self) -> Line:
        """For the cautions, as far as it can be read now."""
        chosen = str(self["kit"].value() or "") if "kit" in self.fields else ""
        known = chosen if chosen in self.version.kit_options else ""
        note = str(self["note"].value() or "").strip()
        return Line(self.exercise.slug, self.version.name, self.version, known, note)

    def ask_for_note(self, sentence: str) -> None:
        self.note_for = sentence
        self.fields["note"].widget.attrs["placeholder"] = _("Hold on to …")

    def clean(self) -> None:
        if self.note_for and "note" not in self.errors and not self.cleaned_data.get("note"):
            self.add_error("note", self.note_for)
        if not any(name in self.errors or self.cleaned_data.get(name) for name in AMOUNTS):
            self.add_error("reps", _("Give repetitions, a hold or a duration."))
        self._clean_frequency()

    def _clean_frequency(self) -> None:
        times, week, every = (self.cleaned_data.get(name) for name in OWN)
        if any(name in self.errors for name in OWN):
            return
        if times is None and week is None and every is None:
            if self.shared == EACH:
                self.add_error("times_per_day", _("Say how many times a day, and on which days."))
        elif times is None:
            self.add_error("times_per_day", _("Say how many times a day."))
        elif (week is None) == (every is None):
            self.add_error("days_per_week", _("Give either days a week or every how many days."))

    def has_more(self) -> bool:
        """Whether the rarer fields hold anything: then they are shown."""
        rare = ["duration_s", "cue", *OWN, *([] if self.note_for else ["note"])]
        return self.shared == EACH or any(self[name].value() or name in self.errors for name in rare)

    def plan(self) -> ItemPlan:
        values = self.cleaned_data
        dose: dict[str, Any] = {"cue": values["cue"]}
        for name in RANGES:
            dose |= columns(name, values[name])
        times, frequency = self._frequency(values)
        return ItemPlan(
            version=self.version,
            side=values["side"],
            times_per_day=times or 0,
            days_per_week=frequency.days_per_week,
            every_n_days=frequency.every_n_days,
            dose=dose,
            kit=values.get("kit", ""),
            note=values["note"],
        )

    def dose(self) -> Dose:
        """The dose as far as it can be read now, for the minutes a day: a slip counts as not stated."""
        values = {name: self._read(name) for name in ("side", *RANGES, *OWN)}
        times, frequency = self._frequency(values)
        return Dose(
            sets=values["sets"],
            repetitions=values["reps"],
            hold=values["hold_s"],
            duration=values["duration_s"],
            side=DoseSide(values["side"]) if values["side"] else None,
            times_per_day=times,
            days_per_week=frequency.days_per_week,
            every_n_days=frequency.every_n_days,
        )

    def _read(self, name: str) -> Any:
        try:
            return self.fields[name].clean(self[name].value())
        except ValidationError:
            return None

    def _frequency(self, values: Mapping[str, Any]) -> tuple[int | None, Frequency]:
        """The line's own frequency, else the one for all lines."""
        if values["times_per_day"] is None:
            return shared_frequency(self.shared)
        return values["times_per_day"], Frequency(values["days_per_week"], values["every_n_days"])


def shared_frequency(choice: str) -> tuple[int | None, Frequency]:
    """Times a day and the days of a choice such as "2x7" or "1e2"; nothing for any other."""
    found = SHARED.fullmatch(choice)
    if found is None:
        return None, Frequency()
    if found[1]:
        return int(found[1]), Frequency(days_per_week=int(found[2]))
    return int(found[3]), Frequency(every_n_days=int(found[4]))


def columns(name: str, value: Range | None) -> dict[str, int | None]:
    """A range as it is stored: no upper end for a single number."""
    if value is None:
        return {f"{name}_min": None, f"{name}_max": None}
    return {f"{name}_min": value.low, f"{name}_max": value.high if value.high != value.low else None}


def from_catalogue(exercise: Exercise, side: str) -> dict[str, Any]:
    """What the lines of an exercise start with: the published dose as it stands, gaps included."""
    assert exercise.current is not None
    dose = exercise.current.as_dose()
    ranges = zip(RANGES, (dose.sets, dose.repetitions, dose.hold, dose.duration), strict=True)
    return {"side": side, "cue": dose.cue} | {name: str(value) for name, value in ranges if value}


def as_typed(slug: str, data: QueryDict) -> dict[str, Any]:
    """What was typed into one line, unjudged, so that a line can move without complaints."""
    return {name: data.get(f"{slug}-{name}", "") for name in ItemForm.base_fields}


def usual_side(exercise: Exercise, findings: Iterable[Finding]) -> str:
    """The side that the active findings point to, as far as the exercise allows it; empty: a person chooses.

    Findings that the exercise is tagged for count before the other findings of the foot.
    """
    assert exercise.current is not None
    allowed = exercise.current.sides
    tags = {tag.pk for tag in exercise.findings.all()}
    on_foot = [finding for finding in findings if finding.site == Site.FOOT]
    relevant = [finding for finding in on_foot if finding.type_id in tags] or on_foot
    sides = {finding.side for finding in relevant}
    if FindingSide.BILATERAL in sides or {FindingSide.LEFT, FindingSide.RIGHT} <= sides:
        meant = str(Side.BOTH_IN_TURN)
    else:
        meant = next(iter(sides), "")
    if meant in allowed:
        return meant
    return str(allowed[0]) if len(allowed) == 1 else ""
