"""The form in which a running programme is changed: the bench of a new one, filled with what the patient does now."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from clinic.actors import Actor
from clinic.text import validate_plain_text
from exercises.actions import ProgrammeChange
from exercises.actions.programmes import item_of
from exercises.actions.seen import shot_of
from exercises.doses import Dose, phrases
from exercises.forms.bench import SLUG, BenchForm, frequency_choices, rearranged
from exercises.forms.cautions import reasons_said
from exercises.forms.dose import OWN, RARE, as_typed, in_fields, starting
from exercises.forms.items import EACH, ItemForm, shared_frequency, usual_side
from exercises.forms.ranges import RangeField
from exercises.models import Exercise, Programme, ProgrammeItem, doses_on
from exercises.plan_changes import Shot
from patients.models import Finding, PatientFlags

CHANGES = ("add", "up", "down", "remove", "update", "swap", "stay")  # buttons that save nothing
TOGETHER = ("sets", "reps", "hold_s")  # what can be set for all exercises at once, beside how often
TWICE = "__"  # before the number of a line whose exercise stands twice: short names have none


def exercise_of(key: str) -> str:
    return key.partition(TWICE)[0]


@dataclass(frozen=True, slots=True)
class Arranged:
    """The lines in order, after the button that was pressed. ``taken``: by a new line, the one whose place it took;
    ``swapping``: the line for which another exercise is being chosen."""

    keys: list[str]
    taken: Mapping[str, str] = field(default_factory=dict)
    swapping: str = ""


def arranged(data: QueryDict) -> Arranged:
    swapping = data.get("swap", "" if "stay" in data else data.get("swapping", ""))
    added = data.get("add", "")
    keys = data.getlist("items")
    if not (swapping in keys and added and SLUG.fullmatch(added) and added not in keys):
        keys = rearranged(data)
        return Arranged(keys, swapping=swapping if swapping in keys and not added else "")
    place = keys.index(swapping)
    data = data.copy()
    del data["add"]
    data.setlist("items", [*keys[:place], added, *keys[place + 1 :]])
    return Arranged(rearranged(data), {added: swapping})


@dataclass(frozen=True, slots=True, kw_only=True)
class Running:
    """The programme that is being changed. ``exercises``: by short name, those that can be had and those in the plan;
    ``given``: reasons that it has already, see ``CautionOverride``."""

    actor: Actor
    programme: Programme
    today: date
    items: Sequence[ProgrammeItem]
    exercises: Mapping[str, Exercise]
    findings: Callable[[], Sequence[Finding]]  # asked for when a line begins anew
    flags: PatientFlags
    given: Mapping[str, set[str]]

    def lines(self) -> dict[str, ProgrammeItem]:
        """By the key of its line: the exercise's short name, numbered where one stands twice."""
        found: dict[str, ProgrammeItem] = {}
        for item in self.items:
            slug = item.version.exercise.slug
            count = sum(exercise_of(key) == slug for key in found)
            found[f"{slug}{TWICE}{count + 1}" if count else slug] = item
        return found


class ChangedItemForm(ItemForm):
    """It says itself how often, so that is no reason to show the rarer fields."""

    def has_more(self) -> bool:
        wrong = any(name in self.errors for name in OWN)
        return wrong or not self.says_how_often or self.holds(*RARE) or self._has_note()

    def _has_note(self) -> bool:
        return not self.note_for and self.holds("note")

    @property
    def often(self) -> str:
        """How often, as the patient reads it; empty while it cannot be read."""
        dose = self.dose()
        often = Dose(
            times_per_day=dose.times_per_day, days_per_week=dose.days_per_week, every_n_days=dose.every_n_days
        )
        return (phrases(often) or [""])[0]


