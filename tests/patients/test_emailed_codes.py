"""A code by e-mail: /c/email/, /c/enter/, /today/device/ and /today/confirm/. Eight signs, ten minutes, five tries."""

import re
from datetime import timedelta

import pytest
from django.conf import settings
from django.test import Client

from clinic import clock
from clinic.actors import Actor
from clinic.models import Attempt, AuditEntry, OutgoingEmail
from patients import actions, emails
from patients.models import Device, EmailedCode, OpenedBy, Patient
from patients.views import codes
from tests import factories
from tests.pages import text

pytestmark = pytest.mark.django_db
NOBODY = "nobody@elsewhere.example"


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(codes, "ANSWERED_AFTER", 0.0)


def ask(client, address, **extra):
    return client.post("/c/email/", {"email": address}, **extra)


def enter(client: Client, code: str, own: str = "own"):
    return client.post("/c/enter/", {"code": code, "own": own})


class TestAsking:
    @pytest.mark.hazard("HZ-30")
    def test_the_browser_that_asked_opens_the_plan_with_the_code(self, client, margaret):
        response = ask(client, margaret.email.upper())
        assert (response.status_code, response["Location"]) == (303, "/c/enter/")
        [code] = factories.emailed_codes()
        assert enter(client, code.lower().replace("-", " "))["Location"] == "/today/"
        device = Device.objects.get()
        assert (device.patient, device.opened_with) == (margaret, OpenedBy.EMAIL)
        assert client.get("/today/").status_code == 200
        assert AuditEntry.objects.filter(verb="emailed_code.used", patient_id=margaret.pk).exists()

    def test_the_cookie_of_a_browser_that_waits_is_kept_close(self, client, margaret):
        ask(client, margaret.email)
        cookie = client.cookies[settings.ASKED_COOKIE_NAME]
        assert (cookie["httponly"], cookie["samesite"], cookie["max-age"]) == (True, "Lax", 600)
        assert cookie.value != EmailedCode.objects.get().browser_hash

    @pytest.mark.hazard("HZ-30")
    @pytest.mark.check(30)
    def test_p6_an_unknown_address_gets_the_same_answer_and_no_mail(self, margaret):
        answers, pages = {}, {}
        for address in (margaret.email, NOBODY):
            browser = Client()
            answers[address] = ask(browser, address)
            page = re.sub(rb'value="\w{64}"', b"", browser.get("/c/enter/").content)
            wrong = re.sub(rb'value="\w{64}"', b"", enter(browser, "00000000").content)
            pages[address] = (page, wrong)
        known, unknown = answers.values()
        assert (known.status_code, known["Location"], known.content) == (
            unknown.status_code,
            unknown["Location"],
            unknown.content,
        )
        assert pages[margaret.email] == pages[NOBODY]
        assert EmailedCode.objects.count() == OutgoingEmail.objects.count() == 1

    @pytest.mark.check(30)
    def test_p6_no_answer_comes_sooner_than_another(self, monkeypatch, margaret):
        monkeypatch.setattr(codes, "ANSWERED_AFTER", 0.25)
        slept: list[float] = []
        monkeypatch.setattr(codes.time, "sleep", slept.append)
        monkeypatch.setattr(codes.time, "monotonic", lambda: 0.0)
        ask(Client(), margaret.email)
        ask(Client(), NOBODY)
        assert slept == [0.25, 0.25]

    def test_everybody_who_reads_at_the_address_gets_a_code_of_their_own(self, client, priya, margaret):
        others = [
            factories.make_patient(priya, name, "Hale", email=margaret.email)
            for name in ("Tom", "Ana", "Eve")
        ]
        ask(client, margaret.email)
        made = factories.emailed_codes()
        assert len(made) == len(set(made)) == 3  # at most
        enter(client, made[1])
        assert Device.objects.get().patient == others[0]

    def test_who_has_no_address_or_a_doubted_one_gets_none(self, client, priya, margaret):
        factories.make_patient(priya, "Tom", "Hale", email="", reminders_allowed=False)
        Patient.objects.filter(pk=margaret.pk).update(email_doubted_at=clock.now())
        ask(client, margaret.email)
        assert ask(client, "").status_code == 422
        assert EmailedCode.objects.count() == 0

    def test_three_mails_an_hour_and_ten_a_day_go_to_an_address(self, margaret):
        tries = [ask(Client(), margaret.email, REMOTE_ADDR=f"192.0.2.{n}").status_code for n in range(4)]
        assert tries == [303, 303, 303, 429]
        assert ask(Client(), NOBODY, REMOTE_ADDR="192.0.2.9").status_code == 303
        now = clock.now()
        allowed = [
            actions.tries.may_mail_code(address="a@b.example", now=now.replace(hour=n)) for n in range(12)
        ]
        assert allowed == [True] * 10 + [False] * 2

    def test_the_count_holds_no_address(self, client, margaret):
        ask(client, margaret.email)
        assert not [row for row in Attempt.objects.values_list("key", flat=True) if "@" in row]


