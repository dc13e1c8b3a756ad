"""A letter: everything one e-mail says, composed at the moment it is sent and never stored."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.urls import reverse
from django.utils import timezone

from clinic.mail.forms import form, mark

if TYPE_CHECKING:
    from clinic.models import Clinic


@dataclass(frozen=True, slots=True)
class Letter:
    """``unsent`` is called when this attempt surely did not leave, so that the links in it can be forgotten."""

    to: str
    sender_name: str
    subject: str
    text: str
    html: str
    language: str = "en-gb"
    headers: Mapping[str, str] = field(default_factory=dict)
    unsent: Callable[[], None] | None = None


def render(  # noqa: PLR0913 - four of these are optional
    template: str,
    context: Mapping[str, Any],
    *,
    to: str,
    sender_name: str,
    language: str,
    headers: Mapping[str, str] | None = None,
    unsent: Callable[[], None] | None = None,
    own: Mapping[str, str] | None = None,
) -> Letter:
    """Compose from ``templates/emails/<template>.{subject.txt,txt,html}``.

    ``own``: addresses and the like, which differ from mail to mail and are printed as they are; the rest of the mail is
    rendered once for all that are alike. The context brings ``clinic`` and ``help_url``, which the base of every e-mail
    shows and which are of this kind too: of a clinic, templates know the sender's name and the telephone number. Language
    and direction are added here.
    """
    if missing := {"clinic", "help_url"} - context.keys():
        raise ValueError(f"every e-mail says whom to call: {sorted(missing)} missing")
    clinic = context["clinic"]
    said = {"sender_name": clinic.sender_name, "phone": clinic.phone}
    own = {**(own or {}), **said, "help_url": context["help_url"]}
    shown = {**context, "clinic": {name: mark(name) for name in said}}
    filled = form(template, shown, own, language).filled(own)
    return Letter(
        to=to,
        sender_name=sender_name,
        subject=filled.subject,
        text=filled.text,
        html=filled.html,
        language=language,
        headers=headers or {},
        unsent=unsent,
    )


def to_staff(template: str, clinic: "Clinic", to: str, **context: Any) -> Letter:
    """In the language of the staff's pages, on their clinic's clock, with its page of help."""
    help_url = f"{settings.SITE_URL}{reverse('patients:help', args=[clinic.pk])}"
    with timezone.override(clinic.time_zone):
        return render(
            template,
            {"clinic": clinic, "help_url": help_url, **context},
            to=to,
            sender_name=clinic.sender_name,
            language=settings.LANGUAGE_CODE,
        )
