"""The tenth red minute in a row is told to a person, once, by one of those who look."""

from datetime import timedelta

import pytest
from django.core import mail
from pytest_django import Settings

from clinic import alarm, clock, readings
from clinic.models import Alarm, Clinic, SchedulerBeat
from tests.outbox_world import make_email

OPERATOR = "operator@clinic.example"


@pytest.fixture(autouse=True)
def _operator(db: None, settings: Settings) -> None:
    settings.OPERATOR_EMAIL = OPERATOR
    now = clock.now()
    SchedulerBeat.objects.create(last_tick_at=now, materialised_until=now + timedelta(hours=48))


def break_it() -> None:
    SchedulerBeat.objects.update(last_tick_at=clock.now() - timedelta(minutes=5))


def repair_it() -> None:
    SchedulerBeat.objects.update(last_tick_at=clock.now())


def red_since(minutes: float) -> None:
    """As if that much time had gone by."""
    Alarm.objects.update(red_since=clock.now() - timedelta(minutes=minutes))


def errors(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.getMessage() for record in caplog.records if record.levelname == "ERROR"]


def test_green_is_nothing_to_tell(caplog: pytest.LogCaptureFixture) -> None:
    assert alarm.look() == []
    assert not Alarm.objects.exists()
    assert caplog.records == []


@pytest.mark.hazard("HZ-42")
def test_the_tenth_red_minute_is_told_once(caplog: pytest.LogCaptureFixture) -> None:
    break_it()
    assert [light.name for light in alarm.look()] == ["tick"]
    red_since(9.9)
    alarm.look()
    assert (mail.outbox, errors(caplog)) == ([], [])
    red_since(10)
    for _ in range(3):
        alarm.look()
    assert errors(caplog) == ["lights are red"]
    (letter,) = mail.outbox
    assert letter.to == [OPERATOR]
    assert letter.subject == "Footwork in trouble: the clock of the reminders"
    assert "It ticked 5 minutes ago." in letter.body
    assert "E-mails leave soon" not in letter.body  # only what is red


def test_a_green_minute_between_begins_anew(caplog: pytest.LogCaptureFixture) -> None:
    break_it()
    alarm.look()
    red_since(9)
    repair_it()
    alarm.look()
    break_it()
    alarm.look()
    assert (clock.now() - Alarm.objects.get().red_since).total_seconds() < 60  # type: ignore[operator]
    assert errors(caplog) == []


def test_another_light_does_not_begin_anew(riverside: Clinic, caplog: pytest.LogCaptureFixture) -> None:
    break_it()
    alarm.look()
    red_since(10)
    repair_it()
    make_email(riverside, not_before=clock.now() - timedelta(minutes=20))
    alarm.look()
    assert errors(caplog) == ["lights are red"]


def test_the_next_trouble_is_told_again(caplog: pytest.LogCaptureFixture) -> None:
    for _ in range(2):
        break_it()
        alarm.look()
        red_since(11)
        alarm.look()
        repair_it()
        alarm.look()
    assert len(mail.outbox) == 2
    assert [r.getMessage() for r in caplog.records if r.levelname == "WARNING"] == [
        "all lights are green again"
    ] * 2
    assert Alarm.objects.get().told_at is None


def test_without_an_address_the_log_has_it(settings: Settings, caplog: pytest.LogCaptureFixture) -> None:
    settings.OPERATOR_EMAIL = ""
    break_it()
    alarm.look()
    red_since(11)
    alarm.look()
    assert mail.outbox == []
    assert errors(caplog) == ["lights are red"]


def test_a_mail_server_that_is_away_stops_nobody(
    settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    break_it()
    alarm.look()
    red_since(11)
    alarm.look()
    assert errors(caplog) == ["lights are red", "the operator could not be told by mail"]


def test_the_subject_names_what_is_in_trouble(riverside: Clinic, settings: Settings) -> None:
    """A backup that was never made is no trouble of the reminders."""
    settings.BACKUP_WATCHED = True
    alarm.look()
    red_since(10)
    alarm.look()
    (letter,) = mail.outbox
    assert letter.subject == "Footwork in trouble: the backup"
    assert "reminders" not in letter.subject + letter.body


def test_many_are_counted(riverside: Clinic, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.BACKUP_WATCHED = True
    monkeypatch.setattr(readings, "disk_free", lambda: 0.01)
    break_it()
    make_email(riverside, not_before=clock.now() - timedelta(minutes=20))
    alarm.look()
    red_since(10)
    alarm.look()
    (letter,) = mail.outbox
    assert letter.subject == (
        "Footwork in trouble: the clock of the reminders; e-mails that are late; the backup; 1 more"
    )
    assert "The backup" not in letter.subject
    assert letter.body.count(": NO. ") == 4


def test_one_that_stays_red_hides_no_other(settings: Settings) -> None:
    """A second light that turns red days later is told when it has been red for as long."""
    settings.BACKUP_WATCHED = True
    alarm.look()
    red_since(10)
    alarm.look()
    break_it()
    alarm.look()
    assert len(mail.outbox) == 1
    waits = Alarm.objects.get()
    Alarm.objects.update(since={name: at - 601 for name, at in waits.since.items()})
    for _ in range(3):
        alarm.look()
    assert [letter.subject for letter in mail.outbox] == [
        "Footwork in trouble: the backup",
        "Footwork in trouble: the clock of the reminders; the backup",
    ]
    repair_it()
    alarm.look()
    break_it()
    alarm.look()
    assert len(mail.outbox) == 2  # it begins anew
    assert Alarm.objects.get().told_of == ["backup"]
