"""The form of a new programme: what holds for all of it, and one part for each exercise."""

from collections.abc import Sequence
from dataclasses import dataclass
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
from clinic.text import validate_plain_text
from exercises.actions import ProgrammePlan
from exercises.doses import Dose
from exercises.forms.bench import BenchForm, frequency_choices
from exercises.forms.cautions import reasons_said
from exercises.forms.dose import OWN, as_typed, in_fields, starting
from exercises.forms.items import ItemForm, usual_side
from exercises.models import LONGEST_WEEKS, Exercise, Programme, Routine, RoutineItem, RoutineStage, doses_on
from exercises.schedule import EARLIEST, LATEST
from patients.models import Finding, Patient, PatientFlags

USUAL_WEEKS = 4  # the source leaves the course open; the practitioner sees and changes it
NOT_ASKED = PatientFlags()


class ReplacedField(forms.ModelMultipleChoiceField):
    def label_from_instance(self, obj: Any) -> str:
        values = {"programme": obj.name, "day": date_format(obj.starts_on, "j M Y")}
        return _("End “%(programme)s” (since %(day)s) today") % values


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
    copied: Programme | None = None  # one from which the new one starts, with its items

    def initial(self) -> dict[str, Any]:
        return {
            "programme_id": uuid4(),
            "routine": self.routine.slug if self.routine else "",
            "stage": self.stage.number if self.stage else None,
            "name": self._name(),
            "starts_on": self.today,
            "weeks": self._weeks(),
            "ending": list(self.ending),
            "reminder_time": self.patient.clinic.usual_reminder if self.patient.reminders_allowed else None,
        }

    def _name(self) -> str:
        named = self.copied or self.routine
        return named.name if named else _("Home exercises")

    def _weeks(self) -> int:
        """As long as the stage lasts, else the course that the sources of all exercises agree on, else the usual."""
        if self.copied:
            days = (self.copied.ends_on - self.copied.starts_on).days + 1
            return min(max(round(days / 7), 1), LONGEST_WEEKS)
        if self.stage and self.stage.to_week:
            return min(self.stage.to_week - self.stage.from_week + 1, LONGEST_WEEKS)
        stated = {(line.current.weeks_min, line.current.weeks_max) for line in self.lines if line.current}
        weeks, longest = stated.pop() if len(stated) == 1 else (None, None)
        return min(weeks, LONGEST_WEEKS) if weeks and longest in (None, weeks) else USUAL_WEEKS


class AssignForm(BenchForm):
    programme_id = forms.UUIDField(widget=forms.HiddenInput)
    routine = forms.SlugField(max_length=60, required=False, widget=forms.HiddenInput)
    stage = forms.IntegerField(required=False, min_value=1, max_value=99, widget=forms.HiddenInput)
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
    why = forms.CharField(
        label=gettext_lazy("Why this stage now"),
        max_length=300,
        validators=[validate_plain_text],
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        help_text=gettext_lazy("For your colleagues. The patient does not read it."),
    )

    def __init__(self, typed: QueryDict | None, *, start: Start, judged: bool = False) -> None:
        """``typed`` is what was posted; ``judged``: it is to be assigned, so faults are to be shown."""
        super().__init__(
            typed if judged else None, initial=start.initial() | (_as_typed(typed) if typed else {})
        )
        self._running = Programme.objects.active().filter(patient=start.patient, ends_on__gte=start.today)
        self._read = running = list(self._running.select_related("routine"))
        self._patient = start.patient.pk
        _offer(self.fields["ending"], self._running, running)
        # Mostly the same plan a second time, by a way back in the browser.
        routine = str(self["routine"].value() or "")
        self.alike = [one for one in running if one.routine and one.routine.slug == routine]
        if not self.alike:
            del self.fields["both"]
        if not self._moves_on():
            del self.fields["why"]
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
        self.weigh(typed, start.flags)
        # Asked only where a line does not say it: a stated frequency is filled in there, to be seen and changed.
        asked = not self.items or not all(item.says_how_often for item in self.items)
        self.fields["frequency"].required = asked
        if not asked:
            self["frequency"].help_text = _("Each exercise says it, under “More”.")

    def _moves_on(self) -> bool:
        """From one stage of the routine to another: that is a decision with a reason."""
        stage = str(self["stage"].value() or "")
        return bool(stage) and any(str(one.stage_number or stage) != stage for one in self.alike)

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
        if not self.items:
            self.add_error(None, _("Choose a routine, or add at least one exercise."))
        self.refuse_lines()
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

    def beside(self) -> list[list[Dose]]:
        return self._beside

    @cached_property
    def _beside(self) -> list[list[Dose]]:
        """Of those that run on the first day, but for those that are ticked to end."""
        try:
            first = self.fields["starts_on"].clean(self["starts_on"].value())
        except ValidationError:
            first = self.today
        ending = {str(key) for key in self["ending"].value() or ()}
        going_on = {one.pk for one in self._read if str(one.pk) not in ending}
        return [doses for key, doses in doses_on(first, self._patient).items() if key in going_on]

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
            why=values.get("why", ""),
        )


def _offer(field: Any, running: QuerySet[Programme], read: Sequence[Programme]) -> None:
    """The choices from what is read already: the field alone would ask for them once more."""
    field.queryset = running
    field.choices = [(one.pk, field.label_from_instance(one)) for one in read]


def _fresh(exercise: Exercise, start: Start) -> dict[str, Any]:
    """What a line begins with that nobody has typed into."""
    assert exercise.current is not None
    if start.copied and (given := _given(start.copied, exercise)):
        return given
    side = usual_side(exercise, start.findings, vars(exercise)["tags"])
    item = next((item for item in start.items if item.exercise_id == exercise.pk), None)
    return {"side": side} | starting(exercise.current, item)


def _given(programme: Programme, exercise: Exercise) -> dict[str, Any] | None:
    """As the patient does it now, as far as the published version allows it."""
    item = next((one for one in programme.current if one.version.exercise_id == exercise.pk), None)
    if item is None or exercise.current is None:
        return None
    stored = in_fields(item.as_dose()) | {name: getattr(item, name) for name in OWN}
    side = item.side if item.side in exercise.current.sides else ""
    kit = item.kit if item.kit in exercise.current.kit_options else ""
    return stored | {"side": side, "kit": kit, "note": item.note}


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
