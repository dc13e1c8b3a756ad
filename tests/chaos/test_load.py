"""Everybody's reminder at one time, while staff work."""

import statistics
import threading
import time
from collections.abc import Callable

import pytest

from tests.chaos.conftest import Judge
from tests.chaos.stage import Browser, Stage

pytestmark = [pytest.mark.chaos, pytest.mark.timeout(1800)]

REMINDERS = 2000
WARM_UP, PAGES = 10, 40
PAUSE = 0.05  # a person reads


def read(browser: Browser, path: str, enough: Callable[[int], bool]) -> list[float]:
    seconds: list[float] = []
    while not enough(len(seconds)):
        time.sleep(PAUSE)
        page = browser.get(path)
        assert page.status == 200
        seconds.append(page.seconds)
    return seconds


def p95(seconds: list[float]) -> float:
    return statistics.quantiles(seconds, n=20)[-1]


@pytest.mark.world("large")
def test_c15_two_thousand_due_at_once(stage: Stage, judge: Judge, say: Callable[[str], None]) -> None:
    browser, path = stage.web(), f"/patients/{stage.world.patient}/"
    read(browser, path, lambda pages: pages >= WARM_UP)
    alone = p95(read(browser, path, lambda pages: pages >= PAGES))
    stage.beat()
    stage.worker()
    stage.loop()
    meanwhile: list[float] = []
    done = threading.Event()
    reader = threading.Thread(
        target=lambda: meanwhile.extend(read(browser, path, lambda _pages: done.is_set()))
    )
    reader.start()
    stage.heal()
    stage.until(lambda: len(stage.sink.accepted) >= REMINDERS, 600)
    done.set()
    reader.join()
    judge(second_copies=0)
    say(f"     pages: p95 {1000 * alone:.0f} ms alone, {1000 * p95(meanwhile):.0f} ms meanwhile")
