"""What the patient sees today, and what the patient says of it. Opening the page writes nothing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

from django.conf import settings
from django.forms import BoundField
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.dateparse import parse_date
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from clinic.errors import Refused
from exercises import actions, cautions, doses
from exercises.actions.logs import CORRECTABLE_FOR
from exercises.forms.log import LogForm, done_name, shown_items, worn_name
from exercises.models import ANCHORED, Anchor, Done, LogEntry, Programme, ProgrammeItem
from exercises.schedule import local_day
from patients import actions as patient_actions
from patients import wear
from patients.access import link_required
from patients.http import PatientRequest
from patients.models import Measure, PainScore, SupportAdvice, WearEntry, patient_flags


@dataclass(frozen=True, slots=True)
class Said:
    """What is stored of one day."""

    done: Mapping[UUID, Done]
    pain: Mapping[Measure, int]
    worn: Mapping[UUID, Decimal]


@dataclass(frozen=True, slots=True)
class Line:
    """One exercise of the page."""

    item: ProgrammeItem
    field: BoundField
    done: Done | None
    told: list[str]  # what the patient's cautions have to say about it


@dataclass(frozen=True, slots=True)
class ToWear:
    """One support of the page. ``worn``: what is stored, in words; empty where nobody answered."""

    advice: SupportAdvice
    field: BoundField
    worn: str


@require_safe
@link_required
def today(request: PatientRequest) -> HttpResponse:
    day = local_day(request.access.now, request.access.patient.time_zone)
    saved = _saved_day(request.GET.get("saved", ""), day)
    return _page(request, day, saved=saved)


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
            actions.log_day(actor=access.actor, patient=access.patient, entry=entry, now=access.now)
        except Refused as refused:
            form.add_error(None, refused.message)
        else:
            return _see_other(
                f"{reverse('exercises:today')}?{urlencode({'saved': entry.performed_on.isoformat()})}"
            )
    day = local_day(access.now, access.patient.time_zone)
    asked = form.cleaned_data.get("performed_on", day)
    return _page(request, asked if _is_open(asked, day) else day, refused=form, status=422)


@require_POST
@link_required
def leave(request: PatientRequest) -> HttpResponse:
    """Forget the plan on this device; the link in the e-mail goes on working."""
    if request.access.visit:
        patient_actions.close_visit(actor=request.access.actor, visit=request.access.visit)
    response = _see_other(reverse("exercises:today"))
    response.delete_cookie(settings.PATIENT_COOKIE_NAME, path="/", samesite="Lax")
    return response


def _page(
    request: PatientRequest,
    day: date,
    *,
    saved: date | None = None,
    refused: LogForm | None = None,
    status: int = 200,
) -> HttpResponse:
    access = request.access
    programmes = list(Programme.objects.visible_to(access.actor).active().with_items().with_anchor())
    supports = list(SupportAdvice.objects.visible_to(access.actor).for_plan())
    due = _due(programmes, day)
    told = _told(request, {day, saved or day}, supports)
    form = _form(day, due, supports, told[day], refused)
    flags = patient_flags(access.patient).keys if due else frozenset()
    lines = [
        Line(
            item,
            form[done_name(item.pk)],
            told[day].done.get(item.pk),
            cautions.told(item.version, flags, item.kit),
        )
        for item in due
    ]
    context = {
        "clinic": access.patient.clinic,
        "help_url": reverse("patients:help", args=[access.patient.clinic_id]),
        "given_name": access.patient.given_name,
        "day": day,
        "lines": lines,
        "to_wear": [_to_wear(advice, form, told[day]) for advice in supports],
        "has_programme": bool(programmes),
        "form": form,
        "progress": _progress(lines),
        "stop_rules": list(dict.fromkeys(rule for item in due for rule in item.version.stop_rules)),
        "outlook": _outlook(programmes, day),
        "all_told": all(line.done for line in lines),
        "saved": _sentence(told[saved], len(_due(programmes, saved)), supports) if saved else "",
        "anchored": _anchored(programmes) if due else "",
        "saved_day": saved if saved != day else None,
    }
    return TemplateResponse(request, "exercises/today.html", context, status=status)


def _anchored(programmes: Sequence[Programme]) -> str:
    """What the patient wanted to tie the exercises to, read with the programmes."""
    anchor = next((found for programme in programmes if (found := getattr(programme, "anchor", ""))), "")
    return str(ANCHORED[Anchor(anchor)]) if anchor else ""


def _due(programmes: Sequence[Programme], day: date) -> list[ProgrammeItem]:
    return [item for programme in programmes for item in programme.items_due_on(day)]


def _to_wear(advice: SupportAdvice, form: LogForm, told: Said) -> ToWear:
    hours = told.worn.get(advice.pk)
    return ToWear(advice, form[worn_name(advice.pk)], wear.in_words(hours) if hours is not None else "")


def _told(request: PatientRequest, days: set[date], supports: Sequence[SupportAdvice]) -> dict[date, Said]:
    logs = LogEntry.objects.visible_to(request.access.actor).filter(performed_on__in=days)
    scores = PainScore.objects.visible_to(request.access.actor).standing().by_patient().filter(on__in=days)
    worn = WearEntry.objects.visible_to(request.access.actor).filter(on__in=days, advice__in=supports)
    entries, answers, hours = list(logs), list(scores), list(worn) if supports else []
    return {
        day: Said(
            {entry.item_id: Done(entry.done) for entry in entries if entry.performed_on == day},
            {Measure(answer.measure): answer.score for answer in answers if answer.on == day},
            {entry.advice_id: entry.hours for entry in hours if entry.on == day},
        )
        for day in days
    }


def _form(
    day: date,
    due: Sequence[ProgrammeItem],
    supports: Sequence[SupportAdvice],
    told: Said,
    refused: LogForm | None,
) -> LogForm:
    """A refused form comes back with what was chosen, on the exercises that stand there now."""
    items = {item.pk: item.version.name for item in due}
    worn = {advice.pk: advice.lay_words for advice in supports}
    initial: dict[str, object] = {"performed_on": day}
    initial |= {done_name(pk): done.value for pk, done in told.done.items()}
    initial |= {measure.value: score for measure, score in told.pain.items()}
    initial |= {worn_name(pk): _choice(hours) for pk, hours in told.worn.items()}
    if refused is None:
        return LogForm(items=items, supports=worn, initial=initial)
    form = LogForm(refused.data, items=items, supports=worn)  # type: ignore[arg-type]
    for message in refused.non_field_errors():
        form.add_error(None, str(message))
    return form


def _choice(hours: Decimal) -> int | Decimal:
    """As the buttons have it: 8, not 8.0."""
    return int(hours) if hours == hours.to_integral_value() else hours


def _progress(lines: Sequence[Line]) -> dict[str, object]:
    done = sum(line.done is Done.DONE for line in lines)
    minutes = doses.minutes([line.item.dose for line in lines if line.done is None])
    said = {"done": done, "all": len(lines), "minutes": minutes}
    sentence = _("%(done)s of %(all)s done")
    if minutes:
        sentence = ngettext(
            "%(done)s of %(all)s done, about %(minutes)s minute left",
            "%(done)s of %(all)s done, about %(minutes)s minutes left",
            minutes,
        )
    return {"done": done, "all": len(lines), "sentence": sentence % said}


def _outlook(programmes: Sequence[Programme], day: date) -> dict[str, date | None]:
    """Why there may be nothing to do today: which day is the next, and which was the last."""
    ahead = [programme for programme in programmes if programme.ends_on >= day]
    started = any(programme.starts_on <= day for programme in ahead)
    nexts = [programme.next_due_after(max(day, programme.starts_on - date.resolution)) for programme in ahead]
    return {
        "next": min((found for found in nexts if found), default=None),
        "started": day if started else None,
        "ended": max((programme.ends_on for programme in programmes), default=None) if not ahead else None,
    }


def _sentence(told: Said, due: int, supports: Sequence[SupportAdvice]) -> str:
    """What was stored, counted from what is stored. ``due``: how many exercises that day had."""
    answers = list(told.done.values())
    parts = []
    if answers:
        parts.append(_("%(done)s of %(all)s done") % {"done": answers.count(Done.DONE), "all": due})
    if partly := answers.count(Done.PARTLY):
        parts.append(_("%(n)s partly done") % {"n": partly})
    if not_done := answers.count(Done.NOT_DONE):
        parts.append(_("%(n)s not done") % {"n": not_done})
    words = {Measure.PAIN_FOOT: _("foot pain %(n)s"), Measure.PAIN_BACK: _("lower back pain %(n)s")}
    parts += [words[measure] % {"n": told.pain[measure]} for measure in words if measure in told.pain]
    parts += [
        _("%(what)s worn for %(hours)s")
        % {"what": advice.lay_words, "hours": wear.in_words(told.worn[advice.pk])}
        for advice in supports
        if advice.pk in told.worn
    ]
    return ", ".join(parts)


def _saved_day(value: str, today: date) -> date | None:
    try:
        day = parse_date(value)
    except ValueError:
        return None
    return day if day and _is_open(day, today) else None


def _is_open(day: date, today: date) -> bool:
    return today - CORRECTABLE_FOR <= day <= today


def _see_other(address: str) -> HttpResponseRedirect:
    response = redirect(address)
    response.status_code = 303
    return response
