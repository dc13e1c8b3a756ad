"""How often codes may be tried and asked for. Counted before the answer is known, and outside the transaction of the
action: a refusal takes no count back."""

from datetime import datetime, timedelta

from clinic.limits import Limit, allows

PER_LOCATOR = Limit("code tried by locator", 5, timedelta(minutes=15))
PER_NETWORK = Limit("code tried by network", 20, timedelta(hours=1))
MAILS_AN_HOUR = Limit("code mailed to address, an hour", 3, timedelta(hours=1))
MAILS_A_DAY = Limit("code mailed to address, a day", 10, timedelta(days=1))
KEPT_FOR = timedelta(days=2)  # longer than the longest window


def may_try_code(*, locator: str | None, network: str, now: datetime) -> bool:
    """``locator`` None: what was typed is no printed code. Both are counted, whatever the first says."""
    in_network = allows(PER_NETWORK, network, now)
    return (locator is None or allows(PER_LOCATOR, locator, now)) and in_network


def may_ask_for_code(*, address: str, network: str, now: datetime) -> bool:
    in_network = allows(PER_NETWORK, f"asks {network}", now)
    return may_mail_code(address=address, now=now) and in_network


def may_mail_code(*, address: str, now: datetime) -> bool:
    """Known and unknown addresses are counted alike."""
    subject = address.strip().casefold()
    this_hour, today = allows(MAILS_AN_HOUR, subject, now), allows(MAILS_A_DAY, subject, now)
    return this_hour and today
