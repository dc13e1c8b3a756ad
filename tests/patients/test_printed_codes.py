"""The printed code: /c/, what it opens, and how little a wrong one tells. Rules P1 to P10 are those of docs/plan-access.md."""

import re
from datetime import timedelta
from unittest.mock import patch

import pytest
from django.conf import settings
from django.contrib.auth import hashers
from django.test import Client

from clinic import clock
from clinic.actors import Actor
from clinic.models import Attempt, AuditEntry, OutgoingEmail
from patients import actions
from patients.access_codes import new_printed_code
from patients.models import AccessCode, Device, PlanLink, PlanVisit
from tests import factories

pytestmark = pytest.mark.django_db
PAGES = ["/c/", "/c/email/", "/c/enter/"]
AGENT = "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 Chrome/131.0.0.0 Mobile Safari/537.36"


def enter(client, code, own="own", **extra):
    return client.post("/c/", {"code": str(code), "own": own}, **extra)


def masked(response, typed: object) -> bytes:
    """The page without what differs in every answer: the form's token and what was typed."""
    content = re.sub(rb'name="csrfmiddlewaretoken" value="\w+"', b"", response.content)
    return content.replace(str(typed).encode(), b"")


class TestP1:
    @pytest.mark.parametrize("page", PAGES)
    def test_opening_a_page_writes_nothing(self, client, margaret, page):
        before = factories.count_rows()
        answers = [client.get(page) for _ in range(5)] + [client.head(page) for _ in range(3)]
        assert {answer.status_code for answer in answers} == {200}
        assert client.options(page).status_code == 405
        assert factories.count_rows() == before
        assert set(client.cookies) == {settings.CSRF_COOKIE_NAME}
        assert answers[0]["Cache-Control"] == "no-store"

    @pytest.mark.parametrize("page", PAGES)
    def test_a_form_needs_its_token(self, page):
        before = factories.count_rows()
        assert Client(enforce_csrf_checks=True).post(page, {"code": "x"}).status_code == 403
        assert factories.count_rows() == before


class TestOpening:
    @pytest.mark.hazard("HZ-30")
    def test_the_code_opens_the_whole_plan_in_this_browser(self, client, priya, margaret, programme):
        made = factories.make_code(priya, margaret)
        response = enter(client, made, HTTP_USER_AGENT=AGENT)
        assert (response.status_code, response["Location"]) == (303, "/today/")
        cookie = client.cookies[settings.DEVICE_COOKIE_NAME]
        assert (cookie["httponly"], cookie["samesite"], cookie["path"]) == (True, "Lax", "/")
        assert int(cookie["max-age"]) == 30 * 24 * 60 * 60
        device = Device.objects.get()
        assert (device.patient, device.label, device.own, device.opened_with) == (
            margaret,
            "Chrome on Android",
            True,
            "code",
        )
        assert cookie.value not in (device.secret_hash, made.secret)
        assert AuditEntry.objects.get(verb="device.opened").patient_id == margaret.pk
        assert client.get("/today/").status_code == 200
        assert client.get("/today/devices/").status_code == 200

    @pytest.mark.parametrize("typed", ["{0.locator} {0.secret}", "{0.locator}{0.secret}"])
    def test_as_people_type_it(self, client, priya, margaret, typed):
        made = factories.make_code(priya, margaret)
        assert enter(client, typed.format(made).lower()).status_code == 303

    def test_works_again_on_another_device(self, priya, margaret):
        made = factories.make_code(priya, margaret)
        assert [enter(Client(), made).status_code for _ in range(2)] == [303, 303]
        assert Device.objects.count() == 2

    def test_where_others_use_the_browser_too_it_forgets_soon(self, client, priya, margaret):
        enter(client, factories.make_code(priya, margaret), own="shared")
        assert client.cookies[settings.DEVICE_COOKIE_NAME]["max-age"] == ""
        device = Device.objects.get()
        assert device.expires_at - device.created_at == timedelta(hours=12)
        Device.objects.update(seen_at=clock.now() - timedelta(minutes=31))
        assert client.get("/today/").status_code == 404

    def test_nobody_is_asked_for_a_guess_whose_browser_it_is(self, client, priya, margaret):
        made = factories.make_code(priya, margaret)
        assert " checked" not in client.get("/c/").content.decode()
        response = client.post("/c/", {"code": str(made)})
        assert response.status_code == 422
        assert str(made) in response.content.decode()  # nobody has to type it twice
        assert Device.objects.count() == 0

    @pytest.mark.hazard("HZ-01")
    def test_what_was_opened_last_says_whose_plan_it_is(self, client, priya, margaret, heinrich):
        factories.open_plan(client, heinrich, now=clock.now())
        enter(client, factories.make_code(priya, margaret))
        content = client.get("/today/").content.decode()
        assert "Margaret" in content
        assert "Heinrich" not in content
        assert PlanVisit.objects.count() == 0

    def test_another_code_in_the_same_browser_takes_the_place_of_the_first(
        self, client, priya, hugo, margaret, heinrich
    ):
        enter(client, factories.make_code(priya, margaret))
        enter(client, factories.make_code(hugo, heinrich))
        assert Device.objects.get(patient=margaret).revoked_at is not None
        assert "Heinrich" in client.get("/today/").content.decode()

    def test_six_devices_are_one_too_many_and_the_oldest_goes(self, priya, margaret):
        made = factories.make_code(priya, margaret, days=100)
        now = clock.now()
        old = [
            factories.open_device(Client(), margaret, now=now - timedelta(hours=9 - number))
            for number in range(5)
        ]
        enter(Client(), made)
        live = Device.objects.live_at(clock.now())
        assert live.count() == 5
        assert old[0] not in live
        assert old[1] in live


