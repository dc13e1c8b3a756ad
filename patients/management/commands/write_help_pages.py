"""Write every clinic's help page to files, which answer while the database is away. Run after each update."""

from typing import Any

from django.core.management.base import BaseCommand

from patients import help_pages


class Command(BaseCommand):
    help = "Write every clinic's help page to files."

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(f"Help pages written: {help_pages.write_all()} clinics.")
