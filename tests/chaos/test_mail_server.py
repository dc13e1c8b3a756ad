"""The mail server: away, slow, full, refusing, hanging up."""

import time
from typing import Any

import pytest

from tests.chaos.conftest import Judge
from tests.chaos.stage import Stage

pytestmark = [pytest.mark.chaos, pytest.mark.timeout(1800)]

SENDERS = 3


def senders(stage: Stage) -> None:
    stage.beat()
    stage.worker()
    stage.loop()


def tries(stage: Stage) -> list[tuple[int, int, str]]:
    return stage.ask("SELECT attempts, doubt, state FROM clinic_outgoingemail")


def test_c7_refuses_connections(stage: Stage, judge: Judge) -> None:
    stage.sink.stop()
    senders(stage)
    opened = "SELECT count(*) FROM clinic_mailcircuit WHERE opened_at IS NOT NULL"
    stage.until(lambda: stage.ask(opened) == [(1,)])
    stage.pause()
    assert {(attempts, doubt) for attempts, doubt, _state in tries(stage)} == {(0, 0)}
    stage.sink.start()
    stage.heal()
    judge(second_copies=0)
    assert stage.ask(opened) == [(0,)]
    assert {attempts for attempts, _doubt, state in tries(stage) if state == "sent"} == {1}


def test_c8_slow(stage: Stage, judge: Judge) -> None:
    """Its greeting comes later than we wait, then each reply late, but within our patience: no copy, nobody starves."""
    stage.fault(banner_delay=3 * 20 / stage.times.scale)
    senders(stage)
    opened = "SELECT count(*) FROM clinic_mailcircuit WHERE failures > 0"
    stage.until(lambda: stage.ask(opened) == [(1,)])
    stage.fault(ack_delay=stage.times.final_reply / 4)
    stage.until_taken(12)
    letters = "SELECT count(DISTINCT letter) FROM clinic_outgoingemail WHERE state IN ('sent', 'sending')"
    assert stage.ask(letters)[0][0] >= 1
    stage.fault()
    stage.heal()
    judge(second_copies=0)


def test_c9_puts_off_and_is_full(stage: Stage, judge: Judge) -> None:
    stage.fault(rcpt="450 4.2.1 greylisted", p=0.5)
    senders(stage)
    put_off = "SELECT count(*), count(DISTINCT not_before) FROM clinic_outgoingemail WHERE state = 'pending' AND attempts > 0"
    stage.until(lambda: stage.ask(put_off)[0][0] > 10)
    rows, instants = stage.ask(put_off)[0]
    assert instants > rows / 2, "they would all come back as one"
    stage.fault(data_end="452 4.3.1 insufficient storage")
    stage.pause()
    stage.fault()
    stage.heal()
    judge(second_copies=0)
    assert {state for attempts, _doubt, state in tries(stage) if attempts} == {"sent"}


def test_c10_refuses_recipients(stage: Stage, judge: Judge) -> None:
    """Once refused is refused: a dead letter that staff see, no second try, and nobody else waits."""
    stage.fault(rcpt="550 5.1.1 no such user", p=0.2)
    senders(stage)
    stage.heal()
    judge(second_copies=0)
    refused = stage.ask("SELECT attempts, last_code, reason FROM clinic_outgoingemail WHERE state = 'failed'")
    assert refused
    assert {row[:2] for row in refused} == {(1, 550)}


def test_c11_hangs_up_at_random(stage: Stage, judge: Judge) -> None:
    senders(stage)
    faults: list[dict[str, Any]] = [
        {"drop_at": "DATA", "p": 0.3},
        {"drop_mid_data": True, "p": 0.01},
        {"drop_after_accept": True, "p": 0.3},
    ]
    stage.fault(**faults[0], latency=0.05)
    stage.until_taken(1)
    for fault in faults * 2:
        stage.fault(**fault, latency=0.05)
        time.sleep(stage.times.outage / 4)
    stage.fault()
    stage.heal()
    judge(second_copies=len(stage.emails()))
    assert all(doubt <= 2 for _attempts, doubt, _state in tries(stage))
