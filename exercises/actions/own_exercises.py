"""A clinic's own exercises: seen, published and assigned by its staff alone."""

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from clinic import audit
from clinic.actors import Actor
from clinic.errors import Refused
from clinic.models import Clinic
from clinic.photos import Encoded
from exercises.actions import search_index
from exercises.actions.catalogue import save_exercise
from exercises.actions.meanwhile import lock_as_seen
from exercises.actions.photos import keep_photo
from exercises.actions.short_names import short_name
from exercises.models import Exercise, Stage
from patients.models import FindingType

# On every exercise, in the words that the shared catalogue uses. More may be added, none may be left out.
STANDARD_STOP_RULES = (
    gettext_noop(
        "Stop this exercise and contact your clinic if pain turns sharp or starts to spread, if your foot or leg goes numb, or if something swells that was not swollen before."
    ),
    gettext_noop(
        "Stop and open “Get help now” if your calf becomes painful or swollen, if you feel a snap, or if you feel dizzy or faint."
    ),
    gettext_noop(
        "Tell us if it hurts more than 5 out of 10 while you do it, or is still worse the next morning."
    ),
)


@transaction.atomic
def write_own_exercise(
    *,
    actor: Actor,
    exercise: Exercise,
    findings: Iterable[FindingType],
    image: Encoded | None = None,
    seen: str = "",
    now: datetime,
) -> Exercise:
    """Keep the text of the actor's clinic, a new one or a changed one. Nothing that patients see changes.

    ``seen``: the mark of the text that the author began with; refuses to write over what somebody saved meanwhile.
    """
    if actor.clinic_id is None or (not exercise._state.adding and exercise.clinic_id != actor.clinic_id):
        raise Refused(_("This exercise is not your clinic's own."), code="not_own")
    findings = list(findings)
    if exercise._state.adding:
        exercise.clinic = Clinic.objects.get(pk=actor.clinic_id)
        exercise.slug = short_name(exercise.name, "exercise")
    else:
        _follow(lock_as_seen(exercise, findings, seen), exercise)
    if exercise.stage == Stage.PUBLISHED and not findings:
        message = _("It is published: at least one finding that it is for has to stay.")
        raise Refused(message, code="last_tag", field="findings")
    exercise.stop_rules = with_standard(exercise.stop_rules)
    if image is not None:
        exercise.photo = keep_photo(actor=actor, clinic=exercise.clinic, image=image, now=now)
        exercise.picture = ""
    save_exercise(actor=actor, exercise=exercise)
    exercise.findings.set(findings)
    search_index.index([exercise])
    return exercise


@transaction.atomic
def restore_own_exercise(*, actor: Actor, exercise: Exercise) -> Exercise:
    """A retired exercise can be assigned again, as it was published last."""
    locked = Exercise.objects.select_for_update(of=("self",)).get(pk=exercise.pk)
    if locked.clinic_id is None or locked.clinic_id != actor.clinic_id:
        raise Refused(_("This exercise is not your clinic's own."), code="not_own")
    if locked.stage != Stage.RETIRED or locked.current_id is None:
        raise Refused(_("%(exercise)s is not retired.") % {"exercise": locked.name}, code="not_retired")
    locked.stage = exercise.stage = Stage.PUBLISHED
    locked.save(update_fields=["stage"])
    audit.record(actor, "exercise.restored", locked)
    return locked


def _follow(stored: Exercise, exercise: Exercise) -> None:
    """What authors do not write stays as it is now: it may have been published or retired while they wrote."""
    for name in ("stage", "current_id", "review_asked_by_id", "review_asked_at"):
        setattr(exercise, name, getattr(stored, name))


def with_standard(rules: Iterable[str]) -> list[str]:
    return [*STANDARD_STOP_RULES, *(rule for rule in rules if rule not in STANDARD_STOP_RULES)]
