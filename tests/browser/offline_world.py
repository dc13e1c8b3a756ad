"""A telephone with a device's copy of the plan, its network cut and put back."""

from collections.abc import Callable

from django.conf import settings
from django.test import Client
from playwright.sync_api import BrowserContext, Page, Route

from patients.models import Device, Patient
from tests import factories

WAITS = "Saved on this device, not sent yet: 1."
SENT = "What waited on this device was sent."
HOLDS = """async () => {
  const names = await caches.keys();
  const cache = names.length && await caches.open(names[0]);
  return Boolean(cache && await cache.match("/today/help/")) && Boolean(navigator.serviceWorker.controller);
}"""
SAYS = """async (words) => {
  const copies = await Promise.all((await caches.keys()).map(async (name) => (await caches.open(name)).match("/today/")));
  const texts = await Promise.all(copies.filter(Boolean).map((copy) => copy.text()));
  return texts.some((text) => text.includes(words));
}"""
WAITING = """() => new Promise((resolve) => {
  const opening = indexedDB.open("plan", 1);
  opening.onupgradeneeded = () => opening.result.createObjectStore("reports", { keyPath: "id" });
  opening.onsuccess = () => {
    const db = opening.result, counting = db.transaction("reports").objectStore("reports").count();
    counting.onsuccess = () => resolve(counting.result, db.close());
  };
})"""


def enter(context: BrowserContext, patient: Patient, *, own: bool = True) -> Device:
    client = Client()
    device = factories.open_device(client, patient, own=own)
    value = client.cookies[settings.DEVICE_COOKIE_NAME].value
    context.add_cookies(
        [{"name": settings.DEVICE_COOKIE_NAME, "value": value, "domain": "localhost", "path": "/"}]
    )
    return device


def at_plan(context: BrowserContext, patient: Patient) -> Page:
    """Opened once with a network."""
    enter(context, patient)
    page = context.new_page()
    page.goto("/today/")
    wait_for_copy(page)
    return page


def wait_for_copy(page: Page) -> None:
    for _ in range(100):
        if page.evaluate(HOLDS):
            return
        page.wait_for_timeout(100)
    raise AssertionError("no copy was made")


def wait_for_copy_of(page: Page, words: str) -> None:
    """The copy is made anew after the page has opened."""
    for _ in range(100):
        if page.evaluate(SAYS, words):
            return
        page.wait_for_timeout(100)
    raise AssertionError("the copy is the old one")


def away(context: BrowserContext, page: Page, path: str = "/today/") -> None:
    context.set_offline(True)
    page.goto(path)


def say_done(page: Page) -> None:
    page.get_by_role("button", name="I did all of them").click()


def wait_until_sent(page: Page) -> None:
    """Whichever page sent it: one that is left in that moment cannot say so any more."""
    for _ in range(100):
        if page.evaluate(WAITING) == 0:
            return
        page.wait_for_timeout(100)
    raise AssertionError("something waits")


def cut(page: Page, answer: Callable[[Route], None]) -> None:
    page.context.route("**/today/reports/**", answer)
