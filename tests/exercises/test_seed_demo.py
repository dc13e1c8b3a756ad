from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from io import StringIO
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.core.management import call_command
from django.db import models
from django.test import Client, override_settings
from pytest_django import DjangoDbBlocker

from clinic import clock
from clinic.models import AuditEntry, Clinic, EmailState, Membership, OutgoingEmail
from exercises import reminders
from exercises.management import demo_story
from exercises.management.commands.seed_demo import PASSWORD
from exercises.models import (
    Done,
    Exercise,
    LogEntry,
    Programme,
    ProgrammeRevision,
    ProgrammeState,
    Reminder,
    ReminderState,
    Routine,
    Stage,
)
from exercises.schedule import EARLIEST, LATEST
from patients.models import Finding, Measure, PainScore, Patient, Source, belongings, owners
from tests import factories
from tests.exercises.catalogue_world import TOES, shipped
from tests.shared_world import rows_of_the_module

pytestmark = [pytest.mark.django_db, pytest.mark.slow]  # the whole demo is built once, which takes seconds
ACCOUNTS = """Demo accounts (password: one quiet step at a time):
  practitioner  priya@riverside.example
  owner         olivia@riverside.example
  assistant     asha@riverside.example
  curator       carlos@riverside.example
  auditor       audrey@riverside.example
"""
EVENING = datetime(
    2026, 11, 24, 19, 5, 7, tzinfo=UTC
)  # after Margaret's reminder time, which is 18:00 in London


