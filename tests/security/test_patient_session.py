"""What a patient's browser may open, as a machine that does everything in any order: links, codes, step-ups, revocations
and the time. After each step every browser is asked what it opens: never more than the model allows, and never less.
"""

import os
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, ClassVar

import pytest
from django.db import transaction
from django.test import Client
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from clinic import clock
from clinic.actors import Actor
from clinic.models import Attempt, OutgoingEmail, User
from patients import actions
from patients.access_codes import PrintedCode, new_printed_code
from patients.models import IDLE_OWN, IDLE_SHARED, LASTS_OWN, MOST_DEVICES, STEP_UP_FOR, Device, Patient
from tests import factories

pytestmark = [
    pytest.mark.slow,
    pytest.mark.django_db,
    pytest.mark.check(2, 33, 34),
    pytest.mark.hazard("HZ-30"),
]
EXAMPLES = 8 * int(os.environ.get("SECURITY_EXAMPLES", "1"))
# The first page of each rung.
PAGES = {"A": "/today/", "B": "/today/progress/", "C": "/today/contact/"}
PAUSES = [
    timedelta(minutes=6),
    timedelta(minutes=31),
    timedelta(hours=13),
    timedelta(days=8),
    timedelta(days=15),
]
LASTS_SHARED, VISIT = timedelta(hours=12), timedelta(hours=12)


@dataclass
class Link:
    patient: int
    secret: str
    ends: datetime
    revoked: bool = False


@dataclass
class Held:
    """A device of the model."""

    patient: int
    own: bool
    seen: datetime
    ends: datetime
    confirmed_until: datetime
    revoked: bool = False

    def lives(self, now: datetime) -> bool:
        idle = IDLE_OWN if self.own else IDLE_SHARED
        return not self.revoked and now < self.ends and now - self.seen < idle


@dataclass
class Browser:
    client: Client = field(default_factory=Client)
    link: Link | None = None  # through which a visit is open
    visit_ends: datetime | None = None
    device: Held | None = None

    def allowed(self, now: datetime) -> tuple[int | None, str]:
        """Whose plan, and how far."""
        visit = (
            self.link
            if self.link and not self.link.revoked and self.visit_ends and now < self.visit_ends
            else None
        )
        device = self.device if self.device and self.device.lives(now) else None
        whose = visit.patient if visit else device.patient if device else None
        if whose is None:
            return None, ""
        if device is None or device.patient != whose:
            return whose, "A"
        return whose, "C" if now < device.confirmed_until else "B"


