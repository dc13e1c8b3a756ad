"""The composite foreign keys of all apps: two rows that speak of each other are of one clinic, or of one patient.

Django cannot express them. Migrations alone call this; what it makes has to stay as it is.
"""

from django.db import migrations


def same(what: str, table: str, column: str, parent: str, *, name: str = "") -> migrations.RunSQL:
    """``column`` of ``table`` refers to a row of ``parent`` with the same ``what``: clinic or patient.

    Named after both, such as ``device_patient_same_clinic``. The parent needs a unique key over the pair.
    """
    name = name or f"{table.partition('_')[2]}_{column.removesuffix('_id')}_same_{what}"
    return migrations.RunSQL(
        f"ALTER TABLE {table} ADD CONSTRAINT {name} FOREIGN KEY ({column}, {what}_id)"
        f" REFERENCES {parent} (id, {what}_id) DEFERRABLE INITIALLY DEFERRED",
        f"ALTER TABLE {table} DROP CONSTRAINT {name}",
    )
