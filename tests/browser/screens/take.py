"""What `make screenshots` runs, as tests because it needs their database, server and browser:

ONLY=progress make screenshots      # the pages in whose name this word stands

It fails when a page scrolls sideways, breaks an accessibility rule, has a target too small for a patient's thumb, or makes
the browser complain. The pictures and the page to look through, index.html, lie in .dev/screenshots.
"""

import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.conf import settings as configured
from django.test import Client
from django.urls import reverse
from playwright.sync_api import Browser, BrowserContext
from pytest_django.live_server_helper import LiveServer

from exercises.management.commands.seed_demo import PASSWORD
from tests import factories
from tests.browser import patient_world
from tests.browser.screens import album, answers, pages, world
from tests.browser.screens.camera import Camera, Taken
from tests.browser.screens.pages import Screen
from tests.browser.test_patient_pages import keyed

ROOT = Path(__file__).resolve().parents[3]
FOLDER = ROOT / ".dev" / "screenshots"
ONLY = os.environ.get("ONLY", "")
IMAGES = ROOT / "docs" / "images"
pytestmark = pytest.mark.timeout(3600)


@pytest.fixture
def folder() -> Path:
    FOLDER.mkdir(parents=True, exist_ok=True)
    return FOLDER


@pytest.fixture
def screens(settings: Any, tmp_path: Path) -> world.Screens:
    settings.DEMO, settings.DEMO_MAIL_DIR = True, str(tmp_path)
    settings.SITE_URL = "https://footwork.example"
    settings.ACCOUNT_REAUTHENTICATION_TIMEOUT = 86_400  # seconds: as long as it takes
    return world.make_screens(tmp_path)


def wanted(screens: Iterable[Screen]) -> Iterator[Screen]:
    return (one for one in screens if ONLY in f"{one.section} {one.name}")


class Contexts:
    """A browser for everybody who looks."""

    def __init__(self, browser: Browser, url: str) -> None:
        self.browser, self.url, self.made = browser, url, dict[str, BrowserContext]()

    def of(self, who: str, client: Client, language: str = "en-GB") -> BrowserContext:
        if who not in self.made:
            context = self.browser.new_context(base_url=self.url, locale=language, service_workers="block")
            names = (
                configured.SESSION_COOKIE_NAME,
                configured.PATIENT_COOKIE_NAME,
                configured.DEVICE_COOKIE_NAME,
            )
            cookies = [(one, client.cookies[one].value) for one in names if one in client.cookies]
            context.add_cookies(
                [{"name": one, "value": value, "domain": "localhost", "path": "/"} for one, value in cookies]
            )
            self.made[who] = context
        return self.made[who]


def signed_in(screens: world.Screens) -> dict[str, Client]:
    """With a password typed a moment ago, so that no page asks again. The assistant adds an app after that."""
    clients = {"anonymous": Client()}
    for name, user in screens.people.items():
        clients[name] = Client()
        word = factories.PASSWORD if name.startswith("new ") else PASSWORD
        clients[name].post(answers.LOGIN, {"login": user.email, "password": word})
        clients[name].post(reverse("account_reauthenticate"), {"password": word})
    assistant = screens.people["assistant"]
    TOTP.activate(assistant, generate_totp_secret())
    RecoveryCodes.activate(assistant)
    return clients


def test_staff(browser: Browser, live_server: LiveServer, screens: world.Screens, folder: Path) -> None:
    clients, given = signed_in(screens), world.arguments(screens)
    contexts, camera = Contexts(browser, live_server.url), Camera(folder)
    listed = pages.staff_screens(given)
    taken = [camera.take(contexts.of(one.who, clients[one.who]), one) for one in wanted(listed)]
    finish(folder, "staff", taken)


def test_staff_with_nothing_or_refused(
    browser: Browser, live_server: LiveServer, screens: world.Screens, folder: Path
) -> None:
    clients, given = signed_in(screens), world.arguments(screens)
    listed = [
        *pages.empty_screens(screens.nobody.pk),
        *pages.account_screens(),
        *answers.refused_forms(screens, given),
        *answers.of_accounts(screens),
        *answers.of_failures(screens),
    ]
    contexts, camera = Contexts(browser, live_server.url), Camera(folder)
    taken = [camera.take(contexts.of(one.who, clients[one.who]), one) for one in wanted(listed)]
    finish(folder, "staff-refused", taken)


def test_patients(browser: Browser, live_server: LiveServer, screens: world.Screens, folder: Path) -> None:
    key = keyed(screens.patients)
    contexts, camera = Contexts(browser, live_server.url), Camera(folder)
    listed = [*_of_patients(screens, key, "Patients")]
    taken = [camera.take(contexts.of(one.who, key), one) for one in wanted(listed)]
    addressed = [one for one in wanted(listed) if one.content is None]
    taken += [camera.print(contexts.of(one.who, key), one) for one in addressed]
    finish(folder, "patients", taken)


def test_patients_in_arabic(
    browser: Browser, live_server: LiveServer, screens: world.Screens, folder: Path
) -> None:
    patient_world.turn_to(screens.patients, "ar")
    key = keyed(screens.patients)
    contexts, camera = Contexts(browser, live_server.url), Camera(folder, (390, 1280), ("light",))
    listed = _of_patients(screens, key, "Right to left")
    taken = [camera.take(contexts.of(one.who, key, "ar"), one) for one in wanted(listed)]
    finish(folder, "right-to-left", taken)


def test_the_pictures_of_the_readme(
    browser: Browser, live_server: LiveServer, screens: world.Screens
) -> None:
    """docs/images: a practitioner's view at a desk, and the patient's day on a phone."""
    if ONLY not in ("", "README"):
        return
    patient = screens.patients.patient
    contexts, clients = Contexts(browser, live_server.url), signed_in(screens)
    for who, client, name, size, door, given in (
        ("practitioner", clients["practitioner"], "patient", (1280, 900), "exercises:patient", [patient.pk]),
        ("patient", keyed(screens.patients), "today", (390, 844), "exercises:today", []),
    ):
        page = contexts.of(who, client).new_page()
        page.set_viewport_size({"width": size[0], "height": size[1]})
        page.goto(reverse(door, args=given))
        page.wait_for_load_state("networkidle")
        page.screenshot(path=IMAGES / f"{name}.png")


def _of_patients(screens: world.Screens, key: Client, section: str) -> Iterator[Screen]:
    for name, address in patient_world.pages(screens.patients).items():
        yield Screen(section, name, "patient", address)
    for answered in answers.of_patients(screens, key):
        yield Screen(section, answered.name, "patient", "", answered.content)


def finish(folder: Path, part: str, taken: list[Taken]) -> None:
    if ONLY and not taken:
        return  # the word stands in names of another part
    album.keep(folder, part, taken)
    assert taken, "this part took no page"
    assert [f"{one.section}, {one.name}: {fault}" for one in taken for fault in one.faults] == []
