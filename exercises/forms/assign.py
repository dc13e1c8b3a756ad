"""The form of a new programme: what holds for all of it, and one part for each exercise."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property
from typing import Any
from uuid import UUID, uuid4

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import QueryDict
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from clinic.actors import Actor
from clinic.text import validate_single_line
from exercises.actions import ProgrammePlan
from exercises.cautions import blocked_words, concerns
from exercises.doses import Budget, Dose, phrases
from exercises.forms.cautions import Weighed, reason_fields, reasons_said, reasons_typed
from exercises.forms.dose import as_typed, starting
from exercises.forms.items import EACH, ItemForm, shared_frequency, usual_side
from exercises.models import LONGEST_WEEKS, Exercise, Programme, Routine, RoutineItem, RoutineStage
from exercises.schedule import EARLIEST, LATEST
from patients.models import Finding, Patient, PatientFlags

MOST_ITEMS = 20
CHANGES = ("add", "up", "down", "remove", "update")  # buttons that change the draft and assign nothing
SLUG = re.compile(r"[-a-zA-Z0-9_]{1,60}")
USUAL_WEEKS = 4  # the source leaves the course open; the practitioner sees and changes it
NOT_ASKED = PatientFlags()
FREQUENCIES = ("1x7", "2x7", "3x7", "1e2", "1x3", "1x5")


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


class ReplacedField(forms.ModelMultipleChoiceField):
    def label_from_instance(self, obj: Any) -> str:
        values = {"programme": obj.name, "day": date_format(obj.starts_on, "j M Y")}
        return _("End “%(programme)s” (since %(day)s) today") % values


@dataclass(frozen=True, slots=True)
class Problem:
    """A line of the error summary. ``target``: id of the control; empty when it concerns the whole form."""

    target: str
    label: str
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Start:
    """What a form begins with: for whom, on which day, and the exercises in order."""

    actor: Actor
    patient: Patient
    today: date
    lines: Sequence[Exercise]
    findings: Sequence[Finding] = ()
    routine: Routine | None = None
    flags: PatientFlags = NOT_ASKED
    stage: RoutineStage | None = None
    items: Sequence[RoutineItem] = ()  # the routine's, of this stage
    ending: Sequence[UUID] = ()  # programmes that this one is meant to take the place of

    def initial(self) -> dict[str, Any]:
        return {
            "programme_id": uuid4(),
            "routine": self.routine.slug if self.routine else "",
            "stage": self.stage.number if self.stage else None,
            "name": self.routine.name if self.routine else _("Home exercises"),
            "starts_on": self.today,
            "weeks": self._weeks(),
            "ending": list(self.ending),
            "reminder_time": self.patient.clinic.usual_reminder if self.patient.reminders_allowed else None,
        }

    def _weeks(self) -> int:
        """As long as the stage lasts, else the course that the sources of all exercises agree on, else the usual."""
        if self.stage and self.stage.to_week:
            return min(self.stage.to_week - self.stage.from_week + 1, LONGEST_WEEKS)
        stated = {(line.current.weeks_min, line.current.weeks_max) for line in self.lines if line.current}
        weeks, longest = stated.pop() if len(stated) == 1 else (None, None)
        return min(weeks, LONGEST_WEEKS) if weeks and longest in (None, weeks) else USUAL_WEEKS


def alike(running: QuerySet[Programme], routine: str) -> list[Programme]:
    """What runs already from the same routine: mostly the same plan a second time, by a way back in the browser."""
    return list(running.filter(routine__slug=routine)) if SLUG.fullmatch(routine) else []


class AssignForm(forms.Form):
    programme_id = forms.UUIDField(widget=forms.HiddenInput)
    routine = forms.SlugField(required=False, widget=forms.HiddenInput)
    stage = forms.IntegerField(required=False, min_value=1, max_value=99, widget=forms.HiddenInput)
    name = forms.CharField(
        label=gettext_lazy("Name, as the patient reads it"),
        max_length=80,
        validators=[validate_single_line],
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    frequency = forms.ChoiceField(
        label=gettext_lazy("How often"),
        choices=frequency_choices,
        error_messages={"required": gettext_lazy("Say how often. The catalogue leaves this to you.")},
    )
    starts_on = forms.DateField(
        label=gettext_lazy("First day"), widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})
    )
    weeks = forms.IntegerField(
        label=gettext_lazy("Weeks"),
        min_value=1,
        max_value=LONGEST_WEEKS,
        widget=forms.TextInput(attrs={"class": "num", "inputmode": "numeric", "autocomplete": "off"}),
    )
    reminder_time = forms.TimeField(
        label=gettext_lazy("Reminder at"),
        required=False,
        widget=forms.TimeInput(
            format="%H:%M", attrs={"type": "time", "min": f"{EARLIEST:%H:%M}", "max": f"{LATEST:%H:%M}"}
        ),
    )
    ending = ReplacedField(
        label=gettext_lazy("Programmes that run now"),
        queryset=Programme.objects.none(),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    both = forms.BooleanField(label=gettext_lazy("Both are meant to run"), required=False)

    def __init__(self, typed: QueryDict | None, *, start: Start, judged: bool = False) -> None:
        """``typed`` is what was posted; ``judged``: it is to be assigned, so faults are to be shown."""
        super().__init__(
            typed if judged else None, initial=start.initial() | (_as_typed(typed) if typed else {})
        )
        self.missing = False  # whether an exercise that was posted is not to be had any more
        running = Programme.objects.active().filter(patient=start.patient, ends_on__gte=start.today)
        self._running = running
        self.fields["ending"].queryset = running  # type: ignore[attr-defined]
        self.alike = alike(running, str(self["routine"].value() or ""))
        if not self.alike:
            del self.fields["both"]
        self.today, self.actor = start.today, start.actor
        self.fields["reminder_time"].help_text = _reminder_hint(start.patient)
        shared = str(self["frequency"].value() or "")
        posted = set(typed.getlist("items")) if typed else set()
        self.items = [
            ItemForm(
                typed if judged else None,
                exercise=exercise,
                shared=shared,
                initial=as_typed(ItemForm, exercise.slug, typed)
                if typed and exercise.slug in posted
                else _fresh(exercise, start),
            )
            for exercise in start.lines
        ]
        self._weigh(typed, start)
        # Asked only where a line does not say it: a stated frequency is filled in there, to be seen and changed.
        asked = not self.items or not all(item.says_how_often for item in self.items)
        self.fields["frequency"].required = asked
        if not asked:
            self["frequency"].help_text = _("Each exercise says it, under “More”.")

    def _weigh(self, typed: QueryDict | None, start: Start) -> None:
        """Cautions ask for reasons, and for notes that the patient reads."""
        self.concerns = concerns([item.line() for item in self.items], start.flags.keys)
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

    def clean_routine(self) -> Routine | None:
        slug = self.cleaned_data["routine"]
        mine = Routine.objects.visible_to(self.actor).assignable()
        found = mine.filter(slug=slug).first() if slug else None
        if slug and found is None:
            raise ValidationError(
                _("The routine was taken out of the catalogue. The exercises below can still be assigned."),
                code="routine",
            )
        return found

    def clean(self) -> None:
        if self.missing:
            self.add_error(None, _("One exercise is not in the catalogue any more. Look at the list again."))
        if not self.items:
            self.add_error(None, _("Choose a routine, or add at least one exercise."))
        if len(self.items) > MOST_ITEMS:
            self.add_error(None, _("A programme holds at most %(n)s exercises.") % {"n": MOST_ITEMS})
        for concern in self.cautions.blocks:
            self.add_error(None, blocked_words(concern))
        going_on = set(self.alike) - set(self.cleaned_data.get("ending", ()))
        if going_on and not self.cleaned_data.get("both"):
            self.add_error("both", _("Tick “End …” above, or say that both are meant to run."))

    def same_routine(self) -> list[str]:
        """A sentence for each programme of this routine that the patient has already."""
        return [_beside(programme, self.today) for programme in self.alike]

    @property
    def kept_routine(self) -> str:
        """The routine's short name for the hidden field; dropped once it was refused, so that one can go on."""
        return "" if self.is_bound and "routine" in self.errors else str(self["routine"].value() or "")

    @property
    def kept_stage(self) -> str:
        """As the routine that it belongs to."""
        dropped = not self.kept_routine or (self.is_bound and "stage" in self.errors)
        return "" if dropped else str(self["stage"].value() or "")

    @property
    def budget(self) -> Budget:
        """With what other programmes ask on the first day of this one. As long as it is not known how often, all of it
        is counted once."""
        others = self._beside
        if not self.frequency_is_known:
            others = [[replace(dose, times_per_day=None) for dose in doses] for doses in others]
        return Budget.of([item.dose() for item in self.items], others)

    @cached_property
    def _beside(self) -> list[list[Dose]]:
        """Of those that run on the first day, but for those that are ticked to end."""
        try:
            first = self.fields["starts_on"].clean(self["starts_on"].value())
        except ValidationError:
            first = self.today
        ending = {str(key) for key in self["ending"].value() or ()}
        found = self._running.running_on(first).doses()
        return [doses for key, doses in found.items() if str(key) not in ending]

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

    def plan(self) -> ProgrammePlan:
        values = self.cleaned_data
        return ProgrammePlan(
            programme_id=values["programme_id"],
            name=values["name"],
            items=[item.plan() for item in self.items],
            starts_on=values["starts_on"],
            weeks=values["weeks"],
            reminder_time=values["reminder_time"],
            routine=values["routine"],
            reasons=reasons_said(values),
            stage=values["stage"] if values["routine"] else None,
        )


