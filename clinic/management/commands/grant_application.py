"""Make the role as which the application connects, and let it read and write rows: after each `migrate`, by the owner.

MIGRATION_DATABASE_URL says who owns the tables, DATABASE_URL whom to make. Safe to do again at any time.
"""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import connection, transaction

from clinic import app_role


class Command(BaseCommand):
    help = "Make the application's database role, and grant it what it needs."

    def handle(self, *args: Any, **options: Any) -> None:
        role, password = settings.APPLICATION_ROLE
        if role == connection.settings_dict["USER"]:
            self.stderr.write(
                "The application connects as the owner of the tables, whom no policy binds: set MIGRATION_DATABASE_URL"
                " to the owner's address, and DATABASE_URL to that of a role of its own (docs/row-level-security.md)."
            )
            return
        with transaction.atomic(), connection.cursor() as cursor:
            is_new = app_role.make(cursor, role, password)
            app_role.grant(cursor, role)
            vouched = app_role.vouch_for_searches(cursor)
            faults = app_role.faults(cursor, role)
        self.stdout.write(
            f"The role {role} {'is made' if is_new else 'is there'} and may read and write rows."
        )
        if faults:
            raise CommandError(f"No policy binds {role}: {', '.join(faults)}.")
        if not vouched:
            self.stderr.write("Only a superuser can speed up searches behind policies; they work without.")
