"""One exercise of the programme that is being written: its dose, its side, and how often."""

import re
from collections.abc import Collection, Iterable, Mapping
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from exercises import kit
from exercises.actions import ItemPlan
from exercises.cautions import Line
from exercises.doses import Dose
from exercises.doses import Side as DoseSide
from exercises.forms.dose import OWN, RARE, DoseForm, short_text
from exercises.models import PAIRS, SINGLE, Exercise, ExerciseVersion, Side
from exercises.schedule import Frequency
from exercises.sides import Recorded, warning
from patients.models import Finding, Site
from patients.models import Side as FindingSide

SHARED = re.compile(
    r"(\d{1,2})x(\d)|(\d{1,2})e(\d{1,2})"
)  # "2x7": twice a day, 7 days a week; "1e2": every 2nd day
EACH = "each"  # the choice "set for each exercise"


class ItemForm(DoseForm):
    """Fields carry the exercise's short name as prefix, so that moving a line renames nothing."""

    side = forms.ChoiceField(
        label=_("Side"),
        error_messages={
            "required": _("Choose a side."),
            "invalid_choice": _("Choose a side that suits this exercise."),
        },
    )
    kit = forms.ChoiceField(
        label=_("With"),
        error_messages={
            "required": _("Choose what it is done with."),
            "invalid_choice": _("Choose one of the things that this exercise is done with."),
        },
    )
    note = short_text(_("Note for the patient"), 200)
    of_routine = forms.BooleanField(required=False, widget=forms.HiddenInput)
    succeeds = forms.UUIDField(required=False, widget=forms.HiddenInput)  # see ItemPlan

    def __init__(
        self,
        data: QueryDict | None,
        *,
        exercise: Exercise,
        shared: str,
        initial: dict[str, Any],
        version: ExerciseVersion | None = None,
        key: str = "",
    ) -> None:
        """``version``: the one that was sent, if not the published one; ``key``: where an exercise stands twice."""
        super().__init__(data, initial=initial, prefix=key or exercise.slug)
        version = version or exercise.current
        assert version is not None  # assignable() loads none without
        self.exercise, self.version, self.shared, self.key = exercise, version, shared, key or exercise.slug
        allowed = [(side.value, side.label) for side in Side if side in self.version.sides]
        self.fields["side"].choices = [("", _("Choose")), *allowed]  # type: ignore[attr-defined]
        self.side_warning = ""  # of a side that is contrary to what is recorded; see ``compare_side``
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

    def compare_side(self) -> None:
        """With the active findings that the exercise is tagged for. It warns; what is set stays."""
        # See ``exercises.shelf.recorded_for``.
        recorded = [Recorded(*pair) for pair in self.exercise.recorded]  # type: ignore[attr-defined]
        chosen = self.read("side")
        self.side_warning = warning(DoseSide(chosen) if chosen else None, self.version.limb, recorded)

    def ask_for_note(self, sentence: str) -> None:
        self.note_for = sentence
        self.fields["note"].widget.attrs["placeholder"] = _("Hold on to …")

    def clean(self) -> None:
        super().clean()
        if self.note_for and "note" not in self.errors and not self.cleaned_data.get("note"):
            self.add_error("note", self.note_for)
        self.refuse_no_amount()
        self._clean_frequency()

    def _clean_frequency(self) -> None:
        own = {name: self.cleaned_data.get(name) for name in OWN}
        if any(name in self.errors for name in OWN):
            return
        if own["days_per_week"] is not None and own["every_n_days"] is not None:
            self.add_error("days_per_week", _("Give either days a week or every how many days."))
            return
        says_nothing = all(value is None for value in own.values())
        if says_nothing and self.shared != EACH:
            return  # the choice for all lines is asked for by itself
        times, days = self._frequency(own)
        if says_nothing:
            self.add_error("times_per_day", _("Say how many times a day, and on which days."))
        elif times is None:
            self.add_error("times_per_day", _("Say how many times a day."))
        elif days == Frequency():
            self.add_error("days_per_week", _("Give either days a week or every how many days."))

    @property
    def says_how_often(self) -> bool:
        """Times a day and days of its own: then nobody has to choose them for all lines."""
        return bool(
            self["times_per_day"].value() and (self["days_per_week"].value() or self["every_n_days"].value())
        )

    @property
    def is_of_routine(self) -> bool:
        """The line began with a dose of the routine's own, not with the published one."""
        return self.read("of_routine") is True

    @property
    def stated(self) -> str:
        return self.version.stated

    def has_more(self) -> bool:
        """Whether the rarer fields hold anything: then they are shown."""
        rare = [*RARE, *OWN, *([] if self.note_for else ["note"])]
        return self.shared == EACH or self.holds(*rare)

    def plan(self) -> ItemPlan:
        values = self.cleaned_data
        times, frequency = self._frequency(values)
        return ItemPlan(
            version=self.version,
            side=values["side"],
            times_per_day=times or 0,
            days_per_week=frequency.days_per_week,
            every_n_days=frequency.every_n_days,
            dose=self.columns(),
            kit=values.get("kit", ""),
            note=values["note"],
            succeeds=values["succeeds"],
        )

    def dose(self) -> Dose:
        """The dose as far as it can be read now, for the minutes a day."""
        values = {name: self.read(name) for name in ("side", "sets_open", *PAIRS, *SINGLE, *OWN)}
        times, frequency = self._frequency(values)
        return Dose(
            sets=values["sets"],
            sets_open=bool(values["sets_open"]),
            repetitions=values["reps"],
            hold=values["hold_s"],
            duration=values["duration_s"],
            tempo_up=values["tempo_up_s"],
            tempo_down=values["tempo_down_s"],
            rest=values["rest_s"],
            side=DoseSide(values["side"]) if values["side"] else None,
            times_per_day=times,
            days_per_week=frequency.days_per_week,
            every_n_days=frequency.every_n_days,
        )

    def _frequency(self, values: Mapping[str, Any]) -> tuple[int | None, Frequency]:
        """What the line says itself, and the rest from the choice for all lines: many sources say only how many times
        a day, or only on which days."""
        times, week, every = (values[name] for name in OWN)
        shared_times, shared_days = shared_frequency(self.shared)
        own_days = week is not None or every is not None
        return (
            shared_times if times is None else times,
            Frequency(week, every) if own_days else shared_days,
        )


def shared_frequency(choice: str) -> tuple[int | None, Frequency]:
    """Times a day and the days of a choice such as "2x7" or "1e2"; nothing for any other."""
    found = SHARED.fullmatch(choice)
    if found is None:
        return None, Frequency()
    if found[1]:
        return int(found[1]), Frequency(days_per_week=int(found[2]))
    return int(found[3]), Frequency(every_n_days=int(found[4]))


def usual_side(exercise: Exercise, findings: Iterable[Finding], tags: Collection[str]) -> str:
    """The side that the active findings point to, as far as the exercise allows it; empty: a person chooses.

    Findings that the exercise is tagged for, by the keys ``tags``, count before the other findings of the foot.
    """
    assert exercise.current is not None
    allowed = exercise.current.sides
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
