from typing import Any

import pytest
from celery import shared_task
from django.db import transaction
from kombu.exceptions import OperationalError
from pytest_django import DjangoCaptureOnCommitCallbacks

from clinic import queue


@shared_task
def noted(*ids: int) -> None: ...


PATH = f"{__name__}.noted"


@pytest.fixture
def published(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    calls: list[dict[str, Any]] = []
    monkeypatch.setattr(noted, "apply_async", lambda **kwargs: calls.append(kwargs))
    return calls


@pytest.mark.django_db
def test_publishes_when_the_transaction_commits(
    published: list[dict[str, Any]], django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    with django_capture_on_commit_callbacks(execute=True) as callbacks:
        queue.enqueue(PATH, 7)
        assert published == []
    assert len(callbacks) == 1
    assert published == [{"args": (7,), "retry": False}]


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_a_rollback_publishes_nothing(published: list[dict[str, Any]]) -> None:
    with transaction.atomic():
        queue.enqueue(PATH, 7)
        transaction.set_rollback(True)
    assert published == []


@pytest.mark.django_db
def test_a_mistyped_path_fails_in_the_request_not_in_the_night() -> None:
    with pytest.raises(ImportError):
        queue.enqueue("clinic.tasks.deliver_everything")


@pytest.mark.django_db
def test_a_dead_broker_costs_the_caller_nothing(
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    def refuse(**_: object) -> None:
        raise OperationalError("redis://:password@host refused")

    monkeypatch.setattr(noted, "apply_async", refuse)
    with django_capture_on_commit_callbacks(execute=True):
        queue.enqueue(PATH)
    (record,) = caplog.records
    assert record.getMessage() == "broker unavailable"
    assert "password" not in str(vars(record))
