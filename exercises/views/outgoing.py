"""The e-mails that Footwork sends, and what became of each; for the patient's messages see ``messages``."""

from datetime import datetime
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from clinic import clock
from clinic.access import requires
from clinic.errors import Refused
from clinic.http import StaffRequest, saying
from clinic.models import OWNERS_LETTERS, Clinic, OutgoingEmail
from clinic.roles import OWNS, SEES_PATIENTS
from exercises import actions
from exercises import outgoing as lists
from exercises.forms.outgoing import OutgoingForm
from exercises.outgoing.about import emails_seen_by
from exercises.outgoing.days import reminder_days
from exercises.outgoing.lines import LABELS, MEANS, Show
from exercises.schedule import local_day
from patients import actions as patient_actions
from patients.models import Patient

NAMES = ("show", "letter", "patient", "first", "last", "order")
LONGEST_BACK = 300


@require_safe
@requires(SEES_PATIENTS)
def outgoing(request: StaffRequest) -> HttpResponse:
    """The filters stand in the address. One that cannot be read finds nothing and is said."""
    now = clock.now()
    person = _person(request)
    clinic = person.clinic if person else Clinic.objects.get(pk=request.actor.own_clinic_id)
    zone = clinic.time_zone
    form = _form(request, now, zone)
    wanted, found = lists.Wanted(), lists.Found()
    if form.is_valid():
        wanted = _wanted(form, person)
        found = lists.outgoing(request.actor, wanted, zone, request.GET.get("after", ""))
    context = {
        "form": form,
        "wanted": wanted,
        "found": found,
        "tabs": _tabs(wanted, found),
        "means": [(LABELS[show], words) for show, words in MEANS.items()],
        "query": wanted.query(),
        "everything": wanted.query(show="", letter="", first="", last=""),
        "paged": "after" in request.GET,
        "days": reminder_days(person, now, wanted.first, wanted.last) if person else [],
        "taken_back_next": _just_sent(request),
        "zone": zone,
        "opens_people": request.actor.has_role(OWNS),
    }
    with timezone.override(zone):
        return TemplateResponse(
            request, "exercises/outgoing.html", context, status=422 if form.errors else 200
        ).render()


@require_POST
@requires(SEES_PATIENTS)
def again(request: StaffRequest, pk: int) -> HttpResponse:
    """Back to the list as it was, with the way to take it back."""
    email, now = _visible(request, pk), clock.now()
    try:
        sent = actions.send_again(actor=request.actor, email=email, now=now)
    except Refused as refused:
        messages.error(request, refused.message)
        return redirect(_back(request))
    messages.success(request, _("Sent again.") + " " + sent.in_words(now))
    return redirect(_back(request, sent=str(sent.email.pk)))


@require_POST
@requires(SEES_PATIENTS)
def take_back(request: StaffRequest, pk: int) -> HttpResponse:
    with saying(request, _("Taken back: it is not sent.")):
        actions.take_back_email(actor=request.actor, email=_visible(request, pk))
    return redirect(_back(request))


def _person(request: StaffRequest) -> Patient | None:
    """The one whose e-mail is asked for. What is no key at all, the form says."""
    try:
        pk = UUID(request.GET.get("patient", ""))
    except ValueError:
        return None
    mine = Patient.objects.visible_to(request.actor).select_related("clinic")
    person = get_object_or_404(mine, pk=pk)
    patient_actions.note_reading(actor=request.actor, patient=person, page="e-mails")
    return person


def _form(request: StaffRequest, now: datetime, zone: str) -> OutgoingForm:
    """Of one patient everything is shown, of the clinic the last weeks, unless days are asked for."""
    first = None if request.GET.get("patient") else local_day(now, zone) - lists.SHOWN_FOR
    hidden = () if request.actor.has_role(OWNS) else OWNERS_LETTERS
    return OutgoingForm(request.GET, hidden=hidden, first=first)


def _wanted(form: OutgoingForm, person: Patient | None) -> lists.Wanted:
    given = form.cleaned_data
    return lists.Wanted(
        show=given["show"],
        letter=given["letter"],
        patient=person,
        first=given["first"],
        last=given["last"],
        oldest_first=given["order"] == "oldest",
    )


def _tabs(wanted: lists.Wanted, found: lists.Found) -> list[tuple[str, int, str, bool]]:
    """Name, number, query and whether this is it; states of which there are none are left out, but not this one."""
    shown = [(Show.ALL, found.total), *found.counts.items()]
    return [
        (str(LABELS[show]), number, wanted.query(show=show.value), show == wanted.show)
        for show, number in shown
        if number or show in {Show.ALL, wanted.show}
    ]


def _just_sent(request: StaffRequest) -> OutgoingEmail | None:
    """The one that was sent again just now, as long as it waits."""
    asked = request.GET.get("sent", "")
    if not (asked.isascii() and asked.isdigit() and len(asked) < 19):
        return None
    mine = emails_seen_by(request.actor).filter(pk=int(asked))
    return mine.filter(state="pending", again_by__isnull=False).first()


def _visible(request: StaffRequest, pk: int) -> OutgoingEmail:
    return get_object_or_404(emails_seen_by(request.actor), pk=pk)


def _back(request: StaffRequest, **more: str) -> str:
    """Nothing of what was sent gets into the address but what the page itself understands."""
    asked = QueryDict(request.POST.get("back", "")[:LONGEST_BACK])
    query = urlencode({name: asked[name] for name in NAMES if name in asked} | more)
    return reverse("exercises:outgoing") + (f"?{query}" if query else "")
