"""A stranger's markup in every text that people type, and every page opened with it: nothing of it runs, no element of it is
there, and no page breaks the content security policy. And what a browser shows after somebody has signed out."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse
from playwright.sync_api import Browser, BrowserContext, Page, expect
from pytest_django.live_server_helper import LiveServer

from clinic import clock
from clinic.models import User
from patients.models import Patient
from tests import factories, test_access_matrix
from tests.browser.conftest import sign_in
from tests.browser.screens.pages import NO_PAGE
from tests.doors import DOORS
from tests.security import planting
from tests.security.rules import VECTOR

addresses = test_access_matrix.addresses  # a fixture
STRANGE = "document.querySelectorAll('xq, [onxq], svg[onload], [style]').length"
LETTERS = VECTOR[:40]


def of_everybody(addresses: dict[str, str], who: str) -> Iterator[tuple[str, str]]:
    """Pages that this person is the first to open: a practitioner before an owner before a curator."""
    order = ("practitioner", "owner", "curator")
    for name, door in DOORS.items():
        if "GET" not in door.methods or door.api or name in NO_PAGE:
            continue
        first = next(
            (one for one in order if door.roles is not None and door.expected(one, "GET") != {403}), "patient"
        )
        if first == who:
            yield name, addresses[name]


@pytest.fixture
def watched(browser: Browser, live_server: LiveServer, faults: list[str]) -> Iterator[BrowserContext]:
    context = browser.new_context(base_url=live_server.url, service_workers="block")
    context.on("console", lambda said: faults.append(said.text) if said.type == "error" else None)
    context.on("weberror", lambda error: faults.append(str(error.error)))
    context.on("dialog", lambda dialog: faults.append(f"a dialog: {dialog.message}"))
    yield context
    context.close()


def examined(page: Page, name: str, address: str, faults: list[str]) -> list[str]:
    """What is wrong with it. A page that is not there for this patient is a page too."""
    faults.clear()
    page.goto(address)
    strange = page.evaluate(STRANGE)
    found = [f"{name}: {fault}" for fault in faults if "404" not in fault and "403" not in fault]
    return [*found, *([f"{name}: {strange} strange elements"] if strange else [])]


@pytest.mark.check(9, 19)
@pytest.mark.timeout(400)
@pytest.mark.parametrize("who", ["practitioner", "owner", "patient"])
def test_what_somebody_typed_runs_on_no_page(
    watched: BrowserContext,
    faults: list[str],
    addresses: dict[str, str],
    priya: User,
    olivia: User,
    margaret: Patient,
    who: str,
    record_property: Any,
) -> None:
    if who == "patient":
        key = Client()
        factories.open_plan(key, margaret, now=clock.now())
        factories.confirm_device(key, factories.open_device(key, margaret))
        names = (settings.PATIENT_COOKIE_NAME, settings.DEVICE_COOKIE_NAME)
        cookies = [
            {"name": one, "value": key.cookies[one].value, "domain": "localhost", "path": "/"}
            for one in names
        ]
        watched.add_cookies(cookies)  # type: ignore[arg-type]
    else:
        sign_in(watched, priya if who == "practitioner" else olivia)
    assert planting.plant(margaret.clinic, VECTOR) > 20
    page, wrong, asked = watched.new_page(), [], 0
    for name, address in of_everybody(addresses, who):
        asked += 1
        wrong += examined(page, name, address, faults)
    for one in wrong:
        record_property("violation", f"19: {one}")
    record_property("asked", asked)
    assert wrong == []
    assert asked > {"practitioner": 60, "owner": 8, "patient": 20}[who]


@pytest.mark.check(9, 19)
def test_a_page_that_lets_it_run_would_be_noticed(watched: BrowserContext, faults: list[str]) -> None:
    """The same page without escaping and without a policy; then with the policy alone, which keeps it from running."""
    page = watched.new_page()
    page.route("**/lax/", lambda route: route.fulfill(body=f"<p>{VECTOR}</p>", content_type="text/html"))
    said = examined(page, "lax", "/lax/", faults)
    assert [one for one in said if "xq is not defined" in one]
    assert [one for one in said if "strange elements" in one]
    policy = "; ".join(" ".join([name, *sources]) for name, sources in settings.SECURE_CSP.items())
    strict = {"content-security-policy": policy, "content-type": "text/html"}
    page.route("**/strict/", lambda route: route.fulfill(body=f"<p>{VECTOR}</p>", headers=strict))
    said = examined(page, "strict", "/strict/", faults)
    assert not [one for one in said if "xq is not defined" in one]
    assert [one for one in said if "Content Security Policy" in one]


@pytest.mark.check(12, 13)
def test_back_after_signing_out_shows_nothing(desk: BrowserContext, margaret: Patient) -> None:
    page = desk.new_page()
    page.goto(reverse("patients:list"))
    page.goto(reverse("exercises:patient", args=[margaret.pk]))
    expect(page.get_by_text("Margaret Hale").first).to_be_visible()
    page.get_by_role("button", name="Sign out").click()
    page.wait_for_url(f"**{reverse('account_login')}**")
    for _ in range(2):
        page.go_back()
        page.wait_for_load_state()
        assert "Hale" not in page.content()
        assert reverse("account_login") in page.url
