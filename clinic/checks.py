"""System checks: what the environment's readers cannot judge variable by variable."""

import os
import re
from collections.abc import Sequence
from ipaddress import ip_address
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import available_timezones

from cryptography.fernet import Fernet
from django.conf import settings
from django.core.checks import CheckMessage, Error, Warning
from django.db import DatabaseError, connection

from clinic import app_role

SHORTEST_TOKEN = 32
DOMAIN = re.compile(r"([a-z0-9]([a-z0-9-]*[a-z0-9])?\.)+[a-z]{2,}", re.IGNORECASE)
SIGNING = {
    "mailgun",
    "mandrill",
    "sendgrid",
}  # mail services whose reports are signed; the others send a password
PROVIDERS = SIGNING | {"brevo", "mailjet", "postmark", "sparkpost"}
SHORTEST_SECRET = 20  # characters


def check_installation(**_: Any) -> list[CheckMessage]:
    return [*_keys(), *_addresses(), *_mail(), *_returned_mail(), *_mail_domain(), *_help(), *_watching()]


def check_database_role(databases: Sequence[str] | None = None, **_: Any) -> list[CheckMessage]:
    """Whether policies bind the application; asked where the database may be, as with ``check --database default``."""
    role = settings.APPLICATION_ROLE[0]
    if not databases or settings.DEBUG or connection.settings_dict["USER"] != role:
        return []
    try:
        with connection.cursor() as cursor:
            faults = app_role.faults(cursor, role)
    except DatabaseError:
        return []  # others say that it is away
    if not faults:
        return []
    hint = "Give the application a role of its own: docs/row-level-security.md"
    message = f"No policy binds the role {role} of DATABASE_URL: {', '.join(faults)}"
    return [Warning(message, hint=hint, id="footwork.W002")]


def check_deployment(**_: Any) -> list[CheckMessage]:
    """Of ``check --deploy``: what an installation can do without, and should not."""
    if settings.BACKUP_DIR and settings.BACKUP_RECIPIENT:
        return []
    hint = "Or see to it that what makes backups calls manage.py backup --made-elsewhere, and silence this check."
    message = "BACKUP_DIR and BACKUP_RECIPIENT do not say where backups go, and for whom they are encrypted"
    return [Warning(message, hint=hint, id="footwork.W003")]


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
    if not settings.STAFF_SECOND_FACTOR and not settings.DEBUG and not settings.DEMO:
        found.append(Error("STAFF_SECOND_FACTOR may be off in demo and development only", id="footwork.E030"))
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


def _returned_mail() -> list[CheckMessage]:
    found: list[CheckMessage] = []
    if settings.BOUNCE_DOMAIN and not DOMAIN.fullmatch(settings.BOUNCE_DOMAIN):
        found.append(Error("BOUNCE_DOMAIN must be a domain: returns.clinic.example", id="footwork.E020"))
    if settings.IMAP_URL and not settings.IMAP_URL.startswith("imaps://"):
        found.append(Error("IMAP_URL must look like imaps://user:password@host/folder", id="footwork.E021"))
    for name, secret in settings.MAIL_EVENTS.items():
        if name not in PROVIDERS:
            found.append(Error(f"MAIL_EVENTS: {name!r} is no mail service that we read", id="footwork.E022"))
        elif len(secret) < SHORTEST_SECRET or (name not in SIGNING and ":" not in secret):
            hint = "a signing key, or user:password where the service signs nothing; 20 characters at least"
            found.append(
                Error(f"MAIL_EVENTS: the secret of {name} is no good", hint=hint, id="footwork.E023")
            )
    return found


def _mail_domain() -> list[CheckMessage]:
    found: list[CheckMessage] = []
    for address in settings.MAIL_SENDING_ADDRESSES:
        if not _is_address(address):
            message = f"MAIL_SENDING_ADDRESSES: {address!r} is no IP address"
            found.append(Error(message, id="footwork.E024"))
    where = urlsplit(f"//{settings.DNS_SERVER}")
    if settings.DNS_SERVER and not _is_address(where.hostname or ""):
        message = "DNS_SERVER must look like 192.0.2.1:53 or [2001:db8::1]:53"
        found.append(Error(message, id="footwork.E025"))
    return found


def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True


def _help() -> list[CheckMessage]:
    """A page that cannot be written would go on showing an old number while the database is away."""
    folder = Path(settings.HELP_DIR)
    there = next(path for path in (folder, *folder.absolute().parents) if path.exists())
    if there.is_dir() and os.access(there, os.W_OK):
        return []
    return [Error(f"HELP_DIR {folder} cannot be written", id="footwork.E009")]


def _watching() -> list[CheckMessage]:
    found: list[CheckMessage] = []
    if settings.DEPLOYMENT_GUARD and not re.fullmatch(r"[A-Za-z0-9-]{8,40}", settings.DEPLOYMENT_ID):
        hint = "Make one with: python3 -c 'import uuid; print(uuid.uuid4())'. Without it no mail leaves."
        message = "FOOTWORK_DEPLOYMENT_ID must be 8 to 40 letters, digits and hyphens"
        found.append(Error(message, hint=hint, id="footwork.E010"))
    if settings.MONITOR_TOKEN and len(settings.MONITOR_TOKEN) < SHORTEST_TOKEN:
        hint = "Make one with: python3 -c 'import secrets; print(secrets.token_urlsafe(32))'"
        found.append(Error("MONITOR_TOKEN can be guessed: it is too short", hint=hint, id="footwork.E011"))
    if settings.OPERATOR_EMAIL and "@" not in settings.OPERATOR_EMAIL:
        found.append(Error("OPERATOR_EMAIL must be an e-mail address", id="footwork.E012"))
    return found
