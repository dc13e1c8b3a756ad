"""Filling in a questionnaire that the clinic has published, together with the patient."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from clinic import clock
from clinic.access import requires
from clinic.errors import Refused
from clinic.http import StaffRequest
from clinic.roles import WRITES_CLINICAL
from patients import actions, summary
from patients.forms.outcomes import AnswersForm
from patients.forms.refusals import show_refusal
from patients.models import Patient, Questionnaire, QuestionnaireResponse


@require_http_methods(["GET", "HEAD", "POST"])
@requires(WRITES_CLINICAL)
def questionnaire_fill(request: StaffRequest, pk: UUID, questionnaire_id: UUID) -> HttpResponse:
    mine = Patient.objects.visible_to(request.actor).select_related("clinic")
    patient, now = get_object_or_404(mine, pk=pk), clock.now()
    published = Questionnaire.objects.visible_to(request.actor).published()
    questionnaire = get_object_or_404(published.prefetch_related("items"), pk=questionnaire_id)
    typed = request.POST if request.method == "POST" else None
    form = AnswersForm(typed, questionnaire=questionnaire, today=patient.local_day(now))
    if typed is None:
        actions.note_reading(actor=request.actor, patient=patient, page="questionnaire")
    elif form.is_valid():
        try:
            response = actions.record_response(
                actor=request.actor,
                patient=patient,
                questionnaire=questionnaire,
                entry=form.entry(),
                now=now,
            )
        except Refused as refused:
            show_refusal(form, refused)
        else:
            messages.success(request, _recorded(response))
            return redirect("patients:outcome_list", patient.pk)
    context = {
        "strip": summary.strip(request.actor, patient, now),
        "questionnaire": questionnaire,
        "form": form,
    }
    return TemplateResponse(
        request, "patients/questionnaire_fill.html", context, status=422 if form.errors else 200
    )


def _recorded(response: QuestionnaireResponse) -> str:
    if response.score is None:
        return _("The answers are recorded. There are too few of them for a score.")
    return _("The answers are recorded.")
