"""The browser makes the same steps of a dose as Python does."""

import json

import pytest
from playwright.sync_api import BrowserContext
from pytest_django.live_server_helper import LiveServer

from tests.exercises.timeline_world import VECTORS


@pytest.mark.hazard("HZ-02", "HZ-03")
def test_the_browser_makes_the_same_steps(phone: BrowserContext, live_server: LiveServer) -> None:
    page = phone.new_page()
    page.goto(f"{live_server.url}/static/js/timeline.js")
    vectors = json.loads(VECTORS.read_text())
    made = page.evaluate(
        """async (vectors) => {
          const { timeline } = await import("/static/js/timeline.js");
          return Object.fromEntries(Object.entries(vectors).map(([name, { dose }]) => {
            const { steps, again } = timeline(dose);
            const rows = steps.map((step) => [step.kind, step.seconds, step.side, step.set, step.rep].map((one) => one ?? null));
            return [name, { dose, again: again ?? null, steps: rows }];
          }));
        }""",
        vectors,
    )
    assert len(vectors) > 50
    for name, expected in vectors.items():
        assert made[name] == expected, name
