"""System checks: what the environment's readers cannot judge variable by variable."""

import os
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import available_timezones

from cryptography.fernet import Fernet
from django.conf import settings
from django.core.checks import CheckMessage, Error, Warning


def check_installation(**_: Any) -> list[CheckMessage]:
    return [*_keys(), *_addresses(), *_mail(), *_help()]


def _keys() -> list[CheckMessage]:
    found: list[CheckMessage] = []
    if not settings.MFA_KEYS:
        hint = (
            "Make one with: python -c 'from cryptography.fernet import Fernet; "
            "print(Fernet.generate_key().decode())'"
        )
        found.append(Error("MFA_KEYS is empty", hint=hint, id="footwork.E001"))
    for number, key in enumerate(settings.MFA_KEYS, start=1):
        try:
            Fernet(key)
        except ValueError:
            found.append(Error(f"MFA_KEYS: key {number} is not a Fernet key", id="footwork.E002"))
    return found


def _addresses() -> list[CheckMessage]:
    found: list[CheckMessage] = []
    host = urlsplit(settings.SITE_URL).hostname
    if not host or urlsplit(settings.SITE_URL).scheme not in {"http", "https"}:
        found.append(Error("SITE_URL must look like https://exercises.clinic.example", id="footwork.E003"))
    elif host not in settings.ALLOWED_HOSTS:
        found.append(Error(f"SITE_URL's host {host} is missing in ALLOWED_HOSTS", id="footwork.E004"))
    if not settings.SECURE and not settings.DEBUG and not settings.DEMO:
        found.append(Error("SITE_URL must be https:// outside demo and development", id="footwork.E005"))
    if settings.TIME_ZONE not in available_timezones():
        found.append(Error(f"TIME_ZONE {settings.TIME_ZONE!r} is unknown", id="footwork.E006"))
    return found


def _mail() -> list[CheckMessage]:
    found: list[CheckMessage] = []
    if "@" not in settings.MAIL_FROM:
        found.append(Error("MAIL_FROM must be an e-mail address", id="footwork.E007"))
    times = settings.OUTBOX
    if 4 * times["command"] + times["final_reply"] >= times["lease"]:
        found.append(Error("OUTBOX: the lease must outlast one whole mail", id="footwork.E008"))
    if settings.DEMO and settings.SECURE:
        message = "DEMO is on at an https:// address: everybody can read the demo mailbox"
        found.append(Warning(message, id="footwork.W001"))
    return found


def _help() -> list[CheckMessage]:
    """A page that cannot be written would go on showing an old number while the database is away."""
    folder = Path(settings.HELP_DIR)
    there = next(path for path in (folder, *folder.absolute().parents) if path.exists())
    if there.is_dir() and os.access(there, os.W_OK):
        return []
    return [Error(f"HELP_DIR {folder} cannot be written", id="footwork.E009")]
