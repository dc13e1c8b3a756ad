"""Signed evaluations: the list of a patient's, one of them beside the visit before, and what happens to it later."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from clinic import clock
from clinic.access import requires
from clinic.errors import Refused
from clinic.http import StaffRequest
from clinic.roles import SEES_CLINICAL, WRITES_CLINICAL
from patients import actions, measures, summary
from patients.forms.evaluation import SlipForm, answers_of
from patients.models import DraftState, Evaluation, EvaluationDraft, EvaluationStatus, Patient


@require_safe
@requires(SEES_CLINICAL)
def evaluations(request: StaffRequest, pk: UUID) -> HttpResponse:
    patient = get_object_or_404(Patient.objects.visible_to(request.actor).select_related("clinic"), pk=pk)
    actions.note_reading(actor=request.actor, patient=patient, page="evaluations")
    rows = [
        {
            "evaluation": row,
            "feet": [
                (foot.get_foot_display(), measures.key_values(foot))
                for foot in measures.feet_of(row).values()
            ],
            "legs": measures.leg_difference(row),
        }
        for row in Evaluation.objects.visible_to(request.actor).about(patient).newest_first()
    ]
    drafts = list(EvaluationDraft.objects.visible_to(request.actor).about(patient).unsigned())
    discarded = [
        draft
        for draft in drafts
        if draft.state == DraftState.DISCARDED and draft.author_id == request.user.pk
    ]
    context = {
        "strip": summary.strip(request.actor, patient, clock.now()),
        "standing": [row for row in rows if row["evaluation"].status == EvaluationStatus.SIGNED],  # type: ignore[attr-defined]
        "replaced": [row for row in rows if row["evaluation"].status != EvaluationStatus.SIGNED],  # type: ignore[attr-defined]
        "drafts": [draft for draft in drafts if draft.state == DraftState.OPEN],
        "discarded": discarded,
        "undo": next((d for d in discarded if str(d.pk) == request.GET.get("discarded")), None),
    }
    return TemplateResponse(request, "patients/evaluations.html", context)


@require_safe
@requires(SEES_CLINICAL)
def evaluation(request: StaffRequest, pk: UUID) -> HttpResponse:
    signed = _visible(request, pk)
    actions.note_reading(actor=request.actor, patient=signed.patient, page="evaluation")
    return _page(request, signed)


@require_POST
@requires(WRITES_CLINICAL)
def amend(request: StaffRequest, pk: UUID) -> HttpResponse:
    """Opens a draft that holds the values as they were signed."""
    signed = _visible(request, pk)
    try:
        draft = actions.start_draft(
            actor=request.actor,
            patient=signed.patient,
            now=clock.now(),
            amends=signed,
            answers=answers_of(signed),
        )
    except Refused as refused:
        return _page(request, signed, problem=refused.message, status=422)
    return redirect("patients:evaluation_draft", draft.pk)


@require_POST
@requires(WRITES_CLINICAL)
def enter_in_error(request: StaffRequest, pk: UUID) -> HttpResponse:
    signed = _visible(request, pk)
    form = SlipForm(request.POST)
    if not form.is_valid():
        return _page(request, signed, form=form, status=422)
    return _after(
        request,
        signed,
        lambda: actions.enter_in_error(actor=request.actor, evaluation=signed, slip=form.chosen()),
        _("Marked as entered in error. What it had amended stands again: look at that one too.")
        if signed.amends_id
        else _("Marked as entered in error. It stays in the record and counts no more."),
    )


@require_POST
@requires(WRITES_CLINICAL)
def restore(request: StaffRequest, pk: UUID) -> HttpResponse:
    signed = _visible(request, pk)
    return _after(
        request,
        signed,
        lambda: actions.restore_evaluation(actor=request.actor, evaluation=signed),
        _("The evaluation stands again."),
    )


def _after(
    request: StaffRequest, signed: Evaluation, change: Callable[[], Evaluation], said: str
) -> HttpResponse:
    try:
        change()
    except Refused as refused:
        return _page(request, signed, problem=refused.message, status=422)
    messages.success(request, said)
    return redirect("patients:evaluation", signed.pk)


def _visible(request: StaffRequest, pk: UUID) -> Evaluation:
    found = Evaluation.objects.visible_to(request.actor).newest_first()
    return get_object_or_404(found.select_related("patient__clinic", "signed_by", "amends"), pk=pk)


def _page(request: StaffRequest, signed: Evaluation, *, status: int = 200, **shown: Any) -> HttpResponse:
    mine = Evaluation.objects.visible_to(request.actor).about(signed.patient)
    earlier = mine.standing().before(signed).newest_first().first()
    context = {
        "strip": summary.strip(request.actor, signed.patient, clock.now()),
        "evaluation": signed,
        "earlier": earlier,
        "groups": list(measures.compare(signed, earlier)),
        "legs": measures.leg_difference(signed),
        "legs_before": measures.leg_difference(earlier) if earlier else "",
        "amended_by": mine.amending(signed.pk).first(),
        "form": shown.get("form"),
        "slip_form": shown.get("form") or SlipForm(),
        "problem": shown.get("problem"),
    }
    return TemplateResponse(request, "patients/evaluation.html", context, status=status)
