"""The lights of the reminders for a shell, cron or a container's health check: exit code 1 when one of them is red.

manage.py look_at_reminders              # all of them
manage.py look_at_reminders tick work    # those that a worker answers for
"""

import argparse
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError

from clinic.lights import lights


class Command(BaseCommand):
    help = "Show the lights of /health/reminders; fails when one of them is red."
    requires_system_checks = []  # a health check is asked every minute

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("names", nargs="*", help="lights; all of them without a name")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            found = {light.name: light for light in lights()}
        except DatabaseError as error:
            raise CommandError("the database is away") from error
        if unknown := set(options["names"]) - found.keys():
            raise CommandError(f"unknown: {', '.join(sorted(unknown))}; there are {', '.join(found)}")
        asked = [found[name] for name in options["names"] or found]
        for light in asked:
            self.stdout.write(f"{'green' if light.green else 'RED  '} {light.title}: {light.found}")
            if not light.green:
                self.stdout.write(f"      {light.advice}")
        if red := [light.name for light in asked if not light.green]:
            raise CommandError(f"red: {', '.join(red)}")
