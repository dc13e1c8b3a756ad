"""The plan in a calendar: what the file holds, who may read it, and how it ends."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from hypothesis import given, settings
from hypothesis import strategies as st
from icalendar import Calendar

from clinic import clock
from clinic.actors import Actor
from exercises import actions, calendars
from exercises.models import CalendarFeed, ProgrammePause
from patients.models import Patient, hashed
from tests import factories
from tests.factories import NOON, TODAY
from tests.pages import text

PAGE = "/today/calendar/"
EDITION = calendars.Edition(3, NOON)
ZONES = [
    "Europe/London",
    "America/New_York",
    "Australia/Lord_Howe",
    "Pacific/Auckland",
    "Asia/Kathmandu",
    "UTC",
]


@pytest.fixture(autouse=True)
def _noon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOON)


@pytest.fixture
def phone(client: Client, margaret: Patient) -> Client:
    factories.open_device(client, margaret, now=NOON)
    return client


def made(patient: Patient) -> str:
    _feed, secret = actions.make_feed(actor=Actor.patient(patient), patient=patient, now=NOON)
    return f"/calendar/{secret}/plan.ics"


def read(client: Client, address: str) -> Calendar:
    response = client.get(address)
    assert response.status_code == 200
    return Calendar.from_ical(response.content)


def days(calendar: Calendar) -> list[date]:
    return [
        event.start.date() if isinstance(event.start, datetime) else event.start for event in calendar.events
    ]


class TestFile:
    @settings(max_examples=40, deadline=None)
    @given(
        first=st.dates(date(2026, 1, 1), date(2027, 12, 31)),
        at=st.times(time(6, 0), time(20, 30)).map(lambda at: at.replace(second=0, microsecond=0, fold=0)),
        zone=st.sampled_from(ZONES),
        count=st.integers(1, 90),
    )
    def test_reads_back_the_same_instants_across_clock_changes(self, first, at, zone, count):
        due = [calendars.Due(first + timedelta(days=n), at, n, "Exercises") for n in range(count)]
        raw = calendars.written(due, zone=zone, name="My plan", uid="x@example.com", edition=EDITION)
        assert b"\n" not in raw.replace(b"\r\n", b"")
        assert max(len(line) for line in raw.split(b"\r\n")) <= 75
        events = Calendar.from_ical(raw).events
        assert len({str(event["uid"]) for event in events}) == count
        for wanted, event in zip(due, events, strict=True):
            assert event.start.astimezone(UTC) == datetime.combine(
                wanted.day, at, tzinfo=ZoneInfo(zone)
            ).astimezone(UTC)
            assert event.duration == timedelta(minutes=wanted.minutes or 30)
            assert event["dtstamp"].dt == NOON
            assert event["sequence"] == 3
        zones = {str(zone["tzid"]) for zone in Calendar.from_ical(raw).walk("VTIMEZONE")}
        assert zones == ({zone} if zone != "UTC" else set())

    def test_its_zone_knows_both_sides_of_a_clock_change(self):
        due = [calendars.Due(date(2026, 10, day), time(18, 0), 12, "Exercises") for day in (24, 26)]
        raw = calendars.written(
            due, zone="Europe/London", name="My plan", uid="x@example.com", edition=EDITION
        ).decode()
        assert "TZOFFSETTO:+0000" in raw
        assert "TZOFFSETTO:+0100" in raw
        assert "DTSTART;TZID=Europe/London:20261024T180000" in raw
        assert "DTSTART;TZID=Europe/London:20261026T180000" in raw

    def test_without_an_hour_it_is_the_whole_day(self):
        raw = calendars.written(
            [calendars.Due(TODAY, None, 0, "Exercises")], zone="UTC", name="x", uid="x@y", edition=EDITION
        )
        (event,) = Calendar.from_ical(raw).events
        assert (event.start, "VTIMEZONE" in raw.decode()) == (TODAY, False)

    def test_of_nothing_is_a_calendar_all_the_same(self):
        raw = calendars.written([], zone="UTC", name="x", uid="x@y", edition=EDITION)
        assert Calendar.from_ical(raw).events == []


class TestFeed:
    def test_holds_the_due_days_and_nothing_else_about_the_person(self, client, margaret, programme, finding):
        address = made(margaret)
        before = factories.count_rows()
        response = client.get(address)
        assert response["Content-Type"] == "text/calendar; charset=utf-8"
        assert response["Cache-Control"] == "private, max-age=3600"
        body = response.content.decode()
        said = body.lower().replace("footwork", "")  # the program's name, where calendars do not show it
        for word in (
            "Margaret",
            "Hale",
            "toe",
            "curl",
            "heel",
            "Riverside",
            "foot",
            "basics",
            margaret.pk.hex,
        ):
            assert word.lower() not in said, word
        calendar = Calendar.from_ical(body)
        assert days(calendar) == [TODAY + timedelta(days=n) for n in range(28)]
        assert calendar.events[0].start.isoformat() == "2026-11-23T18:00:00+00:00"
        assert str(calendar.events[0]["summary"]).startswith("Exercises, about ")
        assert factories.count_rows() == before

    def test_two_plans_are_one_event_a_day(self, client, margaret, programme, priya, toe_curls):
        one = read(client, made(margaret)).events[0]
        factories.make_programme(priya, margaret, [toe_curls], reminder_time=time(9, 0), weeks=2)
        calendar = read(client, made(margaret))
        assert len(days(calendar)) == len(set(days(calendar))) == 28
        assert calendar.events[0].start.hour == 9
        assert calendar.events[0].duration >= one.duration

    def test_ninety_days_at_most(self, client, margaret, priya, toe_curls):
        factories.make_programme(priya, margaret, [toe_curls], weeks=26)
        assert len(days(read(client, made(margaret)))) == 90

    def test_leaves_out_paused_and_ended_days(self, client, margaret, programme, priya):
        ProgrammePause.objects.create(
            clinic_id=margaret.clinic_id,
            patient=margaret,
            programme=programme,
            first_day=TODAY + timedelta(days=1),
            last_day=TODAY + timedelta(days=26),
            made_by=priya,
        )
        assert days(read(client, made(margaret))) == [TODAY, TODAY + timedelta(days=27)]

    @pytest.mark.hazard("HZ-06")
    def test_is_empty_while_a_warning_sign_waits(self, client, margaret, programme, priya):
        address = made(margaret)
        factories.make_flag(priya, margaret)
        assert days(read(client, address)) == []

    def test_counts_up_with_each_change_and_keeps_its_ids(self, client, margaret, programme):
        address = made(margaret)
        first, again = client.get(address).content, client.get(address).content
        assert first == again
        actions.set_reminder_time(actor=Actor.patient(margaret), programme=programme, at=time(9, 0), now=NOON)
        old, new = Calendar.from_ical(first).events, read(client, address).events
        assert [event["uid"] for event in old] == [event["uid"] for event in new]
        assert new[0]["sequence"] > old[0]["sequence"]
        assert new[0].start.hour == 9

    def test_speaks_the_patients_language_and_zone(self, client, margaret, programme):
        Patient.objects.filter(pk=margaret.pk).update(time_zone="America/New_York")
        assert str(read(client, made(margaret)).events[0].start.tzinfo) == "America/New_York"

    @pytest.mark.parametrize("plans", [1, 5])
    def test_asks_the_same_number_of_questions(self, client, margaret, priya, toe_curls, plans):
        for _plan in range(plans):
            factories.make_programme(priya, margaret, [toe_curls])
        address = made(margaret)
        with CaptureQueriesContext(connection) as asked:
            client.get(address)
        assert len(asked) == 6


class TestClosing:
    @pytest.mark.hazard("HZ-30")
    def test_all_that_is_closed_looks_the_same(self, client, phone, margaret, programme):
        address = made(margaret)
        phone.post(PAGE, {"do": "revoke"})
        closed, unknown = client.get(address), client.get("/calendar/no-such/plan.ics")
        assert (closed.status_code, unknown.status_code) == (404, 404)
        assert closed.content == unknown.content

    def test_a_new_address_closes_the_old_one(self, client, margaret, programme):
        old, new = made(margaret), made(margaret)
        assert (client.get(old).status_code, client.get(new).status_code) == (404, 200)

    @pytest.mark.parametrize("case", ["end", "archive"])
    def test_ends_with_the_last_plan_or_the_record(self, client, margaret, programme, priya, case):
        address, actor = made(margaret), Actor.staff(priya)
        actions.end_programme(actor=actor, programme=programme, now=NOON, reason="test")
        if case == "archive":
            address = made(margaret)
            actions.archive_patient(actor=actor, patient=margaret, now=NOON, reason="test")
        assert client.get(address).status_code == 404
        assert not CalendarFeed.objects.filter(revoked_at=None).exists()

    def test_does_not_go_over_to_another_record(self, client, margaret, programme, double, priya):
        address = made(double)
        actions.merge_patients(
            actor=Actor.staff(priya), kept=margaret, duplicate=double, now=NOON, reason="twice"
        )
        assert client.get(address).status_code == 404

    def test_another_method_is_refused(self, client, margaret):
        assert client.post(made(margaret)).status_code == 405


class TestPage:
    def test_shows_the_address_once(self, phone, margaret, programme):
        assert "Make a calendar address" in text(phone.get(PAGE))
        page = text(phone.post(PAGE, {"do": "make"}))
        secret = page.partition("http://testserver/calendar/")[2].partition("/")[0]
        assert CalendarFeed.objects.get().secret_hash == hashed(secret)
        assert f'href="webcal://testserver/calendar/{secret}/plan.ics"' in page
        again = text(phone.get(PAGE))
        assert secret not in again
        assert "A calendar address of yours works since 23 November 2026." in again
        assert Client().get(f"/calendar/{secret}/plan.ics").status_code == 200

    def test_gives_a_file(self, phone, margaret, programme):
        before = factories.count_rows()
        response = phone.get(f"{PAGE}plan.ics")
        assert response["Content-Disposition"] == 'attachment; filename="plan.ics"'
        assert response["Cache-Control"] == "no-store"
        assert len(Calendar.from_ical(response.content).events) == 28
        assert factories.count_rows() == before

    def test_a_link_alone_is_not_enough(self, margaret, programme):
        other = Client()
        factories.open_plan(other, margaret)
        before = factories.count_rows()
        answers = [other.get(PAGE), other.post(PAGE, {"do": "make"}), other.get(f"{PAGE}plan.ics")]
        assert {answer.status_code for answer in answers} == {404}
        assert factories.count_rows() == before
