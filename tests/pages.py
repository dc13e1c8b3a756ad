"""Asking for pages as somebody, and reading what stands on them."""

from html import unescape
from typing import Any

from django.test import Client


def signed_in(user: Any) -> Client:
    client = Client()
    client.force_login(user)
    return client


def text(response: Any) -> str:
    """The page with its markup, one space between the words."""
    return " ".join(unescape(response.content.decode()).split())
