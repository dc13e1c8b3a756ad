"""A clinic's or a person's routine as it is written: what holds for all of it, its stages, and a part per exercise."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import uuid4

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from clinic.actors import Actor
from clinic.roles import WRITES_CLINICAL
from clinic.text import validate_plain_text, validate_single_line
from exercises import kit
from exercises.actions import RoutineLine, RoutinePlan, StagePlan
from exercises.actions.routines import mark_of
from exercises.doses import phrases
from exercises.forms.dose import OWN, DoseForm, as_typed, in_fields, short_text
from exercises.models import PAIRS, SINGLE, Exercise, Routine, RoutineItem, RoutineStage, Scope
from patients.models import FindingType

ROW = re.compile(r"(\d{1,3}):(\d{1,2}):([-a-zA-Z0-9_]{1,60})")
# The fullest page has to stay below DATA_UPLOAD_MAX_NUMBER_FIELDS: sixteen fields a row, five a stage, a box a finding.
MOST_STAGES, MOST_ROWS = 6, 24
LAST_WEEK = 104
CHANGES = ("add", "up", "down", "remove", "add_stage", "remove_stage", "update")  # these save nothing


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the form: ``number`` names its fields and never changes, ``stage`` is the key of its stage."""

    number: int
    stage: int
    slug: str

    def __str__(self) -> str:
        return f"{self.number}:{self.stage}:{self.slug}"

    @property
    def prefix(self) -> str:
        return f"r{self.number}"


@dataclass(frozen=True, slots=True)
class Outline:
    """Which stages and which exercises, in order. One stage alone is no stage."""

    stages: tuple[int, ...] = (1,)
    rows: tuple[Row, ...] = ()

    @classmethod
    def of(cls, routine: Routine | None) -> "Outline":
        if routine is None:
            return cls()
        items = enumerate(routine.items.all(), start=1)
        rows = tuple(Row(number, item.stage, item.exercise.slug) for number, item in items)
        return cls(tuple(stage.number for stage in routine.stages.all()) or (1,), rows)

    @classmethod
    def typed(cls, data: QueryDict) -> "Outline":
        """What the browser sent, after the button that was pressed. What cannot be read is left out."""
        numbers = [
            int(key) for key in data.getlist("stages") if key.isascii() and key.isdigit() and len(key) < 3
        ]
        stages = list(dict.fromkeys(numbers))[:MOST_STAGES] or [1]
        found = [ROW.fullmatch(row) for row in data.getlist("rows")[:MOST_ROWS]]
        rows = {int(row[1]): Row(int(row[1]), int(row[2]), row[3]) for row in found if row}
        kept = [row if row.stage in stages else replace(row, stage=stages[0]) for row in rows.values()]
        kept.sort(key=lambda row: stages.index(row.stage))  # keeps their order within a stage
        return cls(tuple(stages), tuple(kept)).changed(data)

    def changed(self, data: QueryDict) -> "Outline":
        if "add_stage" in data and len(self.stages) < MOST_STAGES:
            return replace(self, stages=(*self.stages, max(self.stages) + 1))
        if "add" in data:
            return self._added(data.get("exercise", ""), data.get("to", ""))
        if (key := data.get("remove_stage", "")) and len(self.stages) > 1:
            return self._without_stage(key)
        for name, step in (("up", -1), ("down", 1)):
            if name in data:
                return self._moved(data.get(name, ""), step)
        gone = data.get("remove")
        return replace(self, rows=tuple(row for row in self.rows if str(row.number) != gone))

    def _added(self, slug: str, to: str) -> "Outline":
        number = max((row.number for row in self.rows), default=0) + 1
        stage = next((key for key in self.stages if str(key) == to), self.stages[-1])
        row = f"{number}:{stage}:{slug}"
        if not ROW.fullmatch(row) or len(self.rows) >= MOST_ROWS:
            return self
        rows = sorted((*self.rows, Row(number, stage, slug)), key=lambda one: self.stages.index(one.stage))
        return replace(self, rows=tuple(rows))

    def _without_stage(self, key: str) -> "Outline":
        """Its exercises go to the stage before it, or to the next one where it was the first."""
        place = next((n for n, stage in enumerate(self.stages) if str(stage) == key), None)
        if place is None:
            return self
        left = tuple(stage for stage in self.stages if str(stage) != key)
        heir = left[max(place - 1, 0)]
        rows = [row if row.stage in left else replace(row, stage=heir) for row in self.rows]
        return Outline(left, tuple(sorted(rows, key=lambda row: left.index(row.stage))))

    def _moved(self, number: str, step: int) -> "Outline":
        """Within its stage; at its end into the next one."""
        rows = list(self.rows)
        place = next((n for n, row in enumerate(rows) if str(row.number) == number), None)
        if place is None:
            return self
        row, other = rows[place], place + step
        if 0 <= other < len(rows) and rows[other].stage == row.stage:
            rows[place], rows[other] = rows[other], row
        else:
            stage = self.stages.index(row.stage) + step
            if 0 <= stage < len(self.stages):
                rows[place] = replace(row, stage=self.stages[stage])
        return replace(self, rows=tuple(rows))


