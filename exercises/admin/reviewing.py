"""Who waits for a review, and how a text leaves the queue without being published."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _t

from clinic.actors import Actor
from clinic.adminsite import actor_of
from clinic.errors import Refused
from clinic.models import AuditEntry
from exercises import actions
from exercises.forms.curation import SendBackForm
from exercises.models import Exercise

ENDS = ("exercise.published", "exercise.review_asked", "exercise.review_withdrawn", "exercise.sent_back")


@dataclass(frozen=True, slots=True)
class Standing:
    """What the form says about the review. ``reason`` of a text that was sent back and has not gone on since."""

    asked_by: str = ""
    asked_at: datetime | None = None
    own: bool = False
    sent_back_by: str = ""
    reason: str = ""


def standing(exercise: Exercise, actor: Actor) -> Standing:
    if exercise.review_asked_at is not None and exercise.review_asked_by is not None:
        own = exercise.review_asked_by_id == actor.user_id
        return Standing(exercise.review_asked_by.name, exercise.review_asked_at, own)
    last = (
        AuditEntry.objects.filter(
            object_type=Exercise._meta.label_lower, object_id=str(exercise.pk), verb__in=ENDS
        )
        .order_by("-pk")
        .first()
    )
    if last is None or last.verb != "exercise.sent_back":
        return Standing()
    return Standing(sent_back_by=last.actor_label, reason=last.reason)


def page(admin: Any, request: HttpRequest, pk: UUID) -> HttpResponse:
    """Send it back with a reason; who asked may withdraw without one."""
    exercise = admin.one(request, pk)
    form = SendBackForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        reason = form.cleaned_data["reason"].strip()
        try:
            actions.end_review(actor=actor_of(request), exercise=exercise, reason=reason)
        except Refused as refusal:
            form.add_error(refusal.field, refusal.message)
        else:
            messages.success(request, _t("%(name)s no longer waits for review.") % {"name": exercise.name})
            return HttpResponseRedirect(reverse("admin:exercises_exercise_change", args=[exercise.pk]))
    context = admin.page_context(request, _t("End the review"), exercise)
    context |= {"form": form, "review": standing(exercise, actor_of(request))}
    status = 422 if form.errors else 200
    return TemplateResponse(request, "admin/exercises/exercise/send_back.html", context, status=status)
