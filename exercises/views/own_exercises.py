"""A clinic's own exercises: written, published, retired and brought back by its authors."""

from collections.abc import Sequence

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from clinic import clock
from clinic.access import requires
from clinic.errors import Refused
from clinic.http import StaffRequest, saying
from clinic.roles import AUTHORS
from exercises import actions, usage
from exercises.actions.own_exercises import STANDARD_STOP_RULES
from exercises.forms.own_exercise import OwnExerciseForm
from exercises.models import Exercise, Stage


@require_safe
@requires(AUTHORS)
def own(request: StaffRequest) -> HttpResponse:
    context = {"exercises": Exercise.objects.own(request.actor)}
    return TemplateResponse(request, "exercises/own.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@requires(AUTHORS)
def new(request: StaffRequest) -> HttpResponse:
    exercise, findings = _beginning(request)
    return _write(request, exercise, findings)


@require_http_methods(["GET", "HEAD", "POST"])
@requires(AUTHORS)
def edit(request: StaffRequest, slug: str) -> HttpResponse:
    return _write(request, get_object_or_404(Exercise.objects.own(request.actor), slug=slug))


@require_http_methods(["GET", "HEAD", "POST"])
@requires(AUTHORS)
def retire(request: StaffRequest, slug: str) -> HttpResponse:
    """Asks first, and says who uses it."""
    exercise = get_object_or_404(Exercise.objects.own(request.actor), slug=slug)
    if request.method != "POST":
        (use,) = usage.of([exercise], request.actor)
        return TemplateResponse(request, "exercises/own_retire.html", {"exercise": exercise, "use": use})
    with saying(request, _("%(name)s is retired. Plans that hold it go on.") % {"name": exercise.name}):
        actions.retire_exercise(actor=request.actor, exercise=exercise)
    return redirect("exercises:own")


@require_POST
@requires(AUTHORS)
def restore(request: StaffRequest, slug: str) -> HttpResponse:
    exercise = get_object_or_404(Exercise.objects.own(request.actor), slug=slug)
    with saying(request, _("%(name)s can be assigned again.") % {"name": exercise.name}):
        actions.restore_own_exercise(actor=request.actor, exercise=exercise)
    return redirect("exercises:own")


def _write(request: StaffRequest, exercise: Exercise, findings: Sequence[str] = ()) -> HttpResponse:
    typed = (request.POST, request.FILES) if request.method == "POST" else (None, None)
    publishing = "publish" in request.POST
    given = {"initial": {"findings": findings}} if findings else {}
    form = OwnExerciseForm(*typed, instance=exercise, actor=request.actor, publishing=publishing, **given)
    if form.is_valid():
        try:
            saved = actions.write_own_exercise(
                actor=request.actor,
                exercise=form.save(commit=False),
                findings=form.cleaned_data["findings"],
                image=form.image(),
                seen=form.cleaned_data["seen"],
                now=clock.now(),
            )
        except Refused as refused:
            form.add_error(None, refused.message)
        else:
            said = form.cleaned_data["no_cautions"]
            return _publish(request, saved, said) if publishing else _kept(request, saved)
    context = {
        "form": form,
        "exercise": exercise,
        "is_new": exercise._state.adding,
        "stop_rules": STANDARD_STOP_RULES,
        "files_gone": bool(request.FILES),
    }
    status = 422 if request.method == "POST" else 200
    return TemplateResponse(request, "exercises/own_edit.html", context, status=status)


def _beginning(request: StaffRequest) -> tuple[Exercise, list[str]]:
    """Empty, or the words of an exercise that the reader may see; its photo goes along, it can be seen by the same."""
    if not (slug := request.GET.get("copy", "").replace("\0", "")):
        return Exercise(dose_source="D", evidence_tag="practice"), []
    found = get_object_or_404(Exercise.objects.visible_to(request.actor).in_use(), slug=slug)
    assert found.current is not None  # in_use() loads none without
    content = {name: getattr(found.current, name) for name in found.content()}
    text = Exercise(**content | {"harder_exercises": [], "easier_exercises": []})
    return text, [finding.pk for finding in found.findings.all()]


def _publish(request: StaffRequest, exercise: Exercise, no_cautions: bool) -> HttpResponse:
    try:
        version = actions.publish_exercise(
            actor=request.actor, exercise=exercise, now=clock.now(), no_cautions=no_cautions
        )
    except Refused as refused:
        messages.success(request, _("Saved as a draft."))
        messages.error(request, refused.message)
        return redirect("exercises:own_edit", exercise.slug)
    said = {"name": version.name, "number": version.number}
    messages.success(request, _("%(name)s is published as version %(number)s.") % said)
    return redirect("exercises:exercise", exercise.slug)


def _kept(request: StaffRequest, exercise: Exercise) -> HttpResponse:
    if exercise.stage == Stage.DRAFT:
        messages.success(request, _("Saved as a draft. Patients see nothing of it."))
    else:
        messages.success(request, _("Saved. Patients keep the published text until you publish this one."))
    return redirect("exercises:own_edit", exercise.slug)