class PatientSession(RuleBasedStateMachine):
    staff: ClassVar[User]
    patients: ClassVar[list[Patient]]
    begins: ClassVar[datetime]
    requests: ClassVar[int] = 0
    hour: ClassVar[datetime]  # what the product's clock says

    def __init__(self) -> None:
        super().__init__()
        self.around = transaction.atomic()
        self.around.__enter__()
        PatientSession.hour = self.begins
        self.browsers = [Browser(), Browser()]
        self.links: list[Link] = []
        self.codes: dict[int, tuple[PrintedCode, datetime]] = {}
        self.devices: list[Held] = []

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self.around.__exit__(None, None, None)

    @property
    def now(self) -> datetime:
        return self.hour

    def post(self, browser: Browser, address: str, **data: str) -> Any:
        PatientSession.requests += 1
        Attempt.objects.all().delete()  # limits have tests of their own
        return browser.client.post(address, data)

    @rule(who=st.integers(0, 1), days=st.sampled_from([1, 7]))
    def a_letter_is_sent(self, who: int, days: int) -> None:
        ends = self.now + timedelta(days=days)
        _row, secret = actions.issue_link(
            actor=Actor.system("test"), patient=self.patients[who], expires_at=ends
        )
        self.links.append(Link(who, secret, ends))

    @precondition(lambda self: self.links)
    @rule(data=st.data(), place=st.integers(0, 1))
    def a_link_is_opened(self, data: st.DataObject, place: int) -> None:
        link, browser = data.draw(st.sampled_from(self.links)), self.browsers[place]
        opened = self.post(browser, "/t/open/", link=link.secret).status_code == 303
        assert opened is (not link.revoked and self.now < link.ends)
        if opened:
            browser.link, browser.visit_ends = link, min(self.now + VISIT, link.ends)

    @rule(who=st.integers(0, 1))
    def a_code_is_handed_over(self, who: int) -> None:
        if who in self.codes:
            self._ended(who)
        made = factories.make_code(self.staff, self.patients[who], now=self.now)
        self.codes[who] = made, self.now + timedelta(days=28 + 30)

    def _ended(self, who: int) -> None:
        both: list[Link | Held] = [*self.links, *self.devices]
        for one in both:
            one.revoked |= one.patient == who

    @precondition(lambda self: self.codes)
    @rule(data=st.data(), place=st.integers(0, 1), own=st.booleans())
    def a_code_is_typed(self, data: st.DataObject, place: int, own: bool) -> None:
        who, browser = data.draw(st.sampled_from(sorted(self.codes))), self.browsers[place]
        made, ends = self.codes[who]
        answer = self.post(browser, "/c/", code=str(made), own="own" if own else "shared")
        assert answer.status_code == (303 if self.now < ends else 422)
        if answer.status_code == 303:
            self._opens(browser, who, own)

    def _opens(self, browser: Browser, who: int, own: bool) -> None:
        if browser.device and browser.device.lives(self.now):
            browser.device.revoked = True
        living = [one for one in self.devices if one.patient == who and one.lives(self.now)]
        for oldest in living[: max(0, len(living) - MOST_DEVICES + 1)]:
            oldest.revoked = True
        lasts = LASTS_OWN if own else LASTS_SHARED
        browser.device = Held(who, own, self.now, self.now + lasts, self.now)
        browser.link = browser.visit_ends = None
        self.devices.append(browser.device)

    @rule(place=st.integers(0, 1), who=st.integers(0, 1))
    def a_wrong_code_is_typed(self, place: int, who: int) -> None:
        wrong = new_printed_code()
        if who in self.codes:
            wrong = self.codes[who][0]._replace(secret=wrong.secret)
        assert self.post(self.browsers[place], "/c/", code=str(wrong), own="own").status_code == 422

    @rule(place=st.integers(0, 1), right=st.booleans())
    def a_fresh_code_is_asked_for(self, place: int, right: bool) -> None:
        browser = self.browsers[place]
        whose, rung = browser.allowed(self.now)
        OutgoingEmail.objects.filter(letter="emailed_code").update(state="cancelled")
        asked = self.post(browser, "/today/confirm/", do="ask").status_code
        assert asked == (303 if rung in {"B", "C"} else 404)
        if asked == 303:
            typed = factories.emailed_codes()[-1] if right else "0000-0000"
            assert self.post(browser, "/today/confirm/", code=typed).status_code == (303 if right else 422)
        if asked == 303 and right:
            assert browser.device is not None
            assert browser.device.patient == whose
            browser.device.seen, browser.device.confirmed_until = self.now, self.now + STEP_UP_FOR
            browser.link = browser.visit_ends = None

    @rule(who=st.integers(0, 1))
    def the_clinic_signs_all_devices_out(self, who: int) -> None:
        patient = self.patients[who]
        actions.revoke_devices(actor=Actor.staff(self.staff), patient=patient, now=self.now, reason="test")
        for one in self.devices:
            one.revoked |= one.patient == who

    @rule(who=st.integers(0, 1))
    def the_clinic_ends_all_links(self, who: int) -> None:
        actions.revoke_links(
            actor=Actor.staff(self.staff), patient=self.patients[who], now=self.now, reason="test"
        )
        for one in self.links:
            one.revoked |= one.patient == who

    @rule(place=st.integers(0, 1))
    def somebody_leaves(self, place: int) -> None:
        browser = self.browsers[place]
        _whose, rung = browser.allowed(self.now)
        left = self.post(browser, "/today/leave/").status_code
        assert left == (303 if rung else 404)
        if rung:
            browser.link = browser.visit_ends = None
        if rung in {"B", "C"} and browser.device:
            browser.device.revoked = True
            browser.device = None

    @rule(pause=st.sampled_from(PAUSES))
    def time_passes(self, pause: timedelta) -> None:
        PatientSession.hour += pause

    @invariant()
    def every_browser_opens_what_it_may(self) -> None:
        for browser in self.browsers:
            whose, rung = browser.allowed(self.now)
            for needs, address in PAGES.items():
                PatientSession.requests += 1
                answer: Any = browser.client.get(address)
                assert answer.status_code == (200 if rung >= needs else 404), (needs, rung)
                if rung:
                    assert answer.wsgi_request.access.patient == self.patients[whose or 0]
            if rung in {"B", "C"} and browser.device:
                every = timedelta(hours=1) if browser.device.own else timedelta(minutes=5)
                if self.now - browser.device.seen >= every:
                    browser.device.seen = self.now


@pytest.fixture
def machine(
    priya: User, hugo: User, margaret: Patient, heinrich: Patient, monkeypatch: pytest.MonkeyPatch
) -> Callable[[], PatientSession]:
    """Two patients of two clinics and two browsers."""
    ana = factories.make_patient(priya, "Ana", "Quinn")
    PatientSession.staff, PatientSession.patients = priya, [margaret, ana]
    PatientSession.begins = PatientSession.hour = clock.now()
    PatientSession.requests = 0
    monkeypatch.setattr(clock, "now", lambda: PatientSession.hour)
    return PatientSession


def test_never_more_and_never_less(machine: Callable[[], PatientSession], record_property: Any) -> None:
    run_state_machine_as_test(
        machine,  # type: ignore[arg-type]  # a class is called too
        settings=settings(
            max_examples=EXAMPLES,
            stateful_step_count=14,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
    record_property("fuzzed", PatientSession.requests)
    assert PatientSession.requests > 200


FAULTS: dict[str, Callable[[pytest.MonkeyPatch], None]] = {
    "a revoked device": lambda patch: patch.setattr(
        type(Device.objects.all()), "live_at", lambda rows, now: rows.filter(expires_at__gt=now)
    ),
    "a step-up without end": lambda patch: patch.setattr(
        Device, "is_stepped_up", lambda device, now: bool(device.stepped_up_until)
    ),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_the_machine_notices_what_opens_too_much(
    machine: Callable[[], PatientSession], monkeypatch: pytest.MonkeyPatch, fault: str
) -> None:
    FAULTS[fault](monkeypatch)
    one = machine()
    try:
        one.a_code_is_handed_over(0)
        code, _ends = one.codes[0]
        assert one.post(one.browsers[0], "/c/", code=str(code), own="own").status_code == 303
        one._opens(one.browsers[0], 0, own=True)
        one.a_fresh_code_is_asked_for(0, right=True)
        one.every_browser_opens_what_it_may()
        one.time_passes(timedelta(minutes=11))
        if fault == "a revoked device":
            one.the_clinic_signs_all_devices_out(0)
        with pytest.raises(AssertionError):
            one.every_browser_opens_what_it_may()
    finally:
        one.teardown()
