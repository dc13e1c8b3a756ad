"""A second person gets copies: asked first, each copy with links of its own, ended at once."""

import re
from datetime import UTC, datetime, timedelta
from html import unescape

import pytest
from django.test import Client

from clinic import clock, logs
from clinic.actors import Actor
from clinic.mail.messages import build
from clinic.models import AuditEntry, OutgoingEmail
from exercises import actions, emails, reminders
from exercises.models import Reminder, ReminderState
from patients import actions as patient_actions
from patients.models import Carer, CarerState, ConsentChannel, Patient, PlanLink, PlanVisit, carer_token
from tests import factories
from tests.exercises.test_letters import hrefs_of, links_of
from tests.exercises.wishes_world import make_carer, name_carer
from tests.factories import NOON
from tests.mail_lexicon import lexicon, without_links, without_markup
from tests.pages import text

PAGE = "/today/carer/"
SIX = datetime(2026, 11, 23, 18, 0, tzinfo=UTC)
FORM = {"name": "Ruth Hale", "email": "ruth.hale@families.example", "language": "es"}
SYSTEM = Actor.system("test")


@pytest.fixture(autouse=True)
def _noon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOON)


@pytest.fixture
def phone(client: Client, margaret: Patient) -> Client:
    factories.open_device(client, margaret, now=NOON)
    return client


@pytest.fixture
def ruth(margaret: Patient) -> Carer:
    return make_carer(margaret)


def address(carer: Carer) -> str:
    return f"/carer/{carer_token(carer)}/"


def copies(letter: str = "carer_reminder") -> list[OutgoingEmail]:
    return list(OutgoingEmail.objects.filter(letter=letter).order_by("generation"))


class TestNaming:
    def test_asks_the_person_and_nothing_more(self, phone, margaret, programme):
        assert "Ask this person" in text(phone.get(PAGE))
        assert phone.post(PAGE, FORM).status_code == 302
        carer = Carer.objects.get()
        assert (carer.patient, carer.state, carer.language) == (margaret, CarerState.ASKED, "es")
        (letter,) = copies("carer_asked")
        assert letter.object_id == str(carer.pk)
        page = text(phone.get(PAGE))
        assert "has not agreed yet" in page
        assert "ruth.hale@families.example" in page
        reminders.post_due(SIX)
        assert copies() == []
        entry = AuditEntry.objects.get(verb="carer.named")
        assert "Ruth" not in str(entry.changes)
        assert entry.patient_id == margaret.pk

    @pytest.mark.parametrize(
        ("change", "words"),
        [
            ({"name": ""}, "Enter the name."),
            ({"name": "Ruth\nHale"}, "Write this on one line."),
            ({"email": "ruth"}, "Enter an e-mail address such as name@example.com."),
            ({"email": "Margaret.Hale@patients.example"}, "This address gets the e-mails already."),
            ({"language": "xx"}, "xx is not one of the available choices"),
        ],
    )
    def test_a_refusal_changes_nothing(self, phone, margaret, change, words):
        before = factories.count_rows()
        response = phone.post(PAGE, FORM | change)
        assert response.status_code == 422
        assert words in text(response)
        assert factories.count_rows() == before

    def test_one_person_only(self, phone, ruth):
        before = factories.count_rows()
        response = phone.post(PAGE, FORM)
        assert response.status_code == 422
        assert "There is such a person already." in text(response)
        assert factories.count_rows() == before

    def test_not_all_day_long(self, phone, margaret):
        for number in range(3):
            phone.post(PAGE, FORM | {"email": f"n{number}@families.example"})
            phone.post(PAGE, {"do": "remove"})
        before = factories.count_rows()
        assert "often enough today" in text(phone.post(PAGE, FORM))
        assert factories.count_rows() == before

    def test_a_link_alone_is_not_enough(self, margaret):
        other = Client()
        factories.open_plan(other, margaret)
        before = factories.count_rows()
        assert (other.get(PAGE).status_code, other.post(PAGE, FORM).status_code) == (404, 404)
        assert factories.count_rows() == before

    def test_by_staff(self, as_priya, priya, margaret):
        page = f"/patients/{margaret.pk}/carer/"
        assert as_priya.post(page, FORM).status_code == 302
        assert Carer.objects.get().added_by == priya
        assert "Copies: Ruth Hale (asked, has not agreed yet)" in text(
            as_priya.get(f"/patients/{margaret.pk}/")
        )
        assert as_priya.post(page, {"do": "remove"}).status_code == 302
        assert Carer.objects.get().state == CarerState.STOPPED

    def test_by_staff_of_another_clinic(self, as_priya, heinrich):
        before = factories.count_rows()
        page = f"/patients/{heinrich.pk}/carer/"
        assert (as_priya.get(page).status_code, as_priya.post(page, FORM).status_code) == (404, 404)
        assert factories.count_rows() == before


