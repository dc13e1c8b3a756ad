"""Delete what was kept for a while only and is over: what the schedule does each night, now.

manage.py run_retention --dry-run     # how many rows of what would go, clinic by clinic; changes nothing
manage.py run_retention               # what nobody has done yet today
"""

import argparse
from typing import Any

from django.core.management.base import BaseCommand

from clinic import clock, retention
from clinic.actors import Actor


class Command(BaseCommand):
    help = "Delete what is over; with --dry-run only count it."

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="count, and delete nothing")

    def handle(self, *args: Any, **options: Any) -> None:
        now = clock.now()
        if options["dry_run"]:
            for night in retention.nights(now):
                self._say(night)
            self.stdout.write("Nothing was deleted: --dry-run.")
        else:
            gone = retention.run(actor=Actor.system("retention"), now=now)
            self.stdout.write(f"{gone} rows deleted.")

    def _say(self, night: retention.Night) -> None:
        who = night.clinic.name if night.clinic else "The installation"
        counts = {name: found.count() for name, found in retention.over(night).items()}
        said = ", ".join(f"{name} {number}" for name, number in counts.items() if number)
        self.stdout.write(f"{who}, {night.day}: {said or 'nothing'}")
