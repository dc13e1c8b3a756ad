"""/mail/events/<provider>/: reports of mail services in their own shapes, signed and not, told once and again."""

import base64
import hashlib
import hmac
import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from django.test import Client
from django.utils.module_loading import import_string
from pytest_django import Settings

from clinic import checks
from clinic.mail import providers, verp
from clinic.mail.messages import build
from clinic.models import BounceEvent, Clinic, OutgoingEmail, Suppression
from tests import outbox_world
from tests.factories import NOON, count_rows
from tests.returned_world import make_sent

PASSWORD, KEY = "hooks:a-long-password-of-nobody", "signing-key-of-nobody"
PRIVATE = ec.generate_private_key(ec.SECP256R1())
PUBLIC = base64.b64encode(
    PRIVATE.public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
).decode()
SECRETS = dict.fromkeys(("brevo", "mailjet", "postmark", "sparkpost"), PASSWORD) | {
    "mailgun": KEY,
    "mandrill": KEY,
    "sendgrid": PUBLIC,
}
Send = Callable[..., Any]

pytestmark = pytest.mark.filterwarnings("ignore::anymail.exceptions.AnymailNotSupportedWarning")


@pytest.fixture(autouse=True)
def _services(settings: Settings) -> None:
    settings.MAIL_EVENTS = SECRETS


@pytest.fixture
def machine() -> Client:
    """Of a mail service: no cookies, no CSRF token."""
    return Client(enforce_csrf_checks=True)


@pytest.fixture
def email(riverside: Clinic) -> OutgoingEmail:
    return make_sent(riverside)


# --- what each service sends for one e-mail that came back -----------------------------------------------------
def postmark(mark: str, kind: str = "HardBounce", number: int = 692560173) -> dict[str, Any]:
    return {
        "RecordType": "SpamComplaint" if kind == "SpamComplaint" else "Bounce",
        "ID": number,
        "Type": kind,
        "TypeCode": 1,
        "Tag": "",
        "MessageID": "2706ee8a-737c-4285-b032-ccd317af53ed",
        "Details": "smtp;550 5.1.1 The email account that you tried to reach does not exist.",
        "Email": "margaret@patients.example",
        "From": "clinic@footwork.example",
        "BouncedAt": "2026-11-23T16:31:00Z",
        "Inactive": True,
        "CanActivate": True,
        "Metadata": {"Footwork": mark},
    }


def sendgrid(mark: str, kind: str = "bounce", number: str = "MvTVtRJgTc") -> dict[str, Any]:
    told: dict[str, Any] = {
        "email": "margaret@patients.example",
        "timestamp": 1795451460,
        "smtp-id": "<r.0123@footwork.example>",
        "sg_event_id": number,
        "sg_message_id": "wrfRRvF7Q0GgwUo2CvDmEA.filter0425p1mdw1.13037.57168B4A1D.0",
        "event": "spamreport" if kind == "spamreport" else "bounce",
        "footwork": mark,
    }
    if kind != "spamreport":
        told |= {"reason": "550 5.1.1 no such user", "status": "5.1.1", "type": kind, "tls": 1}
    return told


def mailgun(mark: str, *, code: str = "550 5.1.1 no such user", event: str = "failed") -> dict[str, Any]:
    token, stamp = "09a6b6d10ee8c6ec9d8d6a9ff4e4cd9a5dc4e7b6", "1795451460"
    signature = hmac.new(KEY.encode(), f"{stamp}{token}".encode(), hashlib.sha256).hexdigest()
    return {
        "signature": {"timestamp": stamp, "token": token, "signature": signature},
        "event-data": {
            "id": "G9Bn5sl1TC6nu79C8C0bwg",
            "event": event,
            "severity": "permanent",
            "reason": "bounce",
            "timestamp": 1795451460.94,
            "recipient": "margaret@patients.example",
            "user-variables": {"footwork": mark},
            "message": {"headers": {"message-id": "r.0123@footwork.example"}},
            "delivery-status": {"code": 550, "message": code, "description": "", "attempt-no": 1},
        },
    }


