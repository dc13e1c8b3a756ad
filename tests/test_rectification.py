"""What was said of a patient is amended and never edited: each clinical row keeps its states, or is signed and stays.

Asked of the database's own catalogue, for what a trigger keeps no code can rewrite.
"""

import pytest
from django.db import connection

from exercises.rights.registry import DECLARED, Retention

# No trigger keeps these rows as they are, and why none need be.
NEED_NOT_STAY = {
    "patients.Patient": "Contact and wishes; each change is an entry with the names of the fields.",
    "patients.PatientMerge": "Only that it was taken back is added.",
    "patients.Carer": "An address and a state.",
    "patients.ConsentRecord": "Rows are only added.",
    "exercises.PlanSeen": "What the plan's page showed as new; a note of the page, not of anybody.",
    "exercises.Programme": "Its states are ProgrammeRevision rows.",
    "exercises.ProgrammePause": "It is ended by a day; the revision's shot has what was asked.",
    "exercises.Alert": "A matter of the staff that moves on; its notes and occasions stay.",
}


def with_trigger() -> set[str]:
    """Tables of which a trigger of ours watches the changes."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT DISTINCT relname FROM pg_trigger JOIN pg_class ON pg_class.oid = tgrelid"
            " WHERE NOT tgisinternal AND tgtype & 16 = 16"  # fires on UPDATE
        )
        return {table for (table,) in cursor.fetchall()}


@pytest.mark.django_db
@pytest.mark.hazard("HZ-32")
def test_every_clinical_row_keeps_its_states_or_stays_as_it_was_signed() -> None:
    watched = with_trigger()
    clinical = [one for one in DECLARED if one.retention is Retention.RECORD]
    edited = {one.label for one in clinical if one.model._meta.db_table not in watched}
    assert edited == set(NEED_NOT_STAY)
    assert len(clinical) >= 25


@pytest.mark.django_db
def test_kept_states_are_themselves_kept() -> None:
    """Nobody rewrites the past: the tables of states refuse it."""
    watched = with_trigger()
    histories = [one.history._meta.db_table for one in DECLARED if one.history]
    assert [table for table in histories if table not in watched] == []
    assert len(histories) == 9
