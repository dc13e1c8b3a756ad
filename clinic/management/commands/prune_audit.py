"""Remove entries of the audit whose time is over. For a person, now and then.

manage.py prune_audit --dry-run   # say how many, and remove nothing
manage.py prune_audit
"""

import argparse
from typing import Any

from django.core.management.base import BaseCommand

from clinic import clock, pruning
from clinic.actors import Actor


class Command(BaseCommand):
    help = "Remove whole sealed ranges of the audit whose time is over; seals and tombstones stay."

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="say what would go, and remove nothing")

    def handle(self, *args: Any, **options: Any) -> None:
        actor, dry_run = Actor.system("prune_audit"), options["dry_run"]
        done = pruning.prune_audit(actor=actor, now=clock.now(), dry_run=dry_run)
        word = "would go" if dry_run else "went"
        self.stdout.write(
            f"{done.entries} entries under {done.seals} seals {word}; {done.looked_at} seals are older than a year."
        )
