"""Prove that a backup can be restored: weekly, by cron, as the role of the backup.

Dumps the database, restores the dump into a new one beside it, compares every table, and looks at a patient's page there.
"""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from clinic import backups, drill


class Command(BaseCommand):
    help = "Dump, restore into a new database, compare, look at it, and drop it again."

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            done = drill.run()
        except backups.BackupFailed as error:
            raise CommandError(f"the drill could not be done: {error}") from error
        tables, rows = len(done.contents.tables), done.contents.rows
        self.stdout.write(f"{tables} tables, {rows:,} rows, {done.dump_bytes:,} bytes of dump.")
        if done.looked:
            self.stdout.write(done.looked)
        if done.faults:
            raise CommandError("THE BACKUP CANNOT BE TRUSTED:\n" + "\n".join(done.faults))
        self.stdout.write("Rows, checksums and structure are the same. The restored copy is dropped.")
