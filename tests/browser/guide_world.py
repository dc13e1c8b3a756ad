"""A phone with the guide open, a clock that the test turns, and an ear for what the phone was asked to do."""

from dataclasses import dataclass
from typing import Any

from playwright.sync_api import BrowserContext, Locator, Page, expect

from clinic import clock
from clinic.models import User
from exercises.models import Exercise, Programme
from patients.models import Patient
from tests import factories
from tests.browser.test_journeys import opened

# Two sets of two holds of five seconds on each side, thirty seconds of rest between the sets.
TIMED = {"sets_min": 2, "reps_min": 2, "reps_max": None, "hold_s_min": 5, "rest_s": 30}
COUNTED = {"sets_min": 2, "reps_min": 8, "reps_max": 12}
LENGTH = (
    10 + 2 * (2 * 2 * (5 + 3) + 5) + 30 + 5
)  # seconds of TIMED with both sides: ready, sides, rest, back to the first

SPY = """
window.spy = { held: 0, buzzes: 0, tones: 0, said: [], worked: {} };
Object.defineProperty(navigator, "wakeLock", { value: { request: async () => {
  spy.held++;
  return { release: async () => { spy.held--; } };
} } });
navigator.vibrate = () => { spy.buzzes++; return true; };
const start = OscillatorNode.prototype.start;
OscillatorNode.prototype.start = function () { spy.tones++; return start.call(this); };
document.addEventListener("DOMContentLoaded", () => {
  const guide = document.getElementById("guide"), phase = document.getElementById("phase");
  if (!guide) return;
  new MutationObserver(() => spy.said.push(phase.textContent)).observe(phase, { childList: true });
  let at = 0, doing = "";
  new MutationObserver(() => {
    const now = performance.now(), side = document.getElementById("side").textContent;
    if (doing) spy.worked[doing] = (spy.worked[doing] ?? 0) + (now - at) / 1000;
    at = now;
    doing = guide.dataset.state === "running" ? `${guide.dataset.kind} ${side}`.trim() : "";
  }).observe(guide, { attributes: true });
});
"""


@dataclass(frozen=True, slots=True)
class Guide:
    page: Page

    @property
    def main(self) -> Locator:
        return self.page.locator("#go")

    @property
    def state(self) -> str:
        return self.page.locator("#guide").get_attribute("data-state") or ""

    @property
    def phase(self) -> str:
        return self.page.locator("#phase").inner_text()

    @property
    def left(self) -> str:
        return self.page.locator("#left").inner_text()

    @property
    def picture(self) -> str:
        """The file that is shown, with the numbered stills if it ends in poses."""
        return str(self.page.locator("section:visible img").evaluate("image => image.currentSrc"))

    @property
    def question(self) -> Locator:
        return self.page.get_by_role("heading", name="Did you do it?")

    def run(self, seconds: float) -> None:
        self.page.clock.run_for(int(seconds * 1000))

    def spy(self, what: str) -> Any:
        return self.page.evaluate(f"() => window.spy.{what}")


def timed(side: str = "both_in_turn", **dose: Any) -> dict[str, Any]:
    return {"side": side, **TIMED, **dose}


def given(staff: User, patient: Patient, *plans: dict[str, Any], **exercise: Any) -> Programme:
    """Due today, one exercise for each dose."""
    items = []
    for number, plan in enumerate(plans):
        fields = {
            "sides": ["both_in_turn", "left", "right", "together", "not_sided"],
            "name": f"Exercise {number}",
        }
        made: Exercise = factories.make_exercise(f"exercise-{number}", **fields | exercise)
        assert made.current
        dose = {name: value for name, value in plan.items() if name != "side"}
        items.append(
            factories.item_plan(made.current, side=plan["side"], dose=made.current.dose_fields() | dose)
        )
    return factories.make_programme(staff, patient, [], items=items, now=clock.now())


def at_guide(context: BrowserContext, link: str, *, fragment: str = "", still: bool = True) -> Guide:
    """``still``: time stands until the test lets it run."""
    page = opened(context, link)
    page.add_init_script(SPY)
    page.clock.install()
    page.goto("/today/guide/" + fragment)
    expect(page.locator("#guide")).to_be_visible()
    if still:
        page.clock.pause_at(page.evaluate("Date.now()") + 1000)
    return Guide(page)


def say_done(guide: Guide) -> None:
    guide.page.get_by_role("button", name="End this exercise").click()
    guide.page.locator("#ask").get_by_role("button", name="Done", exact=True).click()
