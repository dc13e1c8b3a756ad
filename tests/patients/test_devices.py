"""Devices of a patient, links beside them, and whose tries are counted together."""

from datetime import timedelta

import pytest
from django.conf import settings
from django.http import HttpRequest
from django.test import Client

from clinic import clock
from clinic.actors import Actor
from clinic.http import client_network
from clinic.models import AuditEntry
from patients import actions
from patients.models import AccessCode, Device, EmailedCode, OpenedBy, Patient, PlanLink, Purpose, new_secret
from tests import factories
from tests.pages import text

pytestmark = pytest.mark.django_db
SYSTEM = Actor.system("test")


def link_of(patient: Patient) -> str:
    until = clock.now() + timedelta(days=7)
    return actions.issue_link(actor=SYSTEM, patient=patient, expires_at=until)[1]


class TestLinksBesideADevice:
    def test_the_address_says_when_the_browser_holds_a_device(self, client, margaret) -> None:
        factories.open_device(client, margaret)
        assert 'data-known="1"' in client.get("/t/").content.decode()

    def test_a_link_of_the_same_patient_needs_no_button_and_changes_nothing(self, client, margaret) -> None:
        factories.open_device(client, margaret)
        secret = link_of(margaret)
        before = factories.count_rows()
        assert client.post("/t/match/", {"link": secret}).status_code == 204
        assert factories.count_rows() == before

    @pytest.mark.hazard("HZ-01")
    def test_a_link_of_another_patient_neither_shows_nor_changes_the_device(
        self, client, margaret, heinrich
    ) -> None:
        device = factories.open_device(client, margaret)
        key = client.cookies[settings.DEVICE_COOKIE_NAME].value
        seen = Device.objects.get().seen_at
        secret = link_of(heinrich)
        assert client.post("/t/match/", {"link": secret}).status_code == 404
        client.post("/t/open/", {"link": secret})
        assert "Heinrich" in text(client.get("/today/"))
        assert client.get("/today/devices/").status_code == 404
        client.post("/today/leave/")
        assert client.cookies[settings.DEVICE_COOKIE_NAME].value == key
        device.refresh_from_db()
        assert (device.revoked_at, device.seen_at) == (None, seen)
        assert "Margaret" in text(client.get("/today/"))

    @pytest.mark.hazard("HZ-01")
    def test_with_somebody_elses_link_open_a_link_of_the_device_needs_the_button(
        self, client, margaret, heinrich
    ) -> None:
        """/today/ shows the link opened last: going there would show the other plan."""
        factories.open_device(client, margaret)
        client.post("/t/open/", {"link": link_of(heinrich)})
        assert client.post("/t/match/", {"link": link_of(margaret)}).status_code == 404


class TestSeen:
    @pytest.mark.parametrize(("own", "rests"), [(True, timedelta(hours=1)), (False, timedelta(minutes=5))])
    def test_is_put_off_at_most_so_often(self, client, margaret, own, rests) -> None:
        factories.open_device(client, margaret, own=own)
        now = clock.now()
        for age, moved in ((rests - timedelta(seconds=30), False), (rests + timedelta(seconds=30), True)):
            Device.objects.update(seen_at=now - age)
            rows = factories.count_rows()
            client.get("/today/")
            assert (Device.objects.get().seen_at > now - age) is moved
            assert factories.count_rows() == rows

    @pytest.mark.parametrize(
        ("own", "idle", "open_still"),
        [
            (True, timedelta(days=13, hours=23), True),
            (True, timedelta(days=14, minutes=1), False),
            (False, timedelta(minutes=29), True),
            (False, timedelta(minutes=31), False),
        ],
    )
    def test_idleness_ends_a_device(self, client, margaret, own, idle, open_still) -> None:
        factories.open_device(client, margaret, own=own)
        Device.objects.update(seen_at=clock.now() - idle)
        assert (client.get("/today/").status_code == 200) is open_still

    def test_no_device_outlives_thirty_days(self, client, margaret) -> None:
        factories.open_device(client, margaret)
        Device.objects.update(expires_at=clock.now() - timedelta(seconds=1))
        assert client.get("/today/").status_code == 404


class TestTheList:
    def test_shows_what_is_open_and_which_this_is(self, client, margaret, heinrich) -> None:
        factories.open_device(client, margaret)
        factories.open_device(Client(), margaret, label="Safari on iPhone", own=False)
        factories.open_device(Client(), heinrich, label="Firefox on Linux")
        page = text(client.get("/today/devices/"))
        assert "Chrome on Android</bdi> – this device" in page
        assert "Safari on iPhone" in page
        assert "Shared with other people." in page
        assert "Firefox" not in page

    def test_asks_as_much_of_the_database_for_four_as_for_one(
        self, client, margaret, django_assert_num_queries
    ) -> None:
        factories.open_device(client, margaret)
        with django_assert_num_queries(3):
            client.get("/today/devices/")
        for _number in range(3):
            factories.open_device(Client(), margaret)
        with django_assert_num_queries(3):
            client.get("/today/devices/")

    @pytest.mark.hazard("HZ-30")
    def test_signing_another_one_out_needs_a_fresh_code(self, client, margaret) -> None:
        here = factories.open_device(client, margaret)
        lost, browser = Client(), Client()
        other = factories.open_device(lost, margaret)
        assert client.post("/today/devices/revoke/", {"device": other.pk}).status_code == 404
        assert lost.get("/today/").status_code == 200
        factories.confirm_device(client, here)
        assert (
            client.post("/today/devices/revoke/", {"device": other.pk})["Location"]
            == "/today/devices/?done=1"
        )
        assert lost.get("/today/").status_code == 404
        assert AuditEntry.objects.get(verb="device.revoked").actor_kind == "patient"
        assert browser.get("/today/").status_code == 404

    @pytest.mark.parametrize("whose", ["heinrich", "nonsense", ""])
    def test_signs_out_nothing_else(self, client, margaret, heinrich, whose) -> None:
        theirs = factories.open_device(Client(), heinrich)
        factories.confirm_device(client, factories.open_device(client, margaret))
        named = theirs.pk if whose == "heinrich" else whose
        assert client.post("/today/devices/revoke/", {"device": named}).status_code == 404
        assert Device.objects.filter(revoked_at=None).count() == 2


