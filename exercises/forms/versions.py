"""Going over to a newer version of an exercise: nothing to type but the reasons that the patient's cautions ask for."""

from collections.abc import Collection, Mapping, Sequence
from uuid import UUID

from django import forms
from django.http import QueryDict

from exercises.cautions import anew_words, concerns, note_words, unanswered
from exercises.forms.cautions import Weighed, reason_fields, reasons_said
from exercises.models import ExerciseVersion, ProgrammeItem
from patients.cautions import Effect
from patients.models import PatientFlags

ALL = "all"


class VersionsForm(forms.Form):
    """``newer``: items with the version that the page shows. ``which`` says by what button the form was sent."""

    which = forms.CharField(max_length=36, widget=forms.HiddenInput)

    def __init__(
        self,
        data: QueryDict | None = None,
        *,
        which: str,
        newer: Sequence[tuple[ProgrammeItem, ExerciseVersion]],
        flags: PatientFlags,
        given: Mapping[str, Collection[str]],
    ) -> None:
        self.newer, self.key = newer, which
        super().__init__(data, initial={"which": which}, auto_id=f"v-{which}-%s")
        for item, version in newer:
            shown = forms.IntegerField(widget=forms.HiddenInput)
            self.fields[f"item-{item.pk}"] = shown
            self.initial[f"item-{item.pk}"] = version.pk
        found = unanswered(concerns([item.line(version) for item, version in newer], flags.keys), given)
        # While one of them is blocked or lacks a note none can be taken over: no reason would change that, none is asked.
        blocks = [one for one in found if one.effect is Effect.BLOCK]
        self.need_notes = [anew_words(note_words(one)) for one in found if one.without_note]
        self.concerns = blocks if blocks or self.need_notes else found
        self.fields |= reason_fields(self.concerns)

    def clean(self) -> None:
        for sentence in self.need_notes:
            self.add_error(None, sentence)

    @property
    def cautions(self) -> Weighed:
        return Weighed.of(self, self.concerns)

    @property
    def shown(self) -> list[forms.BoundField]:
        return [self[f"item-{item.pk}"] for item, _version in self.newer]

    def versions(self) -> dict[UUID, int]:
        return {item.pk: self.cleaned_data[f"item-{item.pk}"] for item, _version in self.newer}

    def reasons(self) -> dict[str, str]:
        return reasons_said(self.cleaned_data)
