from datetime import timedelta

import pytest
from django.db import DatabaseError, connection
from django.test import Client
from django.urls import reverse

from clinic import clock
from clinic.models import Clinic, MailCircuit, OutgoingEmail, SchedulerBeat, User

LIVE, READY, REMINDERS = (reverse(f"clinic:{name}") for name in ("live", "ready", "reminders_health"))


@pytest.fixture
def healthy(db: None) -> None:
    now = clock.now()
    SchedulerBeat.objects.create(last_tick_at=now, materialised_until=now + timedelta(hours=48))


def lights(client: Client, owner: User) -> dict[str, bool]:
    client.force_login(owner)
    found: dict[str, bool] = client.get(REMINDERS).json()["lights"]
    return found


def test_live_touches_no_database(client: Client) -> None:
    with connection.execute_wrapper(lambda *_: pytest.fail("a query")):
        assert client.get(LIVE).json() == {"status": "ok"}


@pytest.mark.django_db
def test_ready_when_the_database_answers(client: Client) -> None:
    assert client.get(READY).json() == {"status": "ok"}


@pytest.mark.django_db
def test_not_ready_without_a_database(client: Client) -> None:
    def away(*_: object) -> None:
        raise DatabaseError

    with connection.execute_wrapper(away):
        response = client.get(READY)
    assert (response.status_code, response.json()) == (503, {"status": "red"})


@pytest.mark.usefixtures("healthy")
def test_the_public_gets_one_word_and_owners_the_lights(client: Client, olivia: User) -> None:
    assert client.get(REMINDERS).json() == {"status": "ok"}
    assert set(lights(client, olivia).values()) == {True}


@pytest.mark.hazard("HZ-42")
@pytest.mark.usefixtures("healthy")
def test_a_silent_scheduler_turns_one_light_red(client: Client, olivia: User) -> None:
    SchedulerBeat.objects.update(last_tick_at=clock.now() - timedelta(minutes=4))
    assert [name for name, green in lights(client, olivia).items() if not green] == ["tick"]
    assert client.get(REMINDERS).status_code == 503


@pytest.mark.hazard("HZ-42")
@pytest.mark.usefixtures("healthy")
def test_reminders_that_are_not_planned_ahead_turn_one_light_red(client: Client, olivia: User) -> None:
    SchedulerBeat.objects.update(materialised_until=clock.now() + timedelta(hours=20))
    assert [name for name, green in lights(client, olivia).items() if not green] == ["planned_ahead"]


@pytest.mark.hazard("HZ-42")
@pytest.mark.usefixtures("healthy")
def test_mail_that_waits_too_long_turns_one_light_red(
    client: Client, olivia: User, riverside: Clinic
) -> None:
    now = clock.now()
    OutgoingEmail.objects.create(
        clinic=riverside,
        letter="plan_ready",
        object_id="x",
        not_before=now - timedelta(minutes=16),
        expires_at=now + timedelta(hours=1),
    )
    assert [name for name, green in lights(client, olivia).items() if not green] == ["oldest_due"]


@pytest.mark.usefixtures("healthy")
def test_a_mail_server_away_for_long_turns_one_light_red(client: Client, olivia: User) -> None:
    now = clock.now()
    MailCircuit.objects.create(
        failures=9, opened_at=now - timedelta(minutes=11), open_until=now + timedelta(minutes=1)
    )
    assert [name for name, green in lights(client, olivia).items() if not green] == ["mail_server"]


@pytest.mark.usefixtures("healthy")
def test_refused_mail_turns_one_light_red(client: Client, olivia: User, riverside: Clinic) -> None:
    now = clock.now()
    OutgoingEmail.objects.create(
        clinic=riverside,
        letter="plan_ready",
        object_id="x",
        state="failed",
        not_before=now - timedelta(minutes=1),
        expires_at=now + timedelta(hours=1),
    )
    assert [name for name, green in lights(client, olivia).items() if not green] == ["confirmed"]


@pytest.mark.hazard("HZ-42")
@pytest.mark.django_db
def test_before_the_first_tick_the_light_is_red(client: Client) -> None:
    assert client.get(REMINDERS).status_code == 503
