from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from clinic import audit
from clinic.actors import Actor
from clinic.errors import Refused
from exercises import figures
from exercises.actions import search_index
from exercises.models import Evidence, Exercise, ExerciseVersion, Routine, Stage

NEEDED = {
    "steps": gettext_lazy("the steps"),
    "stop_rules": gettext_lazy("the stop rules"),
    "alt_text": gettext_lazy("the picture in words"),
    "sides": gettext_lazy("the sides"),
}


# What the search knows is written by ``search_index`` alone: an instance may hold it as it was when it was read.
WRITTEN = [field.name for field in Exercise._meta.local_concrete_fields if field.name not in {"id", "search"}]


def missing_for_publishing(exercise: Exercise) -> list[str]:
    """What a text still lacks before it may be published, in words."""
    missing = [str(words) for name, words in NEEDED.items() if not getattr(exercise, name)]
    if not (exercise.sources or exercise.evidence_tag == Evidence.PRACTICE):
        missing.append(_("a source or the tag “practice-based”"))
    if not exercise.findings.exists():
        missing.append(_("a finding that it is for"))
    return missing


@transaction.atomic
def save_exercise(*, actor: Actor, exercise: Exercise) -> Exercise:
    """Keep a curator's text. Nothing that patients see changes before it is published."""
    created = exercise._state.adding
    exercise.save(update_fields=None if created else WRITTEN)
    audit.record(actor, "exercise.created" if created else "exercise.edited", exercise)
    return exercise


@transaction.atomic
def publish_exercise(*, actor: Actor, exercise: Exercise, now: datetime) -> ExerciseVersion:
    """Make the text the version that new programmes get. The publishing person signs it off.

    Refuses an incomplete text and one that is published as it stands. Running programmes keep theirs.
    """
    locked = Exercise.objects.select_for_update(of=("self",)).select_related("current").get(pk=exercise.pk)
    if missing := missing_for_publishing(locked):
        message = _("%(exercise)s cannot be published without %(missing)s.")
        raise Refused(message % {"exercise": locked.name, "missing": ", ".join(missing)}, code="incomplete")
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
    search_index.index([locked])
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
