"""Sending what is due. One thread claims, composes and writes down; a crew of others only talks SMTP.

So all of the database's work has one connection and few commits, the next mails are written while the last ones
travel, and as many mails are between a first byte and an answer as there are SMTP connections, never more. Behind each of
these one more has begun, so that no connection waits for a commit.
"""

import logging
import smtplib
import sys
import time
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from queue import Empty, SimpleQueue
from typing import Any

from django.conf import settings
from django.db import connection
from django.utils.translation import gettext_noop

from clinic import within
from clinic.mail import bounces, circuit, claims
from clinic.mail.claims import DATABASE_AWAY, Claim
from clinic.mail.composing import Mail, compose, forget
from clinic.mail.transport import Courier, Outcome, Verdict
from clinic.models import EmailState

log = logging.getLogger("clinic.mail")

MOST_ATTEMPTS = 8
MOST_AHEAD = 16  # mails that are written before a connection is free for them, for each connection
MOST_AT_ONCE = 100  # and for all of them together: each has its patient's row held while they are written
AHEAD = 1.0  # seconds: no more than leave within about this time, or they would be asked about anew
TURN = 0.001  # seconds that one thread computes before another may
BEHIND = 5.0  # seconds that a mail may wait for the one before it
PUT_OFF_TOO_OFTEN = gettext_noop("The mail server put it off too often.")

Work = Callable[[], Any]


@within.every_clinic("deliver_outbox")
def deliver_due(*, now_budget: float | None = None, stopping: Callable[[], bool] = lambda: False) -> int:
    """Clear up after the dead, then send until nothing is due or the budget of seconds is spent.

    Returns how many mails a server took. Not to be called in a transaction: SMTP can take minutes.
    """
    claims.open_accounts()
    claims.reap()
    claims.expire()
    end = time.monotonic() + (settings.OUTBOX["budget"] if now_budget is None else now_budget)
    with taking_turns(), crew(settings.MAIL_CONNECTIONS) as hands:
        return Delivery(hands, lambda: time.monotonic() < end and not stopping()).run()


@contextmanager
def taking_turns() -> Iterator[None]:
    """Who heard from a server waits for the thread that writes mails, by default 5 ms, and four times a mail."""
    usual = sys.getswitchinterval()
    sys.setswitchinterval(TURN)
    try:
        yield
    finally:
        sys.setswitchinterval(usual)


@dataclass(slots=True)
class Hand:
    """An SMTP connection and its thread, which does one thing after the other: opens it, or sends a mail."""

    courier: Courier
    thread: ThreadPoolExecutor
    given: "deque[Mail | None]" = field(default_factory=deque)  # the first is being done; None: it opens
    since: float = 0.0

    @property
    def can_hear_of_the_next(self) -> bool:
        """One mail travels, and the connection is good for another."""
        return len(self.given) == 1 and self.given[0] is not None and self.courier.is_good_for(2)


@dataclass(slots=True)
class Crew:
    hands: list[Hand]
    _finished: "SimpleQueue[tuple[Hand, Future[Any]]]" = field(default_factory=SimpleQueue)

    @property
    def idle(self) -> list[Hand]:
        return [hand for hand in self.hands if not hand.given]

    @property
    def busy(self) -> bool:
        return any(hand.given for hand in self.hands)

    def start(self, hand: Hand, work: Work, mail: Mail | None = None) -> None:
        if not hand.given:
            hand.since = time.monotonic()
        hand.given.append(mail)
        future = hand.thread.submit(work)
        future.add_done_callback(lambda done: self._finished.put((hand, done)))

    def finished(self) -> Iterator[tuple[Hand, Mail | None, Future[Any]]]:
        """Waits for one, and brings those that have finished as well."""
        block = True
        while self.busy:
            try:
                hand, done = self._finished.get(block=block)
            except Empty:
                return
            block = False
            yield hand, hand.given.popleft(), done


