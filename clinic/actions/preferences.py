"""What a member of staff chooses for themselves."""

from django.db import transaction

from clinic import audit
from clinic.actors import Actor
from clinic.models import User


@transaction.atomic
def choose_keys(*, actor: Actor, search_keys: bool) -> bool:
    """Whether keys lead to the search for patients on the actor's own pages; False: it was so already."""
    assert actor.user_id is not None  # only staff have keys
    rows = User.objects.select_for_update(of=("self",)).select_related("staff_membership")
    user = rows.get(pk=actor.user_id)
    if user.search_keys == search_keys:
        return False
    before, user.search_keys = user.search_keys, search_keys
    user.save(update_fields=["search_keys"])
    values = {"before": {"search_keys": before}, "after": {"search_keys": search_keys}}
    audit.record(actor, "member.keys_chosen", user.staff_membership, changes=values)
    return True
