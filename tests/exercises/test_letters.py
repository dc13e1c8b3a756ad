"""The letters: what they say, what they never say, and the links they carry."""

import re
from datetime import UTC, datetime, timedelta
from html import unescape

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command

from clinic.actors import Actor
from clinic.mail import Letter
from clinic.mail.messages import build
from clinic.models import User
from exercises import actions, emails, reminders
from exercises.models import Programme, ProgrammeState, Reminder
from patients.models import ConsentChannel, Patient, PlanLink, hashed
from tests import factories
from tests.factories import NOON
from tests.mail_lexicon import hits, without_links, without_markup
from tests.message_factories import make_message

SIX = datetime(2026, 11, 23, 18, 0, tzinfo=UTC)
SYSTEM = Actor.system("test")
LETTERS = ["plan_ready", "plan_changed", "exercise_reminder", "message_waiting"]


@pytest.fixture
def reminder(programme: Programme) -> Reminder:
    return Reminder.objects.get(local_date=NOON.date())


@pytest.fixture
def letters(programme: Programme, reminder: Reminder, priya: User, margaret: Patient) -> dict[str, Letter]:
    words = "Stop the toe curls while your left heel hurts, Margaret Hale."
    message = make_message(priya, margaret, words)
    found = {
        "message_waiting": emails.message_waiting(str(message.pk), NOON),
        "plan_ready": emails.plan_ready(str(programme.pk), NOON),
        "plan_changed": emails.plan_changed(str(programme.pk), NOON),
        "exercise_reminder": emails.exercise_reminder(str(reminder.pk), SIX),
    }
    assert None not in found.values()
    return {name: letter for name, letter in found.items() if letter}


def links_of(text: str) -> list[str]:
    return re.findall(r"https?://[^\s<>\"]+", text)


def hrefs_of(html: str) -> list[str]:
    return [unescape(address) for address in re.findall(r'href="([^"]+)"', html)]


def secret_of(letter: Letter) -> str:
    (secret,) = re.findall(r"/t/(?:\?to=messages)?#([\w-]{43})", letter.text)
    return str(secret)


class TestWords:
    @pytest.mark.hazard("HZ-10")
    @pytest.mark.parametrize("name", LETTERS)
    def test_subject_and_sender_are_neutral(self, letters, name):
        assert letters[name].subject == "A message from Riverside"
        assert letters[name].sender_name == "Riverside"
        assert letters[name].to == "margaret.hale@patients.example"

    @pytest.mark.hazard("HZ-09")
    @pytest.mark.parametrize("name", LETTERS)
    def test_says_how_long_whom_to_call_and_how_to_stop(self, letters, name):
        until = {
            "plan_ready": "Monday 30 November, 12:00",
            "plan_changed": "Monday 30 November, 12:00",
            "exercise_reminder": "Wednesday 25 November, 06:00",
            "message_waiting": "Monday 30 November, 12:00",
        }
        for body in (letters[name].text, unescape(letters[name].html)):
            assert until[name] in body
            assert 'Nobody watches your logs in real time. If you need help now, open "Get help now".' in body
            assert "000 0000 0000" in body
            assert "nobody reads the answers" in body
            assert "Stop reminders" in body

    @pytest.mark.hazard("HZ-10")
    @pytest.mark.parametrize("name", LETTERS)
    def test_lexicon_has_no_hit_in_headers_and_bodies(self, letters, name, finding):
        letter = letters[name]
        headers = build(letter, "<r.1@mail.example>", NOON).content.decode().partition("\r\n\r\n")[0]
        parts = [letter.subject, letter.sender_name, without_links(letter.text), without_markup(letter.html)]
        parts += [
            line for line in headers.splitlines() if not line.startswith(("From:", "To:", "List-Unsub"))
        ]
        text = "\n".join(parts).lower()
        assert hits(text, "en-gb") == []

    @pytest.mark.hazard("HZ-10")
    @pytest.mark.parametrize("name", LETTERS)
    def test_is_small_and_loads_nothing(self, letters, name):
        html = letters[name].html
        assert len(html.encode()) < 20_000
        assert not re.search(r"<img|<link|<script|src=|url\(", html)
        assert "prefers-color-scheme" in html


def plan_links(name: str, letter: Letter) -> list[str]:
    """A reminder leads to its own settings too; what tells of a message leads to the messages alone."""
    secret = secret_of(letter)
    today, own = f"http://testserver/t/#{secret}", "http://testserver/t/?to=%s#" + secret
    return {
        "plan_ready": [today],
        "plan_changed": [today],
        "exercise_reminder": [today, own % "reminders"],
        "message_waiting": [own % "messages"],
    }[name]


