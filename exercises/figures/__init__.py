"""Pictures of exercises from poses: data in, SVG out.

    stills("heel-raises-near-wall")     two numbered positions side by side: pages, print, letters
    animation("heel-raises-near-wall")  the same movement, for while it is being done
    size_of("heel-raises-near-wall")    width and height of the stills, for <img>

`manage.py draw_figures` writes them to static/img/exercises. Every pose needs a clinician's eye before patients see it.
"""

from exercises.figures.document import draw_animation, draw_stills, full_size
from exercises.figures.drawing import drawing_of, slugs
from exercises.figures.solve import Unnatural

__all__ = ["Unnatural", "animation", "description", "files", "size_of", "slugs", "stills"]


def stills(slug: str) -> str:
    return draw_stills(drawing_of(slug))


def animation(slug: str) -> str:
    return draw_animation(drawing_of(slug))


def description(slug: str) -> str:
    """Both positions in words."""
    return drawing_of(slug).description


def size_of(slug: str) -> tuple[int, int] | None:
    """None when nobody has drawn this exercise: a curator may name any picture."""
    return full_size(drawing_of(slug)) if slug in slugs() else None


def files() -> dict[str, str]:
    """Every file of static/img/exercises by its name."""
    pictures = {f"{slug}-poses.svg": stills(slug) for slug in slugs()}
    return pictures | {f"{slug}.svg": animation(slug) for slug in slugs()}
