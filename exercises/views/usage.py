"""The overview of a clinic's use, for its owner."""

from django.http import HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from clinic import clock
from clinic.access import requires
from clinic.http import StaffRequest
from clinic.models import Clinic
from clinic.roles import OWNS
from exercises import months

COUNTED = {
    "patients": _("Patients added"),
    "programmes": _("Programmes assigned"),
    "practitioners": _("Practitioners who assigned"),
    "days": _("Days logged by patients"),
    "reminders": _("Reminders sent"),
}


@require_safe
@requires(OWNS)
def usage(request: StaffRequest) -> HttpResponse:
    zone = Clinic.objects.values_list("time_zone", flat=True).get(pk=request.actor.clinic_id)
    found = months.of(request.actor, clock.now(), zone)
    rows = {name: months.bars(found, name) for name in COUNTED}
    context = {
        "labels": COUNTED.values(),
        "months": [
            (month, [(COUNTED[name], rows[name][place]) for name in COUNTED])
            for place, month in reversed(list(enumerate(found)))
        ],
        "empty": not any(bar.value for row in rows.values() for bar in row),
    }
    return TemplateResponse(request, "exercises/usage.html", context)
