"""What a page costs a patient while thousands of reminders go out."""

import statistics
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from django.conf import settings

from bench import load, reminder_world, sending, stage
from bench.sink import Sink
from clinic.actors import Actor
from clinic.models import User
from patients import actions as patient_actions
from patients.models import Patient

ASKED = 300
PAUSE = 0.02  # seconds between two requests: somebody reads the page

Say = Callable[[str], None]


def latencies(port: int, sink: Sink, say: Say, *, mails: int) -> tuple[float, float, int]:
    """p95 of the plan page in milliseconds: with no mail due, and with the worker's two processes busy sending."""
    staff = User.objects.create_user("spike@footwork.example", None, name="Bench Practitioner")
    programmes = reminder_world.programmes(reminder_world.clinics(), staff, mails)
    cookies = [f"{settings.PATIENT_COOKIE_NAME}={cookie(one.patient)}" for one in programmes[:50]]
    with stage.web(port):
        _p95(port, cookies, 50)
        alone = _p95(port, cookies, ASKED)
        now = reminder_world.due_now(programmes, 0)
        sink.start(0.015)
        workers = [sending.started("waiting", {}) for _ in range(2)]
        told = [sending.told(worker, {"mails": mails}) for worker in workers]
        told.append(sending.told(sending.started("tick", {}), {"now": now.isoformat()}))
        while not sink.count:
            time.sleep(0.05)
        beside = _p95(port, cookies, ASKED)
        busy = sink.count
        for worker in told:
            worker.kill()
            worker.wait(10)
    if busy >= mails:
        raise RuntimeError("the mails were gone before the pages were asked for")
    say(f"plan page p95: {alone:.1f} ms, and {beside:.1f} ms while mails leave, {sink.rate:.0f} a second")
    return alone, beside, mails


def cookie(patient: Patient) -> str:
    now = datetime.now(UTC)
    actor = Actor.patient(patient)
    link, _ = patient_actions.issue_link(actor=actor, patient=patient, expires_at=now + timedelta(days=1))
    return patient_actions.open_visit(actor=actor, link=link, now=now)[1]


def _p95(port: int, cookies: list[str], number: int) -> float:
    server = load.Server(port)
    took = []
    for turn in range(number):
        began = time.perf_counter()
        status, _body, _headers = server.send(load.Ask("/today/", cookies[turn % len(cookies)]))
        took.append((time.perf_counter() - began) * 1000)
        if status != 200:
            raise RuntimeError(f"the plan page answered {status}")
        time.sleep(PAUSE)
    return statistics.quantiles(took, n=20)[-1]