@contextmanager
def crew(size: int) -> Iterator[Crew]:
    with ExitStack() as threads:
        hands = [Hand(Courier(), threads.enter_context(ThreadPoolExecutor(1, "smtp"))) for _ in range(size)]
        try:
            yield Crew(hands)
        finally:
            for hand in hands:
                hand.courier.close()


class Delivery:
    """One run of a worker over what is due."""

    def __init__(self, hands: Crew, goes_on: Callable[[], bool]) -> None:
        self.hands, self.goes_on = hands, goes_on
        self.ready: list[Mail] = []  # written, not begun
        self.taken: dict[
            Claim, str
        ] = {}  # the server has them, and the database does not know yet; with the address's hash
        self.count = 0
        self.may_claim = self.may_open = True
        self.pace = 0.1  # seconds that one mail takes on one connection

    def run(self) -> int:
        try:
            while True:
                if self.goes_on():
                    self._open_connections()
                    if not self.ready and self._connected():
                        self._turn_over()
                        self._write_ahead()
                self._turn_over()
                if self.goes_on() and len(self.ready) < len(self.hands.hands):
                    self._write_ahead()
                if not self.hands.busy:
                    if not self._has_more():
                        return self.count
                    continue
                self._collect()
        finally:
            self._wind_up()

    def _has_more(self) -> bool:
        return self.goes_on() and (self.may_open if not self._connected() else bool(self.ready))

    def _connected(self) -> bool:
        return any(hand.courier.is_ready() for hand in self.hands.idle)

    def _open_connections(self) -> None:
        """Before the claim: a server that is away touches no row. One at first, more when there is more to carry."""
        idle = self.hands.idle
        waiting = [hand for hand in idle if not hand.courier.is_ready()]
        wanted = max(len(self.ready) - (len(idle) - len(waiting)), 0)
        if not wanted and len(waiting) == len(self.hands.hands):
            wanted = 1 if self.may_claim and claims.something_is_due() else 0
            self.may_open = bool(wanted)
        for hand in waiting[:wanted]:
            self.may_open = self.may_open and circuit.may_try()
            if self.may_open:
                self.hands.start(hand, hand.courier.open)

    def _write_ahead(self) -> None:
        """Claim and compose, as much as leaves soon; letters before what is sent in bulk."""
        each = max(1, min(MOST_AHEAD, int(AHEAD / self.pace)))
        most = min(MOST_AT_ONCE, len(self.hands.hands) * each)
        if not self.may_claim:
            return
        try:
            claimed = claims.claim(most, bulk=False) or claims.claim(most, bulk=True)
        except DATABASE_AWAY as fault:  # what travels needs it more; the next tick claims again
            log.warning("database away", extra={"error": type(fault).__name__})
            connection.close()
            claimed = []
        self.may_claim = bool(claimed)
        self.ready += compose(claimed)

    def _turn_over(self) -> None:
        """Results of what was taken, and what each connection carries next, in one commit."""
        free, behind = self._with_room() if self.goes_on() else ([], [])
        first = self._next(len(free))
        free = free[: len(first)]
        hands = free + behind + [hand for hand in free if hand.courier.is_good_for(2)]
        mails = first + self._next(len(hands) - len(first), behind=True)
        if not mails and not self.taken:
            return
        began = time.monotonic()
        begun = claims.turn_over(self.taken, [mail.claim for mail in mails])
        self.taken = {}
        for hand, mail in zip(hands, [mail for mail in mails if mail.claim.id in begun], strict=False):
            self.hands.start(hand, _sending(hand, mail, began), mail)
        self._give_back([mail for mail in mails if mail.claim.id not in begun])

    def _with_room(self) -> tuple[list[Hand], list[Hand]]:
        """The free connections, and those that may hear of one more."""
        free = [hand for hand in self.hands.idle if hand.courier.is_ready()]
        return free, [hand for hand in self.hands.hands if hand.can_hear_of_the_next]

    def _next(self, most: int, *, behind: bool = False) -> list[Mail]:
        """The longest written first; what has waited for long is asked about once more. What is in doubt already begins
        ``behind`` no other: a second doubt ends it, and should be about that mail alone."""
        some = [mail for mail in self.ready if not (behind and mail.claim.doubt)][:most]
        taken = {mail.claim.id for mail in some}
        self.ready = [mail for mail in self.ready if mail.claim.id not in taken]
        stale = [mail for mail in some if mail.is_stale]
        forget(stale)
        fresh = [mail for mail in some if mail not in stale]
        return fresh + [mail for one in stale for mail in compose([one.claim])]

    def _collect(self) -> None:
        """Results of those that finished; a fault of ours comes out here."""
        for hand, mail, done in self.hands.finished():
            since, hand.since = hand.since, time.monotonic()
            if mail is None:
                _note_opening(done)
                continue
            outcome: Outcome = done.result()
            log.info(
                "mail", extra={"email": mail.claim.id, "verdict": outcome.verdict.value, "code": outcome.code}
            )
            if outcome.verdict == Verdict.ACCEPTED:
                self.pace = hand.since - since
                self.taken[mail.claim] = mail.address_hash
                self.count += 1
            elif outcome.verdict == Verdict.GONE:
                self._give_back([mail], begun=True)
                self.may_claim = True
            else:
                _note(mail, outcome)

    def _wind_up(self) -> None:
        """Whatever ends the run: what travels is finished and written down, what has not begun waits again."""
        while self.hands.busy:
            self._collect()
        if self.taken:
            claims.turn_over(self.taken, [])
        self._give_back(self.ready)

    def _give_back(self, mails: list[Mail], *, begun: bool = False) -> None:
        claims.hand_back([mail.claim for mail in mails], begun=begun)
        forget(mails)


