"""How entries of the catalogue are shown: their drawings, and keys of the data files in words."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from django import template
from django.templatetags.static import static
from django.urls import reverse
from django.utils.safestring import mark_safe
from django.utils.text import get_text_list
from django.utils.translation import gettext as _

from exercises import kit
from exercises.cautions import Met, in_words, met
from exercises.doses import phrases
from exercises.figures import moving_size_of, side_caption, size_of
from exercises.models import Difficulty, Exercise, ExerciseContent, ExerciseVersion, Position, Side
from exercises.translations import English
from patients.cautions import Effect
from patients.models import PatientFlags

register = template.Library()


@dataclass(frozen=True, slots=True)
class Picture:
    url: str
    width: int
    height: int


@register.simple_tag
def picture(of: str | ExerciseContent, tone: int = 1) -> Picture | None:
    """The photo or the two numbered stills of an exercise, or stills by their name; None when there is neither."""
    if not isinstance(of, str):
        if of.photo is not None:
            address = reverse("exercises:photo", args=[of.photo.pk])
            return Picture(address, of.photo.width, of.photo.height)
        of = of.picture
    return _file(of, size_of(of), "-poses", tone)


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
def lang(text: str) -> str:
    """The attributes of an element that holds a text of the catalogue: empty where it is in the page's language."""
    return mark_safe(' lang="en" dir="ltr"') if isinstance(text, English) else ""


@register.filter
def things(keys: Iterable[str]) -> str:
    """What an exercise is done with, by the names of the list."""
    return ", ".join(kit.name(key) for key in keys)


@register.simple_tag
def named_cautions(content: ExerciseContent) -> str:
    """With whom care is needed, by the labels of the flags; those that come with a thing name it."""
    return "; ".join(in_words(content))


@dataclass(frozen=True, slots=True)
class Against:
    words: str
    tone: str
    icon: str


@register.simple_tag
def spoken_against(version: ExerciseVersion, cautions: PatientFlags) -> list[Against]:
    """What the patient's cautions say about an exercise, and about each thing that it can be done with."""
    own = met(version, cautions.keys)
    found = [_against(one, "") for one in own]
    for key in version.kit_options:
        found += [_against(one, kit.name(key)) for one in met(version, cautions.keys, key) if one not in own]
    return found


def _against(one: Met, thing: str) -> Against:
    blocked = one.effect is Effect.BLOCK
    words = _("Blocked: %(flag)s") if blocked else _("Caution: %(flag)s")
    if thing:
        words = _("Blocked with %(thing)s: %(flag)s") if blocked else _("Caution with %(thing)s: %(flag)s")
    tone = {Effect.BLOCK: "bad", Effect.CONFIRM: "warn", Effect.INFORM: ""}[one.effect]
    return Against(words % {"flag": one.flag.label, "thing": thing}, tone, "warning" if tone else "")


@register.filter
def slugs_in_words(slugs: Iterable[str]) -> str:
    """Short names of exercises as a list in words."""
    return ", ".join(slug.replace("-", " ") for slug in slugs)


@register.simple_tag
def phrases_of(text: ExerciseContent) -> list[str]:
    return phrases(text.as_dose())


@register.simple_tag
def sides_of(text: ExerciseContent) -> str:
    return ", ".join(str(side.label) for side in Side if side in text.sides)


@register.simple_tag
def cautions_of(text: ExerciseContent) -> list[str]:
    """All that decides what a patient with cautions is given: also what the things bring that it is done with."""
    return in_words(text)


@register.simple_tag
def is_kept(exercise: Exercise, favourites: Collection[object]) -> bool:
    return exercise.pk in favourites


@register.filter
def facts(version: ExerciseVersion) -> str:
    """Position, things and difficulty on one line. Joined here, and without Django's ``get_…_display``, which goes
    through all choices of a column: a list of these lines is the dearest part of its page."""
    stated = [str(Position(version.position).label)] if version.position else []
    stated += [things(version.equipment), one_of(version.kit_options)]
    stated += [str(Difficulty(version.difficulty).label)] if version.difficulty else []
    return " · ".join(filter(None, stated))


def one_of(keys: Iterable[str]) -> str:
    """Of these one is chosen: “tennis ball or frozen water bottle”."""
    return get_text_list([kit.name(key) for key in keys], _("or"))
