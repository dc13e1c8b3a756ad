"""What the clinic wrote, for the patient. Opening the page is not reading: the patient says so."""

from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from exercises.forms.messages import as_instant
from patients import actions
from patients.access import device_required
from patients.http import PatientRequest
from patients.models import Message

AT_ONCE = 20


@require_http_methods(["GET", "HEAD", "POST"])
@device_required
def my_messages(request: PatientRequest) -> HttpResponse:
    """Only on a device of the patient: a link alone says that there is a message, and how to add this device."""
    access = request.access
    if request.method == "POST":
        shown = [key for value in request.POST.getlist("message")[:AT_ONCE] if (key := _key(value))]
        actions.note_messages_read(actor=access.actor, patient=access.patient, shown=shown, now=access.now)
        response = redirect("exercises:my_messages")
        response.status_code = 303
        return response
    mine = Message.objects.visible_to(access.actor).readable_at(access.now)
    before = as_instant(request.GET.get("before", ""))
    found = list((mine.filter(sent_at__lt=before) if before else mine).newest_first()[: AT_ONCE + 1])
    shown_now = found[:AT_ONCE]
    context = {
        "clinic": access.patient.clinic,
        "help_url": reverse("patients:help", args=[access.patient.clinic_id]),
        "found": shown_now,
        "unread": [message for message in shown_now if message.seen_at is None],
        "older": shown_now[-1].sent_at if len(found) > AT_ONCE else None,
        "zone": access.patient.time_zone,
    }
    return TemplateResponse(request, "exercises/my_messages.html", context)


def _key(value: str) -> UUID | None:
    try:
        return UUID(value)
    except ValueError:
        return None
