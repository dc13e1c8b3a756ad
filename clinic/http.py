"""Requests as the views know them."""

from collections.abc import Iterator
from contextlib import contextmanager
from ipaddress import IPv6Address, ip_address, ip_network
from typing import TYPE_CHECKING

from django.conf import settings
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


def client_network(request: HttpRequest) -> str:
    """Whose tries are counted together: an IPv4 address, or the /64 that one household or phone has in IPv6.

    Of X-Forwarded-For only what our own proxies wrote, counted from the right; the rest is the visitor's invention.
    """
    said = request.META.get("REMOTE_ADDR", "")
    if count := settings.TRUSTED_PROXY_COUNT:
        hops = request.META.get("HTTP_X_FORWARDED_FOR", "").split(",")
        said = hops[-count].strip() if len(hops) >= count else said
    try:
        address = ip_address(said)
    except ValueError:
        return "unknown"
    if isinstance(address, IPv6Address):
        mapped = address.ipv4_mapped
        return str(mapped) if mapped else str(ip_network((int(address), 64), strict=False))
    return str(address)
