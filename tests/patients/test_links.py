"""From the e-mail's address to the plan: /t/, /t/open/, /t/match/ and the cookie."""

from datetime import timedelta
from http.cookies import Morsel

import pytest
from django.apps import apps
from django.conf import settings
from django.test import Client
from django.utils import timezone

from clinic.actors import Actor
from clinic.models import AuditEntry
from patients import actions
from patients.models import Carer, Patient, PlanLink, PlanVisit, hashed, new_secret

pytestmark = pytest.mark.django_db
SYSTEM = Actor.system("test")


@pytest.fixture
def secret(margaret: Patient) -> str:
    return issue(margaret)


def issue(patient: Patient, *, days: float = 7) -> str:
    until = timezone.now() + timedelta(days=days)
    return actions.issue_link(actor=SYSTEM, patient=patient, expires_at=until)[1]


def row_counts() -> dict[str, int]:
    return {model._meta.label: model._default_manager.count() for model in apps.get_models()}


def cookie_of(client: Client) -> Morsel:
    return client.cookies[settings.PATIENT_COOKIE_NAME]


def open_plan(client: Client, secret: str):
    return client.post("/t/open/", {"link": secret})


def test_links_of_many_letters_are_written_by_two_statements(margaret, double, django_assert_num_queries):
    until = timezone.now() + timedelta(hours=36)
    carer = Carer.objects.create(
        clinic=margaret.clinic,
        patient=margaret,
        name="Ruth Hale",
        email="ruth@families.example",
        language="de",
    )
    wanted = [(margaret, until, None), (double, until + timedelta(hours=1), None), (margaret, until, carer)]
    with django_assert_num_queries(4):  # with the savepoint's beginning and end
        links = actions.issue_links(actor=SYSTEM, wanted=wanted)
    for (patient, ends, who), (link, secret) in zip(wanted, links, strict=True):
        stored = PlanLink.objects.get(secret_hash=hashed(secret))
        assert (stored.pk, stored.patient, stored.clinic) == (link.pk, patient, patient.clinic)
        assert (stored.carer, stored.expires_at, stored.scope, stored.revoked_at) == (
            who,
            ends,
            "today",
            None,
        )
    told = AuditEntry.objects.filter(verb="link.issued").order_by("pk").values_list("object_id", "patient_id")
    assert list(told) == [(str(link.pk), link.patient_id) for link, _secret in links]


class TestTheAddress:
    def test_is_one_page_for_everybody_and_writes_nothing(self, client, secret, django_assert_num_queries):
        before = row_counts()
        assert len(before) > 20
        with django_assert_num_queries(0):
            responses = [client.get("/t/") for _ in range(5)] + [client.head("/t/") for _ in range(3)]
        assert {response.status_code for response in responses} == {200}
        assert row_counts() == before
        assert set(client.cookies) == {settings.CSRF_COOKIE_NAME}

    @pytest.mark.hazard("HZ-30")
    def test_is_kept_by_nobody(self, client):
        response = client.get("/t/")
        assert response["Cache-Control"] == "no-store"
        assert response["Referrer-Policy"] == "same-origin"
        assert "data-known" not in response.content.decode()

    def test_says_when_the_browser_holds_an_open_plan(self, client, secret):
        open_plan(client, secret)
        assert 'data-known="1"' in client.get("/t/").content.decode()

    def test_offers_a_field_to_browsers_without_script(self, client):
        assert "Paste the link from your e-mail" in client.get("/t/").content.decode()

    def test_answers_no_other_method(self, client):
        assert client.post("/t/").status_code == 405


