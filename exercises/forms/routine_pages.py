"""Finding routines, and making one from a programme."""

from dataclasses import dataclass, field, replace
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from clinic.actors import Actor
from exercises.actions import RoutineLine, RoutinePlan
from exercises.doses import phrases
from exercises.forms.routines import AboutForm
from exercises.models import Programme, ProgrammeItem, RoutineQuerySet, Scope, Stage
from patients.models import FindingType

SCOPES = {
    Scope.SHARED.value: _("shared by all clinics"),
    Scope.CLINIC.value: _("our clinic’s"),
    Scope.PERSONAL.value: _("my own"),
}


@dataclass(frozen=True, slots=True)
class Asked:
    query: str = ""
    scope: str = ""
    finding: FindingType | None = None
    retired: bool = False
    words: dict[str, Any] = field(default_factory=dict)

    def among(self, routines: RoutineQuerySet) -> RoutineQuerySet:
        found = (
            routines.filter(stage=Stage.RETIRED) if self.retired else routines.exclude(stage=Stage.RETIRED)
        )
        if self.scope:
            found = found.of_scope(Scope(self.scope))
        if self.finding:
            found = found.tagged_for([self.finding.pk])
        return found.matching(self.query)


class RoutineFilter(forms.Form):
    """A filter never fails: what cannot be read counts as not asked."""

    q = forms.CharField(
        label=_("Name or exercise"),
        max_length=80,
        required=False,
        widget=forms.TextInput(attrs={"type": "search", "autocomplete": "off"}),
    )
    scope = forms.ChoiceField(label=_("Whose"), choices=[("", _("all")), *SCOPES.items()], required=False)
    finding = forms.ModelChoiceField(
        label=_("Tagged for"),
        queryset=FindingType.objects.shared(),
        required=False,
        empty_label=_("any finding"),
    )
    state = forms.ChoiceField(
        label=_("Show"), choices=[("", _("in use")), ("retired", _("retired"))], required=False
    )

    def asked(self) -> Asked:
        self.is_valid()
        values: dict[str, Any] = self.cleaned_data
        return Asked(
            values.get("q", ""),
            values.get("scope", ""),
            values.get("finding"),
            values.get("state") == "retired",
        )


class FromProgrammeForm(AboutForm):
    """Notes were written for one patient: they are left out unless somebody says otherwise."""

    chosen = forms.MultipleChoiceField(
        label=_("Exercises"),
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("Choose at least one exercise.")},
    )
    with_notes = forms.BooleanField(label=_("Copy the notes too"), required=False)

    def __init__(self, *args: Any, actor: Actor, programme: Programme, **kwargs: Any) -> None:
        super().__init__(*args, actor=actor, **kwargs)
        items = programme.current
        self.offered = {
            str(item.pk): item for item in items if item.version.exercise.stage == Stage.PUBLISHED
        }
        self.gone = [item.version.name for item in items if str(item.pk) not in self.offered]
        self.notes = [item.note for item in self.offered.values() if item.note]
        self.fields["chosen"].choices = [  # type: ignore[attr-defined]
            (key, f"{item.version.name}: {', '.join(phrases(replace(item.dose, side=None)))}")
            for key, item in self.offered.items()
        ]
        if not self.notes:
            del self.fields["with_notes"]

    def plan(self) -> RoutinePlan:
        values = self.cleaned_data
        chosen = [item for key, item in self.offered.items() if key in values["chosen"]]
        return RoutinePlan(
            routine_id=values["routine_id"],
            name=values["name"],
            basis=values["basis"],
            scope=self.chosen_scope,
            findings=values["findings"],
            lines=[_line(item, with_note=values.get("with_notes", False)) for item in chosen],
        )


def _line(item: ProgrammeItem, *, with_note: bool) -> RoutineLine:
    """The exercise, not the version that was sent; the side is this patient's and stays behind."""
    return RoutineLine(
        exercise=item.version.exercise,
        kit=item.kit if item.kit in (item.version.exercise.current or item.version).kit_options else "",
        note=item.note if with_note else "",
        times_per_day=item.times_per_day,
        days_per_week=item.days_per_week,
        every_n_days=item.every_n_days,
        dose=item.dose_fields(),
    )