class StageForm(forms.Form):
    name = forms.CharField(label=_("Name of the stage"), max_length=80, validators=[validate_single_line])
    from_week = forms.IntegerField(label=_("From week"), min_value=1, max_value=LAST_WEEK)
    to_week = forms.IntegerField(label=_("To week"), min_value=1, max_value=LAST_WEEK, required=False)
    criteria = forms.CharField(
        label=_("When to go on, for staff"),
        max_length=600,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        validators=[validate_plain_text],
    )

    def __init__(self, data: QueryDict | None, *, key: int, number: int, initial: dict[str, Any]) -> None:
        super().__init__(data, prefix=f"s{key}", initial=initial)
        self.key, self.number = key, number
        self.lines: list[LineForm] = []
        for name in ("from_week", "to_week"):
            self.fields[name].widget = forms.TextInput(
                attrs={"class": "num", "inputmode": "numeric", "autocomplete": "off"}
            )

    def clean(self) -> None:
        first, last = self.cleaned_data.get("from_week"), self.cleaned_data.get("to_week")
        if first and last and last < first:
            self.add_error("to_week", _("A stage does not end before it begins."))

    def plan(self) -> StagePlan:
        return StagePlan(**self.cleaned_data)


class LineForm(DoseForm):
    """An exercise of the routine. Empty fields: as in the catalogue, and how often is asked at assignment."""

    kit = forms.ChoiceField(label=_("With"), required=False)
    note = short_text(_("Note for every patient who is given it"), 200)

    def __init__(
        self, data: QueryDict | None, *, row: Row, exercise: Exercise, initial: dict[str, Any]
    ) -> None:
        super().__init__(data, prefix=row.prefix, initial=initial)
        assert exercise.current is not None  # assignable() loads none without
        self.row, self.exercise, self.version = row, exercise, exercise.current
        options = [(key, kit.name(key)) for key in self.version.kit_options]
        if options:
            self.fields["kit"].choices = [("", _("chosen at assignment")), *options]  # type: ignore[attr-defined]
        else:
            del self.fields["kit"]

    @property
    def published_dose(self) -> list[str]:
        return phrases(self.version.as_dose())

    @property
    def stated(self) -> str:
        return self.version.stated

    def is_open(self) -> bool:
        return self.holds(*self.fields)

    def clean(self) -> None:
        super().clean()
        values = self.cleaned_data
        if any(values.get(name) for name in (*PAIRS, *SINGLE, "sets_open", "load_note", "cue")):
            self.refuse_no_amount()  # an own dose takes the whole place of the catalogue's
        times, week, every = (values.get(name) for name in OWN)
        if any(name in self.errors for name in OWN) or (times, week, every) == (None, None, None):
            return
        if times is None:
            self.add_error("times_per_day", _("Say how many times a day."))
        elif (week is None) == (every is None):
            self.add_error("days_per_week", _("Give either days a week or every how many days."))

    def line(self, stage: int) -> RoutineLine:
        values, dose = self.cleaned_data, self.columns()
        return RoutineLine(
            exercise=self.exercise,
            stage=stage,
            kit=values.get("kit", ""),
            note=values["note"],
            dose=dose if any(dose.values()) else {},
            **{name: values[name] for name in OWN},
        )


def scope_choices(actor: Actor, routine: Routine | None = None) -> list[tuple[str, Any]]:
    """Whose it is to be. What is the clinic's stays so; only who may sign has routines of their own."""
    clinic = (Scope.CLINIC.value, _("Everybody in our clinic"))
    if not actor.has_role(WRITES_CLINICAL) or (routine is not None and routine.owner_id is None):
        return [clinic]
    return [clinic, (Scope.PERSONAL.value, _("Only me"))]