def _fresh(exercise: Exercise, start: Start) -> dict[str, Any]:
    """What a line begins with that nobody has typed into."""
    assert exercise.current is not None
    side = usual_side(exercise, start.findings)
    item = next((item for item in start.items if item.exercise_id == exercise.pk), None)
    return {"side": side} | starting(exercise.current, item)


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


def _as_typed(typed: QueryDict) -> dict[str, Any]:
    """What was posted. A form that showed no exercise yet had no fields for days and weeks: they begin as ever."""
    kept: dict[str, Any] = {name: typed[name] for name in AssignForm.base_fields if name in typed}
    return kept | {"ending": typed.getlist("ending"), "programme_id": kept.get("programme_id") or uuid4()}


def _beside(programme: Programme, today: date) -> str:
    if programme.starts_on > today:
        words = _("“%(name)s” from this routine starts on %(day)s.")
    else:
        words = _("“%(name)s” from this routine is running since %(day)s.")
    return words % {"name": programme.name, "day": date_format(programme.starts_on, "j M Y")}


def _reminder_hint(patient: Patient) -> str:
    if not patient.reminders_allowed:
        return _("The patient has not agreed to reminder e-mails: none are sent until that changes.")
    return _("In %(zone)s, where the patient lives. Empty: no reminders.") % {"zone": patient.time_zone}
