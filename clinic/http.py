"""Requests as the views know them."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from django.contrib import messages
from django.http import HttpRequest
from django_htmx.middleware import HtmxDetails

from clinic.actors import Actor
from clinic.errors import Refused
from clinic.models import User


class StaffRequest(HttpRequest):
    """A signed-in member of staff."""

    if TYPE_CHECKING:
        user: User
        actor: Actor
        htmx: HtmxDetails


@contextmanager
def saying(request: HttpRequest, said: str) -> Iterator[None]:
    """For a button that has no form to go back to: the next page tells that it was done, or why it was refused."""
    try:
        yield
    except Refused as refused:
        messages.error(request, refused.message)
    else:
        messages.success(request, said)
