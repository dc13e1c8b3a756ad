"""Writing a programme for one patient: routine or single exercises on one side, the programme on the other."""

from contextlib import suppress
from datetime import datetime
from uuid import UUID

from django.contrib import messages
from django.db.models import CharField, OuterRef, QuerySet, Subquery
from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.utils.functional import SimpleLazyObject
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from clinic import clock
from clinic.access import requires
from clinic.actors import Actor
from clinic.errors import Refused
from clinic.http import StaffRequest
from clinic.prepared import among, prepared
from clinic.roles import WRITES_CLINICAL
from exercises import actions
from exercises.drafted import as_posted, draft_of, keep
from exercises.forms import CHANGES, AssignForm, ItemForm, Start, rearranged
from exercises.models import Exercise, Programme, ProgrammeDraft, Routine, RoutineItem, RoutineStage
from exercises.schedule import local_day
from exercises.shelf import Shelf, plain, recorded_for, star
from patients import actions as patient_actions
from patients import summary as patient_summary
from patients.forms.cautions import CautionForm
from patients.forms.refusals import show_refusal
from patients.models import CautionCheck, Patient, caution_columns, read_flags

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
def assign(request: StaffRequest, pk: UUID) -> HttpResponse:
    patient = _patient(request, pk)
    now, shelf = clock.now(), Shelf(request, patient)
    if request.method != "POST":
        patient_actions.note_reading(actor=request.actor, patient=patient, page="assign")
        return _opened(request, shelf, now)
    if "afresh" in request.POST:
        actions.drop_programme_draft(actor=request.actor, patient=patient, programme=None)
        return redirect(request.get_full_path())
    # Asking for a part of the page never assigns: the whole form is posted with it, valid or not.
    if star(request) or "part" in request.GET or any(name in request.POST for name in CHANGES):
        if request.GET.get("part") != "hits":
            keep(request, patient, None, now, None)
        return _page(request, shelf, _typed(request, shelf, now, request.POST, judged=False), now)
    return _submit(request, shelf, _typed(request, shelf, now, request.POST, judged=True), now)


def _opened(request: StaffRequest, shelf: Shelf, now: datetime) -> HttpResponse:
    """What was left unfinished is offered, and put in only when somebody asks for it."""
    drafted_at = vars(shelf.patient)["drafted_at"]
    if drafted_at and "draft" in request.GET and (draft := draft_of(request.actor, shelf.patient, None)):
        return _page(request, shelf, _typed(request, shelf, now, as_posted(draft), judged=False), now)
    return _page(request, shelf, _new(request, shelf, now), now, drafted_at=drafted_at)


def _patient(request: StaffRequest, pk: UUID) -> Patient:
    """With what speaks for caution now, and whether something was left unfinished."""
    found = _asked(actor=request.actor, patient=pk)
    if not found:
        raise Http404
    return found[0]


@prepared
def _asked(actor: Actor, patient: UUID) -> QuerySet[Patient]:
    draft = ProgrammeDraft.objects.visible_to(actor).mine(actor.user_id, OuterRef("pk"), None)
    found = Patient.objects.visible_to(actor).filter(pk=patient).select_related("clinic")
    return found.annotate(drafted_at=Subquery(draft.values("updated_at")), **caution_columns())


def _page(
    request: StaffRequest,
    shelf: Shelf,
    form: AssignForm,
    now: datetime,
    *,
    status: int = 200,
    drafted_at: datetime | None = None,
) -> HttpResponse:
    patient = shelf.patient
    age = patient.age_on(patient.local_day(now))
    part = PARTS.get(request.GET.get("part", "")) if request.htmx else None
    if part in WITH_LINES:
        form.compare_sides()
    context = {
        "flags": SimpleLazyObject(  # read only by the whole page
            lambda: patient_summary.blocking_flags(request.actor, patient)
        ),
        "drafted_at": drafted_at,
        "patient": patient,
        "cautions": read_flags(patient),
        "asking": _asking(request, patient),
        "age": age,
        "under_age": age < patient_summary.OF_AGE,
        "form": form,
        "problems": form.problems(),
        "item": _line(form, request.GET.get("line", "")),
        "shelf": shelf,
        "chosen": {item.exercise.slug for item in form.items},
    }
    response = TemplateResponse(request, f"exercises/{part or 'assign.html'}", context, status=status)
    response.headers["Vary"] = "HX-Request"
    return response


def _line(form: AssignForm, slug: str) -> ItemForm | None:
    """The line of which a part is asked for by itself."""
    return next((item for item in form.items if item.exercise.slug == slug), None)


def _asking(request: StaffRequest, patient: Patient) -> CautionForm | None:
    """Before the first programme: what speaks for caution is asked while nothing has been typed that could be lost."""
    if request.method == "POST" or read_flags(patient).were_asked:
        return None
    newest = CautionCheck.objects.visible_to(request.actor).about(patient).newest_first().first()
    return CautionForm(newest=newest, back=request.get_full_path())


