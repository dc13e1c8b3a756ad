"""What the page of the guided exercises shows and what its script runs on; the copy on a patient's device holds the same."""

from collections.abc import Collection, Sequence
from typing import Any
from uuid import UUID

from django.urls import reverse
from django.utils.translation import gettext as _

from exercises import cautions, doses
from exercises.figures import side_caption
from exercises.forms.log import DayPage
from exercises.models import Done, ProgrammeItem, Way
from exercises.timeline import dose_data
from exercises.today import Said
from patients.models import Patient


def guide_context(
    patient: Patient, items: Sequence[ProgrammeItem], flags: frozenset[str], done: Collection[UUID]
) -> dict[str, Any]:
    page = DayPage(Said())  # nothing is chosen beforehand
    return {
        "clinic": patient.clinic,
        "help_url": reverse("patients:help", args=[patient.clinic_id]),
        "lines": [
            {"first": not n, "line": page.line(item, cautions.told(item.version, flags, item.kit))}
            for n, item in enumerate(items)
        ],
        "pain": page.pain(patient),
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