def mandrill(mark: str, event: str = "hard_bounce") -> dict[str, str]:
    told = [
        {
            "event": event,
            "ts": 1795451460,
            "_id": "exampleaaaaaaaaaaaaaaaaaaaaaaaaa",
            "msg": {
                "email": "margaret@patients.example",
                "metadata": {"footwork": mark},
                "diag": "smtp;550 5.1.1 no such user",
                "bounce_description": "bad_mailbox",
            },
        }
    ]
    return {"mandrill_events": json.dumps(told)}


def mailjet(mark: str, *, hard: bool = True) -> list[dict[str, Any]]:
    return [
        {
            "event": "bounce",
            "time": 1795451460,
            "MessageID": 13792286917004336,
            "email": "margaret@patients.example",
            "blocked": False,
            "hard_bounce": hard,
            "error_related_to": "recipient",
            "error": "user unknown" if hard else "quota exceeded",
            "Payload": json.dumps({"footwork": mark}),
        }
    ]


def brevo(mark: str, event: str = "hard_bounce") -> dict[str, Any]:
    return {
        "event": event,
        "email": "margaret@patients.example",
        "id": 26224,
        "ts_epoch": 1795451460000,
        "message-id": "<r.0123@footwork.example>",
        "reason": "550 5.1.1 no such user",
        "X-Mailin-custom": json.dumps({"footwork": mark}),
    }


def sparkpost(mark: str, bounce_class: str = "10") -> list[dict[str, Any]]:
    told = {
        "type": "bounce",
        "bounce_class": bounce_class,
        "event_id": "92356927693813856",
        "raw_reason": "550 5.1.1 no such user",
        "raw_rcpt_to": "margaret@patients.example",
        "rcpt_meta": {"footwork": mark},
        "timestamp": "1795451460",
        "transmission_id": "65832150921904138",
    }
    return [{"msys": {"message_event": told}}]


def posted(machine: Client, name: str, body: Any, **headers: Any) -> Any:
    """Signed as the service signs."""
    url = f"/mail/events/{name}/"
    if SECRETS[name] == PASSWORD:
        headers.setdefault("HTTP_AUTHORIZATION", f"Basic {base64.b64encode(PASSWORD.encode()).decode()}")
    if name == "mandrill":
        signed = f"http://testserver{url}" + "".join(k + v for k, v in sorted(body.items()))
        mac = hmac.new(KEY.encode(), signed.encode(), hashlib.sha1).digest()
        headers.setdefault("HTTP_X_MANDRILL_SIGNATURE", base64.b64encode(mac).decode())
        return machine.post(url, body, **headers)
    data = json.dumps(body)
    if name == "sendgrid":
        signature = PRIVATE.sign(f"1795451460{data}".encode(), ec.ECDSA(hashes.SHA256()))
        headers.setdefault(
            "HTTP_X_TWILIO_EMAIL_EVENT_WEBHOOK_SIGNATURE", base64.b64encode(signature).decode()
        )
        headers["HTTP_X_TWILIO_EMAIL_EVENT_WEBHOOK_TIMESTAMP"] = "1795451460"
    return machine.post(url, data, content_type="application/json", **headers)


# A returned e-mail in the shape of each service, by the kind that it is for us.
SHAPES: list[tuple[str, Callable[[str], Any], str]] = [
    ("postmark", postmark, "hard"),
    ("postmark", lambda mark: postmark(mark, "SoftBounce"), "soft"),
    ("postmark", lambda mark: postmark(mark, "SpamComplaint"), "complaint"),
    ("postmark", lambda mark: postmark(mark, "Blocked"), "blocked"),
    ("sendgrid", lambda mark: [sendgrid(mark)], "hard"),
    ("sendgrid", lambda mark: [sendgrid(mark, "blocked")], "blocked"),
    ("sendgrid", lambda mark: [sendgrid(mark, "spamreport")], "complaint"),
    ("mailgun", mailgun, "hard"),
    ("mailgun", lambda mark: mailgun(mark, code="552 5.2.2 mailbox full"), "soft"),
    ("mailgun", lambda mark: mailgun(mark, code="550 5.7.1 policy"), "blocked"),
    ("mailgun", lambda mark: mailgun(mark, event="complained"), "complaint"),
    ("mailgun", lambda mark: mailgun(mark, event="unsubscribed"), "unsubscribed"),
    ("mandrill", mandrill, "hard"),
    ("mandrill", lambda mark: mandrill(mark, "soft_bounce"), "soft"),
    ("mandrill", lambda mark: mandrill(mark, "spam"), "complaint"),
    ("mailjet", mailjet, "hard"),
    ("mailjet", lambda mark: mailjet(mark, hard=False), "soft"),
    ("brevo", brevo, "hard"),
    ("brevo", lambda mark: brevo(mark, "soft_bounce"), "soft"),
    ("brevo", lambda mark: brevo(mark, "spam"), "complaint"),
    ("sparkpost", sparkpost, "hard"),
    ("sparkpost", lambda mark: sparkpost(mark, "22"), "soft"),
    ("sparkpost", lambda mark: sparkpost(mark, "51"), "blocked"),
]
HARD = [(name, shape) for name, shape, kind in SHAPES if kind == "hard"]


