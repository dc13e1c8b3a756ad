"""Every drawing on one page, for a curator to judge at a glance. A picture of it: `python -m clinic.dev.sheet`."""

from dataclasses import dataclass
from typing import Any

from django.db.models import Q
from django.http import HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from clinic.access import requires
from clinic.http import StaffRequest
from clinic.roles import CURATES
from exercises import figures
from exercises.models import Exercise

PEOPLE = {1: gettext_lazy("First person"), 2: gettext_lazy("Second person"), 3: gettext_lazy("Third person")}


@dataclass(frozen=True, slots=True)
class Drawn:
    slug: str
    title: str
    side: str
    words: str
    exercises: list[Exercise]


@require_safe
@requires(CURATES)
def contact_sheet(request: StaffRequest) -> HttpResponse:
    asked = request.GET.get("tone", "")
    tone = int(asked) if asked in {str(number) for number in PEOPLE} else 1
    context: dict[str, Any] = {
        "drawings": _drawings(request),
        "tone": tone,
        "people": list(PEOPLE.items()),
        "moving": request.GET.get("moving") == "1",
    }
    return TemplateResponse(request, "exercises/contact_sheet.html", context)


def _drawings(request: StaffRequest) -> list[Drawn]:
    """In one query: a drawing counts as used by the version in use, and by a draft that has not been published."""
    slugs = figures.slugs()
    used: dict[str, list[Exercise]] = {slug: [] for slug in slugs}
    named = Q(picture__in=slugs) | Q(current__picture__in=slugs)
    for exercise in Exercise.objects.visible_to(request.actor).filter(named).select_related("current"):
        pictures = {exercise.picture, exercise.current.picture if exercise.current else exercise.picture}
        for picture in pictures & used.keys():
            for slug in (picture, *figures.variants(picture)):
                used[slug].append(exercise)
    return [
        Drawn(slug, figures.title(slug), _side(slug), figures.description(slug), used[slug]) for slug in slugs
    ]


def _side(slug: str) -> str:
    """In full, also where nothing needs saying to a patient."""
    if figures.drawn_side(slug) == "none":
        return _("Shows no side.")
    return figures.side_caption(slug) or _("Shows both sides.")