class ChangeForm(BenchForm):
    is_change = True
    shelf: Any = None  # what can be added, read by the page beside it

    seen_version = forms.IntegerField(min_value=1, max_value=32767, widget=forms.HiddenInput)
    swapping = forms.CharField(max_length=60, required=False, widget=forms.HiddenInput)
    all_often = forms.ChoiceField(label=gettext_lazy("How often"), required=False)
    all_sets = RangeField(label=gettext_lazy("Sets"), most=20)
    all_reps = RangeField(label=gettext_lazy("Repetitions"), most=200)
    all_hold_s = RangeField(label=gettext_lazy("Hold, s"), most=600)
    ends_on = forms.DateField(
        label=gettext_lazy("Last day"), widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})
    )
    why = forms.CharField(
        label=gettext_lazy("Why, for your colleagues"),
        max_length=300,
        required=False,
        validators=[validate_plain_text],
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        help_text=gettext_lazy("Kept with this version. The patient does not read it."),
    )

    def __init__(self, typed: QueryDict | None, *, running: Running, judged: bool = False) -> None:
        """``typed`` is what was posted; ``judged``: it is to be saved, so faults are to be shown."""
        self.running = running
        known = running.lines()
        order = arranged(typed) if typed is not None else Arranged(list(known))
        typed = _spread(typed, order.keys) if typed is not None else None
        initial = _typed(typed) if typed is not None else _as_it_is(running.programme)
        self._typed = typed
        super().__init__(typed if judged else None, initial=initial | {"swapping": order.swapping})
        often = [(key, words) for key, words in frequency_choices() if key not in {"", EACH}]
        self.fields["all_often"].choices = [("", _("as below")), *often]  # type: ignore[attr-defined]
        self.to_swap = order.swapping  # the key of the line
        posted = set(typed.getlist("items")) if typed is not None else set()
        self.items = []
        for key in order.keys:
            exercise = running.exercises.get(exercise_of(key))
            if exercise is None:
                self.missing = True
                continue
            said = as_typed(ItemForm, key, typed) if typed is not None and key in posted else None
            old = order.taken.get(key)
            if said is None and typed is not None and old is not None:
                said = _swapped(exercise, as_typed(ItemForm, old, typed))
            self.items.append(self._line(key, exercise, said, typed if judged else None, known.get(key)))
        self.weigh(typed, running.flags, running.given)

    def _line(
        self,
        key: str,
        exercise: Exercise,
        said: dict[str, Any] | None,
        data: QueryDict | None,
        stored: ProgrammeItem | None,
    ) -> ChangedItemForm:
        """In the version that was sent, where the programme holds this exercise."""
        if said is None:
            said = _stored(stored) if stored is not None else _fresh(exercise, self.running)
        sent = stored.version if stored is not None else None
        return ChangedItemForm(data, exercise=exercise, shared=EACH, initial=said, version=sent, key=key)

    def clean(self) -> None:
        if not self.items:
            self.add_error(None, _("A programme needs at least one exercise. To stop all of it, end it."))
        self.refuse_lines()

    def mark_seen(self) -> None:
        """Whoever saves now has been shown what is stored."""
        if self._typed is not None:
            self.data = self._typed = self._typed.copy()
            self._typed["seen_version"] = str(self.running.programme.version)

    def shot_as_stored(self) -> Shot:
        return shot_of(self.running.programme, self.running.items)

    def shot(self) -> Shot:
        """As it would be with what was typed; of a form that is valid."""
        plan, programme = self.plan(), self.running.programme
        items = [item_of(programme, order, item) for order, item in enumerate(plan.items, start=1)]
        return shot_of(programme, items)

    def beside(self) -> list[list[Dose]]:
        return self._beside

    @cached_property
    def _beside(self) -> list[list[Dose]]:
        mine = self.running.programme
        found = doses_on(self.running.today, mine.patient_id)
        return [doses for key, doses in found.items() if key != mine.pk]

    def plan(self) -> ProgrammeChange:
        values = self.cleaned_data
        return ProgrammeChange(
            name=values["name"],
            items=[item.plan() for item in self.items],
            ends_on=values["ends_on"],
            reasons=reasons_said(values),
            why=values["why"],
        )


def _as_it_is(programme: Programme) -> dict[str, Any]:
    return {
        "name": programme.name,
        "ends_on": programme.ends_on,
        "seen_version": programme.version,
    }


def _typed(typed: QueryDict) -> dict[str, Any]:
    return {name: typed[name] for name in ChangeForm.base_fields if name in typed}


def _stored(item: ProgrammeItem) -> dict[str, Any]:
    """What the line of a running programme begins with: what the patient does now."""
    often = {name: getattr(item, name) for name in OWN}
    own = {"side": item.side, "kit": item.kit, "note": item.note, "succeeds": item.pk}
    return in_fields(item.as_dose()) | often | own


def _fresh(exercise: Exercise, running: Running) -> dict[str, Any]:
    assert exercise.current is not None
    tags = {tag.pk for tag in exercise.findings.all()}
    return {"side": usual_side(exercise, running.findings(), tags)} | starting(exercise.current)


def _swapped(exercise: Exercise, before: Mapping[str, Any]) -> dict[str, Any]:
    """Another exercise in the same place: its own dose, as often and on the same side as before."""
    assert exercise.current is not None
    allowed = [str(side) for side in exercise.current.sides]
    side = before.get("side", "")
    kept = {name: before.get(name, "") for name in (*OWN, "succeeds")}
    lone = allowed[0] if len(allowed) == 1 else ""
    return starting(exercise.current) | kept | {"side": side if side in allowed else lone}


def _can_be_read(name: str, value: str) -> bool:
    try:
        return ChangeForm.base_fields[f"all_{name}"].clean(value) is not None
    except ValidationError:
        return False


def _spread(typed: QueryDict, keys: Sequence[str]) -> QueryDict:
    """What is said for all exercises at once goes into every line that says such a thing."""
    data = typed.copy()
    for name in TOGETHER:
        value = data.get(f"all_{name}", "").strip()
        if value and _can_be_read(name, value):
            for key in keys:
                if data.get(f"{key}-{name}"):
                    data[f"{key}-{name}"] = value
            data[f"all_{name}"] = ""
    times, days = shared_frequency(data.get("all_often", ""))
    if times is not None:
        for key in keys:
            data[f"{key}-times_per_day"] = str(times)
            data[f"{key}-days_per_week"] = str(days.days_per_week or "")
            data[f"{key}-every_n_days"] = str(days.every_n_days or "")
        data["all_often"] = ""
    return data
