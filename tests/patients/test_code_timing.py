"""P4 of docs/plan-access.md, measured: why a code opens nothing cannot be told from how long the answer takes.

Every reason hashes once and asks the same questions of the database (test_printed_codes.py). What may still differ is our
own work around them; it is measured in time of the processor, which a busy machine changes little, with a cheap hash, so
that it can be seen, and compared with an answer as in production, where the hash is nearly all of it.
"""

import time
from collections.abc import Iterator
from datetime import timedelta
from statistics import median

import pytest
from django.contrib.auth.hashers import Argon2PasswordHasher
from django.test import Client

from clinic import clock
from clinic.actors import Actor
from clinic.models import Attempt, User
from patients import actions
from patients.access_codes import PrintedCode, new_printed_code
from patients.models import AccessCode, Patient
from tests import factories

pytestmark = pytest.mark.django_db
TRIES = 100  # of each reason
MOST_APART = 0.05  # of the time that an answer takes


@pytest.fixture
def wrong(
    priya: User, hugo: User, margaret: Patient, double: Patient, heinrich: Patient
) -> dict[str, PrintedCode]:
    now, other = clock.now(), new_printed_code()
    right, expired = factories.make_code(priya, margaret), factories.make_code(priya, double)
    AccessCode.objects.filter(patient=double).update(
        issued_at=now - timedelta(days=9), expires_at=now - timedelta(seconds=1)
    )
    third = factories.make_patient(priya, "Ana", "Quinn")
    revoked = factories.make_code(priya, third)
    actions.revoke_code(actor=Actor.staff(priya), patient=third, now=now, reason="test")
    elsewhere = factories.make_code(hugo, heinrich)
    return {
        "wrong": right._replace(secret=other.secret),
        "expired": expired,
        "revoked": revoked,
        "unknown": other,
        "another clinic's": elsewhere._replace(secret=right.secret),
    }


def rounds(wrong: dict[str, PrintedCode]) -> Iterator[tuple[str, float]]:
    """In turns, so that a slow moment of the machine meets all alike; never so often that a limit answers instead."""
    client = Client()
    for number in range(TRIES):
        names = [*wrong]
        for name in names[number % len(names) :] + names[: number % len(names)]:
            Attempt.objects.all().delete()
            AccessCode.objects.update(failures=0)
            began = time.process_time()
            answer = client.post("/c/", {"code": str(wrong[name]), "own": "own"})
            took = time.process_time() - began
            assert answer.status_code == 422
            yield name, took


def hashing() -> float:
    """Of one code in production, milliseconds."""
    took = []
    for _ in range(5):
        began = time.process_time()
        Argon2PasswordHasher().encode("0123456789", "a salt of this length")
        took.append(time.process_time() - began)
    return median(took) * 1000


@pytest.mark.slow
@pytest.mark.hazard("HZ-30")
def test_every_reason_takes_the_same_time(wrong: dict[str, PrintedCode]) -> None:
    took: dict[str, list[float]] = {name: [] for name in wrong}
    for name, seconds in rounds(wrong):
        took[name].append(seconds)
    middle = {name: median(times) * 1000 for name, times in took.items()}
    apart, answer = max(middle.values()) - min(middle.values()), hashing() + max(middle.values())
    figures = ", ".join(f"{name} {ms:.2f}" for name, ms in middle.items())
    of_all = f"{apart / answer:.1%} of {answer:.0f} ms apart"
    print(f"P4: medians of {TRIES} tries, ms without the hash: {figures}; {of_all}")  # noqa: T201
    assert apart < MOST_APART * answer
