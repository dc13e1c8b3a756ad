"""Every page of patients as a browser sees it: accessible in light, dark and from right to left, and nothing cut off on
narrow screens or at 200 % zoom. The pages come from the doors (patient_world), so that none can be forgotten."""

from collections.abc import Iterator
from functools import partial
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.conf import settings
from django.test import Client
from playwright.sync_api import Browser, BrowserContext, Page, Route, ViewportSize
from pytest_django.live_server_helper import LiveServer

from tests import factories
from tests.browser.conftest import PHONE
from tests.browser.patient_world import World, others, pages, posted, turn_to
from tests.browser.test_pages import CONTRAST, RULES

NARROW: ViewportSize = {"width": 320, "height": 640}
ZOOMED: ViewportSize = {"width": 640, "height": 400}  # 1280 x 800 at 200 %
UNREACHED = """() => {
  const faults = [], wide = document.documentElement.clientWidth;
  const tell = (what, element) => faults.push(`${what}: ${element.outerHTML.slice(0, 120)}`);
  const shown = (element) => element.checkVisibility({ visibilityProperty: true });
  if (document.documentElement.scrollWidth > wide) faults.push("scrolls sideways");
  for (const element of document.querySelectorAll("body *")) {
    if (!shown(element) || element.closest(".vh, .skip, svg, .scroll")) continue;
    const style = getComputedStyle(element), box = element.getBoundingClientRect();
    if (box.width && (box.right > wide + 1 || box.left < -1)) tell("sticks out", element);
    if (element.matches("input, select, textarea")) continue; // what is typed moves along
    const cuts = (way) => /hidden|clip/.test(way);
    if (cuts(style.overflowX) && element.scrollWidth > element.clientWidth + 1) tell("cut at the side", element);
    if (cuts(style.overflowY) && element.scrollHeight > element.clientHeight + 1) tell("cut below", element);
    if (cuts(style.textOverflow.replace("clip", ""))) tell("shortened", element);
  }
  for (const element of document.querySelectorAll("a[href], button, summary, select, textarea, input:not([type=hidden])")) {
    if (!shown(element) || element.disabled || element.closest(".vh, .skip")) continue;
    element.scrollIntoView({ block: "center" });
    const box = element.getClientRects()[0];
    if (!box) continue;
    const at = document.elementFromPoint(box.left + box.width / 2, box.top + box.height / 2);
    if (!at || !(element.contains(at) || at.contains(element) || at.closest("label")?.control === element)) tell("out of reach", element);
  }
  scrollTo(0, 0);
  return faults;
}"""


def keyed(world: World) -> Client:
    """With an e-mail's link opened, on the patient's own device, confirmed a moment ago."""
    client = Client(headers={"accept-language": world.patient.language})
    factories.open_plan(client, world.patient, now=world.now)
    factories.confirm_device(client, factories.open_device(client, world.patient))
    return client


def context_of(
    browser: Browser, url: str, client: Client, language: str, faults: list[str]
) -> BrowserContext:
    context = browser.new_context(
        base_url=url, viewport=PHONE, locale=language, reduced_motion="reduce", service_workers="block"
    )
    names = (settings.PATIENT_COOKIE_NAME, settings.DEVICE_COOKIE_NAME)
    context.add_cookies(
        [
            {"name": one, "value": client.cookies[one].value, "domain": "localhost", "path": "/"}
            for one in names
        ]
    )
    context.on("console", lambda message: faults.append(message.text) if message.type == "error" else None)
    context.on("weberror", lambda error: faults.append(str(error.error)))
    return context


def every(page: Page, world: World, client: Client) -> Iterator[str]:
    """Opens one after the other. What answers a form was asked for before and is shown at an address of its own."""
    for name, address in pages(world).items():
        page.goto(address)
        yield name
    for number, (name, content) in enumerate((others(world) | posted(client, world)).items()):
        address = f"/today/{number}/"
        page.route(f"**{address}", partial(_answer, content))
        page.goto(address)
        yield name


def _answer(content: bytes, route: Route) -> None:
    route.fulfill(body=content, content_type="text/html; charset=utf-8")


@pytest.mark.timeout(400)
@pytest.mark.parametrize(("language", "schemes"), [("en-gb", ("light", "dark")), ("ar", ("dark",))])
def test_every_page_is_accessible_and_cuts_nothing_off(
    browser: Browser,
    live_server: LiveServer,
    world: World,
    faults: list[str],
    record_property: Any,
    language: str,
    schemes: tuple[Any, ...],
) -> None:
    turn_to(world, language)
    client = keyed(world)
    context = context_of(browser, live_server.url, client, language, faults)
    page = context.new_page()
    seen, violated, cut = [], [], []
    for name in every(page, world, client):
        seen.append(name)
        assert page.locator("html").get_attribute("dir") == ("rtl" if language == "ar" else "ltr"), name
        assert page.locator("[style]").count() == 0, f"{name} has inline styles"
        page.set_viewport_size(PHONE)
        violated += [f"{name} {said}" for said in violations(page, schemes)]
        for size in (NARROW, ZOOMED):
            page.set_viewport_size(size)
            cut += [f"{name} {size['width']} px: {fault}" for fault in page.evaluate(UNREACHED)]
    context.close()
    told = f"{language} {' and '.join(schemes)}, {len(seen)} pages"
    record_property("figure", f"axe, {told}: {len(violated)} with a violation")
    record_property("figure", f"320 px and 200 % zoom, {told}: {len(cut)} faults")
    assert violated == []
    assert cut == []
    assert [fault for fault in faults if "404" not in fault] == []


def violations(page: Page, schemes: tuple[Any, ...]) -> Iterator[str]:
    """Only colours depend on the scheme: the second one asks for them alone. Without motion, because a button would
    still be changing its colour."""
    for scheme in schemes:
        first = scheme == schemes[0]
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        result = (Axe() if first else Axe("0")).run(page, options=RULES if first else CONTRAST)
        if result.violations_count:
            yield f"{scheme}: {result.generate_report()}"
