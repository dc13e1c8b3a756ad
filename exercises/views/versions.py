"""What the catalogue says now about the exercises of a running programme, beside what was sent."""

from dataclasses import dataclass
from functools import cached_property
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
from exercises import actions
from exercises.forms.versions import ALL, VersionsForm
from exercises.models import CautionOverride, ExerciseVersion, Programme, ProgrammeItem
from exercises.version_diff import DOSE, FieldChange, changes
from patients import actions as patient_actions
from patients.models import PatientFlags, patient_flags


@dataclass(frozen=True)
class Pair:
    """One exercise as it was sent and as the catalogue has it now."""

    item: ProgrammeItem
    new: ExerciseVersion
    form: VersionsForm

    @cached_property
    def _all(self) -> list[FieldChange]:
        return changes(self.item.version, self.new)

    @property
    def changes(self) -> list[FieldChange]:
        """Without the catalogue's dose: this patient's own is not replaced."""
        return [change for change in self._all if change.name not in DOSE]

    @property
    def dose_differs(self) -> bool:
        return any(change.name in DOSE for change in self._all)


@require_http_methods(["GET", "HEAD", "POST"])
@requires(WRITES_CLINICAL)
def versions(request: StaffRequest, pk: UUID) -> HttpResponse:
    programmes = Programme.objects.visible_to(request.actor).with_items("version__exercise__current")
    programme = get_object_or_404(programmes.select_related("patient"), pk=pk)
    if request.method != "POST":
        patient_actions.note_reading(actor=request.actor, patient=programme.patient, page="versions")
    flags = patient_flags(programme.patient)
    given = CautionOverride.objects.visible_to(request.actor).given([programme]).get(programme.pk, {})
    newer = programme.newer_versions()
    bound: VersionsForm | None = None
    pairs = []
    for item, new in newer:
        form = _form(request, str(item.pk), [(item, new)], flags, given)
        bound = form if form.is_bound else bound
        pairs.append(Pair(item, new, form))
    whole = _form(request, ALL, newer, flags, given)
    bound = whole if whole.is_bound else bound
    if bound and bound.is_valid() and (done := _accept(request, programme, bound)):
        return done
    if request.method == "POST" and bound is None:
        messages.error(request, _("The catalogue has changed in the meantime. Look at it again."))
    context = {
        "programme": programme,
        "patient": programme.patient,
        "pairs": pairs,
        "whole": whole if len(newer) > 1 else None,
        "cautions": flags,
        "form": bound,
    }
    status = 422 if request.method == "POST" else 200
    return TemplateResponse(request, "exercises/programme_versions.html", context, status=status)


def _form(
    request: StaffRequest,
    which: str,
    newer: list[tuple[ProgrammeItem, ExerciseVersion]],
    flags: PatientFlags,
    given: dict[str, set[str]],
) -> VersionsForm:
    """Bound when it is the one that was sent."""
    sent = newer and request.method == "POST" and request.POST.get("which") == which
    return VersionsForm(request.POST if sent else None, which=which, newer=newer, flags=flags, given=given)


def _accept(request: StaffRequest, programme: Programme, form: VersionsForm) -> HttpResponse | None:
    try:
        actions.accept_versions(
            actor=request.actor,
            programme=programme,
            versions=form.versions(),
            reasons=form.reasons(),
            now=clock.now(),
        )
    except Refused as refused:
        form.add_error(None, refused.message)
        return None
    messages.success(request, _("The patient reads the new text from now on."))
    return redirect("exercises:programme", programme.pk)