@pytest.mark.django_db
@pytest.mark.parametrize(("name", "shape", "kind"), SHAPES)
def test_each_service_is_understood_and_told_again_changes_nothing(
    machine: Client, email: OutgoingEmail, name: str, shape: Callable[[str], Any], kind: str
) -> None:
    body = shape(verp.mark(email.pk))
    assert posted(machine, name, body).status_code == 200
    event = BounceEvent.objects.get()
    assert (event.email, event.kind, event.provider) == (email, kind, name)
    assert Suppression.objects.exists() is (kind in {"hard", "complaint", "unsubscribed"})
    assert "patients.example" not in str(BounceEvent.objects.values().get())
    assert posted(machine, name, body).status_code == 200
    assert BounceEvent.objects.count() == 1
    assert len(SHAPES) > 20
    assert {name for name, _shape in HARD} == set(providers.PROVIDERS)


WRONG = {
    "sendgrid": {"HTTP_X_TWILIO_EMAIL_EVENT_WEBHOOK_SIGNATURE": base64.b64encode(b"0" * 70).decode()},
    "mandrill": {"HTTP_X_MANDRILL_SIGNATURE": base64.b64encode(b"0" * 20).decode()},
}


@pytest.mark.django_db
@pytest.mark.parametrize(("name", "shape"), HARD)
def test_who_cannot_sign_changes_nothing(
    machine: Client, email: OutgoingEmail, name: str, shape: Callable[[str], Any]
) -> None:
    body = shape(verp.mark(email.pk))
    wrong = WRONG.get(name, {"HTTP_AUTHORIZATION": "Basic " + base64.b64encode(b"hooks:guess").decode()})
    if name == "mailgun":
        body["signature"]["signature"], wrong = "0" * 64, {}
    before = count_rows()
    assert posted(machine, name, body, **wrong).status_code == 403
    bare = machine.post(f"/mail/events/{name}/", json.dumps(body), content_type="application/json")
    assert bare.status_code == 403
    assert count_rows() == before


@pytest.mark.django_db
def test_another_body_under_an_old_signature_is_refused(machine: Client, email: OutgoingEmail) -> None:
    signature = PRIVATE.sign(b"1795451460[]", ec.ECDSA(hashes.SHA256()))
    header = {"HTTP_X_TWILIO_EMAIL_EVENT_WEBHOOK_SIGNATURE": base64.b64encode(signature).decode()}
    assert posted(machine, "sendgrid", [sendgrid(verp.mark(email.pk))], **header).status_code == 403
    assert BounceEvent.objects.count() == 0


@pytest.mark.django_db
@pytest.mark.parametrize("name", [*providers.PROVIDERS, "resend", "x"])
def test_closed_without_a_secret(machine: Client, settings: Settings, name: str) -> None:
    settings.MAIL_EVENTS = {}
    before = count_rows()
    for method in ("post", "head"):
        assert getattr(machine, method)(f"/mail/events/{name}/").status_code == 404
    settings.MAIL_EVENTS = {name: ""}
    assert machine.post(f"/mail/events/{name}/").status_code == 404
    assert count_rows() == before


