"""Nothing opens to staff who have no second step at sign-in: pages, API and admin alike."""

from io import StringIO

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal import auth as totp
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from clinic.models import AuditEntry, User
from patients.models import Patient
from tests import factories
from tests.pages import text

PASSWORD = "three slow steps before breakfast"
SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"  # of nobody's phone

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def required(settings: Settings) -> None:
    settings.STAFF_SECOND_FACTOR = True


@pytest.fixture
def with_password(priya: User) -> User:
    priya.set_password(PASSWORD)
    priya.save()
    return priya


def signed_in(user: User) -> Client:
    browser = Client()
    answer = browser.post(reverse("account_login"), {"login": user.email, "password": PASSWORD})
    assert answer.status_code == 302
    return browser


def now_code() -> str:
    return totp.format_hotp_value(totp.hotp_value(SECRET, next(iter(totp.yield_hotp_counters_from_time()))))


@pytest.mark.hazard("HZ-31")
@pytest.mark.check(32)
def test_a_password_alone_opens_the_enrolment_and_nothing_else(
    with_password: User, margaret: Patient
) -> None:
    browser = signed_in(with_password)
    before = factories.count_rows()
    for address in (
        reverse("clinic:home"),
        reverse("exercises:worklist"),
        reverse("exercises:patient", args=[margaret.pk]),
        reverse("patients:list"),
        reverse("admin:index"),
        reverse("account_change_password"),
    ):
        answer = browser.get(address)
        assert answer["Location"] == reverse("mfa_index"), address
    refused = browser.post(reverse("patients:new"), {"given_name": "Wilma"})
    assert refused["Location"] == reverse("mfa_index")
    api = browser.get("/api/v1/patients/")
    assert api.status_code == 403
    assert "Hale" not in api.content.decode()
    assert factories.count_rows() == before
    assert "First set up a second step" in text(browser.get(reverse("mfa_index")))
    assert browser.get("/health/live").status_code == 200


@pytest.mark.check(32)
def test_a_superuser_without_one_is_kept_out_of_the_admin() -> None:
    root = User.objects.create_superuser("root@footwork.example", None, name="Root")
    browser = Client()
    browser.force_login(root)
    assert browser.get(reverse("admin:index"))["Location"] == reverse("mfa_index")


@pytest.mark.check(32)
def test_recovery_codes_alone_are_no_second_step(with_password: User) -> None:
    RecoveryCodes.activate(with_password)
    browser = Client()
    browser.force_login(with_password)
    assert browser.get(reverse("patients:list"))["Location"] == reverse("mfa_index")


def test_with_an_authenticator_app_everything_opens(with_password: User) -> None:
    totp.TOTP.activate(with_password, SECRET)
    browser = signed_in(with_password)
    assert browser.get(reverse("patients:list")).status_code == 302  # the second step is still to come
    answer = browser.post(reverse("mfa_authenticate"), {"code": now_code()})
    assert answer.status_code == 302
    assert browser.get(reverse("patients:list")).status_code == 200
    assert browser.get("/api/v1/patients/").status_code == 200


@pytest.mark.check(33)
def test_a_code_of_the_app_opens_once(with_password: User) -> None:
    totp.TOTP.activate(with_password, SECRET)
    code = now_code()
    signed_in(with_password).post(reverse("mfa_authenticate"), {"code": code})
    second = signed_in(with_password)
    assert second.post(reverse("mfa_authenticate"), {"code": code}).status_code == 200  # the form again
    assert second.get(reverse("patients:list")).status_code == 302


def test_signing_in_and_failing_are_written_down_without_the_address(with_password: User) -> None:
    Client().post(reverse("account_login"), {"login": with_password.email, "password": "wrong one, surely"})
    Client().post(reverse("account_login"), {"login": "nobody@riverside.example", "password": "wrong too"})
    signed_in(with_password)
    entries = AuditEntry.objects.filter(verb__startswith="sign_in").order_by("at", "pk")
    assert sorted(entry.verb for entry in entries) == ["sign_in.done", "sign_in.failed", "sign_in.failed"]
    assert {entry.clinic_id for entry in entries} == {with_password.membership.clinic_id, None}  # type: ignore[union-attr]
    assert "nobody@" not in str([vars(entry) for entry in entries])


@pytest.mark.check(34)
def test_another_password_ends_the_other_sessions(with_password: User) -> None:
    totp.TOTP.activate(with_password, SECRET)
    here, there = Client(), Client()
    here.force_login(with_password)
    there.force_login(with_password)
    new = "four slow steps before breakfast"
    page = here.post(
        reverse("account_change_password"),
        {"oldpassword": PASSWORD, "password1": new, "password2": new},
    )
    assert page.status_code == 302
    assert here.get(reverse("patients:list")).status_code == 200
    assert there.get(reverse("patients:list")).status_code == 302
    assert AuditEntry.objects.get(verb="sign_in.credentials_changed").changes == {"what": "password_changed"}


