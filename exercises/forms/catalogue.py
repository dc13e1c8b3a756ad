"""Finding an exercise: what may be asked of the catalogue's page, all of it in the address."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from clinic.actors import Actor
from exercises import kit
from exercises.models import NO_KIT, BodyPart, Difficulty, ExerciseQuerySet, Kind, Position
from patients.cautions import flags
from patients.models import FindingType

LONGEST_QUERY = 80
IN_SIGHT = ("q", "finding")  # the other fields stand in a part that opens


def things() -> list[tuple[str, Any]]:
    by_name = sorted((thing.name, thing.key) for thing in kit.known().values())
    return [(NO_KIT, _("nothing")), *((key, name) for name, key in by_name)]


def cautions() -> list[tuple[str, str]]:
    return sorted(((flag.key, flag.label) for flag in flags().values()), key=lambda one: one[1])


@dataclass(frozen=True, slots=True)
class Chip:
    """One filter in use, and the address of the page without it."""

    label: str
    value: str
    address: str


def choice(label: Any, any_of_them: Any, choices: Any) -> forms.ChoiceField:
    return forms.ChoiceField(label=label, choices=[("", any_of_them), *choices], required=False)


class CatalogueFilter(forms.Form):
    """A filter never fails: what cannot be read counts as not asked."""

    q = forms.CharField(
        label=_("Name, finding or equipment"),
        max_length=LONGEST_QUERY,
        required=False,
        widget=forms.TextInput(attrs={"type": "search", "autocomplete": "off"}),
    )
    finding = forms.ModelChoiceField(
        label=_("Tagged for"),
        queryset=FindingType.objects.shared(),
        required=False,
        empty_label=_("any finding"),
    )
    kind = choice(_("Kind"), _("any kind"), Kind.choices)
    body_part = choice(_("Part of the body"), _("any part"), BodyPart.choices)
    position = choice(_("Position"), _("any position"), Position.choices)
    equipment = choice(_("Equipment"), _("any equipment"), things())
    difficulty = forms.TypedChoiceField(
        label=_("Difficulty"),
        choices=[("", _("any difficulty")), *Difficulty.choices],
        coerce=int,
        empty_value=None,
        required=False,
    )
    without = choice(_("Not with this caution"), _("leave nothing out"), cautions())
    favourites = forms.BooleanField(label=_("My favourites only"), required=False)

    @cached_property
    def asked(self) -> dict[str, Any]:
        self.is_valid()
        return {name: value for name, value in self.cleaned_data.items() if value not in ("", None, False)}

    def found_among(self, exercises: ExerciseQuerySet, actor: Actor) -> ExerciseQuerySet:
        chosen = dict(self.asked)
        if "finding" in chosen:
            chosen["findings"] = [chosen.pop("finding").pk]
        found = exercises.matching(chosen.pop("q", ""))
        if chosen.pop("favourites", False):
            found = found.favourites_of(actor)
        return found.narrowed(**chosen)

    @property
    def opened(self) -> bool:
        return any(name not in IN_SIGHT for name in self.asked)

    @property
    def hidden_away(self) -> Iterator[forms.BoundField]:
        return (field for field in self if field.name not in (*IN_SIGHT, "favourites"))

    def chips(self) -> list[Chip]:
        return [
            Chip(
                gettext("Words") if name == "q" else str(self.fields[name].label),
                self._in_words(name),
                self.address(without=name),
            )
            for name in self.asked
        ]

    def address(self, *, without: str = "") -> str:
        """The question again, on its first page, without what was not asked."""
        query = QueryDict(mutable=True)
        for name in self.asked:
            if name != without:
                query[name] = self[name].value() if name != "favourites" else "on"
        return query.urlencode()

    def _in_words(self, name: str) -> str:
        value = self.asked[name]
        if name in {"q", "favourites"}:
            return str(value) if name == "q" else ""
        if name == "finding":
            return str(value.label)
        return str(dict(self.fields[name].choices)[value])  # type: ignore[attr-defined]
