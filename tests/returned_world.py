"""E-mails that went out, and reports about them as mail servers and mail services write them."""

from datetime import datetime, timedelta
from email.message import EmailMessage
from typing import Any

from clinic import clock
from clinic.mail import verp
from clinic.mail.suppression import address_hash
from clinic.models import Clinic, OutgoingEmail, Suppression
from tests.outbox_world import make_email

DOMAIN = "returns.clinic.example"


def make_sent(
    clinic: Clinic,
    object_id: str = "margaret",
    *,
    to: str = "",
    ago: timedelta = timedelta(minutes=1),
    **fields: Any,
) -> OutgoingEmail:
    """An e-mail that a server took."""
    at: datetime = clock.now() - ago
    address = to or f"{object_id}@patients.example"
    sent: dict[str, Any] = {"state": "sent", "sent_at": at, "address_hash": address_hash(address)}
    return make_email(
        clinic, object_id, **{**sent, "not_before": at, "expires_at": at + timedelta(hours=6), **fields}
    )


def suppress(clinic: Clinic, address: str = "margaret@patients.example", **fields: Any) -> Suppression:
    values: dict[str, Any] = {"reason": "hard", "at": clock.now(), "address_hash": address_hash(address)}
    return Suppression.objects.create(clinic=clinic, **values | fields)


def address_of(email: OutgoingEmail, purpose: str = verp.BOUNCES) -> str:
    return f"{purpose}.{verp.mark(email.pk)}@{DOMAIN}"


def dsn(
    to: str,
    *,
    status: str = "5.1.1",
    action: str = "failed",
    diagnostic: str = "smtp; 550 5.1.1 <margaret@patients.example>: no such user",
    message_id: str = "<1@mx.patients.example>",
) -> bytes:
    """As Postfix writes them."""
    return (
        f"From: MAILER-DAEMON@mx.patients.example\r\nTo: {to}\r\nSubject: Undelivered Mail Returned to Sender\r\n"
        f"Message-ID: {message_id}\r\nAuto-Submitted: auto-replied\r\nMIME-Version: 1.0\r\n"
        'Content-Type: multipart/report; report-type=delivery-status; boundary="b1"\r\n\r\n'
        "--b1\r\nContent-Type: text/plain\r\n\r\nI am sorry to have to inform you ...\r\n"
        "--b1\r\nContent-Type: message/delivery-status\r\n\r\n"
        "Reporting-MTA: dns; mx.patients.example\r\nArrival-Date: Mon, 23 Nov 2026 18:00:00 +0000\r\n\r\n"
        f"Final-Recipient: rfc822; margaret@patients.example\r\nAction: {action}\r\nStatus: {status}\r\n"
        f"Diagnostic-Code: {diagnostic}\r\n\r\n"
        "--b1\r\nContent-Type: text/rfc822-headers\r\n\r\nSubject: Your reminder for today\r\n\r\n--b1--\r\n"
    ).encode()


def feedback(return_path: str, *, kind: str = "abuse", message_id: str = "<fbl-1@big.example>") -> bytes:
    """RFC 5965, as the feedback loops of large receivers send it: to the address that was registered there."""
    return (
        f"From: feedback@big.example\r\nTo: fbl@clinic.example\r\nMessage-ID: {message_id}\r\n"
        'MIME-Version: 1.0\r\nContent-Type: multipart/report; report-type=feedback-report; boundary="b2"\r\n\r\n'
        "--b2\r\nContent-Type: text/plain\r\n\r\nThis is an abuse report.\r\n"
        "--b2\r\nContent-Type: message/feedback-report\r\n\r\n"
        f"Feedback-Type: {kind}\r\nUser-Agent: Loop/1.0\r\nVersion: 1\r\nOriginal-Mail-From: <{return_path}>\r\n\r\n"
        "--b2\r\nContent-Type: message/rfc822\r\n\r\nFrom: clinic@footwork.example\r\nSubject: Your reminder\r\n\r\nHello\r\n"
        "--b2--\r\n"
    ).encode()


def stop_by_mail(to: str) -> bytes:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "margaret@patients.example", to, "unsubscribe"
    message["Message-ID"] = "<stop@patients.example>"
    message.set_content("")
    return message.as_bytes()
