"""Two histories of one run, kept apart: what the mail server took, and what the rows claim. This compares them.

Pure: rows and records in, broken promises out. tests/chaos/test_reconcile.py plants each kind of fault.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

WAITING = {"pending", "sending"}
NOT_SENT = {"failed", "expired", "suppressed", "cancelled"}  # final, and surely not out
FINAL = NOT_SENT | {"sent", "unconfirmed"}
MOST_COPIES = 2


@dataclass(frozen=True, slots=True)
class Email:
    """A row of the outbox at the end."""

    key: str  # its Message-ID
    state: str
    reason: str = ""  # shown to staff
    doubt: int = 0
    due: datetime | None = None
    expires: datetime | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """A row of the plan at the end: one reminder of one programme on one day."""

    key: str  # programme and local date
    state: str
    due: datetime
    reason: str = ""
    email: str = ""  # the Message-ID of what was posted


@dataclass(frozen=True, slots=True)
class Taken:
    """One message that the mail server took."""

    key: str
    at: datetime


@dataclass(frozen=True)
class Finding:
    """What was found; ``broken`` says in words what may never be."""

    emails: int = 0
    states: Counter[str] = field(default_factory=Counter)
    lost: list[str] = field(default_factory=list)
    lies: list[str] = field(default_factory=list)
    unfinished: list[str] = field(default_factory=list)
    strangers: list[str] = field(default_factory=list)
    untimely: list[str] = field(default_factory=list)
    unexplained: list[str] = field(default_factory=list)
    most_copies: int = 0
    second_copies: int = 0

    def broken(self, allowed_second_copies: int) -> list[str]:
        found = [
            f"{name}: {', '.join(sorted(keys)[:5])} ({len(keys)})"
            for name in ("lost", "lies", "unfinished", "strangers", "untimely", "unexplained")
            if (keys := getattr(self, name))
        ]
        if self.most_copies > MOST_COPIES:
            found.append(f"{self.most_copies} copies of one mail")
        if self.second_copies > allowed_second_copies:
            found.append(f"{self.second_copies} second copies, {allowed_second_copies} allowed")
        return found


def reconcile(
    emails: Iterable[Email],
    plans: Iterable[Plan],
    taken: Iterable[Taken],
    *,
    expected: Iterable[str],
    now: datetime,
    grace: timedelta,
) -> Finding:
    """``expected``: keys of all plans and of all e-mails that stood there before the fault. ``grace``: how long after its
    expiry a claimed e-mail may still be on its way: one lease.
    """
    rows = {email.key: email for email in emails}
    planned = {plan.key: plan for plan in plans}
    records = list(taken)
    copies = Counter(record.key for record in records)
    return Finding(
        emails=len(rows),
        states=Counter(email.state for email in rows.values()),
        lost=_lost(rows, planned, copies, expected, now),
        lies=[key for key, email in rows.items() if _lies(email, copies[key])],
        unfinished=[
            *(key for key, email in rows.items() if email.state in WAITING and _is_due(email, now)),
            *(key for key, plan in planned.items() if plan.state == "planned" and plan.due <= now),
        ],
        strangers=sorted(copies.keys() - rows.keys()),
        untimely=[record.key for record in records if _untimely(record, rows.get(record.key), grace)],
        unexplained=[key for key, email in rows.items() if copies[key] > 1 + email.doubt],
        most_copies=max(copies.values(), default=0),
        second_copies=copies.total() - len(copies),
    )


def _is_due(email: Email, now: datetime) -> bool:
    return email.state == "sending" or email.due is None or email.due <= now


def _lost(
    rows: dict[str, Email],
    planned: dict[str, Plan],
    copies: Counter[str],
    expected: Iterable[str],
    now: datetime,
) -> list[str]:
    """Gone in silence: the row vanished, ended without a word, or claims to be sent and nobody has it."""
    found = [key for key in expected if key not in rows and key not in planned]
    for key, email in rows.items():
        wordless = email.state in FINAL - {"sent"} and not email.reason
        if wordless or email.state not in FINAL | WAITING or (email.state == "sent" and not copies[key]):
            found.append(key)
    for key, plan in planned.items():
        if plan.due > now:
            continue
        if plan.state in {"cancelled", "expired"} and not plan.reason:
            found.append(key)
        if plan.state == "posted" and plan.email not in rows:
            found.append(key)
    return found


def _lies(email: Email, copies: int) -> bool:
    return copies == 0 if email.state == "sent" else email.state in NOT_SENT and copies > 0


def _untimely(record: Taken, email: Email | None, grace: timedelta) -> bool:
    """Before its time, or so late that its claim was too late."""
    if email is None:
        return False
    early = email.due is not None and record.at < email.due
    return early or (email.expires is not None and record.at > email.expires + grace)
