"""Routines: finding and reading them; writing, signing off and retiring those of the own clinic."""

from typing import Any
from urllib.parse import urlencode
from uuid import UUID, uuid4

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from clinic import clock
from clinic.access import requires
from clinic.errors import Refused
from clinic.http import StaffRequest, saying
from clinic.roles import AUTHORS, READS_CATALOGUE, SEES_CLINICAL, WRITES_CLINICAL
from exercises import actions
from exercises.forms.routine_pages import FromProgrammeForm, RoutineFilter
from exercises.forms.routines import CHANGES, Outline, RoutineForm
from exercises.models import Exercise, Programme, Routine, RoutineQuerySet, RoutineStage, Scope, Stage
from patients import actions as patient_actions
from patients.forms.refusals import show_refusal

ROUTINES_A_PAGE = 20


@require_safe
@requires(READS_CATALOGUE)
def routines(request: StaffRequest) -> HttpResponse:
    form = RoutineFilter(request.GET)
    asked = form.asked()
    found = asked.among(Routine.objects.visible_to(request.actor)).with_contents().order_by("name", "pk")
    page = Paginator(found, ROUTINES_A_PAGE).get_page(request.GET.get("page"))
    query = {name: value for name, value in request.GET.items() if name in form.fields and value}
    context = {
        "form": form,
        "asked": asked,
        "page": page,
        "query": f"{urlencode(query)}&" if query else "",
        "may_write": request.actor.has_role(AUTHORS),
    }
    return TemplateResponse(request, "exercises/routines.html", context)


