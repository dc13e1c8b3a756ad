"""Requests as the views know them."""

import functools
from collections.abc import Iterator
from contextlib import contextmanager
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import TYPE_CHECKING
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest
from django.urls import reverse
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


def address(route: str, key: UUID) -> str:
    """As ``reverse(route, args=[key])``. Lists have dozens of addresses, and Django looks each of them up."""
    before, after = _around(route)
    return f"{before}{key}{after}"


@functools.cache
def _around(route: str) -> tuple[str, str]:
    anything = UUID(int=0)
    before, _key, after = reverse(route, args=[anything]).rpartition(str(anything))
    return before, after


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
    """Whose tries are counted together: an IPv4 address, or the /64 that one household or phone has in IPv6."""
    address = _address(request)
    if isinstance(address, IPv6Address):
        return str(ip_network((int(address), 64), strict=False))
    return str(address or "unknown")


def network_prefix(request: HttpRequest) -> str:
    """About where somebody is: 256 addresses of IPv4, or the /48 of IPv6. Empty where nobody can tell."""
    address = _address(request)
    if address is None:
        return ""
    bits = 24 if isinstance(address, IPv4Address) else 48
    return str(ip_network((int(address), bits), strict=False))


def _address(request: HttpRequest) -> IPv4Address | IPv6Address | None:
    """Of X-Forwarded-For only what our own proxies wrote, counted from the right; the rest is the visitor's invention."""
    said = request.META.get("REMOTE_ADDR", "")
    if count := settings.TRUSTED_PROXY_COUNT:
        hops = request.META.get("HTTP_X_FORWARDED_FOR", "").split(",")
        said = hops[-count].strip() if len(hops) >= count else said
    try:
        address = ip_address(said)
    except ValueError:
        return None
    return address.ipv4_mapped or address if isinstance(address, IPv6Address) else address
