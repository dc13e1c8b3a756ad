"""`make lint`: no migration of a release may trouble the release before it, which still runs while it is applied.

No column that old code does not fill, no rename, no drop, no index that locks a table: django-migration-linter reads the SQL.
"""

import os
import sys
from collections.abc import Mapping

import django

from clinic.dev.processes import say
from clinic.dev.services import CHECKOUT

# Up to these nothing was released: no installation holds rows that they could have troubled, and no older code runs beside
# them. They are frozen, so they are not asked to be rewritten. Whatever comes later is judged.
BEFORE_THE_FIRST_RELEASE: Mapping[str, str] = {
    "clinic": "0015",
    "patients": "0020",
    "exercises": "0014",
}
# What the linter would refuse and is right all the same: "app.name" -> why.
EXEMPT: Mapping[str, str] = {}


def names(migrations: list[tuple[str, str]]) -> tuple[list[str], list[str]]:
    """Which are judged, and which are not."""
    judged: list[str] = []
    left_out: list[str] = []
    for app, name in sorted(migrations):
        if app in BEFORE_THE_FIRST_RELEASE:
            old = name[:4] <= BEFORE_THE_FIRST_RELEASE[app] or f"{app}.{name}" in EXEMPT
            (left_out if old else judged).append(f"{app}.{name}")
    return judged, left_out


def main() -> int:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "clinic.settings")
    django.setup()
    from django_migration_linter import MigrationLinter  # noqa: PLC0415 - reads the settings

    linter = MigrationLinter(
        str(CHECKOUT),
        include_apps=list(BEFORE_THE_FIRST_RELEASE),
        no_cache=True,
        quiet=["ok", "ignore"],
        all_warnings_as_errors=True,
    )
    judged, _left_out = names(list(linter.migration_loader.disk_migrations))
    for one in judged:
        app, _dot, name = one.partition(".")
        linter.lint_all_migrations(app_label=app, migration_name=name)
    if linter.has_errors:
        say("docs/operations.md says how a migration is written that troubles nobody.")
    return int(linter.has_errors)


if __name__ == "__main__":
    sys.exit(main())
