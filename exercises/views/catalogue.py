"""The published catalogue, as staff read it."""

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.views.decorators.http import require_safe

from clinic.access import requires
from clinic.http import StaffRequest
from clinic.roles import AUTHORS, CURATES, READS_CATALOGUE
from exercises import cautions, figures
from exercises.doses import phrases
from exercises.forms import CatalogueFilter
from exercises.models import Exercise, Side


@require_safe
@requires(READS_CATALOGUE)
def catalogue(request: StaffRequest) -> HttpResponse:
    form = CatalogueFilter(request.GET)
    asked = form.asked()
    found = Exercise.objects.visible_to(request.actor).assignable().matching(asked.query)
    if asked.finding:
        found = found.tagged_for([asked.finding.pk])
    context = {
        "form": form,
        "asked": asked,
        "exercises": found,
        "authors": request.actor.has_role(AUTHORS),
        "curates": request.actor.has_role(CURATES),
    }
    template = "_catalogue_list.html" if request.htmx else "catalogue.html"
    response = TemplateResponse(request, f"exercises/{template}", context)
    response.headers["Vary"] = "HX-Request"
    return response


@require_safe
@requires(READS_CATALOGUE)
def exercise(request: StaffRequest, slug: str) -> HttpResponse:
    """Retired entries stay readable: plans that hold them go on."""
    found = get_object_or_404(Exercise.objects.visible_to(request.actor).in_use(), slug=slug)
    version = found.current
    assert version is not None  # in_use() loads none without
    others = _others(request, [*version.harder_exercises, *version.easier_exercises])
    context = {
        "exercise": found,
        "version": version,
        "moving": request.GET.get("moving") == "1",
        "may_move": not version.photo_id and version.picture in figures.slugs(),
        "phrases": phrases(version.as_dose()),
        "sides": ", ".join(str(side.label) for side in Side if side in version.sides),
        "named_cautions": cautions.in_words(version),
        "harder": [others[slug] for slug in version.harder_exercises if slug in others],
        "easier": [others[slug] for slug in version.easier_exercises if slug in others],
        "tags": found.findings.all(),
        "authors": request.actor.has_role(AUTHORS),
        "own": found.clinic_id is not None,
    }
    return TemplateResponse(request, "exercises/exercise.html", context)


def _others(request: StaffRequest, slugs: list[str]) -> dict[str, Exercise]:
    """Those of the named exercises that may be assigned, by slug; the others are left out."""
    found = Exercise.objects.visible_to(request.actor).assignable().filter(slug__in=slugs)
    return {exercise.slug: exercise for exercise in found}
