"""What writing a programme and changing one have in common: lines in an order, their cautions, and how much it asks."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from clinic.text import validate_single_line
from exercises.cautions import Concern, blocked_words, concerns, unanswered
from exercises.doses import Budget, Dose, phrases
from exercises.forms.cautions import Weighed, reason_fields, reasons_typed
from exercises.forms.items import EACH, ItemForm, shared_frequency
from patients.cautions import Effect
from patients.models import PatientFlags

MOST_ITEMS = 20
CHANGES = ("add", "up", "down", "remove", "update")  # buttons that change the draft and assign nothing
SLUG = re.compile(r"[-a-zA-Z0-9_]{1,60}")
FREQUENCIES = ("1x7", "2x7", "3x7", "1e2", "1x3", "1x5")
NO_REASONS: Mapping[str, set[str]] = {}


def frequency_choices() -> list[tuple[str, str]]:
    """No choice is made beforehand: how often is for the practitioner to say. The words are the patient's."""
    found = [("", _("Choose")), *((key, _in_words(key)) for key in FREQUENCIES)]
    return [*found, (EACH, _("set for each exercise, under “More”"))]


def _in_words(key: str) -> str:
    times, frequency = shared_frequency(key)
    dose = Dose(
        times_per_day=times, days_per_week=frequency.days_per_week, every_n_days=frequency.every_n_days
    )
    return phrases(dose)[0]


@dataclass(frozen=True, slots=True)
class Problem:
    """A line of the error summary. ``target``: id of the control; empty when it concerns the whole form."""

    target: str
    label: str
    message: str


class BenchForm(forms.Form):
    name = forms.CharField(
        label=gettext_lazy("Name, as the patient reads it"),
        max_length=80,
        validators=[validate_single_line],
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )

    items: list[ItemForm]
    concerns: list[Concern]
    missing = False  # whether an exercise that was posted is not to be had any more
    is_change = False

    def weigh(
        self, typed: QueryDict | None, flags: PatientFlags, given: Mapping[str, set[str]] = NO_REASONS
    ) -> None:
        """Cautions ask for reasons, and for notes that the patient reads. ``given``: exercises that have a reason, by flag."""
        found = concerns([item.line() for item in self.items], flags.keys)
        informs = [concern for concern in found if concern.effect is Effect.INFORM]
        self.concerns = [*unanswered(found, given), *informs]
        self.fields |= reason_fields(self.concerns)
        self.initial.update(reasons_typed(typed) if typed else {})
        for item in self.items:
            for concern in self.concerns:
                if concern.flag.needs_note and item.exercise.slug in concern.slugs:
                    item.ask_for_note(concern.flag.say)

    @property
    def cautions(self) -> Weighed:
        return Weighed.of(self, self.concerns)

    def is_valid(self) -> bool:
        return all([super().is_valid(), *(item.is_valid() for item in self.items)])

    def refuse_lines(self) -> None:
        if self.missing:
            self.add_error(None, _("One exercise is not in the catalogue any more. Look at the list again."))
        if len(self.items) > MOST_ITEMS:
            self.add_error(None, _("A programme holds at most %(n)s exercises.") % {"n": MOST_ITEMS})
        for concern in self.cautions.blocks:
            self.add_error(None, blocked_words(concern))

    def beside(self) -> list[list[Dose]]:
        """What other programmes ask."""
        return []

    @property
    def budget(self) -> Budget:
        """With what other programmes ask on the first day of this one. As long as it is not known how often, all of it
        is counted once."""
        others = self.beside()
        if not self.frequency_is_known:
            others = [[replace(dose, times_per_day=None) for dose in doses] for doses in others]
        return Budget.of([item.dose() for item in self.items], others)

    def compare_sides(self) -> list[str]:
        """The sides of all lines with what is recorded; returns the warnings, and each line keeps its own."""
        for item in self.items:
            item.compare_side()
        return [item.side_warning for item in self.items if item.side_warning]

    @property
    def frequency_is_known(self) -> bool:
        return all(item.dose().times_per_day for item in self.items)

    def problems(self) -> list[Problem]:
        """Every fault of the form and its lines, in the order of the page."""
        if not self.is_bound:
            return []
        found = [Problem("", "", str(message)) for message in self.non_field_errors()]
        for field in self:
            target = "" if field.is_hidden else field.auto_id
            label = "" if field.is_hidden else str(field.label)
            found += [Problem(target, label, str(message)) for message in field.errors]
        for item in self.items:
            for field in item:
                label = f"{item.version.name}: {field.label}"
                found += [Problem(field.auto_id, label, str(message)) for message in field.errors]
        return found


def rearranged(data: QueryDict) -> list[str]:
    """The short names of the exercises in order, after the button that was pressed."""
    slugs = [slug for slug in dict.fromkeys(data.getlist("items")) if SLUG.fullmatch(slug)]
    if (added := data.get("add", "")) and SLUG.fullmatch(added) and added not in slugs:
        slugs.append(added)
    if (removed := data.get("remove")) in slugs:
        slugs.remove(str(removed))
    for name, step in (("up", -1), ("down", 1)):
        if (moved := data.get(name)) in slugs:
            place = slugs.index(str(moved))
            other = min(max(place + step, 0), len(slugs) - 1)
            slugs[place], slugs[other] = slugs[other], slugs[place]
    return slugs[: MOST_ITEMS + 1]  # one too many is enough to refuse the rest
