"""How soon a patient on an old phone with a slow network sees the plan, and what Lighthouse says of it."""

import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as configured
from django.test import Client
from playwright.sync_api import Browser, BrowserContext, CDPSession, Page, expect

from clinic.dev import tools
from clinic.dev.browser import find_chromium
from tests import factories
from tests.browser.conftest import FLAGS, PHONE
from tests.browser.patient_world import World
from tests.browser.served import serving

# "Slow 4G" as Lighthouse means it, and a processor four times as slow as this one.
NETWORK = {"offline": False, "latency": 150, "downloadThroughput": 1.6e6 / 8, "uploadThroughput": 750e3 / 8}
SLOWER = 4
LCP_MS = 1200
KILOBYTES = 30
FEWEST, MOST = 3, 12  # a busy machine is asked again
PAINTS = """
new PerformanceObserver((list) => {
  for (const entry of list.getEntries()) window.painted = { at: entry.startTime, told: performance.now() };
}).observe({ type: "largest-contentful-paint", buffered: true });
"""
PAINTED = "() => window.painted && performance.now() - window.painted.told > 300 ? window.painted.at : 0"
BYTES = """() => performance.getEntries().filter((one) => one.transferSize !== undefined)
  .reduce((sum, one) => sum + one.transferSize, 0)"""
CATEGORIES = ("performance", "accessibility", "best-practices")
LEAST = 95

pytestmark = pytest.mark.alone


@pytest.fixture
def address(settings: Any, tmp_path: Path) -> Iterator[str]:
    with serving(settings, tmp_path) as address:
        yield address


def slow(page: Page) -> CDPSession:
    page.add_init_script(PAINTS)
    session = page.context.new_cdp_session(page)
    session.send("Network.enable")
    session.send("Network.emulateNetworkConditions", NETWORK)
    session.send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})
    return session


def painted(page: Page) -> float:
    """When the largest thing on the screen was there; it is final once everything has come and the page is at rest."""
    expect(page.get_by_role("heading", level=1)).to_contain_text("Today’s exercises")
    page.wait_for_load_state("networkidle")
    for _ in range(100):
        if found := page.evaluate(PAINTED):
            return float(found)
        page.wait_for_timeout(100)
    raise AssertionError("nothing was painted")


def once(context: BrowserContext, link: str) -> dict[str, float]:
    """From the press on the button of the link's page, and the same page opened again."""
    page = context.new_page()
    slow(page)
    page.goto(link)
    page.get_by_role("button", name="Open today’s plan").click()
    first, transferred = painted(page), page.evaluate(BYTES)
    later_page = context.new_page()
    slow(later_page)
    later_page.goto("/today/")
    return {"first": first, "later": painted(later_page), "bytes": transferred}


def medians(runs: list[dict[str, float]]) -> dict[str, float]:
    """Of the best three: whatever else the machine does makes a run slower, never faster."""
    return {what: sorted(run[what] for run in runs)[1] for what in ("first", "later", "bytes")}


@pytest.mark.timeout(300)
def test_the_plan_is_there_soon_on_a_slow_phone(
    browser: Browser, world: World, address: str, record_property: Any
) -> None:
    runs: list[dict[str, float]] = []
    while len(runs) < FEWEST or (len(runs) < MOST and max(_times(runs)) > LCP_MS):
        link = f"{address}/t/#{factories.make_link(world.patient)}"
        context = browser.new_context(base_url=address, viewport=PHONE, has_touch=True, is_mobile=True)
        runs.append(once(context, link))
        context.close()
    first, later = _times(runs)
    size = medians(runs)["bytes"] / 1000
    told = f"first {first:.0f} ms, later {later:.0f} ms (at most {LCP_MS}), {len(runs)} runs"
    record_property("figure", f"LCP of the plan, slow 4G and {SLOWER} x CPU: {told}")
    record_property("figure", f"plan page after the link's page: {size:.1f} kB (at most {KILOBYTES})")
    assert max(first, later) <= LCP_MS, runs
    assert size <= KILOBYTES


def _times(runs: list[dict[str, float]]) -> tuple[float, float]:
    found = medians(runs)
    return found["first"], found["later"]


def judged(address: str, cookie: str, folder: Path) -> dict[str, Any]:
    assert (problem := tools.why_not()) == "", problem
    result = folder / "lighthouse.json"
    command = [
        "node",
        str(tools.LIGHTHOUSE),
        f"{address}/today/",
        "--quiet",
        "--output=json",
        f"--output-path={result}",
    ]
    command += [
        f"--only-categories={','.join(CATEGORIES)}",
        f"--chrome-flags=--headless=new {' '.join(FLAGS)}",
    ]
    command += [f"--extra-headers={json.dumps({'Cookie': cookie})}"]
    environment = os.environ | {"CHROME_PATH": find_chromium(), "HOME": str(folder)}
    subprocess.run(command, env=environment, capture_output=True, text=True, check=True, timeout=200)
    report: dict[str, Any] = json.loads(result.read_text())
    return report


@pytest.mark.timeout(700)
def test_lighthouse(world: World, address: str, tmp_path: Path, record_property: Any) -> None:
    """Its speed depends on what else the machine does: so it may try three times."""
    client = Client()
    factories.open_plan(client, world.patient, now=world.now)
    name = configured.PATIENT_COOKIE_NAME
    for _ in range(3):
        report = judged(address, f"{name}={client.cookies[name].value}", tmp_path)
        scores = {name: round(report["categories"][name]["score"] * 100) for name in CATEGORIES}
        if min(scores.values()) >= LEAST:
            break
    assert report["finalDisplayedUrl"] == f"{address}/today/"
    assert report["audits"]["first-contentful-paint"]["score"] is not None
    told = ", ".join(f"{name} {score}" for name, score in scores.items())
    record_property("figure", f"Lighthouse of the plan (at least {LEAST}): {told}")
    wrong = {
        name: audit.get("displayValue", "")
        for name, audit in report["audits"].items()
        if audit["score"] is not None and audit["score"] < 0.9
    }
    assert min(scores.values()) >= LEAST, wrong
