"""Changing a programme that runs: on the bench of a new one, filled with what the patient does now."""

from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import (
    Func,
    JSONField,
    OuterRef,
    QuerySet,
    Subquery,
    UUIDField,
)
from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils.functional import SimpleLazyObject
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from clinic import clock
from clinic.access import requires
from clinic.actors import Actor
from clinic.errors import Refused
from clinic.http import StaffRequest
from clinic.prepared import among, give, prepared
from clinic.roles import WRITES_CLINICAL
from exercises import actions
from exercises.drafted import as_posted, draft_of, keep
from exercises.forms.change import CHANGES, ChangeForm, Running, arranged, exercise_of
from exercises.forms.extend import ExtendForm
from exercises.models import CautionOverride, Exercise, Programme, ProgrammeDraft, ProgrammeItem
from exercises.shelf import Shelf, recorded_for, star
from exercises.versions_beside import side_by_side
from patients import actions as patient_actions
from patients import summary as patient_summary
from patients.forms.refusals import show_refusal
from patients.models import Patient, caution_columns, read_flags

PARTS = {
    "bench": "_assign_bench.html",
    "hits": "_assign_hits.html",
    "budget": "_assign_budget.html",
    "cautions": "_assign_cautions.html",
    "side": "_assign_side.html",  # of the line that ?line= names
}
WITH_LINES = (None, "_assign_bench.html", "_assign_side.html")


@require_http_methods(["GET", "HEAD", "POST"])
@requires(WRITES_CLINICAL)
def edit(request: StaffRequest, pk: UUID) -> HttpResponse:
    now = clock.now()
    programme = _programme(request, pk, now)
    patient = programme.patient
    if not programme.is_active or programme.ends_on < patient.local_day(now):
        messages.warning(request, _("This programme is over: copy it to a new one."))
        return redirect("exercises:programme", programme.pk)
    if request.method != "POST":
        patient_actions.note_reading(actor=request.actor, patient=patient, page="programme_edit")
        return _opened(request, programme, now)
    if "afresh" in request.POST:
        actions.drop_programme_draft(actor=request.actor, patient=patient, programme=programme)
        return redirect("exercises:programme_edit", programme.pk)
    # Asking for a part of the page never saves: the whole form is posted with it, valid or not.
    if star(request) or "part" in request.GET or any(name in request.POST for name in CHANGES):
        form = _form(request, programme, now, _typed(request))
        if request.GET.get("part") != "hits":
            keep(request, patient, programme, now, _version(form))
        return _page(request, programme, form, now)
    return _submit(request, programme, now)


def _programme(request: StaffRequest, pk: UUID, now: datetime) -> Programme:
    """With what speaks for caution, the reasons that were given, and whether something was left unfinished."""
    found = _asked(actor=request.actor, programme=pk)
    if not found:
        raise Http404
    earliest = now.date() - timedelta(days=2)  # the patient's yesterday, wherever they live
    give(found[0], "items", _items(programme=pk, since=earliest))
    return found[0]


@prepared
def _asked(actor: Actor, programme: UUID) -> QuerySet[Programme]:
    own = {"programme": OuterRef("pk")}
    given = CautionOverride.objects.visible_to(actor).filter(**own).order_by()
    mine = ProgrammeDraft.objects.visible_to(actor).filter(**own, author=actor.user_id)
    about = Patient.objects.filter(pk=OuterRef("patient")).annotate(**caution_columns())
    pair = Func("flag", "exercises", function="jsonb_build_array", output_field=JSONField())
    found = (
        Programme.objects.visible_to(actor)
        .filter(pk=programme)
        .annotate(
            given=ArraySubquery(given.values(pair=pair)),
            drafted_at=Subquery(mine.values("updated_at")),
            **{name: Subquery(about.values(name)) for name in caution_columns()},
        )
    )
    return found.select_related("patient__clinic")


@prepared
def _items(programme: UUID, since: date) -> QuerySet[ProgrammeItem]:
    """Those that were asked for on that day or later."""
    read = ("version__exercise__current", "version__photo")
    items = ProgrammeItem.objects.filter(programme=programme).asked_since(since).select_related(*read)
    return items.defer("version__photo__webp").in_order()


def _given(programme: Programme) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for flag, slugs in vars(programme)["given"]:
        found.setdefault(flag, set()).update(slugs)
    return found


def _opened(request: StaffRequest, programme: Programme, now: datetime) -> HttpResponse:
    """As the plan is. What was left unfinished is offered, and put in only when somebody asks for it."""
    drafted_at = vars(programme)["drafted_at"]
    if drafted_at and "draft" in request.GET:
        draft = draft_of(request.actor, programme.patient, programme)
        return _page(
            request, programme, _form(request, programme, now, as_posted(draft) if draft else None), now
        )
    return _page(request, programme, _form(request, programme, now, None), now, drafted_at=drafted_at)


def _typed(request: StaffRequest) -> QueryDict:
    data = request.POST.copy()
    # htmx sends the fields of the form and not the button, so that its buttons say in the address what they do.
    data.update({name: request.GET[name] for name in CHANGES if name in request.GET})
    return data


def _form(
    request: StaffRequest,
    programme: Programme,
    now: datetime,
    typed: QueryDict | None,
    *,
    judged: bool = False,
) -> ChangeForm:
    patient, shelf = programme.patient, Shelf(request, programme.patient)
    running = Running(
        actor=request.actor,
        programme=programme,
        today=patient.local_day(now),
        items=programme.current,
        exercises=_exercises(request, programme, typed),
        findings=lambda: shelf.findings,
        flags=read_flags(vars(programme)),
        given=_given(programme),
    )
    form = ChangeForm(typed, running=running, judged=judged)
    form.shelf = shelf
    return form