def _submit(request: StaffRequest, shelf: Shelf, form: AssignForm, now: datetime) -> HttpResponse:
    patient = shelf.patient
    if form.is_valid():
        try:
            actions.assign_programme(
                actor=request.actor,
                patient=patient,
                plan=form.plan(),
                now=now,
                ending=form.cleaned_data["ending"],
            )
        except Refused as refused:
            # Something may have been recorded since the form was read: judged anew, it has the fields to answer in.
            shelf = Shelf(request, _patient(request, patient.pk))
            form = _typed(request, shelf, now, request.POST, judged=True)
            if form.is_valid():
                show_refusal(form, refused)
        else:
            for sentence in form.compare_sides():
                messages.warning(
                    request, sentence
                )  # again: without script a line shows it only after a press
            return _sent(request, patient)
    elif _was_sent(request, patient):
        return _sent(request, patient)
    keep(request, patient, None, now, None)
    return _page(request, shelf, form, now, status=422)


def _sent(request: StaffRequest, patient: Patient) -> HttpResponse:
    if patient.email:
        messages.success(request, _("Plan sent to %(email)s.") % {"email": patient.email})
    else:
        messages.warning(request, _("The patient has no e-mail address: nothing was sent."))
    return redirect("exercises:patient", pk=patient.pk)


def _was_sent(request: StaffRequest, patient: Patient) -> bool:
    """A second press of a plan that was assigned and, by that, is no longer what the form expects."""
    try:
        key = UUID(request.POST.get("programme_id", ""))
    except ValueError:
        return False
    return Programme.objects.visible_to(request.actor).filter(pk=key, patient=patient).exists()


def _new(request: StaffRequest, shelf: Shelf, now: datetime) -> AssignForm:
    """Starts from ?routine=, to which ?add= adds, both short names of the catalogue; or as a copy of ?from=, a programme."""
    data, routine, stage = request.GET.copy(), None, None
    patient = shelf.patient
    items: list[RoutineItem] = []
    copied = _copied(request, patient)
    if copied:
        data.setlist("items", [item.version.exercise.slug for item in copied.current])
    if "routine" in data:
        routine = _routine(shelf, request.GET["routine"])
        stage = _stage(routine, request.GET.get("stage", ""))
        items = routine.items_of(stage.number if stage else None)
        data.setlist("items", [item.exercise.slug for item in items])
    lines = _lines(request, patient, rearranged(data))
    start = Start(
        actor=request.actor,
        patient=patient,
        today=local_day(now, patient.time_zone),
        lines=lines,
        findings=shelf.findings,
        routine=routine,
        flags=read_flags(patient),
        stage=stage,
        items=items,
        ending=_keys(request.GET.getlist("ending")),
        copied=copied,
    )
    return AssignForm(None, start=start)


def _routine(shelf: Shelf, slug: str) -> Routine:
    if routine := shelf.routine(plain(slug)):
        return routine
    raise Http404


def _copied(request: StaffRequest, patient: Patient) -> Programme | None:
    if "from" not in request.GET:
        return None
    mine = Programme.objects.visible_to(request.actor).filter(patient=patient).to_copy()
    return get_object_or_404(mine, pk__in=_keys([request.GET["from"]]))


def _stage(routine: Routine, asked: str) -> RoutineStage | None:
    """The one that was asked for, else the first; None for a routine without stages."""
    stages = {str(stage.number): stage for stage in routine.stages.all()}
    if asked and asked not in stages:
        raise Http404
    return stages[asked] if asked else next(iter(stages.values()), None)


def _keys(asked: list[str]) -> list[UUID]:
    """What is no key is nothing."""
    found = []
    for word in asked:
        with suppress(ValueError):
            found.append(UUID(word))
    return found


def _typed(
    request: StaffRequest, shelf: Shelf, now: datetime, posted: QueryDict, *, judged: bool
) -> AssignForm:
    patient, data = shelf.patient, posted.copy()
    # htmx sends the fields of the form and not the button, so that its buttons say in the address what they do.
    data.update({name: request.GET[name] for name in CHANGES if name in request.GET})
    slugs = rearranged(data)
    start = Start(
        actor=request.actor,
        patient=patient,
        today=local_day(now, patient.time_zone),
        lines=_lines(request, patient, slugs),
        findings=[] if judged else shelf.findings,
        flags=read_flags(patient),
    )
    form = AssignForm(data, start=start, judged=judged)
    form.missing = len(form.items) < len(slugs)
    return form


def _lines(request: StaffRequest, patient: Patient, slugs: list[str]) -> list[Exercise]:
    """In this order."""
    found = _tagged(actor=request.actor, patient=patient.pk, slugs=slugs) if slugs else []
    by_slug = {exercise.slug: exercise for exercise in found}
    return [by_slug[slug] for slug in slugs if slug in by_slug]


@prepared
def _tagged(actor: Actor, patient: UUID, slugs: list[str]) -> QuerySet[Exercise]:
    """With their tags, and with what is recorded of the patient for each, to compare the sides with."""
    found = Exercise.objects.visible_to(actor).assignable().with_tags()
    return found.filter(among("slug", slugs, CharField())).annotate(recorded=recorded_for(actor, patient))
