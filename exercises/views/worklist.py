"""The page on which practitioners land: who needs somebody, and what is done about it."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.db.models import Exists, QuerySet
from django.http import HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from clinic import clock
from clinic.access import requires
from clinic.actors import Actor
from clinic.errors import Refused
from clinic.http import StaffRequest
from clinic.models import Clinic, User
from clinic.prepared import prepared
from clinic.roles import SEES_CLINICAL, WRITES_CLINICAL
from exercises import actions
from exercises import worklist as lists
from exercises.actions.alerts import colleagues
from exercises.alert_rules import RULES
from exercises.forms.alerts import AssignAlertForm, CallForm, CloseForm, NoForm, SeenForm, SnoozeForm
from exercises.models import Alert
from exercises.outgoing.about import emails_seen_by
from exercises.schedule import local_day
from patients import actions as patient_actions
from patients import alerts as signs
from patients.forms.refusals import show_refusal

LONGEST_BACK = 200
Do = Callable[[Alert, Mapping[str, Any], datetime], object]


@require_safe
@requires(SEES_CLINICAL)
def worklist(request: StaffRequest) -> HttpResponse:
    now = clock.now()
    wanted = lists.Wanted.of(request.GET, request.actor)
    (clinic,) = _clinic(actor=request.actor)
    today = local_day(now, clinic.time_zone)
    listed = lists.worklist(request.actor, wanted, request.GET.get("page"), now, today)
    query = wanted.query()
    if listed.is_beyond:
        return redirect(f"{request.path}?{query}")
    context = {
        "listed": listed,
        "wanted": wanted,
        "waiting": signs.waiting(request.actor, now) if wanted.show == lists.NOW else [],
        "closed_waits": clinic.closed_waits and wanted.show == lists.NOW,
        "tabs": _tabs(wanted),
        "rules": RULES,
        "page_query": query + "&" if query else "",
        "back": query,
        "resolved": _resolved(request),
        "may_write": request.actor.has_role(WRITES_CLINICAL),
        "emails_wait": clinic.emails_wait,
    }
    return TemplateResponse(request, "exercises/worklist.html", context)


@prepared
def _clinic(actor: Actor) -> QuerySet[Any]:
    """With the number of e-mails to look at, and whether a sign waits in a restricted record."""
    return Clinic.objects.filter(pk=actor.own_clinic_id).annotate(
        emails_wait=emails_seen_by(actor).to_look_at().number(),
        closed_waits=Exists(signs.signs_in_closed(actor)),
    )


def _tabs(wanted: lists.Wanted) -> list[tuple[str, str, bool]]:
    """Name, query and whether this is it."""
    shown = (wanted.who, wanted.show)
    tabs = [
        (_("Mine"), lists.MINE, lists.NOW),
        (_("Everybody’s"), lists.ALL, lists.NOW),
        (_("Put off"), lists.ALL, lists.SNOOZED),
        (_("Resolved"), lists.ALL, lists.CLOSED),
    ]
    return [
        (name, wanted.query(who=who, show=show, rule=""), shown == (who, show)) for name, who, show in tabs
    ]


def _resolved(request: StaffRequest) -> Alert | None:
    """The one that was closed just now, to be taken back."""
    try:
        pk = UUID(request.GET.get("resolved", ""))
    except ValueError:
        return None
    closed = Alert.objects.visible_to(request.actor).filter(pk=pk).exclude(closed_at=None)
    return closed.select_related("patient").first()


@require_safe
@requires(SEES_CLINICAL)
def alert(request: StaffRequest, pk: UUID) -> HttpResponse:
    found = _visible(request, pk)
    patient_actions.note_reading(actor=request.actor, patient=found.patient, page="alert")
    return _page(request, found)


def _page(request: StaffRequest, found: Alert, **faulty: forms.Form) -> HttpResponse:
    """One alert; ``faulty``: the form in which something was wrong."""
    now = clock.now()
    today = _today(request, now)
    people = _people(request)
    usual: dict[str, forms.Form] = {
        "snooze": SnoozeForm(initial={"until": lists.usual_snooze(today)}),
        "call": CallForm(initial={"text": _("Called.")}),
        "close": CloseForm(),
        "assign": AssignAlertForm(people=people, initial={"to": found.assigned_to_id}),
    }
    context = {
        "alert": found,
        "told": lists.told(request.actor, found, now, today),
        "forms": usual | faulty,
        "back": request.POST.get("back", request.GET.urlencode())[:LONGEST_BACK],
        "form": next(iter(faulty.values()), None),
        "may_write": request.actor.has_role(WRITES_CLINICAL),
    }
    return TemplateResponse(request, "exercises/alert.html", context, status=422 if faulty else 200)


@require_POST
@requires(SEES_CLINICAL)
def acknowledge(request: StaffRequest, pk: UUID) -> HttpResponse:
    def do(found: Alert, said: Mapping[str, Any], now: datetime) -> object:
        return actions.acknowledge_alert(actor=request.actor, alert=found, seen_count=said["count"], now=now)

    return _do(request, pk, "seen", SeenForm(request.POST), do, _("Seen: %(about)s, %(patient)s."))


@require_POST
@requires(SEES_CLINICAL)
def snooze(request: StaffRequest, pk: UUID) -> HttpResponse:
    def do(found: Alert, said: Mapping[str, Any], now: datetime) -> object:
        return actions.snooze_alert(
            actor=request.actor, alert=found, seen_count=said["count"], until=said["until"], now=now
        )

    return _do(request, pk, "snooze", SnoozeForm(request.POST), do, _("Put off: %(about)s, %(patient)s."))


@require_POST
@requires(SEES_CLINICAL)
def call(request: StaffRequest, pk: UUID) -> HttpResponse:
    def do(found: Alert, said: Mapping[str, Any], now: datetime) -> object:
        return actions.note_call(
            actor=request.actor, alert=found, seen_count=said["count"], text=said["text"], now=now
        )

    return _do(
        request, pk, "call", CallForm(request.POST), do, _("The call is noted: %(about)s, %(patient)s.")
    )


@require_POST
@requires(SEES_CLINICAL)
def assign_to(request: StaffRequest, pk: UUID) -> HttpResponse:
    def do(found: Alert, said: Mapping[str, Any], now: datetime) -> object:
        return actions.assign_alert(actor=request.actor, alert=found, to=said["to"], now=now)

    form = AssignAlertForm(request.POST, people=_people(request))
    return _do(request, pk, "assign", form, do, _("Handed on: %(about)s, %(patient)s."))


@require_POST
@requires(SEES_CLINICAL)
def close(request: StaffRequest, pk: UUID) -> HttpResponse:
    def do(found: Alert, said: Mapping[str, Any], now: datetime) -> object:
        return actions.close_alert(
            actor=request.actor, alert=found, seen_count=said["count"], note=said["note"], now=now
        )

    return _do(request, pk, "close", CloseForm(request.POST), do, "", resolved=str(pk))


@require_POST
@requires(SEES_CLINICAL)
def reopen(request: StaffRequest, pk: UUID) -> HttpResponse:
    def do(found: Alert, _said: Mapping[str, Any], now: datetime) -> object:
        return actions.reopen_alert(actor=request.actor, alert=found, now=now)

    return _do(request, pk, "reopen", NoForm(request.POST), do, _("Open again: %(about)s, %(patient)s."))


def _do(
    request: StaffRequest, pk: UUID, name: str, form: forms.Form, do: Do, said: str, **more: str
) -> HttpResponse:
    """Back to the list as it was; with a form that has a fault, to the alert itself."""
    found = _visible(request, pk)
    if form.is_valid():
        try:
            do(found, form.cleaned_data, clock.now())
        except Refused as refused:
            if refused.field not in form.fields:
                messages.error(request, refused.message)
                return redirect(_back(request))
            show_refusal(form, refused)
            found = _visible(request, pk)  # with what was added meanwhile
        else:
            if said:
                messages.success(request, said % {"about": found.about, "patient": found.patient})
            return redirect(_back(request, **more))
    return _page(request, found, **{name: form})


def _back(request: StaffRequest, **more: str) -> str:
    """Nothing of what was sent gets into the address but what the list itself understands."""
    asked = QueryDict(request.POST.get("back", "")[:LONGEST_BACK])
    query = lists.Wanted.of(asked.dict(), request.actor).query(**more) if asked or more else ""
    return reverse("exercises:worklist") + (f"?{query}" if query else "")


def _people(request: StaffRequest) -> Any:
    return User.objects.filter(pk__in=colleagues(request.actor).values("user")).order_by("name", "pk")


def _today(request: StaffRequest, now: datetime) -> Any:
    membership = request.user.membership
    return local_day(now, membership.clinic.time_zone) if membership else now.date()


def _visible(request: StaffRequest, pk: UUID) -> Alert:
    return get_object_or_404(Alert.objects.visible_to(request.actor).for_lines(), pk=pk)
