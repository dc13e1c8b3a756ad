"""Row-level security of a table: whose rows ``clinic.within`` shows. Migrations alone call this; what it makes has to stay.

The owner of the tables, who migrates and backs up, is bound by no policy.
"""

from collections.abc import Sequence
from typing import Any

from django.db import migrations

POLICY = "within"
# The setting is "clinic/patient/job", local to a transaction. Unset and empty are the same, since PostgreSQL leaves an empty
# one behind when the transaction ends; both show nothing. Each (SELECT …) is asked once a statement, not once a row; with
# functions in them a statement took twice as long to plan.
SAID = "current_setting('footwork.within', true)"
EVERY = f"(SELECT coalesce(split_part({SAID}, '/', 3), '') <> '')"
OF_CLINIC = f"clinic_id = (SELECT nullif(split_part({SAID}, '/', 1), '')::uuid)"
OF_PATIENT = f"coalesce((SELECT nullif(split_part({SAID}, '/', 2), '')::uuid), {{column}}) = {{column}}"
SHARED = f"(clinic_id IS NULL AND (SELECT coalesce({SAID}, '') <> ''))"
COLUMNS = """
SELECT relname, bool_or(attname = 'patient_id' AND attnotnull), bool_or(attname = 'clinic_id' AND NOT attnotnull)
  FROM pg_class AS held JOIN pg_attribute AS col ON attrelid = held.oid
 WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace AND starts_with(relname, %s) AND attnum > 0
       AND NOT attisdropped AND NOT relrowsecurity
 GROUP BY relname HAVING bool_or(attname = 'clinic_id') ORDER BY relname
"""


def of_clinic(*, patient: str = "", shared: bool = False) -> str:
    """The rows of one clinic; ``patient``: the column that names whose they are, for the patient alone; ``shared``: those of
    no clinic too."""
    mine = OF_CLINIC
    if patient:
        mine = f"({mine} AND {OF_PATIENT.format(column=patient)})"
    return " OR ".join([mine, EVERY, *([SHARED] if shared else [])])


def with_parent(parent: str, column: str, key: str = "id") -> str:
    """The rows of a parent that is shown. Looked up for each row that is read: for EXISTS PostgreSQL rather reads all parents
    once a statement, and a page asks for few of thousands."""
    return f"(SELECT true FROM {parent} AS parent WHERE parent.{key} = {column})"


def closed(table: str, shown: str) -> str:
    return f"""
    ALTER TABLE {table} ENABLE ROW LEVEL SECURITY;
    CREATE POLICY {POLICY} ON {table} USING ({shown});
    """


def opened(table: str) -> str:
    return f"DROP POLICY {POLICY} ON {table}; ALTER TABLE {table} DISABLE ROW LEVEL SECURITY;"


def enclose(table: str, shown: str) -> migrations.RunSQL:
    """For a table that comes later: ``enclose("patients_thing", of_clinic(patient="patient_id"))``."""
    return migrations.RunSQL(closed(table, shown), opened(table))


def enclose_all(app: str, but: Sequence[str] = ()) -> migrations.RunPython:
    """Every table of the app that names a clinic and has no policy yet, by the columns that it has. ``but``: others."""

    def forwards(_apps: Any, schema_editor: Any) -> None:
        with schema_editor.connection.cursor() as cursor:
            cursor.execute(COLUMNS, [f"{app}_"])
            for table, of_patient, shared in cursor.fetchall():
                if table not in but:
                    patient = "patient_id" if of_patient else ""
                    cursor.execute(closed(table, of_clinic(patient=patient, shared=shared)))

    def backwards(_apps: Any, schema_editor: Any) -> None:
        with schema_editor.connection.cursor() as cursor:
            cursor.execute("SELECT tablename FROM pg_policies WHERE starts_with(tablename, %s)", [f"{app}_"])
            for (table,) in cursor.fetchall():
                if table not in but:
                    cursor.execute(opened(table))

    return migrations.RunPython(forwards, backwards)