class TestOpening:
    @pytest.mark.hazard("HZ-30")
    def test_gives_this_browser_a_cookie_and_leads_to_the_plan(self, client, margaret, secret):
        response = open_plan(client, secret)
        assert (response.status_code, response["Location"]) == (303, "/today/")
        cookie = cookie_of(client)
        assert (cookie["httponly"], cookie["samesite"], cookie["path"]) == (True, "Lax", "/")
        assert cookie["secure"] == ""  # the tests run on http
        assert 0 < int(cookie["max-age"]) <= 12 * 60 * 60
        visit = PlanVisit.objects.get()
        assert visit.patient == margaret
        assert cookie.value not in (visit.secret_hash, secret)
        assert AuditEntry.objects.get(verb="plan.opened").patient_id == margaret.pk
        assert client.get("/today/").status_code == 200

    def test_marks_the_cookie_secure_on_https(self, client, secret, settings):
        settings.SECURE = True
        open_plan(client, secret)
        assert cookie_of(client)["secure"] is True

    @pytest.mark.parametrize(
        "pasted",
        [
            "http://testserver/t/#{}",
            " {} ",
            "<http://testserver/t/#{}>",
            "Open it:\nhttp://testserver/t/#{}.",
        ],
    )
    def test_finds_the_secret_in_what_was_pasted(self, client, secret, pasted):
        assert client.post("/t/open/", {"link": pasted.format(secret)}).status_code == 303

    def test_works_as_often_as_it_is_pressed(self, secret):
        """A mail scanner that presses the button does not burn the link."""
        assert [open_plan(Client(), secret).status_code for _ in range(3)] == [303, 303, 303]
        assert PlanVisit.objects.count() == 3

    @pytest.mark.hazard("HZ-30")
    def test_ends_with_the_link(self, client, margaret, secret):
        open_plan(client, secret)
        actions.revoke_links(actor=SYSTEM, patient=margaret, now=timezone.now(), reason="test")
        assert client.get("/today/").status_code == 404

    def test_follows_the_link_opened_last(self, client, secret, heinrich):
        open_plan(client, secret)
        open_plan(client, issue(heinrich))
        assert b"Heinrich" in client.get("/today/").content

    def test_needs_the_forms_token(self, secret):
        client = Client(enforce_csrf_checks=True)
        assert open_plan(client, secret).status_code == 403
        assert PlanVisit.objects.count() == 0

    def test_answers_no_other_method(self, client, secret):
        assert client.get("/t/open/", {"link": secret}).status_code == 405
        assert PlanVisit.objects.count() == 0

    @pytest.mark.hazard("HZ-30")
    def test_every_refusal_is_the_same_page_and_changes_nothing(self, margaret, secret):
        expired = issue(margaret, days=-1)
        revoked = issue(margaret)
        newest = PlanLink.objects.latest("pk")
        PlanLink.objects.filter(pk=newest.pk).update(revoked_at=timezone.now())
        tampered = secret[:-1] + ("A" if secret[-1] != "A" else "B")
        wrong = [
            new_secret(),
            expired,
            revoked,
            tampered,
            "",
            "x" * 10_000,
            "\x00\x1b\r\n",
            "💥" * 43,
            secret[:20],
        ]
        before = row_counts()
        responses = [open_plan(Client(), value) for value in wrong] + [Client().post("/t/open/")]
        assert {response.status_code for response in responses} == {404}
        assert len({response.content for response in responses}) == 1
        assert all(not response.cookies for response in responses)
        assert row_counts() == before

    @pytest.mark.hazard("HZ-30")
    def test_a_link_that_is_no_longer_right_says_nothing_of_the_patient(self, client, margaret):
        content = open_plan(client, issue(margaret, days=-1)).content.decode()
        assert "This plan is not open on this device" in content
        assert "Margaret" not in content
        assert "Riverside" not in content


class TestMatching:
    def match(self, client, secret):
        return client.post("/t/match/", {"link": secret})

    def test_knows_the_open_plan_of_the_same_patient_and_changes_nothing(self, client, margaret, secret):
        open_plan(client, secret)
        tomorrow = issue(margaret)
        before = row_counts()
        assert self.match(client, tomorrow).status_code == 204
        assert row_counts() == before

    @pytest.mark.hazard("HZ-01")
    def test_another_patients_link_needs_the_button(self, client, secret, heinrich):
        open_plan(client, secret)
        assert self.match(client, issue(heinrich)).status_code == 404

    def test_without_an_open_plan_every_link_needs_the_button(self, client, secret):
        assert self.match(client, secret).status_code == 404

    def test_needs_the_forms_token(self, secret):
        client = Client(enforce_csrf_checks=True)
        assert self.match(client, secret).status_code == 403

    def test_answers_no_other_method(self, client):
        assert client.get("/t/match/").status_code == 405


class TestTheCookie:
    @pytest.mark.hazard("HZ-30")
    @pytest.mark.parametrize("value", ["", "x", "x" * 8000, "A" * 43])
    def test_an_unknown_one_opens_nothing(self, client, programme, value):
        client.cookies[settings.PATIENT_COOKIE_NAME] = value
        response = client.get("/today/")
        assert response.status_code == 404
        assert response.content == client.get("/today/reminders/").content

    def test_a_staff_session_opens_no_plan(self, as_priya, programme):
        assert as_priya.get("/today/").status_code == 404

    @pytest.mark.hazard("HZ-30")
    def test_the_links_own_secret_is_no_cookie(self, client, secret):
        client.cookies[settings.PATIENT_COOKIE_NAME] = secret
        assert client.get("/today/").status_code == 404
