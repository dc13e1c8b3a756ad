"""What a patient's cautions ask of whoever assigns exercises: a block is refused, the rest goes ahead with a reason.

Asked under the lock on the patient's row, which recording a check takes as well: neither passes the other by.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from django.utils.translation import gettext as _

from clinic.errors import Refused
from exercises import kit
from exercises.cautions import Concern, Line, blocked_words, concerns, note_words, unanswered
from exercises.models import CautionOverride, ExerciseVersion, Programme
from patients.cautions import Effect
from patients.models import PatientFlags

NOTHING: Mapping[str, Collection[str]] = {}


def judged(
    lines: Sequence[Line],
    flags: PatientFlags,
    reasons: Mapping[str, str],
    given: Mapping[str, Collection[str]] = NOTHING,
) -> list[Concern]:
    """What needs a reason and has one. Refuses what is blocked, and what lacks a reason or the note to the patient.

    ``given``: exercises for which there is a reason already, by flag.
    """
    refuse_unasked(flags)
    found = unanswered(concerns(lines, flags.keys), given)
    for concern in found:
        if concern.effect is Effect.BLOCK:
            raise Refused(blocked_words(concern), code="caution_blocks")
    confirmed = [concern for concern in found if concern.effect is Effect.CONFIRM]
    for concern in confirmed:
        if not reasons.get(concern.flag.key, "").strip():
            message = _("Say why it may go ahead in spite of “%(flag)s”: %(exercises)s.")
            said = {"flag": concern.flag.label, "exercises": concern.names}
            raise Refused(message % said, code="reason_needed", field="reasons")
        if concern.without_note:
            raise Refused(note_words(concern), code="note_needed", field="note")
    return confirmed


def refuse_unasked(flags: PatientFlags) -> None:
    if flags.present is None:
        message = _("Nobody has asked this patient about cautions yet. Ask, then assign.")
        raise Refused(message, code="no_cautions_asked")
    if not flags.were_asked:
        message = _("The list of cautions has new questions. Ask them, then assign.")
        raise Refused(message, code="no_cautions_asked")


def refuse_kit(version: ExerciseVersion, chosen: str) -> None:
    """One of the things that it can be done with, and nothing where there is no choice."""
    if chosen in version.kit_options or not (chosen or version.kit_options):
        return
    message = _("Choose what %(exercise)s is done with: %(things)s.")
    if not version.kit_options:
        message = _("%(exercise)s leaves no choice of what it is done with.")
    things = ", ".join(kit.name(key) for key in version.kit_options)
    raise Refused(message % {"exercise": version.name, "things": things}, code="kit")


def write_overrides(
    programme: Programme, confirmed: Sequence[Concern], reasons: Mapping[str, str], by: int, now: datetime
) -> list[CautionOverride]:
    return CautionOverride.objects.bulk_create(
        CautionOverride(
            clinic_id=programme.clinic_id,
            patient_id=programme.patient_id,
            programme=programme,
            flag=concern.flag.key,
            exercises=concern.slugs,
            reason=reasons[concern.flag.key].strip(),
            given_by_id=by,
            given_at=now,
        )
        for concern in confirmed
    )
