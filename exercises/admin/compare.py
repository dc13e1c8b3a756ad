"""Two texts of an exercise beside each other, with the words that changed."""

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.formats import date_format
from django.utils.translation import gettext as _t

from exercises.forms.curation import CompareForm
from exercises.models import Exercise, ExerciseContent, ExerciseVersion
from exercises.version_diff import changes

WORKING = "working"


def page(admin: Any, request: HttpRequest, pk: UUID) -> HttpResponse:
    """From the published text to the working one, unless other two are asked for."""
    exercise = admin.one(request, pk)
    versions = {str(version.number): version for version in exercise.versions.select_related("published_by")}
    texts = [(WORKING, _t("the text as it stands now")), *((key, _named(v)) for key, v in versions.items())]
    form = CompareForm(_asked(request, exercise, versions), texts=texts)
    context = admin.page_context(request, _t("What changed"), exercise) | {"form": form, "versions": versions}
    if form.is_valid():
        chosen = form.cleaned_data
        content: dict[str, ExerciseContent] = {WORKING: exercise, **versions}
        context |= {
            "changes": changes(content[chosen["old"]], content[chosen["new"]]),
            "old": dict(texts)[chosen["old"]],
            "new": dict(texts)[chosen["new"]],
        }
    return TemplateResponse(request, "admin/exercises/exercise/compare.html", context)


def _asked(request: HttpRequest, exercise: Exercise, versions: dict[str, ExerciseVersion]) -> dict[str, str]:
    """With nothing to publish, the last two versions say what the last publishing changed."""
    numbers = list(versions)  # newest first
    old, new = (numbers[0] if numbers else WORKING), WORKING
    if len(numbers) > 1 and not exercise.has_unpublished_changes:
        old, new = numbers[1], numbers[0]
    return {"old": request.GET.get("old", old), "new": request.GET.get("new", new)}


def _named(version: ExerciseVersion) -> str:
    day = date_format(version.published_at, "j M Y")
    if version.published_by is None:
        return _t("version %(number)s, %(day)s") % {"number": version.number, "day": day}
    values = {"number": version.number, "day": day, "name": version.published_by.name}
    return _t("version %(number)s, %(day)s, %(name)s") % values
