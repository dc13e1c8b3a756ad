"""How entries of the catalogue are shown: their drawings, and keys of the data files in words."""

from collections.abc import Iterable
from dataclasses import dataclass

from django import template
from django.templatetags.static import static

from exercises.figures import size_of

register = template.Library()


@dataclass(frozen=True, slots=True)
class Picture:
    url: str
    width: int
    height: int


@register.simple_tag
def picture(name: str) -> Picture | None:
    """The two numbered stills of an exercise; None when nobody has drawn it yet."""
    size = size_of(name)
    return Picture(static(f"img/exercises/{name}-poses.svg"), *size) if size else None


@register.filter
def words(keys: Iterable[str]) -> str:
    """Keys such as ``fall_risk`` and ``tennis_ball`` as a list in words."""
    return ", ".join(key.replace("_", " ") for key in keys)
