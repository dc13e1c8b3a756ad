"""A programme that was given to a patient: what was sent, what became of its e-mails, and its end."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from clinic import clock
from clinic.access import requires
from clinic.actors import Actor
from clinic.errors import Refused
from clinic.http import StaffRequest, saying
from clinic.roles import EDITS_CONTACT, SEES_CLINICAL, SEES_PROGRAMMES, WRITES_CLINICAL
from exercises import actions, summary
from exercises.cautions import told
from exercises.doses import Budget
from exercises.forms import EndForm
from exercises.models import CautionOverride, Programme, ProgrammeItem, Reminder, Stage, emails_about
from exercises.schedule import local_day
from patients import actions as patient_actions
from patients.forms.refusals import show_refusal
from patients.models import PatientFlags, patient_flags


@dataclass(frozen=True, slots=True)
class Line:
    """One exercise of the page."""

    item: ProgrammeItem
    told: list[str]  # what cautions have to say about it to the patient


@require_safe
@requires(SEES_PROGRAMMES)
def programme(request: StaffRequest, pk: UUID) -> HttpResponse:
    found = get_object_or_404(Programme.objects.visible_to(request.actor).for_page(), pk=pk)
    now = clock.now()
    patient_actions.note_reading(actor=request.actor, patient=found.patient, page="programme")
    today = local_day(now, found.patient.time_zone)
    items = found.current
    clinical = request.actor.has_role(SEES_CLINICAL)
    flags = patient_flags(found.patient) if clinical else PatientFlags()
    context = {
        "programme": found,
        "patient": found.patient,
        "lines": [_line(item, flags) for item in items],
        "budget": Budget.of([item.dose for item in items]),
        **(_cautions(request, found, flags) if clinical else {}),
        "today": today,
        "runs": found.runs_on(today),
        "paused": found.is_active and found.pause_on(today),
        "pauses": list(found.pauses.all()),
        "to_resume": found.pause_from(today) if found.is_active else None,
        "waits": found.is_active and today < found.starts_on,
        "next_reminder": Reminder.objects.next_of(found),
        "emails": emails_about(found),
        "may_send": found.is_active and request.actor.has_role(EDITS_CONTACT) and bool(found.patient.email),
        "versions_url": _versions_url(request, found),
        **_stages(found, request.actor),
        "may_copy": clinical,
        "may_assign": request.actor.has_role(WRITES_CLINICAL),
        "may_end": found.is_active and request.actor.has_role(WRITES_CLINICAL),
    }
    return TemplateResponse(request, "exercises/programme.html", context)


def _line(item: ProgrammeItem, flags: PatientFlags) -> Line:
    """Printed for patients without e-mail, so with what their own page says. Without flags: what is told to all."""
    return Line(item, told(item.version, flags.keys, item.kit))


def _cautions(request: StaffRequest, found: Programme, flags: PatientFlags) -> dict[str, Any]:
    """What speaks against exercises of this programme, and the reasons that were given; clinical, as findings are."""
    overrides = CautionOverride.objects.visible_to(request.actor).filter(programme=found)
    return {
        "overrides": list(overrides.select_related("given_by")),
        "against": summary.against([found], flags).get(found.pk, []),
    }


def _versions_url(request: StaffRequest, found: Programme) -> str:
    """Where newer texts can be accepted; empty when there are none, or for those who may not."""
    if not request.actor.has_role(WRITES_CLINICAL) or not found.newer_versions():
        return ""
    return reverse("exercises:programme_versions", args=[found.pk])


def _stages(programme: Programme, actor: Actor) -> dict[str, Any]:
    """Which stage this is, and its neighbours as links: giving one of them is for a practitioner to decide."""
    routine = programme.routine
    if routine is None or not routine.is_known_to(actor):  # a colleague's own routine is not named
        return {"routine": None}
    if programme.stage_number is None:
        return {"routine": routine}
    stages = {stage.number: stage for stage in routine.stages.all()}
    stage = stages.get(programme.stage_number)
    gives = programme.is_active and routine.stage == Stage.PUBLISHED and actor.has_role(WRITES_CLINICAL)
    return {
        "routine": routine,
        # The routine may have been written anew since: then what it says now is not about this programme.
        "stage": stage if stage and stage.name == programme.stage_name else None,
        "stages": len(stages),
        "next_stage": stages.get(programme.stage_number + 1) if gives else None,
        "stage_before": stages.get(programme.stage_number - 1) if gives else None,
    }


@require_POST
@requires(EDITS_CONTACT)
def resend(request: StaffRequest, pk: UUID) -> HttpResponse:
    found = get_object_or_404(Programme.objects.visible_to(request.actor).select_related("patient"), pk=pk)
    with saying(request, _("A fresh link goes to %(email)s.") % {"email": found.patient.email}):
        actions.send_link_again(actor=request.actor, programme=found, now=clock.now())
    return redirect("exercises:patient", pk=found.patient_id)


@require_http_methods(["GET", "HEAD", "POST"])
@requires(WRITES_CLINICAL)
def end(request: StaffRequest, pk: UUID) -> HttpResponse:
    found = get_object_or_404(Programme.objects.visible_to(request.actor).for_page(), pk=pk)
    form = EndForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            actions.end_programme(
                actor=request.actor, programme=found, now=clock.now(), reason=form.cleaned_data["reason"]
            )
        except Refused as refused:
            show_refusal(form, refused)
        else:
            messages.success(request, _("“%(programme)s” has ended.") % {"programme": found.name})
            return redirect("exercises:patient", pk=found.patient_id)
    context = {"form": form, "programme": found, "patient": found.patient}
    status = 422 if form.is_bound else 200
    return TemplateResponse(request, "exercises/programme_end.html", context, status=status)
