"""Valkey carries hints only: emptied or away, it costs time and no mail."""

import pytest

from tests.chaos.conftest import Judge
from tests.chaos.stage import Stage

pytestmark = [pytest.mark.chaos, pytest.mark.timeout(1800)]


def test_c3_emptied_again_and_again(stage: Stage, judge: Judge) -> None:
    stage.fault(latency=0.05)
    stage.beat()
    stage.worker()
    for mails in (10, 20, 30, 40):
        stage.until_taken(mails)
        stage.servers.empty_valkey()
    stage.heal()
    judge(second_copies=0)


def test_c4_away_from_the_start(stage: Stage, judge: Judge) -> None:
    """The loop sends throughout, pages and writes work; when it is back, so are beat and worker."""
    stage.servers.stop_valkey()
    stage.beat()
    stage.worker()
    loop, browser = stage.loop(), stage.web()
    page = f"/patients/{stage.world.patient}/"
    assert browser.get(page).status == 200
    stage.settle()
    stage.sink.accepted[0]  # the loop alone has sent
    assert browser.post(page, f"/programmes/{stage.world.programme}/send/").status == 302
    stage.settle()
    loop.terminate()
    assert loop.wait(30) == 0
    stage.servers.start_valkey()
    stage.heal()
    (other,) = stage.ask(
        "SELECT id, patient_id FROM exercises_programme WHERE id <> %s LIMIT 1", [stage.world.programme]
    )
    assert browser.post(f"/patients/{other[1]}/", f"/programmes/{other[0]}/send/").status == 302
    judge(second_copies=0)
