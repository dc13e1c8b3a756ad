"""What the database itself refuses about what comes back, and about addresses that fail."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from clinic import clock
from clinic.models import BounceEvent, Clinic, ReturnCount, Suppression
from tests.returned_world import make_sent, suppress

TO = "margaret@patients.example"


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("constraint", "fields"),
    [
        ("suppression_reason_known", {"reason": "mood"}),
        ("suppression_holds_a_hash", {"address_hash": TO}),
        ("suppression_ends_after_it_began", {"reason": "soft_series", "until": 0}),
        ("suppression_only_a_series_ends", {"until": 1}),
        ("suppression_only_a_series_ends", {"reason": "soft_series"}),
        ("suppression_lifted_by_somebody", {"lifted_at": 0}),
    ],
)
def test_a_suppression_is_whole(riverside: Clinic, constraint: str, fields: dict[str, Any]) -> None:
    now = clock.now()
    filled: dict[str, Any] = {
        k: now + timedelta(days=v) if isinstance(v, int) else v for k, v in fields.items()
    }
    with pytest.raises(IntegrityError, match=f'"{constraint}"'), transaction.atomic():
        suppress(riverside, at=now, **filled)
    assert Suppression.objects.count() == 0


@pytest.mark.django_db
def test_an_address_is_suppressed_once_by_a_clinic(riverside: Clinic, hilltop: Clinic) -> None:
    suppress(riverside)
    with pytest.raises(IntegrityError, match='"suppression_one_standing"'), transaction.atomic():
        suppress(riverside, reason="complaint")
    suppress(hilltop)
    suppress(riverside, "ruth@patients.example")
    assert Suppression.objects.count() == 3


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("constraint", "fields"),
    [
        ("bounce_kind_known", {"kind": "odd"}),
        ("bounce_key_is_a_hash", {"event_key": "<1@mx.example>"}),
        ("bounce_status_has_no_text", {"status": "no user"}),
        ("bounce_provider_is_a_name", {"provider": "a@b.example"}),
    ],
)
def test_a_bounce_holds_neither_address_nor_text(
    riverside: Clinic, constraint: str, fields: dict[str, Any]
) -> None:
    values = {"email": make_sent(riverside), "kind": "hard", "provider": "dsn", "event_key": "0" * 64}
    with pytest.raises(IntegrityError, match=f'"{constraint}"'), transaction.atomic():
        BounceEvent.objects.create(**values | fields)
    BounceEvent.objects.create(**values)
    with pytest.raises(IntegrityError, match='"bounce_noted_once"'), transaction.atomic():
        BounceEvent.objects.create(**values)


@pytest.mark.django_db
def test_a_day_is_counted_in_one_row() -> None:
    ReturnCount.objects.create(day="2026-11-23", outcome="noted")
    with pytest.raises(IntegrityError, match='"return_count_once_a_day"'), transaction.atomic():
        ReturnCount.objects.create(day="2026-11-23", outcome="noted")
