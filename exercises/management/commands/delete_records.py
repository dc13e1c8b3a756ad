"""Delete a clinic's records whose time is over. For a person, whom an owner of the clinic asked to: the page "Records whose
time is over" does the same a few at a time.

manage.py delete_records CLINIC --dry-run   # whose time is over, by key, and how many rows would go; changes nothing
manage.py delete_records CLINIC             # all of them, in batches; every record is an entry of the audit
"""

import argparse
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError

from clinic import clock
from clinic.actors import Actor
from clinic.errors import Refused
from clinic.models import Clinic
from exercises import actions, deleting
from patients.models import Patient
from patients.retention import Over, over

ACTOR = Actor.system("delete_records")


class Command(BaseCommand):
    help = "Delete a clinic's records whose time is over; with --dry-run only name them."

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("clinic", type=UUID, help="the clinic's key")
        parser.add_argument("--dry-run", action="store_true", help="say which, and delete nothing")

    def handle(self, *args: Any, **options: Any) -> None:
        clinic = Clinic.objects.filter(pk=options["clinic"]).first()
        if clinic is None:
            raise CommandError("There is no such clinic.")
        if clinic.retention_years is None:
            raise CommandError("This clinic has not decided how long it keeps records: nothing is over.")
        if options["dry_run"]:
            self._say(_offered(clinic, set()))
        else:
            self._delete(clinic)

    def _say(self, offered: list[Over]) -> None:
        for one in offered:
            self.stdout.write(f"{one.patient.pk}, last entry {one.last_entry}, over since {one.since}")
        rows = sum(part.count for part in deleting.goes([one.patient.pk for one in offered]))
        self.stdout.write(
            f"{len(offered)} records with {rows} rows would go. Nothing was deleted: --dry-run."
        )

    def _delete(self, clinic: Clinic) -> None:
        """One batch, one transaction. A batch that holds a record which is still needed is tried one by one."""
        gone, kept = 0, set[UUID]()
        while offered := _offered(clinic, kept)[: actions.MOST_RECORDS]:
            keys = [one.patient.pk for one in offered]
            if self._goes(clinic, keys):
                gone += len(keys)
                continue
            went = [key for key in keys if self._goes(clinic, [key])]
            gone += len(went)
            kept |= set(keys) - set(went)
        self.stdout.write(
            f"{gone} records deleted, {len(kept)} kept: a programme runs, or they are restricted."
        )

    def _goes(self, clinic: Clinic, keys: list[UUID]) -> bool:
        try:
            actions.delete_records(actor=ACTOR, clinic=clinic, record_ids=keys, now=clock.now())
        except Refused:
            return False
        return True


def _offered(clinic: Clinic, kept: set[UUID]) -> list[Over]:
    return over(Patient.objects.filter(clinic=clinic).exclude(pk__in=kept), clinic, clock.now())