class TestAnswering:
    def test_asking_changes_nothing_and_names_nobody(self, client, margaret):
        carer = name_carer(margaret)
        before = factories.count_rows()
        page = text(client.get(address(carer)))
        assert "Yes, send me copies" in page
        assert not re.search("Margaret|Hale|Ruth|example", page)
        assert factories.count_rows() == before
        assert client.get(address(carer))["Cache-Control"] == "no-store"

    def test_agrees(self, client, margaret):
        carer = name_carer(margaret)
        assert "You get a copy of each e-mail." in text(client.post(address(carer), {"do": "agree"}))
        carer.refresh_from_db()
        assert (carer.state, carer.agreed_at) == (CarerState.AGREED, NOON)
        before = factories.count_rows()
        client.post(address(carer), {"do": "agree"})
        assert factories.count_rows() == before

    @pytest.mark.parametrize("body", [{"do": "stop"}, {"List-Unsubscribe": "One-Click"}, {}])
    def test_declines_or_stops_without_cookies(self, ruth, body):
        strict = Client(enforce_csrf_checks=True)
        response = strict.post(address(ruth), body)
        assert (response.status_code, "You get no copies." in text(response)) == (200, True)
        ruth.refresh_from_db()
        assert ruth.state == CarerState.STOPPED
        before = factories.count_rows()
        assert strict.post(address(ruth), body).status_code == 200
        assert factories.count_rows() == before

    def test_stopped_is_final(self, client, ruth):
        client.post(address(ruth), {"do": "stop"})
        client.post(address(ruth), {"do": "agree"})
        ruth.refresh_from_db()
        assert ruth.state == CarerState.STOPPED

    def test_not_for_an_archived_record(self, client, margaret, priya):
        carer = name_carer(margaret)
        Patient.objects.filter(pk=margaret.pk).update(archived_at=NOON, archived_by=priya)
        assert client.post(address(carer), {"do": "agree"}).status_code == 422
        carer.refresh_from_db()
        assert carer.state == CarerState.ASKED


class TestTokens:
    @pytest.mark.hazard("HZ-30")
    def test_are_good_for_one_thing_each(self, client, margaret, ruth):
        """No token opens what another one does."""
        carer, stop, link = carer_token(ruth), factories.stop_token(margaret), factories.make_link(margaret)
        wrong = [
            f"/u/{carer}/",
            f"/calendar/{carer}/plan.ics",
            f"/calendar/{link}/plan.ics",
            f"/calendar/{stop}/plan.ics",
            f"/carer/{stop}/",
            f"/carer/{link}/",
            f"/carer/{carer}x/",
            f"/carer/{ruth.pk}/",
            f"/carer/{ruth.pk + 1}.{carer.partition('.')[2]}/",
        ]
        before = factories.count_rows()
        assert {client.get(path).status_code for path in wrong} == {404}
        posted = [path for path in wrong if not path.startswith("/calendar/")]
        assert {client.post(path).status_code for path in posted} == {404}
        assert client.post("/t/open/", {"link": carer}).status_code == 404
        assert factories.count_rows() == before

    def test_stand_in_no_log_line(self, ruth):
        for path in (address(ruth), "/calendar/abc/plan.ics"):
            assert logs.SECRET_PATHS.sub(r"\1…", f"Not Found: {path}").endswith("/…")


