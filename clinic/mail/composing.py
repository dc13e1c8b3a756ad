"""From claimed rows to messages: whether each is still wanted, and what it says, committed before SMTP begins."""

import logging
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby

from django.conf import settings
from django.db import transaction
from django.utils.module_loading import import_string
from django.utils.translation import gettext_noop

from clinic.mail import claims, suppression, verp
from clinic.mail.claims import DATABASE_AWAY, Claim
from clinic.mail.letters import Letter
from clinic.mail.messages import Message, build, message_id
from clinic.models import EmailState

log = logging.getLogger("clinic.mail")

MOST_CRASHES = 3
STALE = 5.0  # seconds after which a mail that still waits for its turn is asked about anew
NOT_WANTED = gettext_noop("It was no longer wanted when its time had come.")
NOT_COMPOSED = gettext_noop("A fault in the software kept it from being written.")


@dataclass(frozen=True, slots=True)
class Mail:
    """A claimed row, written and ready to leave."""

    claim: Claim
    letter: Letter
    message: Message
    address_hash: str
    written_at: float  # time.monotonic()

    @property
    def is_stale(self) -> bool:
        return time.monotonic() - self.written_at > STALE


def compose(claimed: Sequence[Claim]) -> list[Mail]:
    """Those that are wanted. What is not, and what cannot be written, has its result when this returns.

    A letter that is sent to many is composed for all of them in one transaction. Whatever goes wrong there, each is
    composed by itself then, so that one fault stops one mail.
    """
    mails: list[Mail] = []
    for name, group in groupby(claimed, key=lambda claim: claim.letter):
        some = list(group)
        together = _together(name, some) if len(some) > 1 and name in settings.LETTERS_IN_BULK else {}
        for claim in some:
            if claim.id not in together:
                mails += _alone(claim)
            elif mail := together[claim.id]:
                mails.append(mail)
            else:
                _note_unwanted(claim)
    return mails


def forget(mails: Iterable[Mail]) -> None:
    """The links in a mail that did not leave are known to nobody. They expire by themselves when this fails."""
    for mail in mails:
        if mail.letter.unsent is None:
            continue
        try:
            mail.letter.unsent()
        except Exception as fault:  # noqa: BLE001 - the mail's result is written; this must not undo it
            log.warning("links not forgotten", extra={"email": mail.claim.id, "error": type(fault).__name__})


def _together(name: str, some: list[Claim]) -> dict[int, Mail | None]:
    """By id; None: not wanted. What is missing is to be composed by itself."""
    write = import_string(settings.LETTERS_IN_BULK[name])
    try:
        with transaction.atomic(durable=True):
            letters = write([claim.object_id for claim in some], some[0].now)
            found = {claim: letters[claim.object_id] for claim in some if claim.object_id in letters}
            mails = {claim.id: letter and _built(claim, letter) for claim, letter in found.items()}
            suppression.refuse([(mail.claim, mail.address_hash) for mail in mails.values() if mail])
            return mails
    except Exception as fault:  # noqa: BLE001 - found again, and recorded, by who composes them one by one
        log.warning("composed one by one", extra={"letter": name, "error": type(fault).__name__})
        return {}


def _alone(claim: Claim) -> list[Mail]:
    """The mail, if it is wanted and can be written."""
    try:
        with transaction.atomic(durable=True):
            write: Callable[..., Letter | None] = import_string(settings.LETTERS[claim.letter])
            letter = write(claim.object_id, claim.now)
            mail = _built(claim, letter) if letter else None
            if mail:
                suppression.refuse([(claim, mail.address_hash)])
    except suppression.SuppressedError as fault:
        claims.record(claim, claims.ended(EmailState.SUPPRESSED, fault.reason))
        return []
    except DATABASE_AWAY as fault:  # not the letter's fault
        claims.record(claim, claims.later("deferrals", claim.deferrals), error=type(fault).__name__)
        return []
    except Exception as fault:  # noqa: BLE001 - a letter function may raise anything; the others must go on
        _note_crash(claim, type(fault).__name__)
        return []
    if mail is None:
        _note_unwanted(claim)
        return []
    return [mail]


def _built(claim: Claim, letter: Letter) -> Mail:
    identity = message_id(claim.id, claim.generation)
    message = build(letter, identity, claim.now, verp.mark(claim.id))
    return Mail(claim, letter, message, suppression.address_hash(letter.to), time.monotonic())


def _note_unwanted(claim: Claim) -> None:
    claims.record(claim, claims.ended(EmailState.CANCELLED, NOT_WANTED))


def _note_crash(claim: Claim, error: str) -> None:
    log.error("letter not composed", extra={"email": claim.id, "letter": claim.letter, "error": error})
    if claim.crashes + 1 >= MOST_CRASHES:
        changes = claims.ended(EmailState.FAILED, NOT_COMPOSED, counter="crashes")
    else:
        changes = claims.later("crashes", claim.crashes)
    claims.record(claim, changes, error=error)