@pytest.mark.hazard("HZ-30")
class TestP5:
    def asked(self, client: Client, patient: Patient) -> str:
        ask(client, patient.email)
        return factories.emailed_codes()[-1]

    @pytest.mark.check(33)
    def test_works_once(self, client, margaret):
        code = self.asked(client, margaret)
        enter(client, code)
        client.cookies.pop(settings.DEVICE_COOKIE_NAME)
        assert enter(client, code).status_code == 422
        assert Device.objects.count() == 1

    @pytest.mark.check(33)
    def test_works_in_no_other_browser(self, client, margaret):
        code, other = self.asked(client, margaret), Client()
        ask(other, NOBODY)
        assert enter(other, code).status_code == 422
        assert enter(Client(), code).status_code == 422
        assert enter(client, code).status_code == 303

    @pytest.mark.check(33)
    def test_ends_after_ten_minutes(self, client, margaret):
        code = self.asked(client, margaret)
        EmailedCode.objects.update(
            asked_at=clock.now() - timedelta(minutes=10, seconds=1),
            expires_at=clock.now() - timedelta(seconds=1),
        )
        assert enter(client, code).status_code == 422

    @pytest.mark.check(33)
    def test_the_sixth_try_is_one_too_many(self, client, margaret):
        code = self.asked(client, margaret)
        assert {enter(client, "0000-0000").status_code for _ in range(5)} == {422}
        assert EmailedCode.objects.get().tries == 5
        assert enter(client, code).status_code == 422
        assert Device.objects.count() == 0

    def test_every_answer_costs_the_same_work(self, margaret, monkeypatch):
        work = []
        monkeypatch.setattr(actions.emailed, "check_password", lambda *_: bool(work.append("check")))
        monkeypatch.setattr(actions.emailed, "make_password", lambda *_: work.append("make"))
        waits, nobody = Client(), Client()
        self.asked(waits, margaret)
        for browser in (waits, nobody):
            work.clear()
            enter(browser, "00000000")
            assert len(work) == 3

    def test_a_code_for_one_purpose_serves_no_other(self, client, margaret):
        factories.open_device(client, margaret)
        client.post("/today/confirm/", {"do": "ask"})
        [code] = factories.emailed_codes()
        assert enter(client, code).status_code == 422
        code = self.asked(client, margaret)
        assert client.post("/today/confirm/", {"code": code}).status_code == 422


class TestTheLetter:
    def row(self, margaret: Patient) -> EmailedCode:
        ask(Client(), margaret.email)
        return EmailedCode.objects.get()

    def test_says_the_code_and_nothing_of_health_or_of_the_patient(self, margaret):
        row = self.row(margaret)
        letter = emails.emailed_code(str(row.pk), clock.now())
        assert letter.to == margaret.email
        for word in ("Margaret", "Hale", "Podiatry", "exercise", "plan", "foot"):
            assert word not in letter.subject + letter.text
        assert re.search(r"(?<![\w-])[0-9A-Z]{4}-[0-9A-Z]{4}(?![\w-])", letter.text)

    def test_written_anew_it_holds_another_code_and_the_first_is_dead(self, margaret):
        client = Client()
        ask(client, margaret.email)
        [first], [second] = factories.emailed_codes(), factories.emailed_codes()
        assert first != second
        assert enter(client, first).status_code == 422
        assert enter(client, second).status_code == 303

    def test_a_code_whose_mail_did_not_leave_opens_nothing(self, margaret):
        row = self.row(margaret)
        emails.emailed_code(str(row.pk), clock.now()).unsent()
        row.refresh_from_db()
        assert row.code_hash == ""
        assert not EmailedCode.objects.waiting_at(clock.now()).exists()

    @pytest.mark.parametrize("change", ["used", "over", "archived", "doubted", "no address"])
    def test_is_not_sent_when_nobody_waits_for_it(self, priya, margaret, change):
        row, now = self.row(margaret), clock.now()
        people = Patient.objects.filter(pk=margaret.pk)
        match change:
            case "used":
                EmailedCode.objects.update(used_at=now)
            case "over":
                now += timedelta(minutes=11)
            case "archived":
                people.update(archived_at=now, archived_by=priya)
            case "doubted":
                people.update(email_doubted_at=now)
            case "no address":
                people.update(email="", reminders_allowed=False)
        assert emails.emailed_code(str(row.pk), now) is None

    def test_the_news_of_a_device_says_which_and_when_and_nothing_of_health(self, client, margaret):
        device = factories.open_device(client, margaret)
        letter = emails.device_added(str(device.pk), clock.now())
        assert letter.to == margaret.email
        assert "Chrome on Android" in letter.text
        for word in ("Margaret", "Podiatry", "exercise", "plan", "foot"):
            assert word not in letter.subject + letter.text


