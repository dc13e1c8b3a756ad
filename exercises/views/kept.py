"""What the patient's own device keeps for when there is no network, and what it sends when there is one again
(docs/offline.md)."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.middleware.csrf import get_token
from django.template.response import TemplateResponse
from django.templatetags.static import static
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from clinic.access import anonymous_allowed
from clinic.errors import Refused
from clinic.static_files import for_browsers
from exercises import actions, cautions
from exercises import today as plans
from exercises.forms.log import DayPage, LogForm, shown_items
from exercises.guided import guide_context
from exercises.models import DayReport, ProgrammeItem, Way
from patients.access import device_required, own_device_required
from patients.http import PatientRequest, read_queued, said_of
from patients.offline_copy import SHOWN_FOR

GROUND, THEME = "#f4f7f6", "#0b5f68"
WORKER = Path(settings.BASE_DIR) / "static" / "js" / "worker.js"


@require_safe
@own_device_required
def plan(request: PatientRequest) -> HttpResponse:
    """Exercises of the days to come, their doses, what to wear, the next visit, the form of a day. No name, nothing that
    was said or found."""
    access = request.access
    read = plans.read(access.actor, access.patient, [access.patient.local_day(access.now)], access.now)
    due = _due(read)
    page, flags, visit = DayPage(plans.Said()), read.flags.keys, read.next_visit()
    context = {
        **_frame(request, read.today),
        "lines": [page.line(item, cautions.told(item.version, flags, item.kit)) for item in due],
        "to_wear": [page.to_wear(advice) for advice in read.supports],
        "next_visit": visit,
        "stop_rules": plans.rules_of(due),
        "pain": page.pain(access.patient),
        "kept": _kept(request, due)
        | ({"visit": _milliseconds(access.patient.next_visit_at)} if visit else {}),
    }
    return _with_end(request, TemplateResponse(request, "exercises/kept_plan.html", context))


@require_safe
@own_device_required
def guide(request: PatientRequest) -> HttpResponse:
    access = request.access
    read = plans.read(access.actor, access.patient, [access.patient.local_day(access.now)], access.now)
    due = _due(read)
    context = {
        **guide_context(access.patient, list(due), read.flags.keys, ()),
        **_frame(request, read.today),
        "kept": _kept(request, due)
        | {"player": static("js/player.js"), "timeline": static("js/timeline.js")},
    }
    return _with_end(request, TemplateResponse(request, "exercises/kept_guide.html", context))


@require_safe
@own_device_required
def old(request: PatientRequest) -> HttpResponse:
    """Shown in place of a copy that is too old."""
    return TemplateResponse(request, "exercises/kept_old.html", _frame(request))


@require_safe
@anonymous_allowed(reason="A script like those under /static/; its address says for which pages it works.")
def worker(request: HttpRequest) -> HttpResponse:
    return HttpResponse(
        for_browsers(WORKER.read_bytes()),
        content_type="text/javascript; charset=utf-8",
        headers={"Cache-Control": "no-cache"},
    )


@require_safe
@own_device_required
def manifest(request: PatientRequest) -> HttpResponse:
    """The name stands on a home screen that others may see: nothing of feet or patients."""
    clinic = request.access.patient.clinic
    icons = [
        ("icon.svg", "any", "image/svg+xml", "any"),
        ("icon-192.png", "192x192", "image/png", "any"),
        ("icon-512.png", "512x512", "image/png", "any"),
        ("icon-maskable-512.png", "512x512", "image/png", "maskable"),
    ]
    told = {
        "name": f"Footwork – {clinic.sender_name}",
        "short_name": "Footwork",
        "lang": request.access.patient.language,
        "id": "/today/",
        "start_url": "/today/",
        "scope": "/today/",
        "display": "standalone",
        "background_color": GROUND,
        "theme_color": THEME,
        "icons": [
            {"src": static(f"icons/{name}"), "sizes": sizes, "type": kind, "purpose": purpose}
            for name, sizes, kind, purpose in icons
        ],
    }
    return JsonResponse(told, content_type="application/manifest+json")


@require_safe
@device_required
def token(request: PatientRequest) -> HttpResponse:
    """That of a page of days ago is stale. ``key``: whose answers may be sent now."""
    return JsonResponse({"token": get_token(request), "key": request.access.copy_key})


@require_http_methods(["PUT"])
@device_required
def report(request: PatientRequest, pk: UUID) -> HttpResponse:
    """What was said without a network, under the key that it was given there: sent twice, it counts once."""
    access, queued = request.access, read_queued(request)
    if queued is None:
        return JsonResponse({"message": _("Open the plan again.")}, status=400)
    form = LogForm(
        queued.data,
        items=shown_items(queued.data.getlist("item")),
        supports=shown_items(queued.data.getlist("support")),
    )
    if not form.is_valid():
        return JsonResponse({"message": said_of(form)}, status=422)
    entry = form.day_log(all_done="all" in queued.data)
    mine = DayReport.objects.visible_to(access.actor)
    if mine.filter(pk=entry.report_id).exists():  # it had arrived, and only the answer was lost
        return JsonResponse({})
    entry = replace(entry, report_id=pk, way=Way.OFFLINE, made_at=queued.made_at)
    try:
        actions.log_day(actor=access.actor, patient=access.patient, entry=entry, now=access.now)
    except Refused as refused:
        return JsonResponse({"message": refused.message}, status=422)
    return JsonResponse({})


def _due(read: plans.Plan) -> dict[ProgrammeItem, list[date]]:
    """In the order of the plan, with the days on which each is due while the copy may be shown."""
    due: dict[ProgrammeItem, list[date]] = {}
    for programme in read.programmes:
        order = list(programme.items.all())
        days = [read.today + timedelta(days=n) for n in range(SHOWN_FOR.days + 1)]
        on = {item: [day for day in days if item in programme.items_due_on(day)] for item in order}
        due |= {item: found for item, found in on.items() if found}
    return due


def _kept(request: PatientRequest, due: dict[ProgrammeItem, list[date]]) -> dict[str, Any]:
    """For the script: on which days, by which clock."""
    days = {str(item.pk): [day.isoformat() for day in found] for item, found in due.items()}
    return {"zone": request.access.patient.time_zone, "days": days}


def _milliseconds(at: datetime | None) -> int:
    """As scripts count."""
    return int(at.timestamp() * 1000) if at else 0


def _frame(request: PatientRequest, day: date | None = None) -> dict[str, Any]:
    clinic = request.access.patient.clinic
    return {"clinic": clinic, "help_url": reverse("patients:help", args=[clinic.pk]), "kept_on": day}


def _with_end(request: PatientRequest, response: HttpResponse) -> HttpResponse:
    response.headers["X-Show-Until"] = str(_milliseconds(request.access.now + SHOWN_FOR))
    return response
