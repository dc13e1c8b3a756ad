from django import template

from clinic.actors import Actor
from exercises.outgoing.about import emails_seen_by

register = template.Library()


@register.simple_tag
def emails_to_look_at(actor: Actor) -> int:
    """Failed and unconfirmed e-mails of the last days, as far as this person may know of them."""
    return emails_seen_by(actor).to_look_at().count()
