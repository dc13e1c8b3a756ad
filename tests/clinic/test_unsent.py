"""A form posted after the session ended, or with a token from before: what was typed comes back and can be sent again."""

import re

import pytest
from django.test import Client
from django.urls import reverse

from clinic.models import User
from patients.models import Patient
from tests import factories

HERE = {"origin": "http://testserver"}
NOTE = 'Walks with a stick, says "slowly" & <b>carefully</b>.\nSecond line.'
TYPED = {
    "given_name": "Wilma",
    "family_name": "Example",
    "date_of_birth": "1950-02-03",
    "email": "",
    "time_zone": "Europe/London",
    "language": "en-gb",
    "note": NOTE,
}

pytestmark = pytest.mark.django_db


def hidden(page: str) -> dict[str, str]:
    """As a browser would send the form again."""
    form = page.partition('<form method="post"')[2].partition("</form>")[0]
    found = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', form)
    quoted = [("&lt;", "<"), ("&gt;", ">"), ("&quot;", '"'), ("&#x27;", "'"), ("&amp;", "&")]
    for mark, letter in quoted:
        found = [(name, value.replace(mark, letter)) for name, value in found]
    return dict(found)


def test_nothing_typed_is_lost_when_the_session_ended(priya: User) -> None:
    browser, before = Client(enforce_csrf_checks=True), factories.count_rows()
    browser.get(reverse("account_login"))
    old = {"csrfmiddlewaretoken": browser.cookies["csrf"].value}
    page = browser.post(reverse("patients:new"), TYPED | old, headers=HERE)
    assert page.status_code == 403
    assert page["Cache-Control"] == "no-store"
    assert factories.count_rows() == before
    kept = hidden(page.content.decode())
    assert kept.pop("csrfmiddlewaretoken")
    assert kept == TYPED
    assert "<b>carefully" not in page.content.decode()
    browser.force_login(priya)  # in another tab; a new sign-in makes a new token
    browser.cookies["csrf"] = "n" * 32
    again = browser.post(reverse("patients:new"), hidden(page.content.decode()), headers=HERE)
    assert again.status_code == 403
    assert "Send it again" in again.content.decode()
    assert not Patient.objects.exists()
    saved = browser.post(reverse("patients:new"), hidden(again.content.decode()), headers=HERE)
    assert saved.status_code == 302
    assert Patient.objects.get().note == NOTE


@pytest.mark.parametrize("origin", ["https://strangers.example", "null", ""])
@pytest.mark.check(8)
def test_a_strangers_form_is_given_no_valid_token(priya: User, origin: str) -> None:
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(priya)
    page = browser.post(reverse("patients:new"), TYPED, headers={"origin": origin} if origin else {})
    assert page.status_code == 403
    assert "Wilma" not in page.content.decode()
    assert "csrfmiddlewaretoken" not in page.content.decode()
    assert not Patient.objects.exists()


def test_a_password_is_not_written_into_a_page() -> None:
    typed = {"name": "Nina", "password1": "one slow step at noon", "password2": "one slow step at noon"}
    page = Client().post(reverse("patients:people"), typed, headers=HERE).content.decode()
    assert "Nina" in page
    assert "noon" not in page


def test_where_nothing_was_typed_one_signs_in() -> None:
    answer = Client().post(reverse("patients:people"))
    assert (answer.status_code, answer["Location"].partition("?")[0]) == (302, reverse("account_login"))


def test_htmx_keeps_its_own_page() -> None:
    answer = Client().post(reverse("patients:new"), TYPED, headers=HERE | {"hx-request": "true"})
    assert answer.status_code == 302


def test_pages_of_patients_say_it_their_own_way() -> None:
    answer = Client(enforce_csrf_checks=True).post("/t/open/", {"link": "x"}, headers=HERE)
    assert "Nothing was saved" in answer.content.decode()
    assert "Send it again" not in answer.content.decode()