@require_safe
@requires(READS_CATALOGUE)
def routine(request: StaffRequest, slug: str) -> HttpResponse:
    found = _visible(request, slug)
    mine = found.may_be_written_by(request.actor)
    numbered: list[RoutineStage | None] = [*found.stages.all()] or [None]
    parts = [(stage, found.items_of(stage.number if stage else None)) for stage in numbered]
    context = {
        "routine": found,
        "parts": parts,
        "tags": found.findings.all(),
        "may_edit": mine and found.stage != Stage.RETIRED,
        "may_sign": mine and found.stage == Stage.DRAFT and request.actor.has_role(WRITES_CLINICAL),
        "may_retire": mine and found.stage == Stage.PUBLISHED,
        "may_restore": mine and found.stage == Stage.RETIRED,
        "just_made": mine and found.stage != Stage.RETIRED and request.GET.get("done") == "made",
        "just_retired": mine and found.stage == Stage.RETIRED and request.GET.get("done") == "retired",
    }
    return TemplateResponse(request, "exercises/routine.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@requires(AUTHORS)
def new(request: StaffRequest) -> HttpResponse:
    return _write(request, None)


@require_http_methods(["GET", "HEAD", "POST"])
@requires(AUTHORS)
def edit(request: StaffRequest, slug: str) -> HttpResponse:
    """The shared ones are written in the administration; what is retired is restored first."""
    mine = _own(request).exclude(stage=Stage.RETIRED).with_stages()
    return _write(request, get_object_or_404(mine, slug=slug))


def _write(request: StaffRequest, found: Routine | None) -> HttpResponse:
    if request.method != "POST":
        return _editor(request, found, _form(request, found, None))
    # Buttons that change the draft save nothing: the whole form is posted with them, valid or not.
    if any(name in request.POST for name in CHANGES):
        return _editor(request, found, _form(request, found, request.POST))
    form = _form(request, found, request.POST, judged=True)
    if form.is_valid():
        try:
            saved = actions.write_routine(
                actor=request.actor, plan=form.plan(), now=clock.now(), routine=found
            )
        except Refused as refused:
            show_refusal(form, refused)
        else:
            messages.success(request, _said(saved))
            return redirect("exercises:routine", saved.slug)
    return _editor(request, found, form, status=422)


def _form(
    request: StaffRequest, found: Routine | None, typed: QueryDict | None, *, judged: bool = False
) -> RoutineForm:
    outline = Outline.of(found) if typed is None else Outline.typed(typed)
    slugs = {row.slug for row in outline.rows}
    exercises = Exercise.objects.visible_to(request.actor).assignable().filter(slug__in=slugs)
    return RoutineForm(
        typed,
        actor=request.actor,
        routine=found,
        outline=outline,
        lines={exercise.slug: exercise for exercise in exercises},
        judged=judged,
    )


def _editor(
    request: StaffRequest, found: Routine | None, form: RoutineForm, *, status: int = 200
) -> HttpResponse:
    context = {
        "form": form,
        "problems": form.problems(),
        "routine": found,
        "offered": _offered(request),
        "signs": request.actor.has_role(WRITES_CLINICAL),
        "most": actions.LARGEST_ROUTINE,
    }
    return TemplateResponse(request, "exercises/routine_edit.html", context, status=status)


@require_POST
@requires(WRITES_CLINICAL)
def sign(request: StaffRequest, slug: str) -> HttpResponse:
    found = get_object_or_404(_own(request), slug=slug)
    with saying(
        request, _("“%(routine)s” is signed off by you and can be assigned.") % {"routine": found.name}
    ):
        actions.publish_routine(actor=request.actor, routine=found, now=clock.now())
    return redirect("exercises:routine", found.slug)


@require_POST
@requires(AUTHORS)
def retire(request: StaffRequest, slug: str) -> HttpResponse:
    """The page itself tells that it was done, beside the way back."""
    found = get_object_or_404(_own(request), slug=slug)
    try:
        actions.retire_routine(actor=request.actor, routine=found)
    except Refused as refused:
        messages.error(request, refused.message)
        return redirect("exercises:routine", found.slug)
    return redirect(f"{reverse('exercises:routine', args=[found.slug])}?done=retired")


@require_POST
@requires(AUTHORS)
def restore(request: StaffRequest, slug: str) -> HttpResponse:
    found = get_object_or_404(_own(request), slug=slug)
    with saying(request, _("“%(routine)s” can be assigned again.") % {"routine": found.name}):
        actions.restore_routine(actor=request.actor, routine=found)
    return redirect("exercises:routine", found.slug)


@require_http_methods(["GET", "HEAD", "POST"])
@requires(SEES_CLINICAL)
def from_programme(request: StaffRequest, pk: UUID) -> HttpResponse:
    """What one patient was given, as a routine for others. Nothing in it names the patient."""
    mine = Programme.objects.visible_to(request.actor).select_related("patient", "routine")
    found = get_object_or_404(mine.prefetch_related("items__version__exercise__current"), pk=pk)
    patient_actions.note_reading(actor=request.actor, patient=found.patient, page="programme")
    form = FromProgrammeForm(
        request.POST if request.method == "POST" else None,
        actor=request.actor,
        programme=found,
        initial=_copied(found),
    )
    if form.is_valid():
        try:
            saved = actions.write_routine(actor=request.actor, plan=form.plan(), now=clock.now())
        except Refused as refused:
            show_refusal(form, refused)
        else:
            return redirect(f"{reverse('exercises:routine', args=[saved.slug])}?done=made")
    context: dict[str, Any] = {
        "form": form,
        "programme": found,
        "patient": found.patient,
        "signs": request.actor.has_role(WRITES_CLINICAL),
    }
    status = 422 if form.is_bound else 200
    return TemplateResponse(request, "exercises/routine_from_programme.html", context, status=status)


def _copied(programme: Programme) -> dict[str, Any]:
    offered = [item for item in programme.current if item.version.exercise.stage == Stage.PUBLISHED]
    return {
        "routine_id": uuid4(),
        "name": programme.name,
        "scope": Scope.PERSONAL.value,
        "chosen": [str(item.pk) for item in offered],
    }


def _said(saved: Routine) -> str:
    if saved.stage == Stage.PUBLISHED:
        return _("Saved: “%(routine)s” is signed off by you and can be assigned.") % {"routine": saved.name}
    message = _("Saved as a draft: a practitioner has to sign “%(routine)s” off before it can be assigned.")
    return message % {"routine": saved.name}


def _offered(request: StaffRequest) -> Any:
    """Of each exercise the short name and the name: the whole catalogue stands in the list."""
    found = Exercise.objects.visible_to(request.actor).assignable()
    return found.values_list("slug", "current__name")


def _own(request: StaffRequest) -> RoutineQuerySet:
    """Not the shared ones: nobody changes them from here."""
    return Routine.objects.visible_to(request.actor).filter(clinic__isnull=False)


def _visible(request: StaffRequest, slug: str) -> Routine:
    return get_object_or_404(Routine.objects.visible_to(request.actor).with_stages(), slug=slug)