@pytest.mark.django_db
def test_a_batch_with_events_of_every_sort(machine: Client, email: OutgoingEmail, riverside: Clinic) -> None:
    other = make_sent(riverside, "other")
    batch = [
        sendgrid(verp.mark(email.pk), number="1"),
        {**sendgrid(verp.mark(email.pk), number="2"), "event": "delivered"},
        {**sendgrid(verp.mark(email.pk), number="3"), "event": "deferred"},
        {**sendgrid("", number="4")},
        sendgrid(f"{other.pk}.{'0' * 16}", number="5"),
        sendgrid(verp.mark(other.pk), "spamreport", number="6"),
    ]
    assert posted(machine, "sendgrid", batch).status_code == 200
    assert set(BounceEvent.objects.values_list("email", "kind")) == {
        (email.pk, "hard"),
        (other.pk, "complaint"),
    }


@pytest.mark.django_db
def test_one_that_is_being_sent_is_told_again_later(machine: Client, email: OutgoingEmail) -> None:
    lease = {"lease_token": "0" * 32, "lease_until": NOON + timedelta(days=9)}
    OutgoingEmail.objects.update(state="sending", sent_at=None, **lease)
    body = postmark(verp.mark(email.pk))
    assert posted(machine, "postmark", body).status_code == 503
    OutgoingEmail.objects.update(state="sent", sent_at=email.sent_at, lease_token=None, lease_until=None)
    assert posted(machine, "postmark", body).status_code == 200
    assert BounceEvent.objects.count() == 1


@pytest.mark.django_db
@pytest.mark.parametrize(
    "body", [b"", b"{", b"[]", b"null", b"7", b'"x"', b"[[]]", b'{"RecordType": []}', b"\xff", b"[" * 50_000]
)
@pytest.mark.parametrize("name", ["postmark", "mailjet", "brevo", "sparkpost"])
def test_nonsense_is_refused_or_says_nothing(machine: Client, name: str, body: bytes) -> None:
    signed = f"Basic {base64.b64encode(PASSWORD.encode()).decode()}"
    url = f"/mail/events/{name}/"
    response = machine.post(url, body, content_type="application/json", HTTP_AUTHORIZATION=signed)
    assert response.status_code in {200, 400}
    assert BounceEvent.objects.count() == 0


@pytest.mark.django_db
def test_too_large_is_not_read(machine: Client) -> None:
    response = machine.post("/mail/events/postmark/", b"x" * 1_000_001, content_type="application/json")
    assert response.status_code == 413


@pytest.mark.django_db
def test_asking_for_the_address_and_wrong_methods(machine: Client) -> None:
    assert machine.head("/mail/events/mandrill/").status_code == 200
    for method in ("get", "put", "delete"):
        assert getattr(machine, method)("/mail/events/mandrill/").status_code == 405


# --- what an e-mail carries for them --------------------------------------------------------------------------
def test_every_reader_exists() -> None:
    for name, provider in providers.PROVIDERS.items():
        reader = import_string(provider.reader)(**{provider.secret_as: SECRETS[name]})
        assert reader.validators
    assert len(providers.PROVIDERS) == 7


def test_an_e_mail_is_marked_for_the_services_that_are_on(settings: Settings) -> None:
    letter, mark = outbox_world.plain("margaret", NOON), verp.mark(7)
    settings.MAIL_EVENTS = {}
    assert mark.encode() not in build(letter, "<1@x.example>", NOON, mark).content
    settings.MAIL_EVENTS = SECRETS
    content = build(letter, "<1@x.example>", NOON, mark).content.decode()
    for line in (
        f"X-PM-Metadata-footwork: {mark}",
        f'X-Mailgun-Variables: {{"footwork": "{mark}"}}',
        f'X-SMTPAPI: {{"unique_args": {{"footwork": "{mark}"}}}}',
        f'X-MSYS-API: {{"metadata": {{"footwork": "{mark}"}}}}',
        f'X-MJ-EventPayload: {{"footwork": "{mark}"}}',
    ):
        assert line in content


def test_the_checks_know_the_services_and_which_of_them_sign() -> None:
    assert set(providers.PROVIDERS) == checks.PROVIDERS
    signing = {name for name, one in providers.PROVIDERS.items() if one.secret_as != "webhook_secret"}
    assert signing == checks.SIGNING