class TestLinks:
    @pytest.mark.hazard("HZ-10")
    @pytest.mark.parametrize("name", LETTERS)
    def test_are_the_same_in_both_twins(self, letters, name, margaret):
        letter = letters[name]
        assert sorted(links_of(letter.text)) == sorted(hrefs_of(letter.html))
        assert sorted(links_of(letter.text)) == sorted(
            [
                *plan_links(name, letter),
                f"http://testserver/help/{margaret.clinic_id}/",
                f"http://testserver/u/{factories.stop_token(margaret)}/",
            ]
        )

    @pytest.mark.hazard("HZ-30")
    @pytest.mark.parametrize("name", LETTERS)
    def test_open_the_plan_until_their_end(self, letters, name, margaret):
        ends = dict.fromkeys(LETTERS, NOON + timedelta(days=7)) | {
            "exercise_reminder": SIX + timedelta(hours=36)
        }
        link = PlanLink.objects.get(secret_hash=hashed(secret_of(letters[name])))
        assert (link.patient, link.expires_at) == (margaret, ends[name])

    def test_reminders_can_be_stopped_by_the_mail_program(self, letters, margaret):
        address = f"http://testserver/u/{factories.stop_token(margaret)}/"
        assert letters["exercise_reminder"].headers == {
            "List-Unsubscribe": f"<{address}>",
            "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        }
        assert letters["plan_ready"].headers == {}

    @pytest.mark.parametrize("name", LETTERS)
    def test_a_letter_that_did_not_leave_leaves_no_link(self, letters, name):
        letter = letters[name]
        assert letter.unsent
        letter.unsent()
        assert not PlanLink.objects.filter(secret_hash=hashed(secret_of(letter))).exists()
        assert PlanLink.objects.count() == len(LETTERS) - 1

    def test_each_attempt_makes_its_own(self, programme):
        secrets = {secret_of(emails.plan_ready(str(programme.pk), NOON)) for _ in range(2)}
        assert len(secrets) == 2


@pytest.mark.hazard("HZ-06")
class TestUnwanted:
    """None, and no link is made."""

    def test_plan_of_a_programme_that_ended(self, programme, priya):
        actions.end_programme(actor=Actor.staff(priya), programme=programme, now=NOON, reason="test")
        self.nothing(emails.plan_ready(str(programme.pk), NOON))

    def test_plan_whose_last_day_is_past(self, programme):
        self.nothing(emails.plan_ready(str(programme.pk), NOON + timedelta(days=28)))

    def test_plan_without_an_address(self, programme, margaret):
        Patient.objects.filter(pk=margaret.pk).update(reminders_allowed=False, email="")
        self.nothing(emails.plan_ready(str(programme.pk), NOON))

    def test_plan_that_is_gone(self, margaret):
        self.nothing(emails.plan_ready(str(margaret.pk), NOON))

    def test_reminder_after_opting_out(self, reminder, margaret):
        actions.stop_reminders(actor=SYSTEM, patient=margaret, channel=ConsentChannel.PLAN)
        self.nothing(emails.exercise_reminder(str(reminder.pk), SIX))

    def test_reminder_of_a_logged_day(self, reminder, programme, margaret):
        reminders.post_due(SIX)
        factories.make_log(margaret, programme.items.get(), NOON.date())
        self.nothing(emails.exercise_reminder(str(reminder.pk), SIX))

    def test_reminder_of_a_programme_that_ended(self, reminder):
        Programme.objects.update(state=ProgrammeState.ENDED, ended_at=NOON)
        self.nothing(emails.exercise_reminder(str(reminder.pk), SIX))

    def test_reminder_that_comes_too_late(self, reminder):
        self.nothing(emails.exercise_reminder(str(reminder.pk), reminder.expires_at))

    def test_reminder_that_is_gone(self, db):
        self.nothing(emails.exercise_reminder("0", SIX))

    def nothing(self, letter: Letter | None) -> None:
        assert letter is None
        assert PlanLink.objects.count() == 0


class TestConsent:
    def test_the_plan_is_handed_over_without_consent_to_reminders(self, priya, toe_curls):
        nora = factories.make_patient(priya, "Nora", "Quist", reminders_allowed=False)
        programme = factories.make_programme(priya, nora, [toe_curls])
        assert emails.plan_ready(str(programme.pk), NOON)

    def test_times_are_the_patients_own(self, priya, toe_curls):
        aroha = factories.make_patient(priya, "Aroha", "Ngata", time_zone="Pacific/Auckland")
        programme = factories.make_programme(
            priya, aroha, [toe_curls], starts_on=NOON.date() + timedelta(days=1)
        )
        letter = emails.plan_ready(str(programme.pk), NOON)
        assert letter
        assert "Tuesday 1 December, 01:00" in letter.text


class TestPreviews:
    def test_every_letter_is_written_with_an_index(self, tmp_path, capsys):
        call_command("preview_emails", to=tmp_path)
        languages = [code for code, _name in settings.LANGUAGES]
        written = {
            f"{name}.{language}.{kind}"
            for name in settings.LETTERS
            for language in (["en-gb"] if name in settings.STAFF_LETTERS else languages)
            for kind in ("html", "txt")
        }
        assert {path.name for path in tmp_path.iterdir()} == {*written, "index.html"}
        index = (tmp_path / "index.html").read_text()
        for line in ("List-Unsubscribe-Post: List-Unsubscribe=One-Click", "Auto-Submitted: auto-generated"):
            assert line in index
        assert {f'href="{name}"' for name in written if f'href="{name}"' not in index} == set()
        assert capsys.readouterr().out.startswith(f"{len(settings.LETTERS)} letters: ")

    def test_a_letter_without_preview_is_named(self, tmp_path, monkeypatch):
        more = settings.LETTERS | {"plan_mislaid": "exercises.emails.plan_ready"}
        monkeypatch.setattr(settings, "LETTERS", more)
        with pytest.raises(CommandError, match="plan_mislaid"):
            call_command("preview_emails", to=tmp_path)
        assert list(tmp_path.iterdir()) == []
