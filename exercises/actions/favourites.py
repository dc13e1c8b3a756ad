"""What a member of staff keeps at hand: a mark of their own that nobody else sees."""

from django.db import transaction
from django.utils.translation import gettext as _

from clinic import audit
from clinic.actors import Actor
from clinic.errors import Refused
from exercises.models import Exercise, Favourite


@transaction.atomic
def add_favourite(*, actor: Actor, exercise: Exercise) -> bool:
    """Marked twice is marked once. False: it was marked already, and nothing was written."""
    if actor.user_id is None:
        raise Refused(_("Only a member of staff has favourites."), code="no_user")
    _row, created = Favourite.objects.get_or_create(user_id=actor.user_id, exercise=exercise)
    if created:
        audit.record(actor, "favourite.added", exercise)
    return created


@transaction.atomic
def remove_favourite(*, actor: Actor, exercise: Exercise) -> bool:
    """False: it was not marked, and nothing was written."""
    removed, _rows = Favourite.objects.visible_to(actor).filter(exercise=exercise).delete()
    if removed:
        audit.record(actor, "favourite.removed", exercise)
    return bool(removed)
