"""A running programme goes over to what the catalogue says now: only by a practitioner, and never by itself."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from clinic import audit
from clinic.actors import Actor
from clinic.errors import Refused
from clinic.roles import WRITES_CLINICAL
from exercises import kit
from exercises.actions.cautions import judged, write_overrides
from exercises.actions.programmes import refuse_while_flagged
from exercises.actions.revisions import Given, keep_revision
from exercises.actions.seen import shot_of
from exercises.actions.succession import as_planned, compared, replace
from exercises.cautions import Concern, Line, anew_words
from exercises.models import (
    CautionOverride,
    ExerciseVersion,
    LogEntry,
    Programme,
    ProgrammeItem,
    Side,
    Stage,
)
from patients.actions.records import open_for_writing
from patients.models import PatientFlags, patient_flags


@transaction.atomic
def accept_version(
    *,
    actor: Actor,
    programme: Programme,
    item: ProgrammeItem,
    version: ExerciseVersion,
    reasons: Mapping[str, str],
    now: datetime,
) -> Programme:
    """One exercise of the programme is shown as ``version`` has it from now on. The dose stays as it was given, and days
    past keep the text that was read on them."""
    return accept_versions(
        actor=actor, programme=programme, versions={item.pk: version.pk}, reasons=reasons, now=now
    )


@transaction.atomic
def accept_versions(
    *,
    actor: Actor,
    programme: Programme,
    versions: Mapping[UUID, int],
    reasons: Mapping[str, str],
    now: datetime,
) -> Programme:
    """``versions``: by item, the version that the practitioner looked at; one that is not in use any more is refused.

    The patient's cautions are judged anew: what they block is refused, and a reason is needed where there is none yet.
    Nothing is taken over while a warning sign waits for a decision, or after one against exercises.
    """
    if actor.user_id is None or not actor.has_role(WRITES_CLINICAL):
        raise Refused(_("Only a practitioner may do this."), code="not_practitioner")
    patient = open_for_writing(programme.patient_id)
    refuse_while_flagged(actor, patient)  # another text is something new that is given to the patient
    programme = Programme.objects.with_current_items("version__exercise__current").get(pk=programme.pk)
    if not programme.is_active:
        raise Refused(_("This programme has ended already."), code="ended")
    current, today = programme.current, patient.local_day(now)
    chosen = [item for item in current if item.pk in versions]
    if not chosen or len(chosen) < len(versions):
        raise Refused(_("Choose exercises of this programme."), code="other_programme")
    newer = {item.pk: _newer(item, versions[item.pk]) for item in chosen}
    given = CautionOverride.objects.given([programme]).get(programme.pk, {})
    lines = [item.line(newer[item.pk]) for item in chosen]
    confirmed = _judged(lines, patient_flags(patient), reasons, given)
    kept_before = programme.revisions.exists()
    before = None if kept_before else Given.of(programme, shot_of(programme, current))
    programme.version += 1
    programme.save(update_fields=["version"])
    logged = LogEntry.objects.on(today).filter(programme=programme).values_list("item_id", flat=True)
    diff = compared([as_planned(item, newer.get(item.pk, item.version)) for item in current], current)
    items = replace(programme, diff, frozenset(logged), today)
    keep_revision(programme, Given(actor.user_id, now, shot_of(programme, items)), before)
    write_overrides(programme, confirmed, reasons, actor.user_id, now)
    audit.record(
        actor,
        "programme.versions_accepted",
        programme,
        changes={
            "version": programme.version,
            "from": [item.version_id for item in chosen],
            "to": [newer[item.pk].pk for item in chosen],
            "overridden": {concern.flag.key: concern.slugs for concern in confirmed},
        },
    )
    return programme


def _judged(
    lines: Sequence[Line],
    flags: PatientFlags,
    reasons: Mapping[str, str],
    given: Mapping[str, Collection[str]],
) -> list[Concern]:
    """A note for the patient is written when a programme is assigned: where one is missing, only a new one helps."""
    try:
        return judged(lines, flags, reasons, given)
    except Refused as refused:
        if refused.code != "note_needed":
            raise
        raise Refused(anew_words(refused.message), code="note_needed") from refused


def _newer(item: ProgrammeItem, wanted: int) -> ExerciseVersion:
    """What the item may be pinned to: side and kit were chosen for this patient, so they have to hold on."""
    exercise = item.version.exercise
    new = exercise.current
    if new is None or exercise.stage != Stage.PUBLISHED or new.pk != wanted:
        message = _("The catalogue has changed in the meantime at %(exercise)s. Look at it again.")
        raise Refused(message % {"exercise": item.version.name}, code="stale")
    if new.pk == item.version_id:
        message = _("%(exercise)s is in use in this version already.")
        raise Refused(message % {"exercise": item.version.name}, code="current")
    new.exercise = exercise  # read already
    what = ""
    if item.side not in new.sides:
        what = str(Side(item.side).label)
    elif item.kit not in new.kit_options and (item.kit or new.kit_options):
        what = kit.name(item.kit) if item.kit else _("no choice of what it is done with")
    if what:
        message = _(
            "The new version of %(exercise)s does not fit what was chosen here: %(what)s. "
            "Assign a new programme with it, and end this one."
        )
        raise Refused(message % {"exercise": item.version.name, "what": what}, code="does_not_fit")
    return new
