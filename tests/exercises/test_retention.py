"""What goes when its time is over, of whom, on which night; and what stays."""

import io
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session
from django.core.management import call_command

from clinic import clock, metrics, retention, tally
from clinic.actors import Actor
from clinic.models import AuditEntry, BounceEvent, Clinic, Invitation, JobRun, OutgoingEmail, User
from exercises.models import CalendarFeed, Programme, Reminder
from patients.models import AccessCode, Device, Patient, PlanLink, PlanVisit, hashed
from tests import factories
from tests.outbox_world import make_email
from tests.staff_factories import make_invitation

LONDON = ZoneInfo("Europe/London")
NIGHT = datetime(2027, 3, 31, 0, 30, tzinfo=LONDON)  # thirteen months before: 28 February 2026
EDGE = datetime(2026, 2, 28, tzinfo=LONDON)
WEEK, MONTH = datetime(2027, 3, 24, tzinfo=LONDON), datetime(2027, 3, 1, tzinfo=LONDON)
SECOND = timedelta(seconds=1)

pytestmark = pytest.mark.django_db


def run(now: datetime = NIGHT) -> int:
    return retention.run(actor=Actor.system("retention"), now=now)


def at(moment: datetime) -> Callable[[Any], Any]:
    """Two rows of a kind, one a second too young: made by ``make(moment, name)``."""
    return lambda make: [make(moment - SECOND, "old"), make(moment, "young")]


def email_of(clinic: Clinic, moment: datetime, name: str, state: str = "sent") -> OutgoingEmail:
    times = {"not_before": moment, "expires_at": moment + timedelta(hours=1)}
    return make_email(clinic, name, state=state, sent_at=moment if state == "sent" else None, **times)


