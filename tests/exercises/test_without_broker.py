"""No broker in the path of a request: it may be down, or take connections and never answer."""

import contextlib
import socket
import threading
import time
from collections.abc import Iterator

import pytest
from django.test import Client
from django.urls import reverse

from clinic import clock, queue
from clinic.celery import app
from clinic.dev.processes import free_port
from clinic.models import OutgoingEmail, Tally, User
from exercises.models import Exercise, Programme
from patients.models import Patient
from tests import factories

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]


class Hanging:
    """Takes every connection and never answers."""

    def __init__(self) -> None:
        self.accepted: list[socket.socket] = []
        self.server = socket.create_server(("127.0.0.1", 0))
        self.port = int(self.server.getsockname()[1])
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                self.accepted.append(self.server.accept()[0])

    def close(self) -> None:
        self.server.shutdown(socket.SHUT_RDWR)
        self.server.close()
        for connected in self.accepted:
            connected.close()


@pytest.fixture
def hanging() -> Iterator[Hanging]:
    server = Hanging()
    yield server
    server.close()


@pytest.fixture
def programmes(priya: User, toe_curls: Exercise) -> list[Programme]:
    people = [factories.make_patient(priya, name, "Doe") for name in ("Ann", "Bea", "Cy")]
    made = [factories.make_programme(priya, person, [toe_curls], now=clock.now()) for person in people]
    OutgoingEmail.objects.update(state="sent", sent_at=clock.now())
    return made


def use(monkeypatch: pytest.MonkeyPatch, port: int) -> None:
    monkeypatch.setattr(queue, "_quiet_until", 0.0)
    monkeypatch.setattr(app.amqp, "_producer_pool", None)
    monkeypatch.setattr(app.conf, "broker_url", f"redis://:secret@127.0.0.1:{port}/0")
    assert str(port) in app.connection_for_write().as_uri()


def send_links(client: Client, programmes: list[Programme]) -> float:
    """Seconds that three pages took, each of which posts a letter and gives the worker a hint."""
    began = time.monotonic()
    for programme in programmes:
        answer = client.post(reverse("exercises:programme_resend", args=[programme.pk]))
        assert answer.status_code == 302
    return time.monotonic() - began


def test_a_broker_that_is_down_is_nobodys_error(
    as_priya: Client, programmes: list[Programme], monkeypatch: pytest.MonkeyPatch
) -> None:
    use(monkeypatch, free_port())
    send_links(as_priya, programmes)
    assert OutgoingEmail.objects.filter(state="pending").count() == 3
    assert Tally.objects.get().total == 1


def test_a_broker_that_hangs_is_waited_for_once(
    as_priya: Client, programmes: list[Programme], hanging: Hanging, monkeypatch: pytest.MonkeyPatch
) -> None:
    use(monkeypatch, hanging.port)
    seconds = send_links(as_priya, programmes)
    assert OutgoingEmail.objects.filter(state="pending").count() == 3
    assert len(hanging.accepted) == 1
    assert Tally.objects.get().total == 1
    assert seconds < 10  # half a second for the broker; the rest is what a busy machine takes


def test_a_broker_that_is_back_is_used_again(
    as_priya: Client, programmes: list[Programme], monkeypatch: pytest.MonkeyPatch
) -> None:
    use(monkeypatch, free_port())
    send_links(as_priya, programmes[:1])
    monkeypatch.undo()
    monkeypatch.setattr(queue, "_quiet_until", 0.0)
    send_links(as_priya, programmes[1:])
    assert Tally.objects.get().total == 1


def test_patients_are_heard_too(
    client: Client, margaret: Patient, programme: Programme, hanging: Hanging, monkeypatch: pytest.MonkeyPatch
) -> None:
    use(monkeypatch, hanging.port)
    monkeypatch.setattr(clock, "now", lambda: factories.NOON)
    factories.open_plan(client, margaret)
    day = {"performed_on": factories.NOON.date().isoformat(), "item": [programme.items.get().pk], "all": "1"}
    assert client.post("/today/log/", day).status_code == 303
    assert len(hanging.accepted) == 1