@pytest.mark.check(31, 28)
@pytest.mark.parametrize("name", ["oldpassword", "password1", "password2"])
def test_a_password_without_end_is_refused_before_anything_reads_it(with_password: User, name: str) -> None:
    """What is known is compared with every part of it, which takes the longer the longer it is."""
    totp.TOTP.activate(with_password, SECRET)
    here = Client()
    here.force_login(with_password)
    new = "four slow steps before breakfast"
    sent = {"oldpassword": PASSWORD, "password1": new, "password2": new}
    page = here.post(reverse("account_change_password"), sent | {name: "four slow steps " * 400})
    assert page.status_code == 200
    assert "at most 4096 characters" in page.content.decode()
    with_password.refresh_from_db()
    assert with_password.check_password(PASSWORD)


@pytest.mark.check(34)
@pytest.mark.django_db(transaction=True)  # allauth tells of it after the commit
def test_setting_one_up_keeps_this_session_and_lists_it(with_password: User) -> None:
    here, there = signed_in(with_password), signed_in(with_password)
    here.post(reverse("account_reauthenticate"), {"password": PASSWORD})
    page = here.get(reverse("mfa_activate_totp"))
    secret = page.context["form"].secret
    counter = next(iter(totp.yield_hotp_counters_from_time()))
    code = totp.format_hotp_value(totp.hotp_value(secret, counter))
    assert here.post(reverse("mfa_activate_totp"), {"code": code}).status_code == 302
    listed = text(here.get(reverse("usersessions_list")))
    assert "This browser" in listed
    assert "Another browser" not in listed
    assert there.get(reverse("mfa_index"))["Location"].startswith(reverse("account_login"))


def test_signing_the_other_places_out_is_written_down(with_password: User, settings: Settings) -> None:
    settings.STAFF_SECOND_FACTOR = False
    here, there = signed_in(with_password), signed_in(with_password)
    for browser in (here, there):
        assert browser.get(reverse("patients:list")).status_code == 200
    assert here.post(reverse("usersessions_list")).status_code == 302
    assert there.get(reverse("patients:list")).status_code == 302
    assert here.get(reverse("patients:list")).status_code == 200
    entry = AuditEntry.objects.get(verb="sign_in.sessions_ended")
    assert (entry.actor_user, entry.changes) == (with_password, {"sessions": 1})


class TestReset:
    def test_an_owner_resets_a_colleague(self, priya: User, olivia: User) -> None:
        totp.TOTP.activate(priya, SECRET)
        totp.TOTP.activate(olivia, SECRET)
        browser, owner = Client(), Client()
        browser.force_login(priya)
        owner.force_login(olivia)
        page = reverse("patients:member", args=[priya.staff_membership.pk])
        assert "Reset two-step sign-in" in text(owner.get(page))
        owner.post(reverse("patients:member_second_factor", args=[priya.staff_membership.pk]))
        assert not Authenticator.objects.filter(user=priya).exists()
        assert browser.get(reverse("patients:list"))["Location"].startswith(reverse("account_login"))
        assert AuditEntry.objects.get(verb="sign_in.second_factor_reset").actor_user_id == olivia.pk
        assert "Reset two-step sign-in" not in text(owner.get(page))

    def test_nobody_resets_their_own(self, olivia: User) -> None:
        totp.TOTP.activate(olivia, SECRET)
        owner = Client()
        owner.force_login(olivia)
        before = factories.count_rows()
        owner.post(reverse("patients:member_second_factor", args=[olivia.staff_membership.pk]))
        assert Authenticator.objects.filter(user=olivia).exists()
        after = factories.count_rows()
        assert {table for table in after if after[table] != before[table]} <= {"django_session"}

    def test_on_the_server_for_the_last_owner(self, olivia: User) -> None:
        totp.TOTP.activate(olivia, SECRET)
        call_command("reset_second_factor", olivia.email, stdout=StringIO())
        assert not Authenticator.objects.filter(user=olivia).exists()
        with pytest.raises(CommandError, match="no second step"):
            call_command("reset_second_factor", olivia.email)
        with pytest.raises(CommandError, match="Nobody signs in"):
            call_command("reset_second_factor", "nobody@riverside.example")


def test_switched_off_a_password_is_enough(settings: Settings, with_password: User) -> None:
    settings.STAFF_SECOND_FACTOR = False
    assert signed_in(with_password).get(reverse("patients:list")).status_code == 200