class TestWhatGoes:
    def test_letters_with_what_came_back_of_them(self, riverside: Clinic) -> None:
        old, young = at(EDGE)(lambda moment, name: email_of(riverside, moment, name))
        for email in (old, young):
            BounceEvent.objects.create(
                email=email, kind="soft", provider="dsn", event_key=hashed(email.object_id)
            )
        waiting = email_of(riverside, EDGE - SECOND, "waiting", state="pending")
        assert run() == 2
        assert set(OutgoingEmail.objects.all()) == {young, waiting}
        assert BounceEvent.objects.get().email == young

    def test_reminders_with_their_letters(self, programme: Programme) -> None:
        Reminder.objects.all().delete()

        def make(moment: datetime, name: str) -> Reminder:
            return Reminder.objects.create(
                clinic=programme.clinic,
                programme=programme,
                local_date=moment.date(),
                local_time=moment.time(),
                slot=len(name),
                time_zone="Europe/London",
                due_at=moment,
                expires_at=moment + timedelta(hours=1),
                state="posted",
                email=email_of(programme.clinic, moment, f"{name} reminder"),
            )

        _old, young = at(EDGE)(make)
        never_sent = make(EDGE - SECOND, "never sent")
        Reminder.objects.filter(pk=never_sent.pk).update(state="cancelled", email=None)
        assert run() == 2 + 2
        assert Reminder.objects.get() == young
        assert list(OutgoingEmail.objects.filter(object_id__endswith="reminder")) == [young.email]

    @pytest.mark.parametrize("ended", ["expires_at", "revoked_at"])
    def test_links_with_what_they_opened(self, margaret: Patient, ended: str) -> None:
        def make(moment: datetime, name: str) -> PlanLink:
            times = {"created_at": moment - timedelta(days=2), "expires_at": NIGHT + timedelta(days=9)}
            link = PlanLink.objects.create(
                clinic=margaret.clinic,
                patient=margaret,
                scope="today",
                secret_hash=hashed(name),
                **times | {ended: moment},
            )
            PlanVisit.objects.create(
                clinic=margaret.clinic,
                patient=margaret,
                link=link,
                secret_hash=hashed(f"visit {name}"),
                expires_at=moment,
            )
            return link

        PlanLink.objects.all().delete()
        _old, young = at(WEEK)(make)
        assert run() == 1
        assert PlanLink.objects.get() == young
        assert PlanVisit.objects.get().link == young

    def test_printed_codes(self, margaret: Patient, priya: User) -> None:
        def make(moment: datetime, name: str) -> AccessCode:
            return AccessCode.objects.create(
                clinic=margaret.clinic,
                patient=margaret,
                locator="7K3M",
                secret_hash="md5$salt$hash",
                issued_by=priya,
                issued_at=moment - timedelta(days=30),
                expires_at=NIGHT + timedelta(days=30),
                revoked_at=moment,
            )

        _old, young = at(WEEK)(make)
        standing = make(WEEK, "standing")
        AccessCode.objects.filter(pk=standing.pk).update(revoked_at=None)
        assert run() == 1
        assert set(AccessCode.objects.all()) == {young, standing}

    @pytest.mark.parametrize(
        ("own", "ended", "moment"),
        [
            (True, "revoked_at", MONTH),
            (True, "expires_at", MONTH),
            (True, "seen_at", MONTH - timedelta(days=14)),
            (False, "seen_at", MONTH - timedelta(minutes=30)),
        ],
    )
    def test_devices(self, margaret: Patient, own: bool, ended: str, moment: datetime) -> None:
        def make(moment: datetime, name: str) -> Device:
            times = {"seen_at": NIGHT, "expires_at": NIGHT}
            return Device.objects.create(
                clinic=margaret.clinic,
                patient=margaret,
                secret_hash=hashed(name),
                label="Chrome on Android",
                own=own,
                opened_with="code",
                **times | {ended: moment},
            )

        _old, young = at(moment)(make)
        assert run() == 1
        assert Device.objects.get() == young

    def test_calendar_addresses_that_were_taken_back(self, margaret: Patient) -> None:
        def make(moment: datetime | None, name: str) -> CalendarFeed:
            return CalendarFeed.objects.create(
                clinic=margaret.clinic, patient=margaret, secret_hash=hashed(name), revoked_at=moment
            )

        _old, young = at(WEEK)(make)
        standing = make(None, "standing")
        assert run() == 1
        assert set(CalendarFeed.objects.all()) == {young, standing}

    @pytest.mark.parametrize("ended", ["expires_at", "revoked_at", "accepted_at"])
    def test_invitations_with_name_and_address(self, olivia: User, asha: User, ended: str) -> None:
        def make(moment: datetime, name: str) -> Invitation:
            made = make_invitation(olivia, f"{name.title()} Quinn")
            times: dict[str, Any] = {"expires_at": NIGHT, "invited_at": MONTH - timedelta(days=40)}
            if ended == "accepted_at":
                times["account"] = asha if name == "old" else olivia
            Invitation.objects.filter(pk=made.pk).update(**times | {ended: moment})
            return made

        _old, young = at(MONTH)(make)
        OutgoingEmail.objects.all().delete()
        assert run() == 1
        assert Invitation.objects.get() == young
        entry = AuditEntry.objects.get(verb="clinic.retention_over")
        assert entry.changes["invitations"] == 1
        assert "Old Quinn" not in str(entry.changes)

    def test_sessions_and_where_they_were(self, priya: User) -> None:
        begin = datetime(2027, 2, 28, tzinfo=UTC)  # the installation's day is the 30th still

        def session(moment: datetime, name: str) -> Session:
            return Session.objects.create(session_key=name, session_data="x", expire_date=moment)

        def place(moment: datetime, name: str) -> UserSession:
            made: UserSession = UserSession.objects.create(
                user=priya, session_key=name, ip="192.0.2.1", user_agent="x", last_seen_at=moment
            )
            UserSession.objects.filter(pk=made.pk).update(last_seen_at=moment)
            return made

        at(begin)(session)
        at(begin - timedelta(hours=12))(place)
        assert run() == 2
        assert Session.objects.get().session_key == "young"
        assert UserSession.objects.get().session_key == "young"

    def test_its_own_notes(self, riverside: Clinic) -> None:
        for day in (datetime(2026, 2, 27), datetime(2026, 2, 28)):  # noqa: DTZ001 - days alone
            JobRun.objects.create(
                name="retention", clinic=riverside, local_date=day.date(), started_at=EDGE, finished_at=EDGE
            )
        assert run() == 1
        assert JobRun.objects.order_by("local_date").values_list("local_date", flat=True)[0] == EDGE.date()

    def test_nothing_over_leaves_everything_and_writes_no_entry(self, programme: Programme) -> None:
        before = factories.count_rows()
        assert run(clock.now()) == 0
        after = factories.count_rows()
        assert {name for name in after if after[name] != before.get(name)} == {"clinic_jobrun"}