@pytest.fixture(autouse=True)
def _demo(seeded: str, settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.DEMO = True
    monkeypatch.setattr(clock, "now", lambda: EVENING)


@pytest.fixture(scope="module")
def seeded(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[str]:
    """The demo as `make run` builds it, and what the command said."""
    with rows_of_the_module(django_db_blocker):
        with (
            django_db_blocker.unblock(),
            override_settings(DEMO=True),
            pytest.MonkeyPatch.context() as patch,
        ):
            patch.setattr(clock, "now", lambda: EVENING)
            call_command("load_vocabularies", stdout=StringIO())
            call_command("load_catalogue", stdout=StringIO())
            said = seed()
        yield said


def seed() -> str:
    said = StringIO()
    call_command("seed_demo", stdout=said)
    return said.getvalue()


def test_it_says_who_can_sign_in_and_they_can(seeded: str) -> None:
    assert seeded == ACCOUNTS
    for member in Membership.objects.select_related("user"):
        client = Client()
        assert client.login(email=member.user.email, password=PASSWORD), member
    assert Membership.objects.count() == 5


def test_a_second_run_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    before = factories.count_rows()
    monkeypatch.setattr(clock, "now", lambda: EVENING + timedelta(days=2))
    assert seed() == ACCOUNTS
    assert factories.count_rows() == before


def test_the_whole_catalogue_is_there_signed_by_the_curator() -> None:
    exercises = Exercise.objects.select_related("current__published_by").order_by("slug")
    assert [exercise.slug for exercise in exercises] == shipped("exercises")
    published = [exercise for exercise in exercises if exercise.stage == Stage.PUBLISHED]
    assert {e.current.published_by.name for e in published if e.current and e.current.published_by} == {
        "Carlos Vega"
    }
    assert [e.slug for e in exercises if e not in published] == [
        e.slug for e in exercises if not e.findings.exists()
    ]
    routines = Routine.objects.order_by("slug")
    assert [(routine.slug, routine.stage) for routine in routines] == [
        (slug, Stage.PUBLISHED) for slug in shipped("routines")
    ]


def test_what_a_later_release_adds_is_published_in_a_demo_that_runs_already() -> None:
    texts = Exercise.objects.select_related("current").get(slug=TOES)
    texts.movement = "Up and down."
    texts.save(update_fields=["movement"])  # as an older file said it
    seed()
    texts.refresh_from_db()
    assert texts.current is not None
    assert (texts.current.number, texts.movement) == (1, texts.current.movement)


def test_no_entry_of_the_audit_repeats_what_somebody_typed() -> None:
    """Of any patient, in any field of text, by any action that the demo is told with."""
    typed = {text for model in [Patient, *owners()] for text in texts_of(model)}
    said = [leaf for entry in AuditEntry.objects.all() for leaf in leaves(entry.changes)]
    assert [leaf for leaf in said if any(text in leaf for text in typed)] == []
    assert len(typed) > 60
    assert len(said) > 200
    assert AuditEntry.objects.values("verb").distinct().count() > 25
    assert [*leaves({"a": [{"b": "He said so."}, 3]})] == ["He said so."]  # what is looked for would be found


def texts_of(model: Any) -> Iterator[str]:
    """Words of a person: a code has no space. Names of people, too."""
    names = [
        field.name
        for field in model._meta.local_fields
        if isinstance(field, models.CharField | models.TextField) and not field.choices
    ]
    for row in model.objects.values_list(*names) if names else ():
        yield from (text for text in row if text and " " in text.strip())
    if model is Patient:
        for row in Patient.objects.values_list("given_name", "family_name", "email"):
            yield from (text for text in row if text)


def leaves(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for each in value.values():
            yield from leaves(each)
    elif isinstance(value, list):
        for each in value:
            yield from leaves(each)


def test_the_people_and_their_states() -> None:
    people = {patient.given_name: patient for patient in Patient.objects.all()}
    names = "Amina Beatrice Dana Grace Ines Margaret Noah Peter Rosa Samuel Tom Walter Yusuf"
    assert sorted(people) == names.split()
    assert Patient.objects.count() == 14  # Grace was registered twice
    programmes = {
        programme.patient.given_name: programme.state
        for programme in Programme.objects.select_related("patient")
    }
    active, ended = ProgrammeState.ACTIVE, ProgrammeState.ENDED
    running = ["Margaret", "Samuel", "Dana", "Beatrice", "Grace", "Rosa", "Peter", "Amina"]
    assert programmes == dict.fromkeys(running, active) | {"Ines": ended}
    findings = set(Finding.objects.filter(patient=people["Margaret"]).values_list("type", "side"))
    assert findings == {("plantar_fasciitis", "left"), ("low_back_pain", "not_applicable")}
    assert Clinic.objects.get().name == "Riverside Podiatry"
    assert all(
        email.endswith(".example")
        for email in Patient.objects.exclude(email="").values_list("email", flat=True)
    )


def test_margarets_three_weeks_hold_gaps_zeros_and_partly() -> None:
    margaret = Patient.objects.get(given_name="Margaret")
    logs = LogEntry.objects.filter(patient=margaret)
    pain = PainScore.objects.filter(patient=margaret, source=Source.PATIENT)
    days = set(logs.values_list("performed_on", flat=True)) | set(pain.values_list("on", flat=True))
    today = EVENING.date()
    assert (min(days), max(days)) == (today - timedelta(days=21), today - timedelta(days=1))
    assert len(days) == 17  # four days without a word, and today is still open
    assert set(logs.values_list("done", flat=True)) == set(Done.values)
    assert pain.filter(measure=Measure.PAIN_BACK, score=0).count() == 4
    assert pain.filter(measure=Measure.PAIN_FOOT).count() == 17


def test_margarets_plan_was_changed_once_at_her_last_visit() -> None:
    first, second = ProgrammeRevision.objects.filter(patient__given_name="Margaret").order_by("number")
    assert (second.number, second.made_by.name) == (2, "Priya Nair")
    assert second.reason
    seen = PainScore.objects.filter(patient__given_name="Margaret", source=Source.VISIT).latest("on")
    assert second.made_at.date() == seen.on == EVENING.date() - timedelta(days=9)
    before, after = (one.shot["items"] for one in (first, second))
    assert [one["dose"].get("reps_min") for one in before] == [10, None, 15]
    assert [one["dose"].get("reps_min") for one in after] == [15, None, 15]


def test_the_mailbox_begins_with_letters_that_can_be_used() -> None:
    waiting = OutgoingEmail.objects.due_at(EVENING)
    programmes = Programme.objects.in_bulk([email.object_id for email in waiting])
    assert {email.letter for email in waiting} == {"plan_ready", "message_waiting"}
    assert sorted(p.patient.given_name for p in programmes.values()) == ["Dana", "Margaret"]
    others = OutgoingEmail.objects.exclude(pk__in=waiting)
    assert set(others.values_list("state", flat=True)) == {EmailState.CANCELLED}
    assert others.count() == 10


def test_every_page_of_a_record_has_something_to_show() -> None:
    """Rows of each kind that a record can hold, months of them where a trend is drawn."""
    empty = [model.__name__ for model in belongings() if not model.objects.exists()]
    assert empty == []
    beatrice = Patient.objects.get(given_name="Beatrice")
    told = PainScore.objects.filter(patient=beatrice)
    assert (EVENING.date() - told.earliest("on").on).days == 84
    assert told.count() > 60
    assert Patient.objects.get(given_name="Walter").archived_at == EVENING
    rosas = Finding.objects.get(patient__given_name="Rosa", type="hallux_valgus")
    assert (rosas.version, rosas.severity) == (2, "severe")


@pytest.mark.hazard("HZ-34")
def test_no_tick_sends_a_reminder_of_a_time_that_was_over() -> None:
    for minutes in (0, 1, 30):
        now = EVENING + timedelta(minutes=minutes)
        reminders.materialise(now)
        reminders.post_due(now)
    posted = Reminder.objects.filter(state=ReminderState.POSTED).select_related("programme__patient")
    assert [reminder.programme.patient.given_name for reminder in posted] == ["Dana"]
    assert Reminder.objects.filter(state=ReminderState.EXPIRED).count() == 0


def test_one_reminder_comes_due_within_two_minutes() -> None:
    dana = Reminder.objects.get(
        programme__patient__given_name="Dana",
        local_date__lte=EVENING.date(),
        due_at__lte=EVENING + timedelta(days=1),
    )
    assert dana.state == ReminderState.PLANNED
    assert dana.due_at == datetime(2026, 11, 24, 19, 6, tzinfo=UTC)


def test_somewhere_it_is_daytime_at_every_minute_of_the_year() -> None:
    start = datetime(2026, 1, 1, tzinfo=UTC)
    looked_at = 0
    for day in range(0, 365, 7):
        for minute in range(0, 24 * 60, 3):
            now = start + timedelta(days=day, minutes=minute, seconds=15, microseconds=500_000)
            zone = demo_story.daytime_zone(now)
            at = demo_story.plan_due_soon(now, zone).reminder_time
            assert at is not None
            assert EARLIEST <= at <= LATEST
            due = datetime.combine(now.astimezone(ZoneInfo(zone)).date(), at, ZoneInfo(zone))
            assert timedelta(seconds=45) <= due - now <= timedelta(seconds=105)
            looked_at += 1
    assert looked_at == 53 * 480
