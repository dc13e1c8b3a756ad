"""Before something is taken out of the catalogue: who uses it."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import ngettext

from clinic.adminsite import actor_of
from exercises import usage
from exercises.models import Exercise


def page(admin: Any, request: HttpRequest, pk: UUID) -> HttpResponse:
    return question(admin, request, [admin.one(request, pk)])


def question(admin: Any, request: HttpRequest, exercises: Sequence[Exercise]) -> HttpResponse:
    """The answer is the list's action, with ``confirmed``."""
    title = ngettext("Retire this exercise?", "Retire these exercises?", len(exercises))
    context = admin.page_context(request, title, exercises[0] if len(exercises) == 1 else None)
    context["uses"] = usage.of(exercises, actor_of(request))
    return TemplateResponse(request, "admin/exercises/exercise/retire.html", context)
