"""Say which installation this database belongs to: once, before the first mail.

It belongs to the steps of each start and changes nothing where a key stands already. A database that has mails and no key, or
that lies elsewhere than before, may be an old backup, so somebody has to say that it is not: --in-use.
"""

import argparse
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from clinic import deployment
from clinic.models import OutgoingEmail


class Command(BaseCommand):
    help = "Write FOOTWORK_DEPLOYMENT_ID into a database that has none."

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument(
            "--in-use", action="store_true", help="it was in use all along, and not restored from a backup"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.DEPLOYMENT_ID:
            self.stdout.write("FOOTWORK_DEPLOYMENT_ID is not set: nothing to write.")
        elif deployment.is_ours():
            self.stdout.write("The database is this installation's.")
        elif options["in_use"] or not (deployment.is_marked() or OutgoingEmail.objects.exists()):
            deployment.mark(settings.DEPLOYMENT_ID)
            self.stdout.write("The database is marked as this installation's.")
        else:
            self.stderr.write(
                "NO MAIL LEAVES: the database belongs to another installation, or was moved, or restored. "
                "Restored from a backup: manage.py after_restore. In use all along (a new server, a new "
                "release): manage.py mark_deployment --in-use"
            )
