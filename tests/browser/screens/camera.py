"""Takes each page in every size and scheme, and says what is wrong with it that a machine can tell."""

from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pypdfium2
from axe_playwright_python.sync_playwright import Axe
from django.conf import settings
from playwright.sync_api import BrowserContext, ConsoleMessage, Page, Response, Route, ViewportSize
from playwright.sync_api import Error as BrowserError

from tests.browser.screens.pages import Screen

SIZES: dict[int, ViewportSize] = {
    390: {"width": 390, "height": 844},
    1024: {"width": 1024, "height": 768},
    1280: {"width": 1280, "height": 800},
}
SCHEMES = ("light", "dark")
RULES = {
    "runOnly": ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa", "best-practice"],
    "resultTypes": ["violations"],
}
COLOURS = {**RULES, "runOnly": {"type": "rule", "values": ["color-contrast", "link-in-text-block"]}}
# Pictures that load once they come into sight.
READY = """async () => {
  for (const one of document.images) one.loading = "eager";
  await Promise.all([...document.images].map((one) => one.decode().catch(() => 0)));
}"""
# Bars that would stand in the middle of the whole page; at which width they stick, each sheet says for itself.
STILL = """() => {
  for (const one of document.querySelectorAll("main *"))
    if (getComputedStyle(one).position === "sticky") one.style.position = "static";
}"""
# What is folded is seen as well; afterwards the page is as it was.
UNFOLD = """() => {
  const folded = [...document.querySelectorAll("details:not([open])")];
  for (const one of folded) one.open = one.dataset.folded = true;
  return folded.length;
}"""
FOLD = "() => { for (const one of document.querySelectorAll('[data-folded]')) one.open = false; }"
TOO_WIDE = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"
# Targets of the patients' pages that a thumb would miss. A link within a sentence may be as high as its line.
SMALL = """() => [...document.querySelectorAll("a[href], button, summary, select, input:not([type=hidden]), textarea")]
  .filter((one) => one.checkVisibility({ visibilityProperty: true }) && !one.closest(".vh, .skip"))
  .filter((one) => !one.matches(":is(p, li, div, span, td, dd) > a") || one.parentElement.innerText.trim() === one.innerText.trim())
  .map((one) => one.matches("[type=radio], [type=checkbox]") ? one.labels[0] ?? one : one)
  .filter((one) => { const box = one.getBoundingClientRect(); return box.height && box.height < 43.5; })
  .map((one) => `${Math.round(one.getBoundingClientRect().height)} px: ${one.outerHTML.slice(0, 90)}`)"""


@dataclass
class Taken:
    section: str
    name: str
    address: str
    pictures: dict[str, str] = field(default_factory=dict)  # "390 light": file
    faults: list[str] = field(default_factory=list)

    def told(self) -> dict[str, Any]:
        return asdict(self)


