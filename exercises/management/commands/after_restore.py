"""Let an installation send mail again after its database was restored from a backup. For a person, once.

    manage.py after_restore --dry-run --replay log.jsonl
    manage.py after_restore --replay log.jsonl

--replay: lines of the log since the backup; who stopped e-mails since then is stopped again, before any mail leaves.
"""

import argparse
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from clinic import clock
from clinic.actors import Actor
from exercises import actions
from exercises.actions import Released


class Command(BaseCommand):
    help = "After a restore: end what the past would send or open again, and print the new deployment id."

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("--replay", type=Path, metavar="FILE", help="lines of the log since the backup")
        parser.add_argument("--dry-run", action="store_true", help="say what would be done, and do nothing")

    def handle(self, *args: Any, **options: Any) -> None:
        path: Path | None = options["replay"]
        try:
            lines = path.read_text(errors="replace").splitlines() if path else []
        except OSError as error:
            raise CommandError(f"cannot read {path}: {error.strerror}") from error
        with transaction.atomic():
            done = actions.release_restored(actor=Actor.system("after_restore"), now=clock.now(), lines=lines)
            transaction.set_rollback(options["dry_run"])
        self._say(done, replayed=path is not None)
        if options["dry_run"]:
            self.stdout.write("\nNothing was done: --dry-run.")
        else:
            self.stdout.write(
                "\nNo mail leaves until the environment of every process says, and all are started anew:\n\n"
                f"FOOTWORK_DEPLOYMENT_ID={done.key}\n"
            )

    def _say(self, done: Released, *, replayed: bool) -> None:
        lines = [
            f"{done.reminders} reminders and {done.expired} e-mails were due before now: not sent any more.",
            f"{done.unconfirmed} e-mails were being sent: may have been sent.",
            f"{done.staff} sessions and invitations of staff ended: everybody signs in anew.",
            f"{done.plans} devices, links, codes and calendars of patients ended. Printed codes still open plans.",
            f"The audit goes on in epoch {done.epoch}: manage.py verify_audit --restored {done.epoch}",
            *(f"Done again from the log: {kind}, {number}." for kind, number in done.replayed.items()),
        ]
        if not replayed:
            lines.append(
                "No log was given: whoever stopped e-mails since the backup gets them again (--replay)."
            )
        lines.append(
            "Not undone by this: accounts that were closed since the backup are open again. Look through the staff."
        )
        self.stdout.write("\n".join(lines))