@pytest.mark.hazard("HZ-30")
class TestP4:
    def wrong(self, priya, hugo, margaret, double, heinrich) -> dict[str, object]:
        now = clock.now()
        right = factories.make_code(priya, margaret)
        expired = factories.make_code(priya, double)
        AccessCode.objects.filter(patient=double).update(
            issued_at=now - timedelta(days=9), expires_at=now - timedelta(seconds=1)
        )
        third = factories.make_patient(priya, "Ana", "Quinn")
        revoked = factories.make_code(priya, third)
        actions.revoke_code(actor=Actor.staff(priya), patient=third, now=now, reason="test")
        locked = factories.make_code(hugo, heinrich)
        AccessCode.objects.filter(patient=heinrich).update(failures=20)
        other = new_printed_code()
        return {
            "wrong": right._replace(secret=other.secret),
            "expired": expired,
            "revoked": revoked,
            "locked": locked,
            "unknown": other,
            "of another clinic's locator": locked._replace(secret=right.secret),
            "archived": self.archived(priya),
        }

    def archived(self, priya) -> object:
        gone = factories.make_patient(priya, "Tom", "Old")
        code = factories.make_code(priya, gone)
        type(gone).objects.filter(pk=gone.pk).update(archived_at=clock.now(), archived_by=priya)
        return code

    @pytest.mark.check(30)
    def test_every_reason_is_the_same_page(self, priya, hugo, margaret, double, heinrich):
        wrong = self.wrong(priya, hugo, margaret, double, heinrich)
        before = factories.count_rows()
        pages = {name: enter(Client(), code) for name, code in wrong.items()}
        assert {name: page.status_code for name, page in pages.items()} == dict.fromkeys(wrong, 422)
        assert len({masked(page, wrong[name]) for name, page in pages.items()}) == 1
        assert (
            len(
                {
                    str(sorted(page.headers.items() - {("X-Request-Id", page["X-Request-Id"])}))
                    for page in pages.values()
                }
            )
            <= 2
        )
        assert not any(settings.DEVICE_COOKIE_NAME in page.cookies for page in pages.values())
        after = factories.count_rows()
        assert {table for table in before if after[table] != before[table]} == {Attempt._meta.db_table}

    @pytest.mark.check(30)
    def test_every_reason_costs_the_same_work(
        self, priya, hugo, margaret, double, heinrich, django_assert_num_queries
    ):
        wrong = self.wrong(priya, hugo, margaret, double, heinrich)
        hasher, work = type(hashers.get_hasher()), {}
        for name, code in wrong.items():
            with (
                patch.object(hasher, "encode", autospec=True, side_effect=hasher.encode) as encode,
                django_assert_num_queries(8, info=name),
            ):
                enter(Client(), code)
            work[name] = encode.call_count
        assert work == dict.fromkeys(wrong, 1)


