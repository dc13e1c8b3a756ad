"""The published catalogue, as staff read it."""

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.views.decorators.http import require_safe

from clinic.access import requires
from clinic.http import StaffRequest
from clinic.roles import AUTHORS, READS_CATALOGUE
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
    assert found.current is not None  # in_use() loads none without
    context = {
        "exercise": found,
        "version": found.current,
        "phrases": phrases(found.current.as_dose()),
        "sides": ", ".join(str(side.label) for side in Side if side in found.current.sides),
        "tags": found.findings.all(),
        "authors": request.actor.has_role(AUTHORS),
        "own": found.clinic_id is not None,
    }
    return TemplateResponse(request, "exercises/exercise.html", context)
