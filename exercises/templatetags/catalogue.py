"""How entries of the catalogue are shown: their drawings, and keys of the data files in words."""

from collections.abc import Iterable
from dataclasses import dataclass

from django import template
from django.templatetags.static import static
from django.urls import reverse

from exercises.doses import phrases
from exercises.figures import size_of
from exercises.models import ExerciseContent

register = template.Library()


@dataclass(frozen=True, slots=True)
class Picture:
    url: str
    width: int
    height: int


@register.simple_tag
def picture(of: str | ExerciseContent) -> Picture | None:
    """The photo or the two numbered stills of an exercise, or stills by their name; None when there is neither."""
    if not isinstance(of, str):
        if of.photo is not None:
            address = reverse("exercises:photo", args=[of.photo.pk])
            return Picture(address, of.photo.width, of.photo.height)
        of = of.picture
    size = size_of(of)
    return Picture(static(f"img/exercises/{of}-poses.svg"), *size) if size else None


@register.simple_tag
def phrases_of(text: ExerciseContent) -> list[str]:
    return phrases(text.as_dose())


@register.filter
def words(keys: Iterable[str]) -> str:
    """Keys such as ``fall_risk`` and ``tennis_ball`` as a list in words."""
    return ", ".join(key.replace("_", " ") for key in keys)
