"""How entries of the catalogue are shown: their drawings, and keys of the data files in words."""

import functools
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from typing import TypedDict

from django import template
from django.template.loader import render_to_string
from django.templatetags.static import static
from django.urls import reverse
from django.utils.safestring import SafeString, mark_safe
from django.utils.text import get_text_list
from django.utils.translation import gettext as _

from clinic.text import escaped
from exercises import kit
from exercises.cautions import Met, in_words, met
from exercises.doses import phrases
from exercises.figures import description, drawn_with, moving_size_of, side_caption, size_of
from exercises.models import Difficulty, Exercise, ExerciseContent, ExerciseVersion, Position, Side
from exercises.models.content import Part
from exercises.translations import English, standard
from patients.cautions import Effect
from patients.models import PatientFlags

register = template.Library()
ANY_SLUG = "any-exercise"


@dataclass(frozen=True, slots=True)
class Picture:
    url: str
    width: int
    height: int
    alt: str = ""  # where the exercise's own does not fit


@register.simple_tag
def picture(of: str | ExerciseContent, tone: int = 1, thing: str = "") -> Picture | None:
    """The photo or the two numbered stills of an exercise, or stills by their name; None when there is neither.
    ``thing``: what a plan names of the things that it can be done with, for the drawing that shows it."""
    if isinstance(of, str):
        return _file(of, size_of(of), "-poses", tone)
    if of.photo is not None:
        address = reverse("exercises:photo", args=[of.photo.pk])
        return Picture(address, of.photo.width, of.photo.height)
    name = drawn_with(of.picture, thing)
    return _file(
        name, size_of(name), "-poses", tone, "" if name == of.picture else standard(description(name))
    )


@dataclass(frozen=True, slots=True)
class Drawing:
    """``side``: which side it shows, in words, where it may be mistaken."""

    picture: Picture
    side: str


@register.simple_tag
def drawing(of: ExerciseContent, side: str = "", thing: str = "") -> Drawing | None:
    """Picture and caption of an exercise that is to be done with this side, and with this of the things."""
    found = picture(of, thing=thing)
    return Drawing(found, side_caption(of.picture, side)) if found else None


@register.simple_tag
def steps_of(version: ExerciseContent) -> SafeString:
    """What to do, by role. The same exercise stands in many plans: its steps are written once, whoever reads them."""
    parts = tuple((str(heading), tuple(lines), numbered) for heading, lines, numbered in version.guide)
    english = tuple(isinstance(line, English) for _heading, lines, _numbered in parts for line in lines)
    return _steps(parts, english)


@functools.lru_cache(maxsize=500)
def _steps(parts: tuple[tuple[str, tuple[str, ...], bool], ...], english: tuple[bool, ...]) -> SafeString:
    """``english``: which lines are in a language other than the page's; equal texts would not tell."""
    guide = [Part(heading, list(lines), numbered) for heading, lines, numbered in parts]
    return SafeString(render_to_string("exercises/_steps.html", {"guide": guide, "level": 3}))


@register.simple_tag
def moving_picture(name: str, tone: int = 1) -> Picture | None:
    """The same movement animated."""
    return _file(name, moving_size_of(name), "", tone)


def _file(name: str, size: tuple[int, int] | None, kind: str, tone: int, alt: str = "") -> Picture | None:
    person = f"-{tone}" if tone > 1 else ""
    return Picture(static(f"img/exercises/{name}{kind}{person}.svg"), *size, alt) if size else None


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


class Line(TypedDict):
    """A line of a list, ready to be written: what is the same in all lines is looked up once. A dict, because that is
    what templates read fastest; lists of these lines are the dearest part of their pages."""

    slug: str
    version: ExerciseVersion
    name: str
    movement: str
    facts: str
    address: str
    drawing: dict[str, str]
    own: Exercise | None
    pressed: str  # as ``aria-pressed`` has it
    star: str  # the address that keeps it at hand, or lets it go
    star_htmx: str
    star_label: str


@register.simple_tag
def lines_of(exercises: Iterable[Exercise], favourites: Collection[object]) -> list[Line]:
    page, star = addresses("exercises:exercise"), addresses("exercises:favourite")
    label, facts, drawing = _("Favourite:"), _Facts(), _Drawings()
    lines: list[Line] = []
    for exercise in exercises:
        version, slug = exercise.current, exercise.slug
        assert version is not None  # what is listed has been published
        off = "off" if exercise.pk in favourites else ""
        line: Line = {
            "slug": slug,
            "version": version,
            "name": version.name,
            "movement": version.movement,
            "facts": facts(version),
            "address": page(slug),
            "drawing": drawing(version),
            "own": exercise if exercise.clinic_id else None,
            "pressed": "true" if off else "false",
            "star": f"{star(slug)}?off" if off else star(slug),
            "star_htmx": f"{star(slug)}?{off}",
            "star_label": f"{label} {version.name}",
        }
        lines.append(line)
    return lines


@register.simple_tag
def star_of(exercise: Exercise, favourites: Collection[object]) -> Line:
    """For the star of one exercise alone."""
    return lines_of([exercise], favourites)[0]


def addresses(route: str) -> Callable[[str], str]:
    """Addresses of many by their short names, which need no quoting."""
    before, _name, after = reverse(route, args=[ANY_SLUG]).rpartition(ANY_SLUG)
    return lambda slug: f"{before}{slug}{after}"


class _Drawings:
    """Those of a list: many lines share one. Words, so that no template writes 1,200 for a width."""

    def __init__(self) -> None:
        self.known: dict[tuple[object, str], dict[str, str]] = {}

    def __call__(self, version: ExerciseVersion) -> dict[str, str]:
        key = version.photo_id, version.picture
        if key not in self.known:
            found = picture(version)
            self.known[key] = {name: str(getattr(found, name)) for name in Picture.__slots__} if found else {}
        return self.known[key]


class _Facts:
    """Position, things and difficulty on one line. Without Django's ``get_…_display``, which goes through all choices of
    a column."""

    def __init__(self) -> None:
        self.positions: dict[str, str] = {}
        self.difficulties: dict[int, str] = {}

    def __call__(self, version: ExerciseVersion) -> str:
        position, difficulty = version.position, version.difficulty
        if position and position not in self.positions:
            self.positions[position] = str(Position(position).label)
        if difficulty and difficulty not in self.difficulties:
            self.difficulties[difficulty] = str(Difficulty(difficulty).label)
        stated = [
            self.positions[position] if position else "",
            things(version.equipment),
            one_of(version.kit_options),
            self.difficulties[difficulty] if difficulty else "",
        ]
        return " · ".join(filter(None, stated))


def one_of(keys: Iterable[str]) -> str:
    """Of these one is chosen: “tennis ball or frozen water bottle”."""
    return get_text_list([kit.name(key) for key in keys], _("or"))


@register.simple_tag
def options(pairs: Iterable[tuple[str, str]]) -> SafeString:
    """Of a list in which the whole catalogue stands, each a value and its name: a loop of the template takes long for it,
    and so does ``format_html``."""
    return SafeString(
        "".join(f'<option value="{escaped(value)}">{escaped(name)}</option>' for value, name in pairs)
    )
