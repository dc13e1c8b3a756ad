"""What the database refuses, whoever asks: users, clinics, memberships, audit entries."""

from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from clinic import audit
from clinic.actors import Actor
from clinic.models import Attempt, AuditEntry, Clinic, Membership, User
from tests.factories import NOON


def refused(name: str, change: Any) -> None:
    with pytest.raises(IntegrityError) as found, transaction.atomic():
        change()
    assert getattr(found.value.__cause__, "diag").constraint_name == name  # noqa: B009 - psycopg's own attribute


@pytest.mark.parametrize(
    ("name", "fields"),
    [
        ("user_email_in_lower_case", {"email": "Priya@Riverside.example"}),
        ("user_has_name", {"name": ""}),
    ],
)
def test_users(priya: User, name: str, fields: dict[str, str]) -> None:
    refused(name, lambda: User.objects.filter(pk=priya.pk).update(**fields))


def test_one_account_an_address(priya: User, olivia: User) -> None:
    refused("clinic_user_email_key", lambda: User.objects.filter(pk=priya.pk).update(email=olivia.email))


@pytest.mark.hazard("HZ-18")
@pytest.mark.parametrize(
    "field", ["name", "sender_name", "phone", "urgent_number", "emergency_number", "time_zone"]
)
def test_a_clinic_without_its_numbers(riverside: Clinic, field: str) -> None:
    """A clinic that cannot say whom to call cannot invite patients (HZ-18)."""
    refused("clinic_is_complete", lambda: Clinic.objects.filter(pk=riverside.pk).update(**{field: ""}))


@pytest.mark.parametrize("days", [0, 15])
def test_what_is_urgent_does_not_wait_for_weeks(riverside: Clinic, days: int) -> None:
    change = Clinic.objects.filter(pk=riverside.pk).update
    refused("clinic_urgent_days_range", lambda: change(urgent_days=days))
    for allowed in (1, 14):
        change(urgent_days=allowed)


def test_memberships(priya: User, hilltop: Clinic) -> None:
    refused("membership_role_known", lambda: Membership.objects.filter(user=priya).update(role="king"))
    refused(
        "clinic_membership_user_id_key",
        lambda: Membership.objects.create(user=priya, clinic=hilltop, role="owner"),
    )


@pytest.mark.parametrize(
    ("name", "fields"),
    [
        ("audit_actor_kind_known", {"actor_kind": "ghost"}),
        ("audit_staff_is_named", {"actor_kind": "staff", "actor_user": None}),
    ],
)
def test_audit_entries(riverside: Clinic, name: str, fields: dict[str, Any]) -> None:
    values = {
        "clinic": riverside,
        "actor_kind": "system",
        "actor_label": "x",
        "verb": "x.y",
        "object_type": "x",
    }
    refused(name, lambda: AuditEntry.objects.create(**values | fields))


@pytest.mark.parametrize("sql", ["UPDATE clinic_auditentry SET verb = 'x'", "DELETE FROM clinic_auditentry"])
def test_audit_entries_are_never_changed_or_deleted(riverside: Clinic, sql: str) -> None:
    audit.record(Actor.system("test"), "clinic.created", riverside)
    with pytest.raises(IntegrityError, match="never changed or deleted"), transaction.atomic():
        connection.cursor().execute(sql)
    assert AuditEntry.objects.get().verb == "clinic.created"


def test_a_language_nobody_has(riverside: Clinic) -> None:
    refused("clinic_language_known", lambda: Clinic.objects.filter(pk=riverside.pk).update(language="tlh"))


@pytest.mark.django_db
def test_attempts() -> None:
    key = "0" * 64
    Attempt.objects.create(key=key, window_from=NOON)
    refused("attempt_once_a_window", lambda: Attempt.objects.create(key=key, window_from=NOON))
    refused(
        "attempt_holds_hash_only",
        lambda: Attempt.objects.create(key="margaret@patients.example", window_from=NOON),
    )