def _exercises(request: StaffRequest, programme: Programme, typed: QueryDict | None) -> dict[str, Exercise]:
    """Those of the plan, in the catalogue or not any more, and those that are added."""
    known = {item.version.exercise.slug: item.version.exercise for item in programme.current}
    asked = {exercise_of(key) for key in arranged(typed).keys} if typed is not None else set()
    if added := asked - known.keys():
        found = Exercise.objects.visible_to(request.actor).assignable().filter(slug__in=added)
        known |= {exercise.slug: exercise for exercise in found}
    return known


def _compare_sides(request: StaffRequest, form: ChangeForm) -> None:
    """With what is recorded by now, as the bench of a new programme does."""
    exercises = [item.exercise for item in form.items]
    patient, keys = form.running.programme.patient_id, [one.pk for one in exercises]
    recorded = dict(_recorded(actor=request.actor, patient=patient, keys=keys))
    for exercise in exercises:
        exercise.recorded = recorded.get(exercise.pk, [])  # type: ignore[attr-defined]
    form.compare_sides()


@prepared
def _recorded(
    actor: Actor, patient: UUID, keys: list[UUID]
) -> QuerySet[Exercise, tuple[UUID, list[list[str]]]]:
    read = Exercise.objects.visible_to(actor).filter(among("pk", keys, UUIDField()))
    return read.annotate(recorded=recorded_for(actor, patient)).values_list("pk", "recorded")


def _page(
    request: StaffRequest,
    programme: Programme,
    form: ChangeForm,
    now: datetime,
    *,
    status: int = 200,
    **more: Any,
) -> HttpResponse:
    patient = programme.patient
    age = patient.age_on(patient.local_day(now))
    part = PARTS.get(request.GET.get("part", "")) if request.htmx else None
    shelf = form.shelf
    if part in WITH_LINES:
        _compare_sides(request, form)
    line = request.GET.get("line", "")
    context = {
        "flags": SimpleLazyObject(lambda: patient_summary.blocking_flags(request.actor, patient)),
        "programme": programme,
        "patient": patient,
        "cautions": form.running.flags,
        "age": age,
        "under_age": age < patient_summary.OF_AGE,
        "form": form,
        "problems": form.problems(),
        "item": next((item for item in form.items if item.key == line), None),
        "shelf": shelf,
        "chosen": {item.exercise.slug for item in form.items},
        **more,
    }
    response = TemplateResponse(request, f"exercises/{part or 'programme_edit.html'}", context, status=status)
    response.headers["Vary"] = "HX-Request"
    return response


def _submit(request: StaffRequest, programme: Programme, now: datetime) -> HttpResponse:
    form = _form(request, programme, now, _typed(request), judged=True)
    more: dict[str, Any] = {}
    if form.is_valid():
        try:
            actions.change_programme(
                actor=request.actor,
                programme=programme,
                plan=form.plan(),
                seen_version=form.cleaned_data["seen_version"],
                now=now,
                items=list(programme.items.all()),
            )
        except Refused as refused:
            # Something may have been recorded since the form was read: judged anew, it has the fields to answer in.
            programme = _programme(request, programme.pk, now)
            form = _form(request, programme, now, _typed(request), judged=True)
            if form.is_valid():
                show_refusal(form, refused)
            if refused.code == "stale":
                more["rows"] = side_by_side(form.shot_as_stored(), form.shot())
                form.mark_seen()
        else:
            return _saved(request, programme)
    keep(request, programme.patient, programme, now, _version(form))
    return _page(request, programme, form, now, status=422, **more)


def _version(form: ChangeForm) -> int:
    """Of the programme that the form was filled from, as far as it says so."""
    try:
        return int(form["seen_version"].value() or 0) or form.running.programme.version
    except ValueError:
        return form.running.programme.version


def _saved(request: StaffRequest, programme: Programme) -> HttpResponse:
    patient = programme.patient
    if patient.email:
        messages.success(
            request,
            _("Saved. One e-mail tells %(email)s, %(n)s minutes after the last change.")
            % {"email": patient.email, "n": settings.CHANGE_LETTER["quiet"] // 60},
        )
    else:
        messages.warning(request, _("Saved. The patient has no e-mail address: nobody was told."))
    return redirect("exercises:programme", pk=programme.pk)


@require_http_methods(["GET", "HEAD", "POST"])
@requires(WRITES_CLINICAL)
def extend(request: StaffRequest, pk: UUID) -> HttpResponse:
    now = clock.now()
    programme = _programme(request, pk, now)
    form = ExtendForm(request.POST if request.method == "POST" else None, programme=programme)
    if form.is_valid():
        try:
            actions.extend_programme(
                actor=request.actor,
                programme=programme,
                ends_on=form.cleaned_data["ends_on"],
                why=form.cleaned_data["why"],
                seen_version=form.cleaned_data["seen_version"],
                now=now,
            )
        except Refused as refused:
            if refused.code == "stale":
                programme = _programme(request, pk, now)
                form = ExtendForm.afresh(request.POST, programme)
            show_refusal(form, refused)
        else:
            return _saved(request, programme)
    context = {"form": form, "programme": programme, "patient": programme.patient}
    status = 422 if form.is_bound else 200
    return TemplateResponse(request, "exercises/programme_extend.html", context, status=status)
