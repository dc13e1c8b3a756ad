"""As browsers meet an installation: https and its cookies, its headers, nobody's debug page."""

import os
import runpy
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from unittest import mock

import pytest
from django.conf import settings as configured
from django.test import Client

OF_BROWSERS = (
    "SESSION_",
    "CSRF_",
    "SECURE",
    "X_FRAME",
    "SITE_URL",
    "PATIENT_COOKIE",
    "DEVICE_COOKIE",
    "ASKED_COOKIE",
    "NOTICE_COOKIE",
    "LANGUAGE_COOKIE",
)
ENVIRONMENT = {
    "DEBUG": "0",
    "DEMO": "0",
    "SITE_URL": "https://testserver",
    "ALLOWED_HOSTS": "testserver",
    "FOOTWORK_DEPLOYMENT_ID": "as-in-production",
}


def production_settings() -> dict[str, Any]:
    """What clinic/settings.py says there; all of it."""
    with mock.patch.dict(os.environ, ENVIRONMENT):
        found = runpy.run_path(str(configured.BASE_DIR / "clinic" / "settings.py"))
    return {name: value for name, value in found.items() if name.isupper()}


def use(settings: Any) -> None:
    """Of the rest the tests need their own: database, mail, files. Before any client is made."""
    for name, value in production_settings().items():
        if name.startswith(OF_BROWSERS):
            setattr(settings, name, value)


@contextmanager
def over_https(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Every request of a test client."""
    plain = Client.generic

    def secure(client: Client, *args: Any, **kwargs: Any) -> Any:
        return plain(client, *args, **kwargs | {"secure": True})

    with monkeypatch.context() as patched:
        patched.setattr(Client, "generic", secure)
        yield
