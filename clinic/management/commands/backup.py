"""Back up the database: an encrypted dump in BACKUP_DIR. To be called each night, by cron or a timer.

manage.py backup
manage.py backup --made-elsewhere     # something else has just made one: only note it
"""

import argparse
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from clinic import backups, clock, jobs


class Command(BaseCommand):
    help = "Write an encrypted dump of the database into BACKUP_DIR."

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument(
            "--made-elsewhere", action="store_true", help="a backup was made by other means: note the time"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if options["made_elsewhere"]:
            jobs.finished(backups.JOB)
            self.stdout.write("Noted: a backup was made.")
            return
        try:
            made = backups.make(clock.now())
        except backups.BackupFailed as error:
            raise CommandError(f"no backup was made: {error}") from error
        self.stdout.write(f"{made} ({made.stat().st_size:,} bytes)")
