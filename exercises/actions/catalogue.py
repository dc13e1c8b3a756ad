from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from clinic import audit
from clinic.actors import Actor
from clinic.errors import Refused
from exercises import figures
from exercises.models import Exercise, ExerciseVersion, Routine, Stage

LARGEST_ROUTINE = 4  # "prescribe 2, at most 4" (heprev); a programme may hold more after a warning
NEEDED = {
    "steps": gettext_lazy("the steps"),
    "stop_rules": gettext_lazy("the stop rules"),
    "alt_text": gettext_lazy("the picture in words"),
    "sides": gettext_lazy("the sides"),
}


@transaction.atomic
def save_exercise(*, actor: Actor, exercise: Exercise) -> Exercise:
    """Keep a curator's text. Nothing that patients see changes before it is published."""
    created = exercise._state.adding
    exercise.save()
    audit.record(actor, "exercise.created" if created else "exercise.edited", exercise)
    return exercise


@transaction.atomic
def publish_exercise(*, actor: Actor, exercise: Exercise, now: datetime) -> ExerciseVersion:
    """Make the text the version that new programmes get. The publishing person signs it off.

    Refuses an incomplete text and one that is published as it stands. Running programmes keep theirs.
    """
    locked = Exercise.objects.select_for_update(of=("self",)).select_related("current").get(pk=exercise.pk)
    if missing := [words for name, words in NEEDED.items() if not getattr(locked, name)]:
        message = _("%(exercise)s cannot be published without %(missing)s.")
        raise Refused(
            message % {"exercise": locked.name, "missing": ", ".join(map(str, missing))}, code="incomplete"
        )
    if locked.picture and locked.picture not in figures.slugs():
        message = _("%(exercise)s: there is no picture “%(picture)s”. Known are: %(known)s.")
        values = {"exercise": locked.name, "picture": locked.picture, "known": ", ".join(figures.slugs())}
        raise Refused(message % values, code="picture")
    if locked.stage == Stage.PUBLISHED and not locked.has_unpublished_changes:
        raise Refused(
            _("%(exercise)s is published as it stands.") % {"exercise": locked.name}, code="unchanged"
        )
    newest = locked.versions.order_by("-number").first()
    version = ExerciseVersion.objects.create(
        exercise=locked,
        number=newest.number + 1 if newest else 1,
        published_by_id=actor.user_id,
        published_at=now,
        **locked.content(),
    )
    locked.current, locked.stage = version, Stage.PUBLISHED
    locked.save(update_fields=["current", "stage"])
    exercise.current, exercise.stage = version, Stage.PUBLISHED
    audit.record(actor, "exercise.published", locked, changes={"version": version.number})
    return version


@transaction.atomic
def retire_exercise(*, actor: Actor, exercise: Exercise) -> Exercise:
    """Take it out of the catalogue. Programmes that hold it go on.

    Refuses one that a published routine holds: what a clinician signed off would shrink in silence.
    """
    locked = Exercise.objects.select_for_update(of=("self",)).get(pk=exercise.pk)
    if locked.stage != Stage.PUBLISHED:
        message = _("%(exercise)s is not published.")
        raise Refused(message % {"exercise": locked.name}, code="not_published")
    holding = Routine.objects.assignable().filter(items__exercise=locked)
    if names := list(holding.values_list("name", flat=True)):
        message = _("%(exercise)s: Take it out of these routines first, or retire them: %(routines)s.")
        raise Refused(message % {"exercise": locked.name, "routines": ", ".join(names)}, code="in_routine")
    locked.stage = exercise.stage = Stage.RETIRED
    locked.save(update_fields=["stage"])
    audit.record(actor, "exercise.retired", exercise)
    return exercise


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
