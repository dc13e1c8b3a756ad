"""Real Chromium against a live server. Runs in a process of its own: Playwright leaves an event loop behind."""

import os
from collections.abc import Iterator
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from playwright.sync_api import Browser, BrowserContext, Locator, Page, ViewportSize, expect
from pytest_django.live_server_helper import LiveServer

from clinic.dev.browser import find_for_tests
from clinic.models import User
from patients.models import Patient
from tests import factories
from tests.browser.patient_world import World, make_world

os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "1")

PATIENCE = 30_000  # milliseconds; lint and the other tests run meanwhile
expect.set_options(timeout=PATIENCE)

PHONE: ViewportSize = {"width": 390, "height": 844}
DESK: ViewportSize = {"width": 1280, "height": 800}
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    return {**browser_type_launch_args, "executable_path": find_for_tests(), "args": FLAGS}


@pytest.fixture(autouse=True)
def _rows_last_the_test(transactional_db: None) -> None:
    """The server runs in another thread, so rows must be committed."""


class Person:
    """Uses a page and counts: one click, tap, committing key or completed field is one interaction."""

    def __init__(self, page: Page) -> None:
        self.page, self.count = page, 0

    def press(self, target: Locator) -> None:
        self.count += 1
        target.click()

    def choose(self, select: Locator, value: str) -> None:
        self.count += 1
        select.select_option(value)

    def write(self, field: Locator, text: str) -> None:
        self.count += 1
        field.fill(text)


@pytest.fixture
def faults() -> list[str]:
    """What browsers complained about: script errors and refusals of the content security policy."""
    return []


def _open(browser: Browser, url: str, faults: list[str], **options: Any) -> Iterator[BrowserContext]:
    context = browser.new_context(base_url=url, **options)
    context.set_default_timeout(PATIENCE)
    context.on("console", lambda message: faults.append(message.text) if message.type == "error" else None)
    context.on("weberror", lambda error: faults.append(str(error.error)))
    yield context
    context.close()


@pytest.fixture
def phone(browser: Browser, live_server: LiveServer, faults: list[str]) -> Iterator[BrowserContext]:
    """A patient's phone."""
    yield from _open(browser, live_server.url, faults, viewport=PHONE, has_touch=True, is_mobile=True)


@pytest.fixture
def plain_phone(browser: Browser, live_server: LiveServer, faults: list[str]) -> Iterator[BrowserContext]:
    """The same without JavaScript."""
    yield from _open(browser, live_server.url, faults, viewport=PHONE, java_script_enabled=False)


@pytest.fixture
def desk(
    browser: Browser, live_server: LiveServer, faults: list[str], priya: User
) -> Iterator[BrowserContext]:
    """Priya's computer, signed in."""
    for context in _open(browser, live_server.url, faults, viewport=DESK):
        sign_in(context, priya)
        yield context


def sign_in(context: BrowserContext, user: User) -> None:
    client = Client()
    client.force_login(user)
    value = client.cookies[settings.SESSION_COOKIE_NAME].value
    context.add_cookies(
        [{"name": settings.SESSION_COOKIE_NAME, "value": value, "domain": "localhost", "path": "/"}]
    )


@pytest.fixture
def world(priya: User, margaret: Patient) -> World:
    """Margaret some days into a full plan."""
    return make_world(priya, margaret)


@pytest.fixture
def link(live_server: LiveServer, settings: Any, margaret: Any) -> str:
    """The address in Margaret's e-mail."""
    secret = factories.make_link(margaret)
    return f"{live_server.url}/t/#{secret}"


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """What tests measured (``record_property("figure", …)``), whichever process they ran in."""
    reports = [one for kind in ("passed", "failed") for one in terminalreporter.stats.get(kind, [])]
    figures = sorted(said for one in reports for name, said in one.user_properties if name == "figure")
    if figures:
        terminalreporter.section("figures")
        for figure in figures:
            terminalreporter.line(figure)
