"""Requests as the views know them."""

from typing import TYPE_CHECKING

from django.http import HttpRequest
from django_htmx.middleware import HtmxDetails

from clinic.actors import Actor
from clinic.models import User


class StaffRequest(HttpRequest):
    """A signed-in member of staff."""

    if TYPE_CHECKING:
        user: User
        actor: Actor
        htmx: HtmxDetails
