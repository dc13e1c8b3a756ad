"""The page of an exercise for curators: lists as boxes, and everything that publishing needs said at its field."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from clinic.errors import Refused
from exercises.actions.meanwhile import lock_as_seen
from exercises.forms.exercise import ExerciseForm, as_stored, caution_choices, kit_choices
from exercises.models import STATED_PAIRS, Exercise

PUBLISH = "_publish"  # the button


class BoxesField(forms.MultipleChoiceField):
    """A list of keys of a closed list. What is stored and left that list stays a box, so that nothing is lost unseen."""

    widget = forms.CheckboxSelectMultiple

    def keep(self, stored: list[str]) -> None:
        offered: list[tuple[str, Any]] = list(self.choices)  # type: ignore[arg-type]  # none in groups
        known = {key for key, _label in offered}
        self.stored = stored
        self.choices = [*offered, *((key, key) for key in stored if key not in known)]

    stored: list[str] = []

    def clean(self, value: Any) -> list[str]:
        return as_stored(super().clean(value), self.stored)

    def has_changed(self, initial: Any, data: Any) -> bool:
        return set(initial or ()) != set(data or ())


class CuratedExerciseForm(ExerciseForm):
    equipment = BoxesField(label=_("What is needed"), choices=kit_choices, required=False)
    kit_options = BoxesField(
        label=_("One of these is chosen"),
        choices=kit_choices,
        required=False,
        help_text=_("When it can be done with different things: the practitioner chooses one of them."),
    )
    cautions = BoxesField(
        label=_("Cautions"),
        choices=caution_choices,
        required=False,
        help_text=_("A patient to whom one applies is not given this exercise without a word."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.publishing = PUBLISH in self.data
        for name in ("equipment", "kit_options", "cautions"):
            field = self.fields.get(name)
            if isinstance(field, BoxesField):
                field.keep(getattr(self.instance, name))

    def clean_harder_exercises(self) -> list[str]:
        return self._known_exercises("harder_exercises")

    def clean_easier_exercises(self) -> list[str]:
        return self._known_exercises("easier_exercises")

    def clean(self) -> None:
        super().clean()
        for name in STATED_PAIRS:
            self._refuse_odd_range(f"{name}_min", f"{name}_max")

    def _post_clean(self) -> None:
        super()._post_clean()
        self._refuse_stale()

    def _refuse_stale(self) -> None:
        """The row stays locked until the page's transaction has written it."""
        seen = self.cleaned_data.get("seen", "")
        if not seen or self.instance._state.adding:
            return
        try:
            lock_as_seen(self.instance, self.cleaned_data.get("findings") or [], seen)
        except Refused as refused:
            self.add_error(None, refused.message)

    def _known_exercises(self, name: str) -> list[str]:
        """Slugs of other exercises that readers of this one may open."""
        typed: list[str] = self.cleaned_data[name]
        if not typed:
            return typed
        rows = Exercise.objects.filter(slug__in=typed, clinic=None)
        if self.instance.clinic_id is not None:
            rows |= Exercise.objects.filter(slug__in=typed, clinic=self.instance.clinic_id)
        known = set(rows.exclude(pk=self.instance.pk).values_list("slug", flat=True))
        if unknown := [slug for slug in typed if slug not in known]:
            message = _t("There is no other exercise with this short name: %(names)s.")
            raise forms.ValidationError(message % {"names": ", ".join(unknown)}, code="unknown")
        return typed


class SendBackForm(forms.Form):
    reason = forms.CharField(
        label=_("What is to be mended"),
        max_length=300,
        required=False,  # who asked may withdraw without a word; the action says who may not
        widget=forms.Textarea(attrs={"rows": 4, "cols": 60, "maxlength": 300}),
    )


class CompareForm(forms.Form):
    """Two texts of one exercise. ``working`` is the text as it stands now."""

    old = forms.ChoiceField(label=_("From"))
    new = forms.ChoiceField(label=_("To"))

    def __init__(self, data: Any, *, texts: list[tuple[str, str]]) -> None:
        super().__init__(data)
        self.fields["old"].choices = texts  # type: ignore[attr-defined]
        self.fields["new"].choices = texts  # type: ignore[attr-defined]
