"""Who did what: for owners and auditors the whole clinic, for practitioners their own entries."""

from django.http import HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.http import urlencode
from django.views.decorators.http import require_safe

from clinic.access import requires
from clinic.forms import AuditFilterForm, end_of, start_of
from clinic.http import StaffRequest
from clinic.models import AuditSeal, Clinic
from clinic.roles import READS_AUDIT, SEES_PATIENTS, Role
from clinic.trail import Filters, Found, entries, kind_choices, people_choices

NAMES = ("person", "patient", "kind", "first", "last", "term")


@require_safe
@requires(READS_AUDIT)
def audit_list(request: StaffRequest) -> HttpResponse:
    """The filters stand in the address. One that cannot be read finds nothing and is said."""
    zone = Clinic.objects.values_list("time_zone", flat=True).get(pk=request.actor.own_clinic_id)
    people = people_choices(request.actor)
    form = AuditFilterForm(request.GET, people=people, kinds=kind_choices())
    if not people:
        del form.fields["person"]
    found = Found([])
    if form.is_valid():
        given = form.cleaned_data
        filters = Filters(
            person=given.get("person", ""),
            patient=given["patient"],
            kind=given["kind"],
            since=start_of(given["first"], zone) if given["first"] else None,
            until=end_of(given["last"], zone) if given["last"] else None,
            term=given["term"],
        )
        found = entries(request.actor, filters, request.GET.get("before", ""))
    asked = {name: value for name in NAMES if (value := request.GET.get(name, ""))}
    context = {
        "form": form,
        "found": found,
        "filtered": bool(asked),
        "query": f"{urlencode(asked)}&" if asked else "",
        "paged": "before" in request.GET,
        "owns": request.actor.role == Role.OWNER,
        "own_only": not people,
        "seal": AuditSeal.objects.newest(),
        "opens_patients": request.actor.has_role(SEES_PATIENTS),
        "zone": zone,
    }
    with timezone.override(zone):
        return TemplateResponse(
            request, "clinic/audit.html", context, status=422 if form.errors else 200
        ).render()
