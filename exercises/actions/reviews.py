"""A second pair of eyes before a text is published: asked for, withdrawn, or sent back with a reason."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from clinic import audit, within
from clinic.actors import Actor
from clinic.errors import Refused
from exercises.models import Exercise, Proposal, Stage


@transaction.atomic
def ask_for_review(*, actor: Actor, exercise: Exercise, now: datetime) -> Exercise:
    """Put the text into the queue. It may be incomplete: the list says what is missing."""
    locked = Exercise.objects.select_for_update(of=("self",)).select_related("current").get(pk=exercise.pk)
    if locked.review_asked_at is not None:
        message = _("%(exercise)s waits for review already.")
        raise Refused(message % {"exercise": locked.name}, code="waits")
    if locked.stage == Stage.PUBLISHED and not locked.has_unpublished_changes:
        message = _("%(exercise)s is published as it stands: there is nothing to review.")
        raise Refused(message % {"exercise": locked.name}, code="unchanged")
    if actor.user_id is None:
        raise Refused(_("A person has to ask for a review."), code="nobody")
    locked.review_asked_by_id, locked.review_asked_at = actor.user_id, now
    locked.save(update_fields=["review_asked_by", "review_asked_at"])
    exercise.review_asked_by_id, exercise.review_asked_at = actor.user_id, now
    audit.record(actor, "exercise.review_asked", locked)
    return exercise


@transaction.atomic
def end_review(*, actor: Actor, exercise: Exercise, reason: str = "") -> Exercise:
    """Take the text out of the queue without publishing it.

    Who asked may withdraw without a word; anybody else sends it back and says why.
    """
    locked = Exercise.objects.select_for_update(of=("self",)).get(pk=exercise.pk)
    if locked.review_asked_at is None:
        message = _("%(exercise)s does not wait for review.")
        raise Refused(message % {"exercise": locked.name}, code="not_waiting")
    with within.every_clinic("proposals"):
        proposed = Proposal.objects.filter(copy=locked).waiting().exists()
    if proposed:
        raise Refused(_("A clinic proposed it. Decline the proposal instead."), code="proposal")
    own = actor.user_id is not None and locked.review_asked_by_id == actor.user_id
    if not reason and not own:
        raise Refused(_("Say why, so that it can be mended."), code="no_reason", field="reason")
    locked.review_asked_by = locked.review_asked_at = None
    locked.save(update_fields=["review_asked_by", "review_asked_at"])
    exercise.review_asked_by = exercise.review_asked_at = None
    verb = "exercise.review_withdrawn" if own and not reason else "exercise.sent_back"
    audit.record(actor, verb, locked, reason=reason)
    return exercise
