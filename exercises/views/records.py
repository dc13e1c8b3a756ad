"""The record as a whole: archived, restored, merged with another one, and taken apart again."""

from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from clinic import clock
from clinic.access import requires, stepped_up
from clinic.errors import Refused
from clinic.http import StaffRequest, saying
from clinic.roles import KEEPS_RECORDS, SEES_PATIENTS
from exercises import actions
from exercises.forms import ArchiveForm, MergeForm
from patients import actions as patient_actions
from patients import summary as patient_summary
from patients.forms.refusals import show_refusal
from patients.models import Patient, PatientMerge


@require_safe
@requires(SEES_PATIENTS)
def record(request: StaffRequest, pk: UUID) -> HttpResponse:
    patient = _visible(request, pk)
    patient_actions.note_reading(actor=request.actor, patient=patient, page="record")
    return _page(request, patient, ArchiveForm())


@require_POST
@requires(KEEPS_RECORDS)
def archive(request: StaffRequest, pk: UUID) -> HttpResponse:
    patient = _visible(request, pk)
    form = ArchiveForm(request.POST)
    if form.is_valid():
        try:
            actions.archive_patient(
                actor=request.actor, patient=patient, now=clock.now(), reason=form.cleaned_data["reason"]
            )
        except Refused as refused:
            show_refusal(form, refused)
        else:
            messages.success(request, _("The record of %(name)s is archived.") % {"name": patient.full_name})
            return redirect("exercises:record", patient.pk)
    return _page(request, patient, form, status=422)


@require_POST
@requires(KEEPS_RECORDS)
def restore(request: StaffRequest, pk: UUID) -> HttpResponse:
    patient = _visible(request, pk)
    with saying(request, _("The record of %(name)s is open again.") % {"name": patient.full_name}):
        patient_actions.restore_patient(actor=request.actor, patient=patient)
    return redirect("exercises:record", patient.pk)


@require_http_methods(["GET", "HEAD", "POST"])
@requires(KEEPS_RECORDS)
@stepped_up()
def merge(request: StaffRequest, pk: UUID, other: UUID) -> HttpResponse:
    if pk == other:
        raise Http404
    patients = [_visible(request, pk), _visible(request, other)]
    form = MergeForm(request.POST if request.method == "POST" else None, patients=patients)
    if request.method != "POST":
        for patient in patients:
            patient_actions.note_reading(actor=request.actor, patient=patient, page="merge")
    elif form.is_valid():
        try:
            return _merged(request, form)
        except Refused as refused:
            show_refusal(form, refused)
    context = {
        "form": form,
        "patient": patients[0],
        "patients": patients,
        "kinds": patient_summary.side_by_side(request.actor, *patients),
    }
    return TemplateResponse(request, "exercises/merge.html", context, status=422 if form.errors else 200)


@require_POST
@requires(KEEPS_RECORDS)
@stepped_up()
def merge_undo(request: StaffRequest, pk: UUID) -> HttpResponse:
    merges = PatientMerge.objects.visible_to(request.actor).select_related("duplicate")
    merged = get_object_or_404(merges, pk=pk)
    said = _("The merge is taken back: the record of %(name)s stands by itself again.")
    with saying(request, said % {"name": merged.duplicate.full_name}):
        patient_actions.undo_merge(actor=request.actor, merge=merged, now=clock.now())
    return redirect("exercises:record", merged.duplicate_id)


def _merged(request: StaffRequest, form: MergeForm) -> HttpResponse:
    kept, duplicate = form.kept_and_duplicate()
    merged = actions.merge_patients(
        actor=request.actor,
        kept=kept,
        duplicate=duplicate,
        now=clock.now(),
        reason=form.cleaned_data["reason"],
    )
    said = ngettext(
        "The two records are one: %(number)s entry was moved.",
        "The two records are one: %(number)s entries were moved.",
        merged.merge.number_moved,
    )
    messages.success(request, said % {"number": merged.merge.number_moved})
    if stayed := sum(len(keys) for keys in merged.stayed.values()):
        said = ngettext(
            "%(number)s entry stayed in the other record, because this one has an entry in its place.",
            "%(number)s entries stayed in the other record, because this one has entries in their place.",
            stayed,
        )
        messages.warning(request, said % {"number": stayed})
    if merged.cautions:
        said = _("Each record had other cautions. They were taken together: look at them.")
        messages.warning(request, said)
    return redirect("exercises:record", kept.pk)


def _visible(request: StaffRequest, pk: UUID) -> Patient:
    patients = Patient.objects.visible_to(request.actor).select_related("clinic", "practitioner")
    return get_object_or_404(patients, pk=pk)


def _page(request: StaffRequest, patient: Patient, form: ArchiveForm, *, status: int = 200) -> HttpResponse:
    mine = Patient.objects.visible_to(request.actor)
    context = {
        "patient": patient,
        "strip": patient_summary.strip(request.actor, patient, clock.now()),
        "form": form,
        "lookalikes": list(mine.lookalikes(patient)) if patient.is_open else [],
        "merges": list(PatientMerge.objects.visible_to(request.actor).of(patient)),
    }
    return TemplateResponse(request, "exercises/record.html", context, status=status)
