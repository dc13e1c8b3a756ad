"""The form in which a curator writes what an exercise says in another language, beside the English."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib.postgres.fields import ArrayField
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from clinic.models import IN_ENGLISH, RIGHT_TO_LEFT, Language
from exercises import translations
from exercises.forms.lines import LinesField
from exercises.models import ExerciseVersion, VersionTranslation

ORDER = (
    "name",
    "movement",
    "purpose",
    "prepare",
    "steps",
    "breathe",
    "feel",
    "stop_rules",
    "alt_text",
    "cue",
)


def language_choices() -> list[tuple[str, Any]]:
    return [(language.value, IN_ENGLISH[language]) for language in translations.languages()]


class LanguageForm(forms.Form):
    """Which language the address asks for; a hand-made address is no reason to refuse the page."""

    language = forms.ChoiceField(choices=language_choices, required=False)

    def chosen(self) -> Language | None:
        self.is_valid()
        return Language(self.cleaned_data["language"]) if self.cleaned_data.get("language") else None


@dataclass(frozen=True, slots=True)
class Pair:
    """One text in English, and the field for the other language."""

    label: str
    english: str | list[str]
    field: forms.BoundField

    @property
    def is_list(self) -> bool:
        return isinstance(self.english, list)


class TranslationForm(forms.Form):
    """Only what the English says is asked for. ``earlier``: of which version the texts are, if not of this one."""

    earlier: int | None = None

    def __init__(self, *args: Any, version: ExerciseVersion, language: Language, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.version = version
        attrs = {"lang": language.value, "dir": "rtl" if language in RIGHT_TO_LEFT else "ltr"}
        for name in ORDER:
            if not getattr(version, name):
                continue
            column = VersionTranslation._meta.get_field(name)
            label = f"{_name(name)} – {IN_ENGLISH[language]}"
            self.fields[name] = _field(column, label, attrs, len(getattr(version, name)))

    def pairs(self) -> Iterator[Pair]:
        for name in self.fields:
            yield Pair(_name(name), getattr(self.version, name), self[name])


class ReviewForm(forms.Form):
    """``seen``: when the text was written that the reviewer has read."""

    seen = forms.DateTimeField(widget=forms.HiddenInput)
    read = forms.BooleanField(
        label=_("I read both side by side, and they say the same"),
        error_messages={"required": _("Read both side by side first, then tick the box.")},
    )


def _name(column: str) -> str:
    return str(capfirst(VersionTranslation._meta.get_field(column).verbose_name))  # type: ignore[union-attr]


def _field(column: Any, label: str, attrs: dict[str, str], size: int) -> forms.Field:
    if isinstance(column, ArrayField):
        lines = LinesField(column=column)
        lines.widget = forms.Textarea(attrs={"rows": 2 * size, **attrs})
        lines.label, lines.required, lines.help_text = label, True, _("One a line, as in English.")
        return lines
    return forms.CharField(
        label=label,
        max_length=column.max_length,
        validators=column.validators,
        widget=forms.Textarea(attrs={"rows": 2, **attrs}),
    )
