"""Dangerous pages ask once more who it is: by password or second step, for five minutes."""

import time
from typing import Any

import pytest
from allauth.mfa.totp.internal import auth as totp
from django.test import Client
from django.urls import reverse

from clinic.models import Membership, User
from clinic.roles import Role
from patients.models import Patient, PatientMerge, Restriction
from tests import factories
from tests.doors import DOORS
from tests.factories import PASSWORD
from tests.pages import signed_in, text
from tests.restricted_world import REASON, make_opening, make_restriction
from tests.test_access_matrix import ALL, OURS, addresses

__all__ = ["addresses"]  # a fixture
AGAIN = reverse("account_reauthenticate")
# Which of our pages ask, and when. What is not named here does not.
ALWAYS = {
    "patients:hand_over",
    "patients:hand_over_nobody",
    "exercises:merge",
    "exercises:restriction_lift",
    "exercises:erase",
    "exercises:delete_records",
}
TO_WRITE = {
    "patients:people",
    "patients:member",
    "patients:member_close",
    "patients:member_open",
    "patients:member_second_factor",
    "patients:hand_over_undo",
    "exercises:merge_undo",
    "exercises:patient_export",
    "exercises:clinic_exports",
    "exercises:clinic_export_file",
}
SECOND_STEP = [
    "mfa_activate_totp",
    "mfa_generate_recovery_codes",
    "mfa_add_webauthn",
]


def unconfirmed(user: User) -> Client:
    """Signed in long ago."""
    client = signed_in(user)
    session = client.session
    del session["account_authentication_methods"]
    session.save()
    return client


def asks(answer: Any) -> bool:
    return bool(answer.status_code == 302 and answer["Location"].startswith(AGAIN))


@pytest.mark.slow
@pytest.mark.check(35)
@pytest.mark.django_db
def test_the_dangerous_pages_ask_and_no_others(addresses: dict[str, str], olivia: User, priya: User) -> None:
    assert {name for name in OURS if getattr(ALL[name], "asks_again", False)} == ALWAYS | TO_WRITE
    clients = {"owner": unconfirmed(olivia), "practitioner": unconfirmed(priya)}
    found: dict[str, set[str]] = {"GET": set(), "POST": set()}
    for name in ALWAYS | TO_WRITE:
        door = DOORS[name]
        who = "owner" if Role.OWNER in (door.roles or ()) else "practitioner"
        for method in set(door.methods.split()) & set(found):
            if asks(clients[who].generic(method, addresses[name])):
                found[method].add(name)
    assert found == {"GET": ALWAYS, "POST": ALWAYS | TO_WRITE}


@pytest.mark.parametrize("page", SECOND_STEP)
def test_so_do_the_pages_of_the_second_step(priya: User, page: str) -> None:
    assert asks(unconfirmed(priya).get(reverse(page)))
    assert not asks(signed_in(priya).get(reverse(page)))


@pytest.fixture
def carla(priya: User) -> Membership:
    """Whose role is to change."""
    return factories.make_staff(priya.staff_membership.clinic, Role.ASSISTANT, "Carla Reed").staff_membership


def raised(member: Membership) -> dict[str, str]:
    return {"name": member.user.name, "role": Role.OWNER.value}


def test_what_was_sent_goes_on_after_the_password(olivia: User, carla: Membership) -> None:
    client, page = unconfirmed(olivia), reverse("patients:member", args=[carla.pk])
    assert "Confirm that it is you" in text(client.post(page, raised(carla), follow=True))
    carla.refresh_from_db()
    assert carla.role == Role.ASSISTANT
    assert "Confirm that it is you" in text(client.post(f"{AGAIN}?next={page}", {"password": "wrong one"}))
    carla.refresh_from_db()
    assert carla.role == Role.ASSISTANT
    done = client.post(AGAIN, {"password": PASSWORD, "next": page})
    assert done["Location"] == reverse("patients:people")
    carla.refresh_from_db()
    assert carla.role == Role.OWNER


def test_it_counts_for_five_minutes(olivia: User, carla: Membership, monkeypatch: pytest.MonkeyPatch) -> None:
    client, page = unconfirmed(olivia), reverse("patients:member", args=[carla.pk])
    client.post(AGAIN, {"password": PASSWORD})
    assert not asks(client.post(page, raised(carla)))
    then = time.time() + 299
    monkeypatch.setattr(time, "time", lambda: then)
    assert not asks(client.post(page, raised(carla)))
    later = then + 2
    monkeypatch.setattr(time, "time", lambda: later)
    assert asks(client.post(page, raised(carla)))


def test_a_code_of_the_app_will_do_as_well(olivia: User, carla: Membership) -> None:
    secret = "JBSWY3DPEHPK3PXP"
    totp.TOTP.activate(olivia, secret)
    client, page = unconfirmed(olivia), reverse("patients:member", args=[carla.pk])
    assert asks(client.post(page, raised(carla)))
    code = totp.format_hotp_value(totp.hotp_value(secret, next(iter(totp.yield_hotp_counters_from_time()))))
    client.post(reverse("mfa_reauthenticate"), {"code": code})
    assert not asks(client.post(page, raised(carla)))


def test_a_fresh_sign_in_alone_does_not_count_for_a_role(olivia: User, carla: Membership) -> None:
    client = Client()
    client.post(reverse("account_login"), {"login": olivia.email, "password": PASSWORD})
    assert asks(client.post(reverse("patients:member", args=[carla.pk]), raised(carla)))


@pytest.mark.django_db
def test_nothing_happens_before_it_is_confirmed(
    olivia: User, priya: User, margaret: Patient, double: Patient
) -> None:
    closed = factories.make_patient(priya, "Nora", "Quist")
    restriction = make_restriction(olivia, closed)
    make_opening(priya, closed)
    client = unconfirmed(priya)
    posts: list[tuple[str, dict[str, Any]]] = [
        (reverse("exercises:erase", args=[margaret.pk]), {"reason": REASON, "sure": "on"}),
        (reverse("exercises:restriction_lift", args=[restriction.pk]), {"reason": REASON}),
        (
            reverse("exercises:merge", args=[margaret.pk, double.pk]),
            {"kept": str(margaret.pk), "reason": "Twice.", "same_person": "on"},
        ),
    ]
    for address, form in posts:
        assert asks(client.post(address, form)), address
    assert Restriction.objects.standing().count() == 1
    assert not PatientMerge.objects.exists()
    margaret.refresh_from_db()
    assert margaret.email
    for address, form in posts:
        assert not asks(signed_in(priya).post(address, form)), address