class Camera:
    def __init__(
        self, folder: Path, sizes: tuple[int, ...] = (390, 1024, 1280), schemes: tuple[str, ...] = SCHEMES
    ) -> None:
        self.folder, self.sizes, self.schemes = folder, sizes, schemes
        self.policy = "; ".join(" ".join([name, *sources]) for name, sources in settings.SECURE_CSP.items())
        self.heard: list[str] = []
        self.pages: dict[BrowserContext, Page] = {}

    def page_of(self, context: BrowserContext) -> Page:
        if context not in self.pages:
            page = self.pages[context] = context.new_page()
            page.on("console", self._listen)
            page.on("pageerror", lambda error: self.heard.append(f"script: {error}"))
            page.on("response", self._judge)
        return self.pages[context]

    def _listen(self, message: ConsoleMessage) -> None:
        # A page that answers 404 or 422 on purpose is told by the browser as well.
        if message.type == "error" and "Failed to load resource" not in message.text:
            self.heard.append(f"console: {message.text}")

    def _judge(self, answer: Response) -> None:
        if answer.status >= 500:
            self.heard.append(f"{answer.status} {answer.url}")

    def take(self, context: BrowserContext, screen: Screen) -> Taken:
        taken = Taken(screen.section, screen.name, screen.address)
        self.heard.clear()
        page = self.page_of(context)
        try:
            self._open(page, screen)
            for size in self.sizes:
                self._at(page, size, screen, taken)
        except BrowserError as error:
            taken.faults.append(f"not taken: {str(error).splitlines()[0]}")
        taken.faults += dict.fromkeys(self.heard)
        return taken

    def _open(self, page: Page, screen: Screen) -> None:
        page.set_viewport_size(SIZES[self.sizes[0]])
        page.emulate_media(color_scheme="light", reduced_motion="reduce")
        if screen.content is None:
            answer = page.goto(screen.address)
            assert answer
            if answer.status >= 400 and answer.status not in expected(screen):
                self.heard.append(f"answers {answer.status}")
            if (there := urlsplit(page.url).path) != urlsplit(screen.address).path:
                self.heard.append(f"leads on to {there}")
            page.evaluate(READY)
            return
        show: Callable[[Route], None] = partial(_show, screen.content, self.policy)
        page.route("**/shown/", show)
        page.goto("/shown/")
        page.unroute("**/shown/")
        page.evaluate(READY)

    def _at(self, page: Page, size: int, screen: Screen, taken: Taken) -> None:
        page.set_viewport_size(SIZES[size])
        page.evaluate(STILL)
        if screen.section != "Administration" and (over := page.evaluate(TOO_WIDE)) > 0:
            taken.faults.append(f"{size} px: scrolls sideways by {over} px")
        for scheme in self.schemes:
            page.emulate_media(color_scheme=scheme, reduced_motion="reduce")  # type: ignore[arg-type]
            if size == self.sizes[-1] and screen.section != "Administration":
                result = Axe().run(page, options=RULES if scheme == "light" else COLOURS)
                taken.faults += [f"axe, {scheme}: {one['id']}" for one in result.response["violations"]]
            name = f"{screen.slug}-{size}-{scheme}.jpg"
            page.screenshot(path=self.folder / name, full_page=True, type="jpeg", quality=85)
            taken.pictures[f"{size} {scheme}"] = name
        if size == 390:
            self._unfolded(page, screen, taken)

    def _unfolded(self, page: Page, screen: Screen, taken: Taken) -> None:
        """On a phone, with everything open that can be opened."""
        page.emulate_media(color_scheme="light", reduced_motion="reduce")
        if screen.section != "Administration" and page.evaluate(UNFOLD):
            if (over := page.evaluate(TOO_WIDE)) > 0:
                taken.faults.append(f"390 px, unfolded: scrolls sideways by {over} px")
            name = f"{screen.slug}-390-unfolded.jpg"
            page.screenshot(path=self.folder / name, full_page=True, type="jpeg", quality=85)
            taken.pictures["390 unfolded"] = name
        if screen.who == "patient":
            taken.faults += [f"small target, {one}" for one in page.evaluate(SMALL)]
        page.evaluate(FOLD)

    def print(self, context: BrowserContext, screen: Screen) -> Taken:
        """On paper: the PDF's pages, one below the other."""
        taken = Taken(f"{screen.section}, printed", screen.name, screen.address)
        page = self.page_of(context)
        self._open(page, screen)
        with pypdfium2.PdfDocument(page.pdf(format="A4", print_background=False)) as document:
            for number, sheet in enumerate(document, start=1):
                name = f"{screen.slug}-print-{number}.jpg"
                sheet.render(scale=1.3).to_pil().convert("RGB").save(self.folder / name, quality=85)
                taken.pictures[f"sheet {number}"] = name
        return taken


def expected(screen: Screen) -> set[int]:
    return {404} if "nothing" in screen.name or "missing" in screen.name else set()


def _show(content: bytes, policy: str, route: Route) -> None:
    headers = {"Content-Type": "text/html; charset=utf-8", "Content-Security-Policy": policy}
    route.fulfill(body=content, headers=headers)
