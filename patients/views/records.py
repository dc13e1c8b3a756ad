"""Finding a patient, and adding one."""

from datetime import date
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import QuerySet, UUIDField
from django.http import HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe
from django.views.decorators.vary import vary_on_headers

from clinic import clock
from clinic.access import requires
from clinic.actors import Actor
from clinic.errors import Refused
from clinic.http import StaffRequest
from clinic.prepared import among, prepared
from clinic.roles import EDITS_CONTACT, KEEPS_RECORDS, SEES_CLINICAL, SEES_PATIENTS
from patients import actions, alerts
from patients.finding_people import LONGEST_QUERY
from patients.forms.contact import RegistrationForm, offered_time_zones
from patients.forms.patient_filter import PatientFilter
from patients.forms.refusals import show_refusal
from patients.models import Finding, Patient

PATIENTS_A_PAGE = 25
MOST_FOUND, MOST_LISTED = 1000, 10_000  # that are counted
FEW = 3  # found: fewer, and similar names are looked for too
WHO = ("given_name", "family_name", "date_of_birth")


class CountedPaginator(Paginator):
    """Nobody wants the last page of so many, and to count them all takes longer than to find those of one page."""

    def __init__(self, rows: Any, most: int) -> None:
        super().__init__(rows, PATIENTS_A_PAGE)
        self.most = most

    @cached_property
    def count(self) -> int:
        rows: Any = self.object_list
        return int(rows.order_by().values("pk")[: self.most + 1].count())

    @property
    def more_than(self) -> int | None:
        return self.most if self.count > self.most else None


@require_safe
@requires(SEES_PATIENTS)
@vary_on_headers("HX-Request")
def patients(request: StaffRequest) -> HttpResponse:
    """Search as you type: the same address answers with the list alone when htmx asks."""
    query = request.GET.get("q", "").strip()[:LONGEST_QUERY]
    if query:
        actions.note_search(actor=request.actor, term=query)
    form = PatientFilter(request.GET, actor=request.actor)
    today = timezone.localdate()  # an age in a list decides nothing: no question to the database's clock
    mine = form.chosen_among(Patient.objects.visible_to(request.actor))
    found = form.in_order(mine.matching(query, today)).select_related("practitioner")
    pages = CountedPaginator(found, MOST_FOUND if query else MOST_LISTED)
    page = pages.get_page(request.GET.get("page"))
    people = list(page.object_list)
    similar = (
        mine.select_related("practitioner").resembling(query, today, but=people)
        if query and page.paginator.count < FEW
        else []
    )
    rows = _rows(request, [*people, *similar], today)
    context = {
        "query": query,
        "form": form,
        "page": page,
        "more_than": pages.more_than,
        "archived": form.wants_archived,
        "page_query": form.page_query(query),
        "rows": rows[: len(people)],
        "similar": rows[len(people) :],
        "sees_clinical": request.actor.has_role(SEES_CLINICAL),
        "keeps_records": request.actor.has_role(KEEPS_RECORDS),
    }
    at_first = not query and not form.narrows and page.number == 1
    if at_first or not (people or form.wants_archived):
        context["recent"] = Patient.objects.visible_to(request.actor).last_opened_by(request.actor)
    if context["sees_clinical"] and not request.htmx and not form.wants_archived:
        context["signs_wait"] = alerts.anything_waits(request.actor)
    elif at_first and not context["sees_clinical"]:  # others read it on their worklist
        context["asks_for_emails"] = True  # counted where e-mails are told apart by patient
    template = "patients/_patients.html" if request.htmx else "patients/patients.html"
    response = TemplateResponse(request, template, context)
    if request.htmx:
        response.headers["HX-Replace-Url"] = f"{request.path}?{context['page_query']}".rstrip("?&")
    return response


def _rows(request: StaffRequest, people: list[Patient], today: date) -> list[dict[str, Any]]:
    active: dict[object, list[Finding]] = {}
    keys = [patient.pk for patient in people]
    for finding in _findings(actor=request.actor, patients=keys) if keys else ():
        active.setdefault(finding.patient_id, []).append(finding)
    return [
        {"patient": patient, "age": patient.age_on(today), "findings": active.get(patient.pk, [])}
        for patient in people
    ]


@prepared
def _findings(actor: Actor, patients: list[UUID]) -> QuerySet[Finding]:
    active = Finding.objects.visible_to(actor).active().for_chart()
    return active.filter(among("patient", patients, UUIDField()))


@require_http_methods(["GET", "HEAD", "POST"])
@requires(EDITS_CONTACT)
def new(request: StaffRequest) -> HttpResponse:
    membership = request.user.membership
    form = RegistrationForm(
        request.POST if request.method == "POST" else None,
        initial={"time_zone": membership.clinic.time_zone, "language": membership.clinic.language}
        if membership
        else {},
    )
    if request.method == "POST" and form.is_valid():
        try:
            patient = actions.register_patient(actor=request.actor, now=clock.now(), **form.cleaned_data)
        except Refused as refused:
            show_refusal(form, refused)
        else:
            messages.success(request, _("%(patient)s was added.") % {"patient": patient.full_name})
            return redirect("exercises:patient", patient.pk)
    context = {"form": form, "time_zones": offered_time_zones(), "namesakes": _namesakes(request, form)}
    return TemplateResponse(request, "patients/new.html", context, status=422 if form.errors else 200)


def _namesakes(request: StaffRequest, form: RegistrationForm) -> list[Patient]:
    """Whom the box "another person" speaks of."""
    who: dict[str, Any] = (
        {name: form.cleaned_data.get(name) for name in WHO} if form.asks_for_namesake() else {}
    )
    if not who or not all(who.values()):
        return []
    return list(Patient.objects.visible_to(request.actor).namesakes(**who))
