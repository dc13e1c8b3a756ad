"""One e-mail as staff read it: its state, why, and what can be done about it, in plain words."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from clinic.models import EmailState, OutgoingEmail
from exercises.outgoing.about import Whom
from exercises.outgoing.kinds import Kind, kind_of

UNDER_WAY = {EmailState.PENDING, EmailState.SENDING}
IN_DOUBT = {EmailState.FAILED, EmailState.UNCONFIRMED}
TRIED = Q(attempts__gt=0) | Q(deferrals__gt=0) | Q(crashes__gt=0) | Q(doubt__gt=0)


class Show(StrEnum):
    """The states as the page tells them apart. ``LOOK``: failed or unconfirmed, and not sent again."""

    ALL = ""
    LOOK = "look"
    WAITING = "waiting"
    RETRIED = "retried"
    SENT = "sent"
    UNCONFIRMED = "unconfirmed"
    FAILED = "failed"
    EXPIRED = "expired"
    SUPPRESSED = "suppressed"
    CANCELLED = "cancelled"


LABELS = {
    Show.ALL: gettext_lazy("All"),
    Show.LOOK: gettext_lazy("To look at"),
    Show.WAITING: gettext_lazy("Waiting"),
    Show.RETRIED: gettext_lazy("Retried"),
    Show.SENT: gettext_lazy("Sent"),
    Show.UNCONFIRMED: gettext_lazy("Unconfirmed"),
    Show.FAILED: gettext_lazy("Failed"),
    Show.EXPIRED: gettext_lazy("Expired"),
    Show.SUPPRESSED: gettext_lazy("Suppressed"),
    Show.CANCELLED: gettext_lazy("Not needed"),
}
MEANS = {
    Show.WAITING: gettext_lazy("It is sent when its time comes."),
    Show.RETRIED: gettext_lazy("It was tried and put off. It is tried again by itself."),
    Show.SENT: gettext_lazy("The next mail server took it. That says neither delivered nor read."),
    Show.UNCONFIRMED: gettext_lazy(
        "It may have been sent: the confirmation never came. It is not tried again unless somebody decides so."
    ),
    Show.FAILED: gettext_lazy("It was refused for good, or could not be written."),
    Show.EXPIRED: gettext_lazy("It could not be sent while it still made sense."),
    Show.SUPPRESSED: gettext_lazy("The address fails or does not want our e-mail: nothing is sent to it."),
    Show.CANCELLED: gettext_lazy("It was not needed any more before it was sent."),
}
TONES = {
    Show.SENT: ("good", "check"),
    Show.UNCONFIRMED: ("warn", "warning"),
    Show.FAILED: ("bad", "warning"),
    Show.EXPIRED: ("warn", "clock"),
    Show.SUPPRESSED: ("warn", "cross"),
    Show.RETRIED: ("warn", "clock"),
    Show.WAITING: ("", "clock"),
    Show.CANCELLED: ("", "cross"),
}


@dataclass(frozen=True, slots=True)
class Later:
    """The e-mail that was sent instead. ``who``: empty where it was not this page that sent it."""

    at: datetime
    who: str


@dataclass(frozen=True, slots=True)
class Line:
    email: OutgoingEmail
    whom: Whom
    later: Later | None = None

    @property
    def kind(self) -> Kind:
        return kind_of(self.email.letter)

    @property
    def tries(self) -> int:
        email = self.email
        return (
            email.attempts + email.deferrals + email.crashes + email.doubt
            if email.state != EmailState.SENT
            else email.attempts + email.deferrals + email.crashes
        )

    @property
    def show(self) -> Show:
        if self.email.state in UNDER_WAY:
            return Show.RETRIED if self.tries else Show.WAITING
        return Show(self.email.state)

    @property
    def label(self) -> str:
        return _("Being sent") if self.email.state == EmailState.SENDING else str(LABELS[self.show])

    @property
    def tone(self) -> str:
        return TONES[self.show][0]

    @property
    def icon(self) -> str:
        return TONES[self.show][1]

    @property
    def why(self) -> str:
        """Why it is where it is. What was sent needs no reason."""
        if self.show == Show.RETRIED:
            return _why_again(self.email)
        if self.email.reason:
            return _(self.email.reason)
        return "" if self.show in {Show.SENT, Show.WAITING} else str(MEANS[self.show])

    @property
    def next_try(self) -> datetime | None:
        return self.email.not_before if self.email.state == EmailState.PENDING else None

    @property
    def may_be_sent_again(self) -> bool:
        """As far as the row itself tells; the action asks the patient's record too."""
        return not why_never(self.email) and self.later is None

    @property
    def may_be_taken_back(self) -> bool:
        return self.email.state == EmailState.PENDING and self.email.again_by_id is not None


def why_never(email: OutgoingEmail) -> str:
    """Why this very e-mail cannot be sent again, in its state; empty where it can."""
    kind = kind_of(email.letter)
    if kind.never:
        return str(kind.never)
    if email.state in UNDER_WAY:
        return _("It is still waiting to be sent.")
    if email.state == EmailState.SENT and not kind.after_sent:
        return _("The mail server took it. A second one is not sent.")
    if email.state == EmailState.CANCELLED:
        return _("It was not needed any more: there is nothing to send again.")
    if email.state == EmailState.SUPPRESSED:
        return _(
            "This address fails or does not want our e-mail. Put in the right address; "
            "the plan’s link is sent again from the patient’s page."
        )
    return ""


def later_of(found: Any) -> Later | None:
    """From what the query packed."""
    return Later(datetime.fromisoformat(found["at"]), found["who"] or "") if found else None


def condition(show: Show) -> Q:
    """Of the rows that this list shows; ``LOOK`` has a question of its own (``not_sent_again``)."""
    match show:
        case Show.ALL:
            return Q()
        case Show.LOOK:
            return Q(state__in=IN_DOUBT)
        case Show.WAITING:
            return Q(state__in=UNDER_WAY) & ~TRIED
        case Show.RETRIED:
            return Q(state__in=UNDER_WAY) & TRIED
    return Q(state=show.value)


def _why_again(email: OutgoingEmail) -> str:
    if email.doubt:
        return _("It may have been sent: the confirmation never came. It is tried once more.")
    if email.last_code is not None and 400 <= email.last_code < 500:
        return _("The mail server put it off (its answer was %(code)s).") % {"code": email.last_code}
    if email.crashes and not email.attempts and not email.deferrals:
        return _("A fault in the software kept it from being written.")
    return _("The mail server could not be reached.")