def _sending(hand: Hand, mail: Mail, began: float) -> Work:
    times = settings.OUTBOX
    enough = began + times["lease"] - (2 * times["command"] + times["final_reply"])

    is_behind = bool(hand.given)

    def send() -> Outcome:
        if is_behind and (time.monotonic() - began > BEHIND or not hand.courier.is_ready()):
            return Outcome(Verdict.GONE)
        return hand.courier.send(mail.message, give_up_at=enough)

    return send


def _note_opening(done: "Future[Any]") -> None:
    try:
        done.result()
    except (OSError, smtplib.SMTPException) as fault:
        log.warning("mail server unavailable", extra={"error": type(fault).__name__})
        circuit.note_failure()


def _note(mail: Mail, outcome: Outcome) -> None:
    """A result other than "taken"."""
    changes = changes_by(mail.claim, outcome) | {"address_hash": mail.address_hash}
    claims.record(mail.claim, changes, code=outcome.code, error=outcome.error)
    if outcome.surely_unsent:
        forget([mail])
    if outcome.verdict in {Verdict.LOST, Verdict.UNKNOWN}:
        circuit.note_failure()
    elif outcome.verdict != Verdict.NOT_TRIED:
        circuit.close()
    bounces.refused(mail.claim, outcome)


def changes_by(claim: Claim, outcome: Outcome) -> claims.Changes:
    """What the row becomes: the table of phases in docs/reminders.md."""
    match outcome.verdict:
        case Verdict.ACCEPTED:
            return claims.sent()
        case Verdict.REFUSED:
            return claims.ended(EmailState.FAILED, outcome.reason, counter="attempts")
        case Verdict.PUT_OFF if claim.attempts + 1 >= MOST_ATTEMPTS:
            return claims.ended(EmailState.FAILED, PUT_OFF_TOO_OFTEN, counter="attempts")
        case Verdict.PUT_OFF:
            return claims.later("attempts", claim.attempts)
        case Verdict.UNKNOWN:
            return claims.doubtful(claim.attempts)
        case Verdict.LOST | Verdict.NOT_TRIED | Verdict.GONE:
            return claims.later("deferrals", claim.deferrals)
