"""What the patient finds new or worrying: the list of warning signs, each with what to do."""

from django.http import HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from clinic.errors import Refused
from patients import actions, help_pages
from patients.access import link_required
from patients.forms.signs import SignsForm
from patients.http import PatientRequest


@require_http_methods(["GET", "HEAD", "POST"])
@link_required
def signs(request: PatientRequest) -> HttpResponse:
    """The answer holds the advice for every tick, whatever became of the rest: nobody has to wait for another page."""
    clinic = request.access.patient.clinic
    groups = help_pages.told(clinic)
    context = {
        "clinic": clinic,
        "help_url": reverse("patients:help", args=[clinic.pk]),
        "groups": groups,
        "form": SignsForm(),
    }
    if request.method != "POST":
        return TemplateResponse(request, "patients/signs.html", context)
    form = SignsForm(request.POST)
    stored = _stored(request, form)
    keys = {sign.key for sign in form.ticked}
    ticked = [(advice, [one for one in flags if one.key in keys]) for advice, flags in groups]
    context |= {
        "told": [(advice, flags) for advice, flags in ticked if flags],
        "stored": stored,
        "form": form,
        "fresh": SignsForm(),
    }
    return TemplateResponse(request, "patients/signs.html", context, status=422 if form.errors else 200)


def _stored(request: PatientRequest, form: SignsForm) -> bool:
    """Of a form with a fault, the ticks alone."""
    sound = form.is_valid()
    if not sound and not form.ticked:
        return False
    told = actions.SignsTold(
        ticked=[sign.key for sign in form.ticked],
        note=form.cleaned_data["note"] if sound else "",
        report_id=form.report_id(),
        made_at=form.cleaned_data.get("made_at"),
        language=request.access.patient.language,
    )
    try:
        actions.report_signs(
            actor=request.access.actor, patient=request.access.patient, report=told, now=request.access.now
        )
    except Refused as refused:
        form.add_error(None, refused.message)
        return False
    return True
