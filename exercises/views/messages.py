"""Notes of a patient and messages to them: a tab of the record; and the words that practitioners keep for messages."""

from datetime import datetime
from uuid import UUID

from django.contrib import messages as said
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from clinic import clock
from clinic.access import requires
from clinic.errors import Refused
from clinic.http import StaffRequest, saying
from clinic.models import IN_ENGLISH, Language
from clinic.roles import SEES_CLINICAL, WRITES_CLINICAL
from exercises import thread as threads
from exercises.forms.messages import InsertForm, MessageForm, TemplateForm, as_day, as_instant
from patients import actions
from patients import summary as patient_summary
from patients.forms.refusals import show_refusal
from patients.models import Message, MessageTemplate, Patient


@require_safe
@requires(SEES_CLINICAL)
def messages(request: StaffRequest, pk: UUID) -> HttpResponse:
    person = _patient(request, pk)
    actions.note_reading(actor=request.actor, patient=person, page="messages")
    return _page(request, person)


@require_POST
@requires(WRITES_CLINICAL)
def send(request: StaffRequest, pk: UUID) -> HttpResponse:
    """Send it, or put a template's words below what was typed: that sends nothing."""
    person = _patient(request, pk)
    if "insert" in request.POST:
        return _inserted(request, person)
    form = MessageForm(request.POST)
    if form.is_valid():
        try:
            actions.send_message(actor=request.actor, patient=person, entry=form.entry(), now=clock.now())
        except Refused as refused:
            if refused.code == "key":
                form = MessageForm.afresh(request.POST)
            show_refusal(form, refused)
        else:
            said.success(request, _("The message is on its way. For five minutes it can be taken back."))
            return redirect(f"{reverse('exercises:messages', args=[person.pk])}#newest")
    return _page(request, person, form, status=422)


@require_POST
@requires(WRITES_CLINICAL)
def take_back(request: StaffRequest, pk: UUID) -> HttpResponse:
    mine = Message.objects.visible_to(request.actor)
    message = get_object_or_404(mine, pk=pk)
    with saying(request, _("The message was taken back. The patient does not get it.")):
        actions.take_back_message(actor=request.actor, message=message, now=clock.now())
    return redirect(f"{reverse('exercises:messages', args=[message.patient_id])}#newest")


@require_http_methods(["GET", "HEAD", "POST"])
@requires(WRITES_CLINICAL)
def templates(request: StaffRequest) -> HttpResponse:
    """Those that one may use, and a form for a new one."""
    form = TemplateForm(request.POST if request.method == "POST" else None)
    if form.is_valid() and _written(request, form, None):
        return redirect("exercises:message_templates")
    mine = MessageTemplate.objects.visible_to(request.actor).by_name()
    context = {
        "current": mine.current(),
        "retired": mine.exclude(retired_at=None),
        "form": form,
    }
    status = 422 if form.errors else 200
    return TemplateResponse(request, "exercises/message_templates.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@requires(WRITES_CLINICAL)
def template(request: StaffRequest, pk: UUID) -> HttpResponse:
    found = _template(request, pk)
    form = TemplateForm(request.POST if request.method == "POST" else None, template=found)
    if form.is_valid() and _written(request, form, found):
        return redirect("exercises:message_templates")
    context = {"form": form, "template": found}
    status = 422 if form.errors else 200
    return TemplateResponse(request, "exercises/message_template.html", context, status=status)


@require_POST
@requires(WRITES_CLINICAL)
def template_retire(request: StaffRequest, pk: UUID) -> HttpResponse:
    found = _template(request, pk)
    words = _("“%(name)s” is put away. It can be taken up again below.") % {"name": found.name}
    with saying(request, words):
        actions.retire_template(actor=request.actor, template=found, now=clock.now())
    return redirect("exercises:message_templates")


@require_POST
@requires(WRITES_CLINICAL)
def template_restore(request: StaffRequest, pk: UUID) -> HttpResponse:
    found = _template(request, pk)
    with saying(request, _("“%(name)s” can be used again.") % {"name": found.name}):
        actions.restore_template(actor=request.actor, template=found)
    return redirect("exercises:message_templates")


def _inserted(request: StaffRequest, person: Patient) -> HttpResponse:
    usable = MessageTemplate.objects.visible_to(request.actor).current()
    found = get_object_or_404(usable, pk=InsertForm(request.POST).key())
    typed = request.POST.copy()
    before = typed.get("text", "").rstrip()
    typed["text"] = f"{before}\n\n{found.text}" if before else found.text
    words = _("The words of “%(name)s” are in the message below. Nothing is sent yet.") % {"name": found.name}
    return _page(request, person, MessageForm(typed), inserted=words)


def _page(
    request: StaffRequest,
    person: Patient,
    form: MessageForm | None = None,
    *,
    inserted: str = "",
    status: int = 200,
) -> HttpResponse:
    now = clock.now()
    strip = patient_summary.strip(request.actor, person, now)
    before: datetime | None = as_instant(request.GET.get("before", ""))
    thread = threads.thread(request.actor, person, now, before)
    if strip.may_write and form is None:
        form = MessageForm(day=as_day(request.GET.get("day", "")))
    if form:
        form.offer(threads.days_with_notes(thread.entries))
    context = {
        "strip": strip,
        "thread": thread,
        "before": before,
        "form": form,
        "inserted": inserted,
        "templates": MessageTemplate.objects.visible_to(request.actor).current().by_name()
        if strip.may_write
        else [],
        "may_mail": actions.messages.may_mail(person),
        "reads": IN_ENGLISH[Language(person.language)] if person.language != Language.ENGLISH else "",
    }
    return TemplateResponse(request, "exercises/messages.html", context, status=status)


def _written(request: StaffRequest, form: TemplateForm, found: MessageTemplate | None) -> bool:
    try:
        actions.write_template(actor=request.actor, entry=form.entry(), template=found)
    except Refused as refused:
        show_refusal(form, refused)
        return False
    said.success(request, _("Saved."))
    return True


def _patient(request: StaffRequest, pk: UUID) -> Patient:
    return get_object_or_404(Patient.objects.visible_to(request.actor).select_related("clinic"), pk=pk)


def _template(request: StaffRequest, pk: UUID) -> MessageTemplate:
    return get_object_or_404(MessageTemplate.objects.visible_to(request.actor), pk=pk)
