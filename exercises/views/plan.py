"""What the patient sees of a day, and what the patient says of it. Opening a page writes nothing."""

from datetime import date
from typing import Any
from uuid import UUID

from django.db import transaction
from django.http import HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.dateparse import parse_date
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from clinic.errors import Refused
from exercises import actions, cautions
from exercises import today as plans
from exercises.forms.log import DayPage, LogForm, shown_items
from patients.access import link_required
from patients.http import PatientRequest


@require_safe
@link_required
def today(request: PatientRequest) -> HttpResponse:
    day = request.access.patient.local_day(request.access.now)
    saved = _day(request.GET.get("saved", ""), day)
    return _page(request, day, saved=saved)


@require_safe
@link_required
def earlier(request: PatientRequest, day: str) -> HttpResponse:
    """A day of the last week, to be filled in or corrected. Any other leads to today."""
    today = request.access.patient.local_day(request.access.now)
    found = _day(day, today)
    if found is None or found == today:
        return redirect("exercises:today")
    return _page(request, found)


@require_POST
@link_required
def log(request: PatientRequest) -> HttpResponse:
    access = request.access
    form = LogForm(
        request.POST,
        items=shown_items(request.POST.getlist("item")),
        supports=shown_items(request.POST.getlist("support")),
    )
    if form.is_valid():
        entry = form.day_log(all_done="all" in request.POST)
        try:
            _store(request, entry, form.cleaned_data["shown"])
        except Refused as refused:
            form.add_error(None, refused.message)
        else:
            return _see_other(
                f"{reverse('exercises:today')}?{urlencode({'saved': entry.performed_on.isoformat()})}"
            )
    day = access.patient.local_day(access.now)
    asked = form.cleaned_data.get("performed_on", day)
    if not plans.is_open(asked, day):  # what was said of a closed day is not said of today
        form = LogForm(QueryDict(f"performed_on={day}"), items={}, supports={})
        form.is_valid()
        form.add_error(None, _("This day can no longer be changed here. Please tell your clinic."))
        asked = day
    return _page(request, asked, refused=form, status=422)


@transaction.atomic
def _store(request: PatientRequest, entry: actions.DayLog, shown: str) -> None:
    """Who logs has seen the plan that the form stood in."""
    access = request.access
    actions.log_day(actor=access.actor, patient=access.patient, entry=entry, now=access.now)
    if shown:
        actions.note_plan_seen(actor=access.actor, patient=access.patient, shown=shown, now=access.now)


@require_POST
@link_required
def seen(request: PatientRequest) -> HttpResponse:
    """ "I have seen what is new"."""
    access, shown = request.access, request.POST.get("shown", "")[:64]
    actions.note_plan_seen(actor=access.actor, patient=access.patient, shown=shown, now=access.now)
    return _see_other(reverse("exercises:today"))


@require_safe
@link_required
def more(request: PatientRequest) -> HttpResponse:
    """Every other page that this browser may open, and how to open the rest."""
    access = request.access
    links = [
        ("exercises:guide", _("Do the exercises with a timer")),
        ("patients:signs", _("Anything new or worrying")),
        ("exercises:my_reminders", _("Reminders")),
    ]
    with_device = [
        ("exercises:my_messages", _("Messages from your clinic")),
        ("exercises:my_progress", _("Your progress")),
        ("exercises:my_calendar", _("The plan in your calendar")),
        ("patients:my_carer", _("Somebody who helps you")),
        ("exercises:my_sheet", _("Print the plan")),
        ("patients:devices", _("Your devices")),
        ("patients:my_readers", _("Who opened your record")),
        ("exercises:contact", _("Your e-mail address and time zone")),
        ("exercises:export", _("All that is stored about you")),
    ]
    links += with_device if access.device else [("patients:device", _("Keep the plan on this device"))]
    context = {
        **_frame(request),
        "earlier": plans.earlier_days(access.actor, access.patient, access.patient.local_day(access.now)),
        "links": [(reverse(name), label) for name, label in links],
        "may_have_more": access.device is None,
    }
    return TemplateResponse(request, "exercises/today_more.html", context)


def _page(
    request: PatientRequest,
    day: date,
    *,
    saved: date | None = None,
    refused: LogForm | None = None,
    status: int = 200,
) -> HttpResponse:
    access = request.access
    plan = plans.read(access.actor, access.patient, {day, saved or day}, access.now)
    if refused is not None:
        refused = _retold(refused, plan, day)
    page = DayPage(plan.told[day], refused)
    flags = plan.flags.keys
    groups = [
        (group.name, [page.line(item, cautions.told(item.version, flags, item.kit)) for item in group.items])
        for group in plan.groups(day)
    ]
    lines = [line for _name, group in groups for line in group]
    done, due, sentence = plan.progress(day)
    context = {
        **_frame(request),
        "form": refused,
        "page": page,
        "day": day,
        "is_today": day == plan.today,
        "turns": day == plan.today and refused is None,  # what was refused is not thrown away at midnight
        "earlier_day": day != plan.today,
        "groups": groups,
        "lines": lines,
        "to_wear": [page.to_wear(advice) for advice in plan.supports],
        "has_programme": bool(plan.programmes),
        "progress": {"done": done, "all": due, "sentence": sentence},
        "stop_rules": plans.rules_of([line.item for line in lines]),
        "outlook": plan.outlook(day),
        "paused": plan.paused_beside(day),
        "all_told": all(line.said for line in lines),
        "pain": page.pain(access.patient),
        "notes": plan.told[day].notes,
        "saved": plan.sentence(saved) if saved else "",
        "saved_day": saved if saved != day else None,
        "replies": plan.replies(saved) if saved else [],
        "news": plan.news() if day == plan.today else None,
        "shown": plan.shot.get("digest", "") if day == plan.today else "",
        "wrote": plan.wrote,
        "next_visit": plan.next_visit(),
        "anchored": plan.anchored(day) if day == plan.today else "",
        "earlier": plan.earlier_days() if day == plan.today else [],
    }
    return TemplateResponse(request, "exercises/today.html", context, status=status)


def _frame(request: PatientRequest) -> dict[str, Any]:
    """What every page of the plan says: whose it is, how to reach the clinic, and by which clock days are counted."""
    patient, clinic = request.access.patient, request.access.patient.clinic
    return {
        "clinic": clinic,
        "help_url": reverse("patients:help", args=[clinic.pk]),
        "given_name": patient.given_name,
        "zone": patient.time_zone,
        "zone_city": plans.city(patient.time_zone),
        "zone_differs": patient.time_zone != clinic.time_zone,
    }


def _retold(refused: LogForm, plan: plans.Plan, day: date) -> LogForm:
    """A refused form comes back with what was chosen, on the exercises that stand there now."""
    items: dict[UUID, str] = {item.pk: item.version.name for item in plan.due(day)}
    worn = {advice.pk: advice.lay_words for advice in plan.supports}
    form = LogForm(refused.data, items=items, supports=worn)  # type: ignore[arg-type]
    for message in refused.non_field_errors():
        form.add_error(None, str(message))
    return form


def _day(value: str, today: date) -> date | None:
    try:
        day = parse_date(value)
    except ValueError:
        return None
    return day if day and plans.is_open(day, today) else None


def _see_other(address: str) -> HttpResponseRedirect:
    response = redirect(address)
    response.status_code = 303
    return response