class AboutForm(forms.Form):
    """What holds for the whole routine."""

    routine_id = forms.UUIDField(widget=forms.HiddenInput)
    name = forms.CharField(
        label=_("Name"),
        max_length=80,
        validators=[validate_single_line],
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        help_text=_(
            "Patients read it as the name of their programme, unless it is changed when it is assigned."
        ),
    )
    scope = forms.ChoiceField(label=_("For whom"), widget=forms.RadioSelect)
    basis = forms.CharField(
        label=_("Basis and warnings, for staff"),
        max_length=600,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        validators=[validate_plain_text],
    )
    findings = forms.ModelMultipleChoiceField(
        label=_("Findings"),
        queryset=FindingType.objects.shared(),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("For filtering only."),
    )

    def __init__(self, *args: Any, actor: Actor, routine: Routine | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = scope_choices(actor, routine)
        self.fields["scope"].choices = choices  # type: ignore[attr-defined]
        if len(choices) == 1:
            del self.fields["scope"]

    @property
    def chosen_scope(self) -> Scope:
        return Scope(self.cleaned_data.get("scope") or Scope.CLINIC)


class RoutineForm(AboutForm):
    """``lines`` finds the exercises by their short names; those that are not to be had any more are ``missing``."""

    seen = forms.CharField(
        required=False, max_length=64, widget=forms.HiddenInput
    )  # what the author began with

    def __init__(
        self,
        typed: QueryDict | None,
        *,
        actor: Actor,
        routine: Routine | None,
        outline: Outline,
        lines: Mapping[str, Exercise],
        judged: bool = False,
    ) -> None:
        bound = typed if judged else None
        initial = _about_typed(typed) if typed is not None else _about(routine)
        super().__init__(bound, initial=initial, actor=actor, routine=routine)
        self.outline = outline
        kept = [row for row in outline.rows if row.slug in lines]
        self.missing = len(kept) < len(outline.rows)
        self.stages = [
            StageForm(bound, key=key, number=number, initial=_stage(key, number, typed, routine))
            for number, key in enumerate(outline.stages, start=1)
        ]
        by_key = {stage.key: stage for stage in self.stages}
        for row in kept:
            initial = _line(row, typed, routine)
            by_key[row.stage].lines.append(
                LineForm(bound, row=row, exercise=lines[row.slug], initial=initial)
            )

    @property
    def staged(self) -> bool:
        return len(self.stages) > 1

    @property
    def parts(self) -> Iterator[forms.Form]:
        for stage in self.stages:
            if self.staged:
                yield stage
            yield from stage.lines

    def is_valid(self) -> bool:
        return all([super().is_valid(), *(part.is_valid() for part in self.parts)])

    def clean(self) -> None:
        if self.missing:
            self.add_error(None, _("One exercise is not in the catalogue any more. Look at the list again."))
        for stage in self.stages:
            slugs = [line.exercise.slug for line in stage.lines]
            for line in stage.lines:
                if slugs.count(line.exercise.slug) > 1:
                    words = _t("%(exercise)s stands twice among the same exercises.")
                    self.add_error(None, words % {"exercise": line.version.name})
                    break

    def problems(self) -> list[tuple[str, str, str]]:
        """Target, label and message of every fault, in the order of the page."""
        if not self.is_bound:
            return []
        found = [("", "", str(message)) for message in self.non_field_errors()]
        for part in (self, *self.parts):
            found += [("", "", str(message)) for message in part.non_field_errors() if part is not self]
            for bound in part:
                label = (
                    f"{part.version.name}: {bound.label}" if isinstance(part, LineForm) else str(bound.label)
                )
                target = bound.auto_id + ("_0" if bound.use_fieldset else "")
                found += [(target, label, str(message)) for message in bound.errors]
        return found

    def plan(self) -> RoutinePlan:
        values = self.cleaned_data
        return RoutinePlan(
            routine_id=values["routine_id"],
            name=values["name"],
            basis=values["basis"],
            scope=self.chosen_scope,
            findings=values["findings"],
            stages=[stage.plan() for stage in self.stages] if self.staged else [],
            lines=[line.line(stage.number) for stage in self.stages for line in stage.lines],
            seen=values["seen"],
        )


def _about(routine: Routine | None) -> dict[str, Any]:
    if routine is None:
        return {"routine_id": uuid4(), "scope": Scope.CLINIC.value}
    return {
        "routine_id": routine.pk,
        "name": routine.name,
        "scope": routine.scope.value,
        "basis": routine.basis,
        "findings": [tag.pk for tag in routine.findings.all()],
        "seen": mark_of(routine),
    }


def _about_typed(typed: QueryDict) -> dict[str, Any]:
    kept: dict[str, Any] = {name: typed.get(name, "") for name in RoutineForm.base_fields}
    return kept | {"findings": typed.getlist("findings"), "routine_id": kept["routine_id"] or uuid4()}


def _stage(key: int, number: int, typed: QueryDict | None, routine: Routine | None) -> dict[str, Any]:
    if typed is not None and f"s{key}-name" in typed:
        return as_typed(StageForm, f"s{key}", typed)
    stored = _stages(routine).get(key) if typed is None else None
    if stored is None:
        return {"name": _t("Stage %(number)s") % {"number": number}, "from_week": 1 if number == 1 else None}
    return {name: getattr(stored, name) for name in StageForm.base_fields}


def _stages(routine: Routine | None) -> dict[int, RoutineStage]:
    return {stage.number: stage for stage in routine.stages.all()} if routine else {}


def _line(row: Row, typed: QueryDict | None, routine: Routine | None) -> dict[str, Any]:
    if typed is not None:
        return as_typed(LineForm, row.prefix, typed)
    items: Sequence[RoutineItem] = list(routine.items.all()) if routine else []
    item = items[row.number - 1]
    dose = in_fields(item.as_dose()) if item.has_own_dose else {}
    return dose | {name: getattr(item, name) for name in (*OWN, "kit", "note")}