class TestLeaving:
    @pytest.mark.hazard("HZ-30")
    def test_ends_the_device_and_what_is_kept_for_offline(self, client, margaret) -> None:
        device = factories.open_device(client, margaret)
        key = client.cookies[settings.DEVICE_COOKIE_NAME].value
        response = client.post("/today/leave/")
        assert response["Clear-Site-Data"] == '"cache", "storage"'
        assert client.cookies[settings.DEVICE_COOKIE_NAME].value == ""
        assert client.get("/today/").status_code == 404
        client.cookies[settings.DEVICE_COOKIE_NAME] = key
        assert client.get("/today/").status_code == 404
        device.refresh_from_db()
        assert device.revoked_at is not None

    def test_a_link_alone_ends_no_device_elsewhere(self, client, margaret) -> None:
        elsewhere = Client()
        factories.open_device(elsewhere, margaret)
        factories.open_plan(client, margaret, now=clock.now())
        client.post("/today/leave/")
        assert elsewhere.get("/today/").status_code == 200


class TestClosingEverything:
    def everything(self, priya, patient: Patient) -> None:
        factories.make_code(priya, patient)
        factories.open_device(Client(), patient)
        link_of(patient)
        actions.ask_code(
            actor=SYSTEM,
            patient=patient,
            purpose=Purpose.DEVICE,
            browser_secret=new_secret(),
            now=clock.now(),
        )

    @pytest.mark.hazard("HZ-30")
    def test_archiving_closes_it(self, priya, margaret, double) -> None:
        self.everything(priya, margaret)
        self.everything(priya, double)
        actions.archive_patient(actor=Actor.staff(priya), patient=margaret, now=clock.now(), reason="Moved.")
        self.is_closed_for_one_only(margaret, double)

    @pytest.mark.hazard("HZ-30")
    def test_merging_closes_the_duplicates(self, priya, margaret, double) -> None:
        self.everything(priya, margaret)
        self.everything(priya, double)
        actions.merge_patients(
            actor=Actor.staff(priya), kept=double, duplicate=margaret, now=clock.now(), reason="Twice."
        )
        self.is_closed_for_one_only(margaret, double)

    def is_closed_for_one_only(self, closed: Patient, stays: Patient) -> None:
        now = clock.now()
        for model in (AccessCode, Device, PlanLink):
            assert [row.patient for row in model.objects.filter(revoked_at=None)] == [stays], model
        waiting = EmailedCode.objects.filter(used_at=None, expires_at__gt=now)
        assert [row.patient for row in waiting] == [stays]

    def test_by_way_of_opening(self, margaret) -> None:
        by_mail = factories.open_device(Client(), margaret, opened_with=OpenedBy.EMAIL)
        factories.open_device(Client(), margaret)
        ended = actions.revoke_devices(
            actor=SYSTEM, patient=margaret, now=clock.now(), reason="test", opened_with=OpenedBy.EMAIL
        )
        assert ended == 1
        assert Device.objects.exclude(revoked_at=None).get() == by_mail


class TestP8:
    @pytest.mark.parametrize(
        ("proxies", "remote", "forwarded", "network"),
        [
            (0, "192.0.2.7", "203.0.113.9", "192.0.2.7"),
            (1, "10.0.0.1", "1.1.1.1, 203.0.113.9", "203.0.113.9"),
            (1, "10.0.0.1", "203.0.113.9", "203.0.113.9"),
            (2, "10.0.0.1", "1.1.1.1, 203.0.113.9, 10.0.0.2", "203.0.113.9"),
            (2, "10.0.0.1", "203.0.113.9", "10.0.0.1"),
            (1, "10.0.0.1", "", "unknown"),
            (0, "2001:db8:1:2:3:4:5:6", "", "2001:db8:1:2::/64"),
            (0, "::ffff:192.0.2.7", "", "192.0.2.7"),
            (0, "", "203.0.113.9", "unknown"),
            (1, "10.0.0.1", "1.1.1.1, nonsense", "unknown"),
        ],
    )
    def test_whose_tries_are_counted_together(self, settings, proxies, remote, forwarded, network) -> None:
        settings.TRUSTED_PROXY_COUNT = proxies
        request = HttpRequest()
        request.META = {"REMOTE_ADDR": remote, "HTTP_X_FORWARDED_FOR": forwarded}
        assert client_network(request) == network

    @pytest.mark.check(17)
    def test_an_invented_header_does_not_reset_the_count(self, client) -> None:
        tries = [
            client.post("/c/", {"code": "bad", "own": "own"}, HTTP_X_FORWARDED_FOR=f"192.0.2.{n}").status_code
            for n in range(21)
        ]
        assert tries == [422] * 20 + [429]
