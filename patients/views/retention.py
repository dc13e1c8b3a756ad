"""For an owner: whose record the clinic's rule no longer asks to keep."""

from django.http import HttpResponse
from django.template.response import TemplateResponse
from django.views.decorators.http import require_safe

from clinic import clock
from clinic.access import requires
from clinic.http import StaffRequest
from clinic.models import Clinic
from clinic.roles import OWNS
from patients.models import RecordDeletion
from patients.retention import MOST_LISTED, restricted_over
from patients.retention import records_over as read

DELETIONS_SHOWN = 20


@require_safe
@requires(OWNS)
def records_over(request: StaffRequest) -> HttpResponse:
    clinic = Clinic.objects.get(pk=request.actor.own_clinic_id)
    now = clock.now()
    deleted = RecordDeletion.objects.visible_to(request.actor).newest_first().select_related("deleted_by")
    context = {
        "clinic": clinic,
        "found": read(request.actor, clinic, now) + restricted_over(request.actor, clinic, now),
        "deleted": deleted[:DELETIONS_SHOWN],
        "most": MOST_LISTED,
        "owns": True,
    }
    return TemplateResponse(request, "patients/records_over.html", context)
