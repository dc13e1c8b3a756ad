"""Mail services whose signed reports we read: how an e-mail is marked for them, and what their events say.

Each takes our mail by SMTP, gives back the mark of a header in its reports, and has a reader in django-anymail, which
checks where a report comes from. A service is on when MAIL_EVENTS names it with its secret.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from clinic.mail.statuses import kind_of, status_in
from clinic.models import BounceKind

KEY = "footwork"  # under which the mark stands in a service's own metadata; letters only, for it is part of a header
RETURNED = {"bounced", "rejected"}  # words of django-anymail
Fields = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Provider:
    """``reader``: django-anymail's class; ``secret_as``: its argument that takes the secret, which is a signing key, or
    ``user:password`` where the service signs nothing. ``is_soft``: whether an event of a return says that it may pass."""

    reader: str
    secret_as: str
    header: str
    value: Callable[[str], str]
    is_soft: Callable[[Fields], bool] | None = None  # None: the receiver's status code decides


def _json(mark: str) -> str:
    return json.dumps({KEY: mark})


PROVIDERS: dict[str, Provider] = {
    "brevo": Provider(
        "anymail.webhooks.brevo.BrevoTrackingWebhookView",
        *("webhook_secret", "X-Mailin-custom", _json),
        lambda event: event.get("event") == "soft_bounce",
    ),
    "mailgun": Provider(
        "anymail.webhooks.mailgun.MailgunTrackingWebhookView",
        *("webhook_signing_key", "X-Mailgun-Variables", _json),
    ),
    "mailjet": Provider(
        "anymail.webhooks.mailjet.MailjetTrackingWebhookView",
        *("webhook_secret", "X-MJ-EventPayload", _json),
        lambda event: event.get("hard_bounce") is not True,
    ),
    "mandrill": Provider(
        "anymail.webhooks.mandrill.MandrillTrackingWebhookView",
        *("webhook_key", "X-MC-Metadata", _json),
        lambda event: event.get("event") == "soft_bounce",
    ),
    "postmark": Provider(
        "anymail.webhooks.postmark.PostmarkTrackingWebhookView",
        *("webhook_secret", f"X-PM-Metadata-{KEY}", str),
        lambda event: event.get("Type") not in {"HardBounce", "BadEmailAddress"},
    ),
    "sendgrid": Provider(
        "anymail.webhooks.sendgrid.SendGridTrackingWebhookView",
        *("tracking_webhook_verification_key", "X-SMTPAPI"),
        lambda mark: json.dumps({"unique_args": {KEY: mark}}),
    ),
    "sparkpost": Provider(
        "anymail.webhooks.sparkpost.SparkPostTrackingWebhookView",
        *("webhook_secret", "X-MSYS-API"),
        lambda mark: json.dumps({"metadata": {KEY: mark}}),
        lambda event: _bounce_class(event) not in {"10", "30"},
    ),
}


def headers(mark: str, names: Mapping[str, str]) -> dict[str, str]:
    """What an e-mail with this mark carries for the services that are on."""
    return {PROVIDERS[name].header: PROVIDERS[name].value(mark) for name in names}


def kind_of_event(name: str, event: Any) -> BounceKind | None:
    """What an event that django-anymail has read means for us; None: nothing, such as a delivery or a delay."""
    if event.event_type == "unsubscribed" or event.reject_reason == "unsubscribed":
        return BounceKind.UNSUBSCRIBED
    if event.event_type not in RETURNED:
        return BounceKind.COMPLAINT if event.event_type == "complained" else None
    if event.reject_reason in {"blocked", "spam"} or _is_block(name, event.esp_event):
        return BounceKind.BLOCKED
    is_soft = PROVIDERS[name].is_soft
    if is_soft is None:
        return kind_of(status_of(event), otherwise=BounceKind.HARD)
    return BounceKind.SOFT if is_soft(event.esp_event) else BounceKind.HARD


def status_of(event: Any) -> str:
    """RFC 3463, wherever the service writes it."""
    fields = event.esp_event if isinstance(event.esp_event, Mapping) else {}
    return status_in(event.mta_response) or status_in(fields.get("status"))


def source_of(event: Any) -> str:
    """What names this event at the service, the same when it is told again."""
    if event.event_id:
        return str(event.event_id)
    return f"{event.event_type} {event.timestamp} {event.message_id}"


def mark_of(event: Any) -> str:
    """The mark in an event's metadata; some services change the case of its name."""
    metadata = event.metadata if isinstance(event.metadata, Mapping) else {}
    return next((str(value) for name, value in metadata.items() if str(name).lower() == KEY), "")


def _bounce_class(event: Fields) -> str:
    """SparkPost wraps its events twice."""
    inner: Any = event.get("msys", {})
    inner = next(iter(inner.values()), {}) if isinstance(inner, Mapping) else {}
    return str(inner.get("bounce_class", "")) if isinstance(inner, Mapping) else ""


def _is_block(name: str, fields: Fields) -> bool:
    """SendGrid calls a bounce by the receiver's rules so."""
    return name == "sendgrid" and fields.get("type") == "blocked"
