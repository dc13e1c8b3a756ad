"""The page says before a session ends, lets somebody stay, and says when it has ended; what was typed stays."""

import time

from django.conf import settings
from django.contrib.sessions.backends.db import SessionStore
from django.urls import reverse
from playwright.sync_api import BrowserContext, Page, expect

SOON = "You will be signed out in two minutes."


def age(desk: BrowserContext, seconds: int) -> None:
    """As if the last click had been so long ago."""
    (cookie,) = [one for one in desk.cookies() if one["name"] == settings.SESSION_COOKIE_NAME]
    session = SessionStore(cookie["value"])
    session["began"] = session["seen"] = int(time.time()) - seconds
    session.save()


def writing(desk: BrowserContext) -> Page:
    page = desk.new_page()
    page.clock.install()
    page.goto(reverse("patients:new"))
    page.get_by_label("First name").fill("Wilma")
    expect(page.locator("[data-session]")).to_be_hidden()
    return page


def test_it_warns_and_somebody_stays(desk: BrowserContext) -> None:
    page = writing(desk)
    age(desk, 13 * 60 + 30)
    page.clock.fast_forward(14 * 60 * 1000)
    expect(page.get_by_role("alert")).to_contain_text(SOON)
    page.get_by_role("button", name="Stay signed in").click()
    expect(page.locator("[data-session]")).to_be_hidden()
    expect(page.get_by_label("First name")).to_have_value("Wilma")


def test_it_says_when_it_has_ended(desk: BrowserContext) -> None:
    page = writing(desk)
    age(desk, 16 * 60)
    page.clock.fast_forward(14 * 60 * 1000)
    expect(page.get_by_role("alert")).to_contain_text("You are signed out. What you typed is still here")
    expect(page.get_by_role("button", name="Stay signed in")).to_be_hidden()
    expect(page.get_by_label("First name")).to_have_value("Wilma")