class TestOnThisDevice:
    def test_from_a_link_to_a_device_by_a_code_to_the_patients_address(self, client, margaret, programme):
        factories.open_plan(client, margaret, now=clock.now())
        assert "Keep my plan on this device" in text(client.get("/today/device/"))
        link = client.cookies[settings.PATIENT_COOKIE_NAME].value
        assert client.post("/today/device/")["Location"] == "/c/enter/"
        enter(client, factories.emailed_codes()[0])
        device = client.cookies[settings.DEVICE_COOKIE_NAME].value
        assert device != link
        assert client.cookies[settings.PATIENT_COOKIE_NAME].value == ""
        assert client.get("/today/devices/").status_code == 200

    def test_without_an_address_only_paper_helps(self, client, priya):
        tom = factories.make_patient(priya, "Tom", "Old", email="", reminders_allowed=False)
        factories.open_plan(client, tom, now=clock.now())
        assert "Send me a code" not in text(client.get("/today/device/"))
        assert client.post("/today/device/").status_code == 422
        assert EmailedCode.objects.count() == 0


class TestConfirming:
    @pytest.mark.hazard("HZ-30")
    def test_a_fresh_code_opens_what_is_delicate_for_ten_minutes_and_changes_the_cookie(
        self, client, margaret
    ):
        device = factories.open_device(client, margaret)
        before = client.cookies[settings.DEVICE_COOKIE_NAME].value
        assert client.get("/today/contact/").status_code == 404
        asked = client.post("/today/confirm/", {"do": "ask", "then": "exercises:contact"})
        assert asked["Location"] == "/today/confirm/?then=exercises:contact&sent=1"
        assert client.get(asked["Location"]).status_code == 200
        [code] = factories.emailed_codes()
        done = client.post("/today/confirm/", {"code": code, "then": "exercises:contact"})
        assert (done.status_code, done["Location"]) == (303, "/today/contact/")
        assert client.cookies[settings.DEVICE_COOKIE_NAME].value != before
        assert client.get("/today/contact/").status_code == 200
        old = Client()
        old.cookies[settings.DEVICE_COOKIE_NAME] = before
        assert old.get("/today/").status_code == 404
        Device.objects.filter(pk=device.pk).update(stepped_up_until=clock.now() - timedelta(seconds=1))
        assert client.get("/today/contact/").status_code == 404
        assert client.get("/today/devices/").status_code == 200

    def test_leads_nowhere_but_to_its_own_pages(self, client, margaret):
        factories.open_device(client, margaret)
        for then in ("https://evil.example/", "//evil.example", "exercises:leave", "nothing"):
            page = client.get("/today/confirm/", {"then": then}).content.decode()
            assert "evil" not in page
            assert 'value="patients:devices"' in page

    def test_a_wrong_code_confirms_nothing(self, client, margaret):
        factories.open_device(client, margaret)
        client.post("/today/confirm/", {"do": "ask"})
        factories.emailed_codes()
        assert client.post("/today/confirm/", {"code": "00000000"}).status_code == 422
        assert client.get("/today/contact/").status_code == 404
        assert EmailedCode.objects.get().tries == 1


def test_what_is_long_over_is_forgotten_by_the_tick(margaret, django_assert_num_queries):
    ask(Client(), margaret.email)
    now = clock.now()
    assert actions.emailed.forget_spent(now) == 0
    old = now - timedelta(days=8)
    EmailedCode.objects.update(asked_at=old, expires_at=old + timedelta(minutes=10))
    Attempt.objects.update(window_from=old)
    kept = AuditEntry.objects.count()
    with django_assert_num_queries(2):
        assert actions.emailed.forget_spent(now) > 1
    assert EmailedCode.objects.count() == Attempt.objects.count() == 0
    assert actions.emailed.forget_spent(now) == 0
    assert AuditEntry.objects.count() == kept


def test_a_job_may_not_hand_over_a_code(margaret):
    with pytest.raises(actions.codes.Refused, match="A person"):
        actions.issue_code(actor=Actor.system("job"), patient=margaret, until=clock.now(), now=clock.now())
