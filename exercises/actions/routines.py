from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from clinic import audit
from clinic.actors import Actor
from clinic.errors import Refused
from exercises.models import Routine, Stage

LARGEST_ROUTINE = 4  # "prescribe 2, at most 4" (heprev); a programme may hold more after a warning


@transaction.atomic
def save_routine(*, actor: Actor, routine: Routine) -> Routine:
    """Keep a curator's edit. A published routine goes back to draft: somebody has to sign off what changed."""
    created = routine._state.adding
    if routine.stage == Stage.PUBLISHED:
        routine.stage, routine.signed_off_by, routine.signed_off_on = Stage.DRAFT, None, None
    routine.save()
    audit.record(actor, "routine.created" if created else "routine.edited", routine)
    return routine


@transaction.atomic
def publish_routine(*, actor: Actor, routine: Routine, now: datetime) -> Routine:
    """Sign the routine off, so that practitioners can assign it."""
    routine = Routine.objects.select_for_update().get(pk=routine.pk)
    items = routine.items.select_related("exercise")
    # Locked, so that none of them retires before the routine is published.
    exercises = [item.exercise for item in items.select_for_update(of=("exercise",))]
    if not exercises:
        raise Refused(_("%(routine)s holds no exercise.") % {"routine": routine.name}, code="empty")
    if len(exercises) > LARGEST_ROUTINE:
        message = _("%(routine)s holds %(n)s exercises; %(most)s are the most that are kept up.")
        values = {"routine": routine.name, "n": len(exercises), "most": LARGEST_ROUTINE}
        raise Refused(message % values, code="too_many")
    if unpublished := [exercise.name for exercise in exercises if exercise.stage != Stage.PUBLISHED]:
        message = _("Publish first: %(names)s.")
        raise Refused(message % {"names": ", ".join(unpublished)}, code="unpublished")
    if actor.user_id is None:
        raise Refused(_("A person has to sign off a routine."), code="nobody")
    routine.stage, routine.signed_off_by_id, routine.signed_off_on = (
        Stage.PUBLISHED,
        actor.user_id,
        now.date(),
    )
    routine.save(update_fields=["stage", "signed_off_by", "signed_off_on"])
    audit.record(actor, "routine.published", routine)
    return routine


@transaction.atomic
def retire_routine(*, actor: Actor, routine: Routine) -> Routine:
    """Take it out of the list. Programmes made from it go on."""
    if not Routine.objects.filter(pk=routine.pk, stage=Stage.PUBLISHED).update(stage=Stage.RETIRED):
        raise Refused(_("%(routine)s is not published.") % {"routine": routine.name}, code="not_published")
    routine.stage = Stage.RETIRED
    audit.record(actor, "routine.retired", routine)
    return routine
