"""J9: a warning sign. Help within one tap, advice at the tick with and without scripts, and the clinic knows."""

from pathlib import Path
from typing import Any, cast

import pytest
from django.conf import settings as site
from django.db import OperationalError
from django.test import Client
from django.urls import URLPattern
from playwright.sync_api import BrowserContext, Page, expect
from pytest_django import Settings

from clinic import clock
from clinic.models import OutgoingEmail
from exercises.models import Programme
from exercises.urls import urlpatterns as plan_urls
from patients import help_pages
from patients.models import Patient, RaisedFlag, SignReport
from patients.urls import urlpatterns as patient_urls
from tests import factories
from tests.browser.conftest import Person
from tests.browser.offline_world import enter

CALF, BETTER = "#sign-calf_chest", "#sign-not_better"


def opened(context: BrowserContext, patient: Patient) -> Page:
    client = Client()
    factories.open_plan(client, patient, now=clock.now())
    secret = client.cookies[site.PATIENT_COOKIE_NAME].value
    context.add_cookies(
        [{"name": site.PATIENT_COOKIE_NAME, "value": secret, "domain": "localhost", "path": "/"}]
    )
    return context.new_page()


@pytest.mark.hazard("HZ-25", "HZ-24")
@pytest.mark.parametrize("kind", ["phone", "plain_phone"])
def test_a_tick_shows_its_advice_at_once_and_the_answer_again(
    request: pytest.FixtureRequest, faults: list[str], programme: Programme, kind: str
) -> None:
    page = opened(request.getfixturevalue(kind), programme.patient)
    page.goto("/today/")
    person = Person(page)
    person.press(page.get_by_role("link", name="Anything new or worrying?").first)
    page.wait_for_url("**/today/signs/")  # with its style and script
    advice = page.locator(".advice:visible")
    expect(advice).to_have_count(0)
    page.context.set_offline(True)  # what is shown now came with the page
    person.press(page.locator(BETTER))
    person.press(page.locator(CALF))
    expect(advice).to_have_count(2)
    expect(advice.first).to_contain_text("Call 112 now")
    expect(advice.first.get_by_role("link", name="Call 112")).to_have_attribute("href", "tel:112")
    if kind == "phone":
        expect(page.locator("[data-said]")).to_contain_text("Call 112 now")
    page.locator(BETTER).uncheck()
    expect(advice).to_have_count(1)
    page.context.set_offline(False)
    person.press(page.get_by_role("button", name="Tell my clinic"))
    expect(page.get_by_role("heading", name="What to do now")).to_be_visible()
    expect(page.get_by_role("alert").first).to_contain_text("Call 112 now")
    expect(page.get_by_role("link", name="Get help now").first).to_be_visible()
    assert person.count == 4
    assert RaisedFlag.objects.get().key == "calf_chest"
    assert OutgoingEmail.objects.filter(letter="signs_reported").count() == 1
    assert page.evaluate("document.documentElement.scrollWidth") <= 390 if kind == "phone" else True
    assert faults == []


def pages_of_the_plan() -> list[str]:
    """Every address under /today/ that names no row: a new page is tried without being listed here."""
    patterns = cast("list[URLPattern]", [*plan_urls, *patient_urls])
    found = [str(one.pattern) for one in patterns]
    plain = [path for path in found if path.endswith("/") and "<" not in path]
    return sorted(f"/{path}" for path in plain if path.startswith("today/"))


@pytest.mark.hazard("HZ-24")
def test_j9_help_is_one_tap_from_every_page_of_the_plan(
    phone: BrowserContext, faults: list[str], programme: Programme
) -> None:
    enter(phone, programme.patient)
    page = phone.new_page()
    seen = []
    for path in pages_of_the_plan():
        answer = phone.request.get(path)
        is_page = answer.status == 200 and "text/html" in answer.headers["content-type"]
        if not is_page or path == "/today/help/":
            continue
        page.goto(path)
        person = Person(page)
        person.press(page.get_by_role("link", name="Get help now").first)
        expect(page.get_by_role("link", name="Call 112").first).to_be_visible()
        assert person.count == 1
        seen.append(path)
    print(f"J9: help in one tap from {len(seen)} pages")  # noqa: T201
    assert len(seen) >= 15
    assert faults == []


def test_going_back_and_telling_more_makes_a_second_report(
    phone: BrowserContext, faults: list[str], programme: Programme
) -> None:
    page = opened(phone, programme.patient)
    page.goto("/today/signs/")
    page.locator(BETTER).check()
    page.get_by_role("button", name="Tell my clinic").click()
    expect(page.get_by_text("Your clinic has been told.")).to_be_visible()
    page.go_back()
    page.locator(CALF).check()
    page.get_by_role("button", name="Tell my clinic").click()
    expect(page.get_by_role("alert").first).to_contain_text("Call 112 now")
    assert SignReport.objects.count() == 2
    assert RaisedFlag.objects.filter(key="calf_chest").count() == 1
    assert faults == []


@pytest.mark.hazard("HZ-24")
def test_help_opens_signed_out_without_scripts_and_without_the_database(
    plain_phone: BrowserContext,
    programme: Programme,
    monkeypatch: pytest.MonkeyPatch,
    settings: Settings,
    tmp_path: Path,
) -> None:
    settings.HELP_DIR = str(tmp_path)
    help_pages.write(programme.clinic_id)

    def away(_clinic_id: object) -> Any:
        raise OperationalError("connection refused")

    monkeypatch.setattr(help_pages, "clinic_of", away)
    page = opened(plain_phone, programme.patient)
    for address in ("/today/", "/today/signs/", "/today/reminders/"):
        page.goto(address)
        page.get_by_role("link", name="Get help now").first.click()  # one tap
        expect(page.get_by_role("link", name="Call 112")).to_be_visible()
    page.context.clear_cookies()
    answer = page.goto(f"/help/{programme.clinic_id}/")
    assert answer
    assert answer.status == 200
    expect(page.get_by_role("link", name="Call 111")).to_be_visible()
    assert page.locator("script").count() == 0
