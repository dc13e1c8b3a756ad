"""An evaluation being filled in: saved while somebody types, signed when it is finished.

Saving answers with JSON to the script of the page; without script the button "Save draft and leave" posts the form.
"""

from dataclasses import replace
from uuid import UUID
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.http import HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from clinic import clock
from clinic.access import requires
from clinic.errors import Refused
from clinic.http import StaffRequest
from clinic.roles import WRITES_CLINICAL
from patients import actions, summary
from patients.forms.evaluation import EvaluationForm, fpi_totals, is_stored, mark_of, typed
from patients.models import DraftState, Evaluation, EvaluationDraft, Patient

CONFLICTS = {"stale", "closed"}


@require_POST
@requires(WRITES_CLINICAL)
def start(request: StaffRequest, pk: UUID) -> HttpResponse:
    patient = get_object_or_404(Patient.objects.visible_to(request.actor), pk=pk)
    try:
        draft = actions.start_draft(actor=request.actor, patient=patient, now=clock.now())
    except Refused as refused:
        messages.error(request, refused.message)
        return redirect("patients:evaluations", patient.pk)
    return redirect("patients:evaluation_draft", draft.pk)


@require_http_methods(["GET", "HEAD", "POST"])
@requires(WRITES_CLINICAL)
def draft(request: StaffRequest, pk: UUID) -> HttpResponse:
    mine = _own(request, pk)
    if request.method == "POST":
        return _leave(request, mine) if "leave" in request.POST else _sign(request, mine)
    if mine.state == DraftState.SIGNED:
        return redirect("patients:evaluation", mine.evaluation_id)
    if mine.state == DraftState.DISCARDED:
        messages.warning(request, _("This draft was discarded. You can bring it back below."))
        return redirect(_list_url(mine))
    if not mine.patient.is_open:
        messages.warning(request, _("This record is archived: your draft waits until it is restored."))
        return redirect(_list_url(mine))
    actions.note_reading(actor=request.actor, patient=mine.patient, page="evaluation_draft")
    return _page(request, mine, EvaluationForm(mine, earlier=_earlier(request, mine)))


@require_POST
@requires(WRITES_CLINICAL)
def save(request: StaffRequest, pk: UUID) -> HttpResponse:
    """For the script: what the status line says, the next version, and the totals of what was typed."""
    try:
        kept = _keep(request, _own(request, pk))
    except Refused as refused:
        return JsonResponse({"said": refused.message}, status=409 if refused.code in CONFLICTS else 422)
    return JsonResponse(
        {"version": kept.version, "said": _saved_at(kept), "fpi": fpi_totals(kept.answers)},
    )


@require_POST
@requires(WRITES_CLINICAL)
def discard(request: StaffRequest, pk: UUID) -> HttpResponse:
    mine = _own(request, pk)
    try:
        actions.discard_draft(actor=request.actor, draft=mine)
    except Refused as refused:
        messages.error(request, refused.message)
        return redirect(_list_url(mine))
    return redirect(f"{_list_url(mine)}?discarded={mine.pk}")


@require_POST
@requires(WRITES_CLINICAL)
def restore(request: StaffRequest, pk: UUID) -> HttpResponse:
    mine = _own(request, pk)
    try:
        actions.restore_draft(actor=request.actor, draft=mine)
    except Refused as refused:
        messages.error(request, refused.message)
        return redirect(_list_url(mine))
    return redirect("patients:evaluation_draft", mine.pk)


def _sign(request: StaffRequest, mine: EvaluationDraft) -> HttpResponse:
    """First everything is kept as it was typed, so that nothing is lost when it cannot be signed yet."""
    form = EvaluationForm(mine, request.POST, earlier=_earlier(request, mine))
    try:
        mine = _keep(request, mine)
        form.mark_anew(mine)
        if form.is_valid():
            mark = replace(mark_of(request.POST), version=mine.version)
            signed = actions.sign_evaluation(
                actor=request.actor, draft=mine, mark=mark, entry=form.entry(), now=clock.now()
            )
            messages.success(request, _("Signed. From now on it is amended, not edited."))
            return redirect("patients:evaluation", signed.pk)
    except Refused as refused:
        form.show_refusal(refused)
        if refused.code in CONFLICTS:
            return _conflict(request, mine, form)
    return _page(request, mine, form, status=422)


def _leave(request: StaffRequest, mine: EvaluationDraft) -> HttpResponse:
    try:
        kept = _keep(request, mine)
    except Refused as refused:
        form = EvaluationForm(mine, request.POST, earlier=_earlier(request, mine))
        form.show_refusal(refused)
        if refused.code in CONFLICTS:
            return _conflict(request, mine, form)
        return _page(request, mine, form, status=422)
    messages.success(request, _saved_at(kept))
    return redirect(_list_url(mine))


def _keep(request: StaffRequest, mine: EvaluationDraft) -> EvaluationDraft:
    return actions.save_draft(
        actor=request.actor,
        draft=mine,
        answers=typed(request.POST),
        mark=mark_of(request.POST),
        now=clock.now(),
    )


def _conflict(request: StaffRequest, mine: EvaluationDraft, form: EvaluationForm) -> HttpResponse:
    """Shows what was typed beside a link to what is saved; whoever saves now has been told.

    The button pressed twice is no conflict: what was signed is what was typed.
    """
    stored = _own(request, mine.pk)
    if stored.state == DraftState.SIGNED and is_stored(stored, request.POST):
        return redirect("patients:evaluation", stored.evaluation_id)
    form.mark_anew(stored)
    return _page(request, stored, form, status=409)


def _own(request: StaffRequest, pk: UUID) -> EvaluationDraft:
    mine = EvaluationDraft.objects.visible_to(request.actor).written_by(request.actor.user_id)
    return get_object_or_404(mine.select_related("patient__clinic", "amends"), pk=pk)


def _earlier(request: StaffRequest, mine: EvaluationDraft) -> Evaluation | None:
    """The visit whose values stand beside the fields."""
    standing = Evaluation.objects.visible_to(request.actor).about(mine.patient).standing().newest_first()
    return (standing.before(mine.amends) if mine.amends else standing).first()


def _page(
    request: StaffRequest, mine: EvaluationDraft, form: EvaluationForm, *, status: int = 200
) -> HttpResponse:
    context = {
        "strip": summary.strip(request.actor, mine.patient, clock.now()),
        "draft": mine,
        "form": form,
        "earlier": form.earlier,
        "saved": _saved_at(mine),
        "conflict": status == 409,
    }
    return TemplateResponse(request, "patients/evaluation_draft.html", context, status=status)


def _saved_at(draft: EvaluationDraft) -> str:
    at = timezone.localtime(draft.saved_at, ZoneInfo(draft.patient.clinic.time_zone))
    return _("Draft saved %(time)s") % {"time": f"{at:%H:%M}"}


def _list_url(draft: EvaluationDraft) -> str:
    return reverse("patients:evaluations", args=[draft.patient_id])
