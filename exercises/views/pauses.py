"""Pausing a programme and going on with it."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from clinic import clock
from clinic.access import requires
from clinic.errors import Refused
from clinic.http import StaffRequest, saying
from clinic.roles import WRITES_CLINICAL
from exercises import actions
from exercises.forms.pauses import PauseForm
from exercises.models import Programme
from patients.forms.refusals import show_refusal


@require_http_methods(["GET", "HEAD", "POST"])
@requires(WRITES_CLINICAL)
def pause(request: StaffRequest, pk: UUID) -> HttpResponse:
    found, now = _visible(request, pk), clock.now()
    typed = request.POST if request.method == "POST" else None
    form = PauseForm(typed, initial={"first_day": found.patient.local_day(now)})
    if form.is_valid():
        try:
            actions.pause_programme(actor=request.actor, programme=found, now=now, **form.days())
        except Refused as refused:
            show_refusal(form, refused)
        else:
            messages.success(request, _("“%(programme)s” is paused.") % {"programme": found.name})
            return redirect("exercises:programme", pk=found.pk)
    context = {"form": form, "programme": found, "patient": found.patient}
    status = 422 if form.is_bound else 200
    return TemplateResponse(request, "exercises/programme_pause.html", context, status=status)


@require_POST
@requires(WRITES_CLINICAL)
def resume(request: StaffRequest, pk: UUID) -> HttpResponse:
    found = _visible(request, pk)
    with saying(request, _("“%(programme)s” goes on.") % {"programme": found.name}):
        actions.resume_programme(actor=request.actor, programme=found, now=clock.now())
    return redirect("exercises:programme", pk=found.pk)


def _visible(request: StaffRequest, pk: UUID) -> Programme:
    return get_object_or_404(Programme.objects.visible_to(request.actor).for_page(), pk=pk)