class TestCopies:
    @pytest.fixture
    def letters(self, ruth, programme):
        reminders.post_due(SIX)
        (ready,), (reminder,) = copies("carer_plan_ready"), copies()
        found = {
            "carer_plan_ready": emails.carer_plan_ready(ready.object_id, NOON),
            "carer_reminder": emails.carer_reminder(reminder.object_id, SIX),
        }
        assert None not in found.values()
        return found

    def test_are_rows_of_their_own(self, ruth, programme):
        reminders.post_due(SIX)
        reminder = Reminder.objects.get(state=ReminderState.POSTED)
        (copy,) = copies()
        assert copy.object_id == f"{reminder.pk}-{ruth.pk}"
        assert (copy.not_before, copy.expires_at) == (reminder.due_at, reminder.expires_at)
        assert OutgoingEmail.objects.filter(letter="exercise_reminder").count() == 1

    @pytest.mark.hazard("HZ-10")
    @pytest.mark.parametrize("name", ["carer_plan_ready", "carer_reminder"])
    def test_say_nothing_and_carry_links_of_their_own(self, letters, name, ruth, margaret):
        letter = letters[name]
        assert (letter.to, letter.subject) == (ruth.email, "A message from Riverside")
        assert sorted(links_of(letter.text)) == sorted(hrefs_of(letter.html))
        said = f"{without_links(letter.text)} {without_markup(letter.html)} {letter.subject}".lower()
        assert [word for word in [*lexicon("en-gb"), "ruth"] if re.search(rf"\b{word.lower()}", said)] == []
        assert f"http://testserver{address(ruth)}" in letter.text
        assert f"/u/{factories.stop_token(margaret)}" not in letter.text
        assert letter.headers["List-Unsubscribe"] == f"<http://testserver{address(ruth)}>"
        assert PlanLink.objects.filter(carer=ruth).count() == 2
        assert b"List-Unsubscribe-Post" in build(letter, "<r.1@mail.example>", NOON).content

    @pytest.mark.hazard("HZ-10")
    def test_the_question_says_nothing_either(self, margaret):
        letter = emails.carer_asked(str(name_carer(margaret).pk), NOON)
        said = f"{without_links(letter.text)} {without_markup(letter.html)}".lower()
        assert [word for word in [*lexicon("en-gb"), "ruth"] if re.search(rf"\b{word.lower()}", said)] == []
        assert "Do you want copies of our e-mails?" in unescape(letter.html)
        assert not PlanLink.objects.exists()

    def test_open_the_plan_until_the_person_is_removed(self, client, letters, ruth, phone, margaret):
        secret = re.findall(r"/t/#([\w-]{43})", letters["carer_reminder"].text)[0]
        carers = Client()
        assert carers.post("/t/open/", {"link": secret}).status_code == 303
        assert carers.get("/today/").status_code == 200
        own = factories.make_link(margaret)
        phone.post(PAGE, {"do": "remove"})
        assert carers.get("/today/").status_code == 404
        assert carers.post("/t/open/", {"link": secret}).status_code == 404
        assert Client().post("/t/open/", {"link": own}).status_code == 303
        assert PlanVisit.objects.count() == 2

    @pytest.mark.hazard("HZ-06")
    @pytest.mark.parametrize("case", ["removed", "log", "stop", "end", "sign"])
    def test_unwanted_ones_are_not_written(self, ruth, programme, margaret, priya, case):
        reminders.post_due(SIX)
        (copy,) = copies()
        match case:
            case "removed":
                patient_actions.stop_copies(actor=SYSTEM, carer=ruth, now=NOON)
            case "log":
                factories.make_log(margaret, programme.items.get(), at=NOON)
            case "stop":
                actions.stop_reminders(actor=SYSTEM, patient=margaret, channel=ConsentChannel.PLAN)
            case "end":
                actions.end_programme(actor=Actor.staff(priya), programme=programme, now=NOON, reason="test")
            case "sign":
                factories.make_flag(priya, margaret)
        assert emails.carer_reminder(copy.object_id, SIX) is None
        if case in {"removed", "end", "sign"}:
            assert emails.carer_plan_ready(copies("carer_plan_ready")[0].object_id, NOON) is None
        assert not PlanLink.objects.filter(carer=ruth).exists()

    def test_of_somebody_elses_carer_are_not_written(self, ruth, programme, hugo, heinrich, toe_curls):
        other = make_carer(heinrich, email="karl@families.example")
        reminder = Reminder.objects.get(local_date=NOON.date(), programme=programme)
        assert emails.carer_reminder(f"{reminder.pk}-{other.pk}", SIX) is None
        assert emails.carer_plan_ready(f"{programme.pk.hex}-{other.pk}", NOON) is None

    def test_the_plan_sent_again_is_copied_again(self, ruth, programme, priya):
        OutgoingEmail.objects.filter(letter="plan_ready").update(state="sent", sent_at=NOON)
        later = NOON + timedelta(hours=1)
        actions.send_link_again(actor=Actor.staff(priya), programme=programme, now=later)
        assert [copy.generation for copy in copies("carer_plan_ready")] == [0, 1]
        assert len(copies("carer_plan_ready")[0].object_id) <= 40

    def test_a_merged_records_carer_is_stopped(self, priya, margaret, double):
        carer = make_carer(double)
        actions.merge_patients(
            actor=Actor.staff(priya), kept=margaret, duplicate=double, now=NOON, reason="twice"
        )
        carer.refresh_from_db()
        assert carer.state == CarerState.STOPPED
