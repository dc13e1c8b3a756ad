"""The working text as a patient would read it: their own templates and style sheet, no patient."""

import re
from functools import cache
from pathlib import Path
from typing import Any
from uuid import UUID

from django.contrib.staticfiles import finders
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _t

from exercises.forms.log import DayPage
from exercises.models import CONTENT_COLUMNS, Exercise, ExerciseVersion, ProgrammeItem
from exercises.today import Said

# A medium is the patients' style sheet with its questions answered: what a phone or a printer would have said, however
# wide the curator's window is.
DARK, PRINT = "(prefers-color-scheme: dark)", "@media print"
MEDIA: dict[str, dict[str, str]] = {
    "phone": {DARK: "not all"},
    "dark": {DARK: "all"},
    "print": {DARK: "not all", PRINT: "@media all"},
}
PHONE, PAPER = 390 / 16, 186 / 25.4 * 96 / 16  # rem: a phone, and A4 within its margins
WIDTHS = {"phone": PHONE, "dark": PHONE, "print": PAPER}
ABOUT_WIDTH = re.compile(r"@media (?P<question>[^{]*\((?:min|max)-width:[^{]*?)\s*\{")
ONE_WIDTH = re.compile(r"\((min|max)-width:\s*([0-9.]+)rem\)")


def page(admin: Any, request: HttpRequest, pk: UUID) -> HttpResponse:
    exercise = admin.one(request, pk)
    item = _item(exercise)
    medium = request.GET.get("medium", "phone")
    context = {
        "exercise": exercise,
        "line": DayPage(Said()).line(item, []),
        "stop_rules": exercise.stop_rules,
        "medium": medium if medium in MEDIA else "phone",
        "right_to_left_text": request.GET.get("dir") == "rtl",
        "clinic": {"name": _t("The clinic’s name"), "shown_name": _t("The clinic’s name")},
        "help_url": "#main",
    }
    return TemplateResponse(request, "admin/exercises/exercise/preview.html", context)


def sheet(admin: Any, request: HttpRequest, medium: str) -> HttpResponse:
    admin.guard(request)
    if medium not in MEDIA:
        raise Http404
    return HttpResponse(_answered(medium), content_type="text/css; charset=utf-8")


@cache
def _answered(medium: str) -> str:
    path = finders.find("css/app.css")
    css = Path(str(path)).read_text(encoding="utf-8")
    for question, answer in MEDIA[medium].items():
        css = css.replace(question, answer)
    return ABOUT_WIDTH.sub(lambda found: _of_width(found["question"], WIDTHS[medium]), css)


def _of_width(question: str, width: float) -> str:
    """What else a question asks, such as the height, counts for phones of the usual size as answered with yes."""
    holds = all(
        width >= float(limit) if end == "min" else width <= float(limit)
        for end, limit in ONE_WIDTH.findall(question)
    )
    return "@media all {" if holds else "@media not all {"


def _item(exercise: Exercise) -> ProgrammeItem:
    """What a programme would hold, stored nowhere. How often is said where the source states both halves of it."""
    columns = {name: exercise.serializable_value(name) for name in CONTENT_COLUMNS if name != "photo"}
    version = ExerciseVersion(exercise=exercise, photo_id=exercise.photo_id, **columns)
    often: dict[str, Any] = {}
    if exercise.times_per_day_min and (exercise.days_per_week_min or exercise.every_n_days):
        often = {
            "times_per_day": exercise.times_per_day_min,
            "days_per_week": exercise.days_per_week_min,
            "every_n_days": exercise.every_n_days,
        }
    side = exercise.sides[0] if exercise.sides else "not_sided"
    return ProgrammeItem(version=version, side=side, **often, **version.dose_fields())
