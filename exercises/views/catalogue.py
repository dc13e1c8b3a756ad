"""The published catalogue, as staff read it, and what each of them keeps at hand."""

from uuid import UUID

from django.core.paginator import Page, Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST, require_safe

from clinic.access import requires
from clinic.http import StaffRequest
from clinic.roles import AUTHORS, CURATES, READS_CATALOGUE
from exercises import actions, cautions, figures
from exercises.doses import phrases
from exercises.forms import CatalogueFilter
from exercises.models import Exercise, ExerciseQuerySet, Favourite, Side
from exercises.shelf import MOST_AT_HAND, listed, used_lately

A_PAGE = 20
LONGEST_NUMBER = 7


@require_safe
@requires(READS_CATALOGUE)
def catalogue(request: StaffRequest) -> HttpResponse:
    """Search as you type: the same address answers with the list alone when htmx asks."""
    form = CatalogueFilter(request.GET)
    shown = Exercise.objects.visible_to(request.actor).assignable()
    page = _page(form.found_among(shown, request.actor), request.GET.get("page", ""))
    address = form.address()
    used = [] if form.asked or page.number > 1 else used_lately(actor=request.actor)
    exercises, lately = listed(request.actor, page.object_list, used)
    context = {
        "form": form,
        "page": page,
        "exercises": exercises,
        "page_query": f"{address}&" if address else "",
        "lately": lately[:MOST_AT_HAND],
        "favourites": Favourite.objects.visible_to(request.actor).exercise_keys(),
        "here": request.get_full_path(),
        "authors": request.actor.has_role(AUTHORS),
        "curates": request.actor.has_role(CURATES),
    }
    template = "_catalogue_found.html" if request.htmx else "catalogue.html"
    response = TemplateResponse(request, f"exercises/{template}", context)
    response.headers["Vary"] = "HX-Request"
    if request.htmx:
        response.headers["HX-Replace-Url"] = f"{request.path}?{address}" if address else request.path
    return response


def _page(found: ExerciseQuerySet, asked: str) -> Page[UUID]:
    """Keys of the page that is asked for, and how many there are, by one search."""
    number = int(asked) if asked.isdecimal() and len(asked) < LONGEST_NUMBER else 1
    keys, total = found.keys_and_count(max(number - 1, 0) * A_PAGE, A_PAGE)
    paginator = Paginator(found.values_list("pk", flat=True), A_PAGE)
    paginator.count = total  # a cached property: not asked of the database again
    page = paginator.get_page(asked)
    return Page(keys, number, paginator) if page.number == number else page  # else there is no such page


@require_safe
@requires(READS_CATALOGUE)
def exercise(request: StaffRequest, slug: str) -> HttpResponse:
    """Retired entries stay readable: plans that hold them go on."""
    found = get_object_or_404(Exercise.objects.visible_to(request.actor).in_use().with_proposals(), slug=slug)
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
        "favourites": Favourite.objects.visible_to(request.actor).exercise_keys(),
        "here": request.path,
    }
    return TemplateResponse(request, "exercises/exercise.html", context)


def _others(request: StaffRequest, slugs: list[str]) -> dict[str, Exercise]:
    """Those of the named exercises that may be assigned, by slug; the others are left out."""
    found = Exercise.objects.visible_to(request.actor).assignable().filter(slug__in=slugs)
    return {exercise.slug: exercise for exercise in found}


@require_POST
@requires(READS_CATALOGUE)
def favourite(request: StaffRequest, slug: str) -> HttpResponse:
    """``?off`` takes the mark away. The address says so and not a field: htmx leaves out the button that was pressed."""
    found = get_object_or_404(Exercise.objects.visible_to(request.actor).in_use(), slug=slug)
    change = actions.remove_favourite if "off" in request.GET else actions.add_favourite
    change(actor=request.actor, exercise=found)
    if not request.htmx:
        return redirect(_way_back(request, slug))
    context = {
        "exercise": found,
        "favourites": Favourite.objects.visible_to(request.actor).exercise_keys(),
        "bench": "bench" in request.GET,
    }
    return TemplateResponse(request, "exercises/_star_of.html", context)


def _way_back(request: StaffRequest, slug: str) -> str:
    asked = request.POST.get("next", "")
    ours = url_has_allowed_host_and_scheme(asked, {request.get_host()}, require_https=request.is_secure())
    return asked if ours and asked.startswith("/") else reverse("exercises:exercise", args=[slug])
