"""The README's pictures, taken from a running demo: `make run` in one terminal, `make screenshots` in another."""

import re
import sys
import urllib.error
import urllib.request
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

from clinic.dev.browser import find_chromium
from clinic.dev.demo import wanted_port
from clinic.dev.processes import StartError, say

IMAGES = Path(__file__).resolve().parents[2] / "docs" / "images"
PHONE, DESK = {"width": 390, "height": 844}, {"width": 1280, "height": 900}
PASSWORD_LINE = re.compile(r"password: ([^)]+)\)")


def main() -> None:
    site = f"http://127.0.0.1:{wanted_port()}"
    try:
        urllib.request.urlopen(f"{site}/health/live", timeout=3).close()  # noqa: S310 - loopback
    except (urllib.error.URLError, OSError) as error:
        raise StartError(f"Nothing answers at {site}: start it with `make run`") from error
    IMAGES.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_chromium(), args=["--no-sandbox"])
        _patient_page(browser, site)
        _today(browser, site)
        browser.close()


def _patient_page(browser: Browser, site: str) -> None:
    page = browser.new_page(base_url=site, viewport=DESK)  # type: ignore[arg-type]
    page.goto("/accounts/login/")
    page.get_by_label("E-mail address").fill("priya@riverside.example")
    page.get_by_label("Password").fill(_demo_password())
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.get_by_role("link", name="Margaret Hale").click()
    _take(page, "patient.png")


def _today(browser: Browser, site: str) -> None:
    page = browser.new_page(base_url=site, viewport=PHONE)  # type: ignore[arg-type]
    page.goto("/demo/mailbox/")
    page.get_by_role("link", name="A message from").first.click()
    page.get_by_role("link", name="/t/#").click()
    page.get_by_role("button", name="Open today’s plan").click()
    page.wait_for_load_state("networkidle")
    _take(page, "today.png")


def _demo_password() -> str:
    """As the demo itself prints it."""
    log = Path(".dev/main/seed_demo.log").read_text()
    found = PASSWORD_LINE.search(log)
    if not found:
        raise StartError("The demo printed no password; run `make reset` and `make run`")
    return found.group(1)


def _take(page: Page, name: str) -> None:
    page.screenshot(path=IMAGES / name)
    say(f"docs/images/{name}")


if __name__ == "__main__":
    try:
        main()
    except StartError as error:
        sys.exit(str(error))
