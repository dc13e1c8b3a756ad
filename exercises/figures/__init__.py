"""Pictures of exercises from poses: data in, SVG out.

    stills("heel-raises-near-wall")     two numbered positions side by side: pages, print, letters
    animation("heel-raises-near-wall")  the same movement, for while it is being done
    size_of("heel-raises-near-wall")    width and height of the stills, for <img>
    drawn_with("arch-stretch-ball-or-bottle", "frozen_bottle")   the drawing that shows the thing a plan names
    drawn_side("short-foot")            which foot or leg the picture shows
    side_caption("short-foot", "right") the same in words for a patient: "Shown on the left foot. Do it with the right."

Each is drawn for three people, who differ in skin, hair and shirt: SLUG-poses.svg and SLUG.svg are the first person's,
SLUG-poses-2.svg and SLUG-2.svg the second's, and so on.

`manage.py draw_figures` writes them to static/img/exercises. Every pose needs a clinician's eye before patients see it.
"""

from collections.abc import Collection

from exercises.figures.captions import caption
from exercises.figures.document import draw_animation, draw_stills, full_size, moving_size
from exercises.figures.drawing import drawing_of, slugs
from exercises.figures.paint import TONES, toned
from exercises.figures.solve import Unnatural

__all__ = [
    "TONES",
    "Unnatural",
    "animation",
    "description",
    "drawn_side",
    "drawn_with",
    "files",
    "moving_size_of",
    "side_caption",
    "size_of",
    "slugs",
    "stills",
    "title",
    "variants",
]


def stills(slug: str, tone: int = 1) -> str:
    return toned(draw_stills(drawing_of(slug)), tone)


def animation(slug: str, tone: int = 1) -> str:
    return toned(draw_animation(drawing_of(slug)), tone)


def description(slug: str) -> str:
    """Both positions in words."""
    return drawing_of(slug).description


def drawn_side(slug: str) -> str:
    """Whose movement the picture shows: left, right, both or none (a trunk). Never mirrored for a language."""
    return drawing_of(slug).side


def variants(slug: str) -> Collection[str]:
    """The drawings of the same exercise with another thing."""
    return drawing_of(slug).with_kit.values() if slug in slugs() else ()


def drawn_with(slug: str, thing: str) -> str:
    """The drawing that shows this thing; ``slug`` itself where there is none of its own."""
    return drawing_of(slug).with_kit.get(thing, slug) if thing and slug in slugs() else slug


def title(slug: str) -> str:
    return drawing_of(slug).title


def side_caption(slug: str, assigned: str = "") -> str:
    """What stands under the picture of an exercise that is to be done with ``assigned``; empty if nothing is drawn."""
    if slug not in slugs():
        return ""
    drawing = drawing_of(slug)
    return caption(drawing.part, drawing.side, assigned)


def moving_size_of(slug: str) -> tuple[int, int] | None:
    """Width and height of the animation: one position's, unless two move in turn."""
    return moving_size(drawing_of(slug)) if slug in slugs() else None


def size_of(slug: str) -> tuple[int, int] | None:
    """None when nobody has drawn this exercise: a curator may name any picture."""
    return full_size(drawing_of(slug)) if slug in slugs() else None


def files() -> dict[str, str]:
    """Every file of static/img/exercises by its name; the second and third person's end in their number."""
    pictures = {}
    for slug in slugs():
        for tone in TONES:
            ending = f"-{tone}.svg" if tone > 1 else ".svg"
            pictures[f"{slug}-poses{ending}"] = stills(slug, tone)
            pictures[f"{slug}{ending}"] = animation(slug, tone)
    return pictures
