"""How entries of the catalogue are shown: their drawings, and keys of the data files in words."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from django import template
from django.templatetags.static import static
from django.utils.text import get_text_list
from django.utils.translation import gettext as _

from exercises import kit
from exercises.figures import size_of
from exercises.models import Exercise, ExerciseVersion

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


@register.simple_tag
def is_kept(exercise: Exercise, favourites: Collection[object]) -> bool:
    return exercise.pk in favourites


@register.filter
def facts(version: ExerciseVersion) -> str:
    """Position, things and difficulty on one line. Joined here: a list of them is the dearest part of its page."""
    stated = [str(version.get_position_display()) if version.position else "", things(version.equipment)]
    stated += [one_of(version.kit_options), str(version.get_difficulty_display() or "")]
    return " · ".join(filter(None, stated))


@register.filter
def things(keys: Iterable[str]) -> str:
    """What an exercise is done with, by the names that staff know."""
    return ", ".join(kit.name(key) for key in keys)


@register.filter
def one_of(keys: Iterable[str]) -> str:
    """Of these one is chosen: “tennis ball or frozen water bottle”."""
    return get_text_list([kit.name(key) for key in keys], _("or"))


@register.filter
def words(keys: Iterable[str]) -> str:
    """Keys such as ``fall_risk`` and ``tennis_ball`` as a list in words."""
    return ", ".join(key.replace("_", " ") for key in keys)
