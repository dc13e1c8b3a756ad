"""How entries of the catalogue are shown: their drawings, and keys of the data files in words."""

from collections.abc import Iterable
from dataclasses import dataclass

from django import template
from django.templatetags.static import static

from exercises import kit
from exercises.figures import moving_size_of, side_caption, size_of

register = template.Library()


@dataclass(frozen=True, slots=True)
class Picture:
    url: str
    width: int
    height: int


@register.simple_tag
def picture(name: str, tone: int = 1) -> Picture | None:
    """The two numbered stills of an exercise; None when nobody has drawn it yet."""
    return _file(name, size_of(name), "-poses", tone)


@register.simple_tag
def moving_picture(name: str, tone: int = 1) -> Picture | None:
    """The same movement animated."""
    return _file(name, moving_size_of(name), "", tone)


def _file(name: str, size: tuple[int, int] | None, kind: str, tone: int) -> Picture | None:
    person = f"-{tone}" if tone > 1 else ""
    return Picture(static(f"img/exercises/{name}{kind}{person}.svg"), *size) if size else None


@register.simple_tag
def drawn_side(name: str, assigned: str = "") -> str:
    """Which side the drawing shows, and which side it is to be done with where that is another one."""
    return side_caption(name, assigned)


@register.filter
def things(keys: Iterable[str]) -> str:
    """What an exercise is done with, by the names of the list."""
    return ", ".join(kit.name(key) for key in keys)


@register.filter
def words(keys: Iterable[str]) -> str:
    """Keys such as ``fall_risk`` and ``tennis_ball`` as a list in words."""
    return ", ".join(key.replace("_", " ") for key in keys)
