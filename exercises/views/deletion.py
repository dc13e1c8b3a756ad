"""An owner deletes records whose time is over: what would go, then the deed."""

from collections.abc import Iterable

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from clinic import clock
from clinic.access import requires, stepped_up
from clinic.errors import Refused
from clinic.http import StaffRequest
from clinic.models import Clinic
from clinic.roles import OWNS
from exercises import actions, deleting
from exercises.forms.deletion import DeleteRecordsForm
from patients.actions.restriction import duplicates_of
from patients.retention import Over, records_over, restricted_over


@require_http_methods(["GET", "HEAD", "POST"])
@requires(OWNS)
@stepped_up()
def delete_records(request: StaffRequest) -> HttpResponse:
    """Of the records that the list offers, those that were ticked; a few at once, for somebody has to look at each."""
    clinic = Clinic.objects.get(pk=request.actor.own_clinic_id)
    asked = request.POST if request.method == "POST" else request.GET
    chosen = _chosen(request, clinic, asked.getlist("record"))
    if not chosen:
        messages.info(request, _("Tick the records that are to be deleted."))
        return redirect("patients:records_over")
    form = DeleteRecordsForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        return _delete(request, clinic, chosen)
    keys = [record.pk for one in chosen for record in (one.patient, *duplicates_of(one.patient))]
    context = {"chosen": chosen, "goes": deleting.goes(keys), "form": form, "most": actions.MOST_RECORDS}
    status = 422 if form.errors else 200
    return TemplateResponse(request, "exercises/delete_records.html", context, status=status)


def _delete(request: StaffRequest, clinic: Clinic, chosen: list[Over]) -> HttpResponse:
    keys = [one.patient.pk for one in chosen]
    try:
        done = actions.delete_records(actor=request.actor, clinic=clinic, record_ids=keys, now=clock.now())
    except Refused as refused:
        messages.error(request, refused.message)
    else:
        said = ngettext("%(number)d record was deleted.", "%(number)d records were deleted.", len(done))
        messages.success(request, said % {"number": len(done)})
    return redirect("patients:records_over")


def _chosen(request: StaffRequest, clinic: Clinic, keys: Iterable[str]) -> list[Over]:
    now, wanted = clock.now(), set(keys)
    lists = (records_over(request.actor, clinic, now), restricted_over(request.actor, clinic, now))
    offered = [one for found in lists for one in found if one.may_go and str(one.patient.pk) in wanted]
    return offered[: actions.MOST_RECORDS]
