"""Letters about nobody, and rows of the outbox as a test wants them."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from clinic import clock
from clinic.mail import Letter, claims
from clinic.mail.claims import Claim
from clinic.models import Clinic, OutgoingEmail

LETTERS = {
    "plain": "tests.outbox_world.plain",
    "unwanted": "tests.outbox_world.unwanted",
    "poison": "tests.outbox_world.poison",
    "split": "tests.outbox_world.split",
}
# Short enough for a test, and in the same proportion: four commands and a final reply fit into the lease.
TIMES = {"connect": 2, "command": 0.5, "final_reply": 0.5, "lease": 5, "budget": 20, "per_connection": 20}

unsent: list[str] = []  # object ids of letters whose attempt surely did not leave


def plain(object_id: str, now: datetime) -> Letter:
    return Letter(
        to=f"{object_id}@patients.example",
        sender_name="Riverside",
        subject="A message from Riverside",
        text="There is something for you.\n.\n",
        html="<p>There is something for you.</p>",
        unsent=lambda: unsent.append(object_id),
    )


def plain_or_poison(object_id: str, now: datetime) -> Letter:
    return poison(object_id, now) if object_id == "poison" else plain(object_id, now)


def plains(object_ids: Sequence[str], now: datetime) -> dict[str, Letter | None]:
    """Of many at once: "gone" is unwanted, "held" is to be asked by itself, and "poison" spoils it for all."""
    if "poison" in object_ids:
        raise LookupError("one of them")
    return {key: None if key == "gone" else plain(key, now) for key in object_ids if key != "held"}


def unwanted(object_id: str, now: datetime) -> None:
    return None


def poison(object_id: str, now: datetime) -> Letter:
    raise LookupError(f"no such thing: {object_id}@patients.example")


def split(object_id: str, now: datetime) -> Letter:
    """An address that tries to bring a second one along."""
    return Letter(
        to="a@patients.example\r\nBcc: b@elsewhere.example", sender_name="x", subject="", text="", html=""
    )


def make_email(clinic: Clinic, object_id: str = "margaret", **fields: Any) -> OutgoingEmail:
    """Due since a minute, for another hour."""
    claims.open_accounts()
    now = clock.now()
    values: dict[str, Any] = {
        "letter": "plain",
        "not_before": now - timedelta(minutes=1),
        "expires_at": now + timedelta(hours=1),
    }
    return OutgoingEmail.objects.create(clinic=clinic, object_id=object_id, **values | fields)


def claim_one(*, begin: bool = True) -> Claim | None:
    """What is next, begun as well unless said otherwise: as it stands while SMTP talks."""
    claimed = claims.claim(1, bulk=False)
    if claimed and begin:
        assert claims.turn_over({}, claimed)
    return claimed[0] if claimed else None


def make_due() -> None:
    """As if the pause before the next try had passed."""
    OutgoingEmail.objects.update(not_before=clock.now() - timedelta(minutes=1))