class TestTheNight:
    @pytest.mark.hazard("HZ-33")
    def test_each_clinics_own_midnight(self, riverside: Clinic, hilltop: Clinic) -> None:
        Clinic.objects.filter(pk=hilltop.pk).update(time_zone="America/New_York")
        for clinic in (riverside, hilltop):
            email_of(clinic, datetime(2026, 2, 28, 12, tzinfo=UTC), clinic.name)
        april = datetime(2027, 3, 31, 23, 30, tzinfo=UTC)  # in London it is the first of April
        assert run(april) == 1
        assert OutgoingEmail.objects.get().clinic == hilltop
        days: dict[Any, Any] = dict(JobRun.objects.values_list("clinic__name", "local_date"))
        assert days[riverside.name].isoformat() == "2027-04-01"
        assert days[hilltop.name].isoformat() == days[None].isoformat() == "2027-03-31"
        assert run(april + timedelta(hours=5)) == 1

    @pytest.mark.parametrize(
        ("day", "hours"),
        [("2027-03-28", 23), ("2027-10-31", 25), ("2028-02-29", 24)],  # both changes of the clock, a leap day
    )
    def test_days_of_other_lengths_are_days(self, riverside: Clinic, day: str, hours: int) -> None:
        midnight = datetime.fromisoformat(f"{day}T00:00").replace(tzinfo=LONDON)
        last = midnight.astimezone(UTC) + timedelta(hours=hours) - SECOND
        for moment in (midnight, last):
            (night,) = (night for night in retention.nights(moment) if night.clinic)
            assert night.day.isoformat() == day
        (night,) = (night for night in retention.nights(last + SECOND) if night.clinic)
        assert night.day.isoformat() > day
        assert run(midnight) == run(last) == 0
        assert JobRun.objects.filter(clinic=riverside).count() == 1

    def test_twice_a_night_is_once(self, riverside: Clinic) -> None:
        assert run() == 0
        email_of(riverside, EDGE - SECOND, "later")
        assert run(NIGHT + timedelta(hours=3)) == 0
        assert run(NIGHT + timedelta(days=1)) == 1

    def test_of_two_schedulers_at_once_one_does_it(self, riverside: Clinic) -> None:
        night = next(night for night in retention.nights(NIGHT) if night.clinic)
        assert retention._take(riverside.pk, night.day, NIGHT)
        assert not retention._take(riverside.pk, night.day, NIGHT + timedelta(minutes=49))
        assert retention._take(riverside.pk, night.day, NIGHT + timedelta(minutes=51))  # the first one died
        assert retention._take(None, night.day, NIGHT)
        assert not retention._take(None, night.day, NIGHT)

    def test_in_bounded_batches_and_on_with_it_later(
        self, riverside: Clinic, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(retention, "BATCH", 2)
        monkeypatch.setattr(retention, "MOST_BATCHES", 2)
        for number in range(5):
            email_of(riverside, EDGE - SECOND, str(number))
        assert run() == 4
        assert not JobRun.objects.get(clinic=riverside).finished_at
        assert run(NIGHT + timedelta(hours=1)) == 1
        done = JobRun.objects.get(clinic=riverside)
        assert (done.rows, bool(done.finished_at)) == (5, True)


class TestWhatIsSaid:
    def test_an_entry_of_the_audit_and_a_metric_each_in_numbers(self, riverside: Clinic) -> None:
        for number in range(3):
            email_of(riverside, EDGE - SECOND, str(number))
        run()
        entry = AuditEntry.objects.get(verb="clinic.retention_over")
        assert (entry.clinic, entry.actor_label) == (riverside, "retention")
        assert entry.changes == {"day": "2027-03-31", "letters": 3}
        tally.add(f"{tally.RETAINED}letters", 2)
        assert 'footwork_retention_rows_total{rule="letters"} 5.0' in metrics.render().decode()

    @pytest.mark.hazard("HZ-33")
    def test_a_dry_run_counts_and_changes_nothing(
        self, programme: Programme, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(clock, "now", lambda: NIGHT)
        old = email_of(programme.clinic, EDGE - SECOND, "old")
        Reminder.objects.create(
            clinic=programme.clinic,
            programme=programme,
            local_date=EDGE.date(),
            local_time=EDGE.time(),
            time_zone="Europe/London",
            due_at=EDGE - SECOND,
            expires_at=EDGE,
            state="posted",
            email=old,
        )
        before = factories.count_rows()
        out = io.StringIO()
        call_command("run_retention", dry_run=True, stdout=out)
        said = out.getvalue()
        assert "Riverside Podiatry, 2027-03-31: reminders 1, letters 1\n" in said
        assert "The installation, 2027-03-30: nothing\n" in said  # in UTC it is an hour before midnight
        assert factories.count_rows() == before
        out = io.StringIO()
        call_command("run_retention", stdout=out)
        assert out.getvalue() == "2 rows deleted.\n"