@pytest.mark.hazard("HZ-30")
class TestP5:
    @pytest.mark.check(29)
    def test_five_tries_of_a_locator_in_a_quarter_of_an_hour(self, priya, margaret):
        made = factories.make_code(priya, margaret)
        wrong = made._replace(secret=new_printed_code().secret)
        tries = [enter(Client(), wrong, REMOTE_ADDR=f"192.0.2.{number}").status_code for number in range(6)]
        assert tries == [422] * 5 + [429]
        assert enter(Client(), made).status_code == 429  # the right one too, until the window is over
        assert AccessCode.objects.get().failures == 5

    def test_an_unknown_locator_is_counted_alike(self):
        unknown = new_printed_code()
        assert [enter(Client(), unknown).status_code for _ in range(6)] == [422] * 5 + [429]

    @pytest.mark.check(29)
    def test_twenty_tries_of_a_network_in_an_hour(self, priya, margaret):
        made = factories.make_code(priya, margaret)
        tries = [enter(Client(), new_printed_code()).status_code for _ in range(20)]
        assert set(tries) == {422}
        assert enter(Client(), made).status_code == 429
        assert enter(Client(), made, REMOTE_ADDR="198.51.100.7").status_code == 303

    @pytest.mark.check(29)
    def test_twenty_failures_lock_the_code_until_another_is_made(self, client, priya, margaret):
        made = factories.make_code(priya, margaret)
        wrong = made._replace(secret=new_printed_code().secret)
        AccessCode.objects.update(failures=19)
        assert enter(client, wrong).status_code == 422
        assert AuditEntry.objects.get(verb="code.locked").patient_id == margaret.pk
        assert enter(client, made).status_code == 422
        assert enter(client, factories.make_code(priya, margaret)).status_code == 303

    def test_a_refused_try_stays_counted(self, client):
        enter(client, new_printed_code())
        assert sorted(Attempt.objects.values_list("count", flat=True)) == [1, 1]


class TestP7:
    def test_another_code_ends_the_first_and_all_it_has_opened(self, client, priya, margaret):
        first = factories.make_code(priya, margaret)
        enter(client, first)
        factories.open_plan(Client(), margaret, now=clock.now())
        second = factories.make_code(priya, margaret)
        assert client.get("/today/").status_code == 404
        assert Device.objects.filter(revoked_at=None).count() == 0
        assert PlanLink.objects.filter(revoked_at=None).count() == 0
        assert enter(Client(), first).status_code == 422
        assert enter(Client(), second).status_code == 303

    def test_the_first_code_of_a_patient_ends_nothing(self, client, priya, margaret):
        factories.open_plan(client, margaret, now=clock.now())
        factories.make_code(priya, margaret)
        assert client.get("/today/").status_code == 200

    def test_a_new_device_is_announced_by_mail(self, client, priya, margaret):
        enter(client, factories.make_code(priya, margaret))
        email = OutgoingEmail.objects.get(letter="device_added")
        assert email.object_id == str(Device.objects.get().pk)

    def test_a_code_goes_on_for_a_month_and_for_half_a_year_at_most(self, priya, margaret):
        now = clock.now()
        for days, lasts in ((28, 58), (150, 180), (365, 180)):
            factories.make_code(priya, margaret, days=days, now=now)
            code = AccessCode.objects.get(revoked_at=None)
            assert code.expires_at - now == timedelta(days=lasts)
