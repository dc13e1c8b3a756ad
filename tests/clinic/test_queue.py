import time
from collections.abc import Iterator
from typing import Any

import pytest
from celery import shared_task, signals
from django.conf import settings
from django.db import DatabaseError, transaction
from kombu.exceptions import OperationalError
from pytest_django import DjangoCaptureOnCommitCallbacks

from clinic import queue, tally
from clinic.celery import app
from clinic.models import Tally


@shared_task
def noted(*ids: int) -> None: ...


PATH = f"{__name__}.noted"


@pytest.fixture(autouse=True)
def _not_quiet(monkeypatch: pytest.MonkeyPatch) -> None:
    """What one test leaves behind must not keep the next, or another file's, from publishing."""
    monkeypatch.setattr(queue, "_quiet_until", 0.0)


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
def test_a_broker_that_is_away_is_counted_and_left_alone_for_a_while(
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    def refuse(**_: object) -> None:
        raise OperationalError("redis://:password@host refused")

    monkeypatch.setattr(noted, "apply_async", refuse)
    for _ in range(3):
        with django_capture_on_commit_callbacks(execute=True):
            queue.enqueue(PATH)
    (record,) = caplog.records  # the second and third did not ask
    assert record.getMessage() == "broker unavailable"
    assert "password" not in str(vars(record))
    assert Tally.objects.get().total == 1
    passed = time.monotonic() + settings.QUIET_SECONDS
    monkeypatch.setattr(time, "monotonic", lambda: passed)
    with django_capture_on_commit_callbacks(execute=True):
        queue.enqueue(PATH)
    assert Tally.objects.get().total == 2


@pytest.mark.django_db
def test_a_failure_that_cannot_be_counted_is_none_of_the_callers(
    monkeypatch: pytest.MonkeyPatch,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    def away(*_: object) -> None:
        raise DatabaseError

    monkeypatch.setattr(noted, "apply_async", away)
    monkeypatch.setattr(tally, "add", away)
    with django_capture_on_commit_callbacks(execute=True):
        queue.enqueue(PATH)


@pytest.fixture
def hasty() -> Iterator[dict[str, Any]]:
    """The options of everybody but worker and beat; these change their process's when they start."""
    options = app.conf.broker_transport_options
    yield options
    app.conf.broker_transport_options = options


@pytest.mark.parametrize("signal", [signals.celeryd_init, signals.beat_init])
def test_a_request_waits_half_a_second_and_a_worker_longer(hasty: dict[str, Any], signal: Any) -> None:
    times = ("socket_connect_timeout", "socket_timeout")
    assert [hasty[name] for name in times] == [0.5, 0.5]
    assert hasty["max_retries"] == 0
    signal.send(sender=None, instance=None, conf=app.conf)
    patient = app.conf.broker_transport_options
    assert [patient[name] for name in times] == [2, 5]
    assert (patient["health_check_interval"], patient["retry_on_timeout"]) == (25, True)
