"""The checker itself: an honest run passes, and each planted fault is found. A check that cannot fail proves nothing."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.chaos.reconcile import Email, Finding, Plan, Taken, reconcile

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
DUE, EXPIRES = NOW - timedelta(minutes=5), NOW + timedelta(hours=1)


class History:
    """Five mails: two sent, one twice after a doubt, one refused, one whose fate nobody knows."""

    def __init__(self) -> None:
        states = [("a", "sent", 0), ("b", "sent", 0), ("c", "sent", 1), ("d", "failed", 0)]
        states.append(("e", "unconfirmed", 2))
        self.emails = {
            key: Email(key, state, "" if state == "sent" else "It says why.", doubt, DUE, EXPIRES)
            for key, state, doubt in states
        }
        self.plans = {"plan a": Plan("plan a", "posted", DUE, email="a")}
        self.plans["tomorrow"] = Plan("tomorrow", "planned", NOW + timedelta(days=1))
        self.plans["logged"] = Plan("logged", "cancelled", DUE, "The day was logged already.")
        self.taken = [Taken(key, NOW) for key in "abcce"]
        self.expected = [*self.emails, *self.plans]

    def change(self, key: str, **fields: Any) -> None:
        if key in self.emails:
            self.emails[key] = replace(self.emails[key], **fields)
        else:
            self.plans[key] = replace(self.plans[key], **fields)

    def compared(self) -> Finding:
        return reconcile(
            self.emails.values(),
            self.plans.values(),
            self.taken,
            expected=self.expected,
            now=NOW,
            grace=timedelta(seconds=15),
        )


def test_an_honest_run_keeps_the_promise() -> None:
    found = History().compared()
    assert found.broken(1) == []
    assert (found.emails, found.most_copies, found.second_copies) == (5, 2, 1)
    assert found.states == {"sent": 3, "failed": 1, "unconfirmed": 1}


PLANTED: dict[str, tuple[str, Callable[[History], object]]] = {
    "sent, and nobody took it": ("lost: b (1)", lambda h: h.taken.remove(Taken("b", NOW))),
    "ended without a word": ("lost: d (1)", lambda h: h.change("d", reason="")),
    "in a state that no page shows": ("lost: d (1)", lambda h: h.change("d", state="dropped")),
    "the row is gone": ("lost: d (1)", lambda h: h.emails.pop("d")),
    "the plan is gone": ("lost: tomorrow (1)", lambda h: h.plans.pop("tomorrow")),
    "a plan that ended without a word": ("lost: logged (1)", lambda h: h.change("logged", reason="")),
    "posted, without its e-mail": ("lost: plan a (1)", lambda h: h.change("plan a", email="z")),
    "refused, and it is out": ("lies: d (1)", lambda h: h.taken.append(Taken("d", NOW))),
    "sent is a lie": ("lies: a (1)", lambda h: h.taken.remove(Taken("a", NOW))),
    "still waiting": ("unfinished: d (1)", lambda h: h.change("d", state="pending", reason="")),
    "still held": ("unfinished: d (1)", lambda h: h.change("d", state="sending", reason="")),
    "a plan that nobody posted": ("unfinished: plan a (1)", lambda h: h.change("plan a", state="planned")),
    "mail that no row knows": ("strangers: z (1)", lambda h: h.taken.append(Taken("z", NOW))),
    "a second copy without a doubt": ("unexplained: b (1)", lambda h: h.taken.append(Taken("b", NOW))),
    "a third copy": ("3 copies of one mail", lambda h: h.taken.append(Taken("c", NOW))),
    "more second copies than allowed": (
        "2 second copies, 1 allowed",
        lambda h: h.taken.append(Taken("e", NOW)),
    ),
    "before its time": ("untimely: a (1)", lambda h: h.change("a", due=NOW + timedelta(seconds=1))),
    "after its time": ("untimely: a (1)", lambda h: h.change("a", expires=NOW - timedelta(seconds=16))),
}


@pytest.mark.parametrize("fault", PLANTED)
def test_a_planted_fault_is_found(fault: str) -> None:
    history = History()
    words, plant = PLANTED[fault]
    plant(history)
    assert words in history.compared().broken(1)


def test_a_mail_that_waits_for_a_later_hour_is_not_unfinished() -> None:
    history = History()
    history.change("d", state="pending", reason="", due=NOW + timedelta(minutes=1))
    assert history.compared().broken(1) == []
