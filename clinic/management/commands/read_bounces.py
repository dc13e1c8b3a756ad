"""Read reports about our e-mails: what came back, and what readers reported as unwanted.

    manage.py read_bounces --maildir /var/mail/bounces
    manage.py read_bounces --imap               with IMAP_URL=imaps://user:password@host/INBOX
    |manage.py read_bounces --stdin ${recipient}    as the mail server delivers it

For cron or a timer, every few minutes. Run it as often as you like: what was noted is noted once.
"""

import argparse
import imaplib
import mailbox
import sys
from collections import Counter
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError

from clinic import clock
from clinic.mail import mailboxes
from clinic.mail.bounces import Noted, count, take
from clinic.mail.reports import LARGEST, read

TRY_LATER = 75  # EX_TEMPFAIL: the mail server keeps the message and delivers it again


class Command(BaseCommand):
    help = "Read reports about our e-mails from a mailbox, or one from standard input."

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        source = parser.add_mutually_exclusive_group(required=True)
        source.add_argument("--maildir", type=Path, help="a folder with new, cur and tmp")
        source.add_argument("--mbox", type=Path, help="a file of messages")
        source.add_argument("--imap", action="store_true", help="the folder that IMAP_URL names, over TLS")
        source.add_argument(
            "--stdin", metavar="RECIPIENT", nargs="?", const="", help="one message, and to whom it came"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.BOUNCE_DOMAIN:
            raise CommandError("BOUNCE_DOMAIN is not set: no e-mail carries a mark that a report could name")
        found: Counter[Noted] = Counter()

        def handle(raw: bytes, recipient: str = "") -> Noted:
            noted = _noted(raw, recipient)
            found[noted] += 1
            return noted

        try:
            self._read(options, handle)
        except DatabaseError as fault:
            self.stderr.write(f"database away: {type(fault).__name__}")
            sys.exit(TRY_LATER)
        except (OSError, mailbox.Error, imaplib.IMAP4.error) as fault:
            raise CommandError(f"the mailbox cannot be read: {type(fault).__name__}") from fault
        if options["verbosity"] > 0:
            self.stdout.write(
                ", ".join(f"{found[one]} {one.value}" for one in Noted if found[one]) or "nothing"
            )
        if options["stdin"] is not None and found[Noted.EARLY]:
            sys.exit(TRY_LATER)

    def _read(self, options: dict[str, Any], handle: Any) -> None:
        if options["maildir"]:
            mailboxes.read_maildir(options["maildir"], handle)
        elif options["mbox"]:
            mailboxes.read_mbox(options["mbox"], handle)
        elif options["imap"]:
            if not settings.IMAP_URL:
                raise CommandError("IMAP_URL is not set: imaps://user:password@host/INBOX")
            mailboxes.read_imap(settings.IMAP_URL, handle)
        else:
            handle(sys.stdin.buffer.read(LARGEST + 1), options["stdin"])


def _noted(raw: bytes, recipient: str) -> Noted:
    """A message that nobody understands is counted and left."""
    now = clock.now()
    report = read(raw, recipient)
    if report:
        return take(report, now)
    count(Noted.UNREADABLE, now)
    return Noted.UNREADABLE
