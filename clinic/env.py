"""Typed readers of the environment: nonsense stops the start, with the variable's name in the message."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, quote, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

TRUE, FALSE = {"1", "true", "yes", "on"}, {"0", "false", "no", "off", ""}


def text(name: str, default: str | None = None) -> str:
    """The variable, or the content of the file that NAME_FILE names (Docker and Kubernetes secrets)."""
    if path := os.environ.get(f"{name}_FILE"):
        try:
            return Path(path).read_text().strip()
        except OSError as error:
            raise ImproperlyConfigured(f"{name}_FILE: cannot read {path}: {error.strerror}") from error
    value = os.environ.get(name, default)
    if value is None:
        raise ImproperlyConfigured(f"{name} is not set")
    return value


def secret(name: str, *, shortest: int = 50) -> str:
    """A random value that nobody can guess: a default or a short one stops the start."""
    value = text(name)
    if len(value) < shortest or len(set(value)) < 10 or "insecure" in value.lower():
        raise ImproperlyConfigured(
            f"{name} is a default or too short. Make one with: "
            "python -c 'import secrets; print(secrets.token_urlsafe(50))'"
        )
    return value


def boolean(name: str, *, default: bool) -> bool:
    value = text(name, str(int(default))).lower()
    if value not in TRUE | FALSE:
        raise ImproperlyConfigured(f"{name} must be 1 or 0, not {value!r}")
    return value in TRUE


def integer(name: str, default: int, *, low: int = 0, high: int = 2**31) -> int:
    value = text(name, str(default))
    if not value.isdecimal() or not low <= int(value) <= high:
        raise ImproperlyConfigured(f"{name} must be a whole number from {low} to {high}, not {value!r}")
    return int(value)


def words(name: str, default: str = "") -> list[str]:
    """A comma-separated list."""
    return [word.strip() for word in text(name, default).split(",") if word.strip()]


def pairs(name: str) -> dict[str, str]:
    """A comma-separated list of ``key=value``."""
    found = {key.strip(): value.strip() for key, _sign, value in (one.partition("=") for one in words(name))}
    if not all(found) or not all(found.values()):
        raise ImproperlyConfigured(f"{name} must look like name=value,other=value")
    return found


def database(name: str) -> dict[str, object]:
    """postgresql://user:password@host:port/name; a folder as host (``%2Frun%2Fpg``) means a socket."""
    url = urlsplit(text(name))
    if url.scheme not in {"postgres", "postgresql"} or not url.path.strip("/"):
        raise ImproperlyConfigured(f"{name} must look like postgresql://user:password@host:5432/name")
    return {
        "ENGINE": "clinic.postgres",
        "NAME": unquote(url.path[1:]),
        "USER": unquote(url.username or ""),
        "PASSWORD": unquote(url.password or ""),
        # url.hostname would lower-case the path of a socket
        "HOST": unquote(url.netloc.rpartition("@")[2].partition(":")[0]),
        "PORT": str(url.port or ""),
    }


def database_url(where: Mapping[str, Any]) -> str:
    """The address that ``database`` takes apart."""
    name, user, password, host = (
        quote(str(where[key]), safe="") for key in ("NAME", "USER", "PASSWORD", "HOST")
    )
    port = f":{where['PORT']}" if where["PORT"] else ""
    return f"postgresql://{user}{':' if password else ''}{password}@{host}{port}/{name}"


def smtp(name: str) -> dict[str, Any]:
    """smtp://user:password@host:port, smtps:// for TLS from the first byte, ?tls=starttls to upgrade."""
    url = urlsplit(text(name))
    if url.scheme not in {"smtp", "smtps"} or not url.hostname:
        raise ImproperlyConfigured(f"{name} must look like smtp://user:password@host:587?tls=starttls")
    return {
        "EMAIL_HOST": url.hostname,
        "EMAIL_PORT": url.port or (465 if url.scheme == "smtps" else 25),
        "EMAIL_HOST_USER": unquote(url.username or ""),
        "EMAIL_HOST_PASSWORD": unquote(url.password or ""),
        "EMAIL_USE_SSL": url.scheme == "smtps",
        "EMAIL_USE_TLS": parse_qs(url.query).get("tls") == ["starttls"],
    }
