"""Write again what exercises are found by. For rows from before there was a search, and for changed words of findings.

``load_catalogue`` does it too. Safe to run at every start: what is up to date is left alone.
"""

from typing import Any

from django.core.management.base import BaseCommand

from exercises.actions import search_index
from exercises.models import Exercise


class Command(BaseCommand):
    help = "Bring the search of the catalogue up to date. Safe to run again."

    def handle(self, **options: Any) -> None:
        changed = search_index.index(Exercise.objects.only("pk"))
        self.stdout.write(f"Search of the catalogue: {changed} exercises changed.")
