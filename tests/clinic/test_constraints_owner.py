"""What the database refuses, whoever asks: settings, logos, invitations."""

from datetime import time, timedelta
from typing import Any
from uuid import uuid4

import pytest

from clinic.models import EARLIEST_REMINDER, LATEST_REMINDER, Clinic, Invitation, Logo, User
from exercises import schedule
from tests.clinic.test_constraints import refused
from tests.factories import NOON
from tests.staff_factories import make_invitation

HASH = "0" * 64


@pytest.mark.parametrize(
    ("name", "fields"),
    [
        ("clinic_colour_known", {"colour": "red"}),
        ("clinic_reminder_at_daytime", {"usual_reminder": time(5, 59)}),
        ("clinic_reminder_at_daytime", {"usual_reminder": time(20, 31)}),
        ("clinic_retention_range", {"retention_years": 0}),
        ("clinic_retention_range", {"retention_years": 51}),
    ],
)
def test_settings(riverside: Clinic, name: str, fields: dict[str, Any]) -> None:
    refused(name, lambda: Clinic.objects.filter(pk=riverside.pk).update(**fields))
    for allowed in ({"usual_reminder": time(6)}, {"usual_reminder": time(20, 30)}, {"retention_years": None}):
        Clinic.objects.filter(pk=riverside.pk).update(**allowed)


def test_the_usual_time_is_one_that_patients_may_choose() -> None:
    assert (schedule.EARLIEST, schedule.LATEST) == (EARLIEST_REMINDER, LATEST_REMINDER)


def make_logo(owner: User, **fields: Any) -> Logo:
    given = {"clinic": owner.staff_membership.clinic, "webp": b"1", "width": 100, "height": 40}
    return Logo.objects.create(uploaded_by=owner, **given | fields)


def test_logos(olivia: User, hilltop: Clinic) -> None:
    refused("logo_size_within_bounds", lambda: make_logo(olivia, width=481))
    refused("logo_size_within_bounds", lambda: make_logo(olivia, height=0))
    logo = make_logo(olivia)
    refused("clinic_logo_pkey", lambda: make_logo(olivia, pk=logo.pk))  # logo_id_clinic follows from it


@pytest.mark.hazard("HZ-31")
@pytest.mark.django_db(transaction=True)
def test_no_clinic_shows_anothers_logo(olivia: User, hilltop: Clinic) -> None:
    logo = make_logo(olivia)
    refused("clinic_logo_same_clinic", lambda: Clinic.objects.filter(pk=hilltop.pk).update(logo=logo))
    Clinic.objects.filter(pk=olivia.staff_membership.clinic_id).update(logo=logo)
    Clinic.objects.update(logo=None)


@pytest.mark.parametrize(
    ("name", "fields"),
    [
        ("invitation_role_known", {"role": "king"}),
        ("invitation_email_in_lower_case", {"email": "Nora@riverside.example"}),
        ("invitation_has_name", {"name": ""}),
        ("invitation_holds_hash_only", {"secret_hash": "a-secret-in-clear-text"}),
        ("invitation_expires_later", {"expires_at": NOON - timedelta(days=900)}),
        ("invitation_accepted_with_account", {"accepted_at": NOON}),
    ],
)
def test_invitations(olivia: User, name: str, fields: dict[str, Any]) -> None:
    made = make_invitation(olivia)
    refused(name, lambda: Invitation.objects.filter(pk=made.pk).update(**fields))


def test_an_accepted_invitation_is_not_taken_back(olivia: User, priya: User) -> None:
    made = Invitation.objects.filter(pk=make_invitation(olivia).pk)
    made.update(accepted_at=NOON, account=priya)
    refused("invitation_accepted_with_account", lambda: made.update(revoked_at=NOON))


def test_an_address_waits_once_in_a_clinic(olivia: User) -> None:
    first = make_invitation(olivia)
    again = {
        "clinic_id": first.clinic_id,
        "name": "N",
        "email": first.email,
        "role": "curator",
        "invited_by": olivia,
        "invited_at": NOON,
        "expires_at": NOON + timedelta(days=1),
    }
    refused("invitation_waits_once", lambda: Invitation.objects.create(pk=uuid4(), **again))
    Invitation.objects.filter(pk=first.pk).update(revoked_at=NOON, secret_hash=HASH)
    second = Invitation.objects.create(**again)
    refused(
        "clinic_invitation_secret_hash_key",
        lambda: Invitation.objects.filter(pk=second.pk).update(secret_hash=HASH),
    )
