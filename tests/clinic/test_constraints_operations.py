"""What the database refuses of the rows that say how the installation is."""

from datetime import date, timedelta

import pytest
from django.db import IntegrityError, transaction

from clinic import clock
from clinic.models import Alarm, AuditProof, Clinic, Deployment, JobRun


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("name", "fields"),
    [
        ("deployment_is_one_row", {"id": 2, "key": "riverside-1"}),
        ("deployment_key_form", {"key": "short"}),
        ("deployment_key_form", {"key": "with a space"}),
    ],
)
def test_deployments(name: str, fields: dict[str, object]) -> None:
    with pytest.raises(IntegrityError, match=f'"{name}"'), transaction.atomic():
        Deployment.objects.create(**fields, since=clock.now())
    Deployment.objects.create(key="riverside-1", since=clock.now())


def test_runs_of_a_job(riverside: Clinic, hilltop: Clinic) -> None:
    day, now = date(2028, 2, 29), clock.now()
    for clinic in (riverside, hilltop, None):  # null too is one clinic only: the installation
        JobRun.objects.create(
            name="retention", clinic=clinic, local_date=day, started_at=now, finished_at=now
        )
        with pytest.raises(IntegrityError, match='"jobrun_once_a_day"'), transaction.atomic():
            JobRun.objects.create(name="retention", clinic=clinic, local_date=day, started_at=now)
        JobRun.objects.create(name="other", clinic=clinic, local_date=day, started_at=now)
    before = now - timedelta(seconds=1)
    with pytest.raises(IntegrityError, match='"jobrun_ends_after_it_began"'), transaction.atomic():
        JobRun.objects.create(
            name="another", clinic=riverside, local_date=day, started_at=now, finished_at=before
        )


@pytest.mark.django_db
def test_alarms() -> None:
    with pytest.raises(IntegrityError, match='"alarm_is_one_row"'), transaction.atomic():
        Alarm.objects.create(id=2)
    with pytest.raises(IntegrityError, match='"alarm_told_while_red"'), transaction.atomic():
        Alarm.objects.create(told_at=clock.now())
    Alarm.objects.create(red_since=clock.now(), told_at=clock.now())


@pytest.mark.django_db
def test_there_is_one_proof_of_the_audit() -> None:
    with pytest.raises(IntegrityError, match="audit_proof_is_one_row"), transaction.atomic():
        AuditProof.objects.create(id=2, proved_at=clock.now())
