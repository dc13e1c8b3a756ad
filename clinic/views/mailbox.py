"""The demo mailbox: every e-mail that the demo sent, to be read and its links followed. 404 outside the demo."""

import re
from dataclasses import dataclass
from datetime import datetime
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser
from email.utils import parsedate_to_datetime
from pathlib import Path

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.views.decorators.http import require_safe

from clinic.access import anonymous_allowed

DEMO_ONLY = "Demo only: a newcomer reads what patients would get. Answers 404 everywhere else."
MOST = 200
LINK = re.compile(r"https?://[^\s<>\"]+")
NAME = re.compile(r"[\w.-]+\.eml")


@dataclass(frozen=True, slots=True)
class CaughtEmail:
    name: str
    to: str
    sender: str
    subject: str
    sent_at: datetime | None
    text: str
    is_reminder: bool

    @property
    def parts(self) -> list[tuple[str, bool]]:
        """The text in pieces; True marks a link."""
        pieces, end = [], 0
        for match in LINK.finditer(self.text):
            pieces += [(self.text[end : match.start()], False), (match.group(), True)]
            end = match.end()
        return [*pieces, (self.text[end:], False)]


@require_safe
@anonymous_allowed(reason=DEMO_ONLY)
def mailbox(request: HttpRequest) -> HttpResponse:
    files = sorted(_folder().glob("*.eml"), key=lambda path: path.stat().st_mtime_ns, reverse=True)
    emails = [_read(path) for path in files[:MOST]]
    return TemplateResponse(request, "clinic/mailbox.html", {"emails": emails})


@require_safe
@anonymous_allowed(reason=DEMO_ONLY)
def message(request: HttpRequest, name: str) -> HttpResponse:
    path = _folder() / name
    if not NAME.fullmatch(name) or not path.is_file():
        raise Http404
    return TemplateResponse(request, "clinic/mailbox_message.html", {"email": _read(path)})


def _folder() -> Path:
    if not settings.DEMO or not settings.DEMO_MAIL_DIR:
        raise Http404
    return Path(settings.DEMO_MAIL_DIR)


def _read(path: Path) -> CaughtEmail:
    parsed = BytesParser(EmailMessage, policy=policy.default).parsebytes(path.read_bytes())
    body = parsed.get_body(("plain",))
    date = parsed["Date"]
    return CaughtEmail(
        name=path.name,
        to=str(parsed["To"]),
        sender=str(parsed["From"]),
        subject=str(parsed["Subject"]),
        sent_at=parsedate_to_datetime(str(date)) if date else None,
        text=body.get_content() if body else "",
        is_reminder="List-Unsubscribe" in parsed,  # no other letter comes again and again
    )
