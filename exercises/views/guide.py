"""Today's exercises one after the other, with a clock. The page and its script are all it takes, so that it runs without
a network; what was done is said by the patient, through the form of the day's log."""

from collections.abc import Collection, Sequence
from typing import Any
from uuid import UUID, uuid4

from django.http import HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from exercises import cautions, doses, translations
from exercises.figures import side_caption
from exercises.forms.log import QUESTIONS
from exercises.models import Done, LogEntry, Programme, ProgrammeItem, Way
from exercises.schedule import local_day
from exercises.timeline import dose_data
from patients.access import link_required
from patients.http import PatientRequest
from patients.models import Measure, Patient, patient_flags
from patients.models.outcome import WORST_PAIN

ASKED = {Measure.PAIN_FOOT, Measure.PAIN_BACK}


@require_safe
@link_required
def guide(request: PatientRequest) -> HttpResponse:
    access = request.access
    day = local_day(access.now, access.patient.time_zone)
    programmes = Programme.objects.visible_to(access.actor).active().with_items()
    items = [item for programme in programmes for item in programme.items_due_on(day)]
    translations.say(items, access.patient.language)
    logs = LogEntry.objects.visible_to(access.actor).on(day)
    said = dict(logs.values_list("item_id", "done")) if items else {}
    flags = patient_flags(access.patient).keys if items else frozenset()
    done = {pk for pk, answer in said.items() if answer == Done.DONE}
    context = {**guide_context(access.patient, items, flags, done), "day": day, "report": uuid4()}
    return TemplateResponse(request, "exercises/guide.html", context)


def guide_context(
    patient: Patient, items: Sequence[ProgrammeItem], flags: frozenset[str], done: Collection[UUID]
) -> dict[str, Any]:
    return {
        "clinic": patient.clinic,
        "help_url": reverse("patients:help", args=[patient.clinic_id]),
        "lines": [
            {"item": item, "first": not n, "told": cautions.told(item.version, flags, item.kit)}
            for n, item in enumerate(items)
        ],
        "pain": [(asked.value, question) for asked, question in QUESTIONS.items() if asked in ASKED],
        "scores": range(WORST_PAIN + 1),
        "answers": Done.choices,
        "way": Way.GUIDE,
        "data": {"words": _words(), "items": {str(item.pk): _item(item, item.pk in done) for item in items}},
    }


def _item(item: ProgrammeItem, done: bool) -> dict[str, Any]:
    """``count``: the repetitions in words, for a set that the patient counts. ``shown``: what stands under the picture,
    by the side that is being done."""
    dose, picture = item.dose, "" if item.version.photo else item.version.picture
    times = doses.phrases(doses.Dose(repetitions=dose.repetitions))
    data = dose_data(dose)
    sides = [dose.side or doses.Side.NOT_SIDED]
    if dose.side is doses.Side.BOTH_IN_TURN:
        sides += [doses.Side.LEFT, doses.Side.RIGHT]
    names = {side: side if "side" in data else "" for side in sides}
    return {
        "dose": data,
        "sides": {names[side]: doses.side_words(side, dose.limb) for side in sides},
        "shown": {names[side]: side_caption(picture, (dose.side and side) or "") for side in sides},
        "count": times[0] if times else "",
        "done": done,
    }


def _words() -> dict[str, str]:
    """All that the script says. ``{…}`` is filled in by the script; each text is a whole sentence."""
    return {
        "ready": _("Get ready"),
        "ready_side": _("Get ready: {side}"),
        "switch_side": _("Change sides: {side}"),
        "hold": _("Hold"),
        "release": _("Relax"),
        "up": _("Go up"),
        "down": _("Go down"),
        "rep": _("Now do it"),
        "rep_count": _("Now do it: {count}"),
        "work": _("Keep going"),
        "rest": _("Rest"),
        "rest_open": _("Rest as long as you like"),
        "ns": _("Next: set {set} of {sets}"),
        "no": _("Next: set {set}"),
        "s": _("Set {set} of {sets}"),
        "o": _("Set {set}"),
        "r": _("Number {rep} of {reps}"),
        "sr": _("Set {set} of {sets}, number {rep} of {reps}"),
        "or": _("Set {set}, number {rep} of {reps}"),
        "start": _("Start"),
        "pause": _("Pause"),
        "paused": _("Paused"),
        "continue": _("Continue"),
        "go_on": _("Go on"),
        "ask": _("Did you do it?"),
        "one_of": _("Exercise {n} of {all}"),
    }
