"""The constraints of lists of patients, broken by hand; test_constraints counts them."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from clinic.models import User
from patients.models import ImportRow, Patient
from tests.factories import NOON
from tests.patients.import_world import make_import

pytestmark = pytest.mark.slow  # tries everything there is


class World:
    """A list of Riverside's with one row; Margaret was there before; Heinrich is another clinic's patient."""

    def __init__(self, priya: User, margaret: Patient, stranger: Patient, hugo: User) -> None:
        self.list, self.margaret, self.stranger = make_import(priya), margaret, stranger
        self.row = ImportRow.objects.get()
        self.theirs = make_import(hugo)

    def change(self, row: Any, **fields: Any) -> None:
        """An UPDATE of one row, past the actions."""
        type(row).objects.filter(pk=row.pk).update(**fields)

    def written_elsewhere(self) -> None:
        """A row with the key of another clinic's patient."""
        ImportRow.objects.create(
            pk=self.stranger.pk,
            clinic_id=self.list.clinic_id,
            patient_import=self.list,
            number=9,
            cells=[],
            state="written",
            patient=self.stranger,
        )

    def list_again(self) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            cursor.execute(
                "ALTER TABLE patients_patientimport DROP CONSTRAINT patients_patientimport_pkey CASCADE"
            )
        type(self.list).objects.bulk_create([self.list])


BREAKS: dict[str, Callable[[World], object]] = {
    "import_id_clinic": lambda w: w.list_again(),
    "import_state_known": lambda w: w.change(w.list, state="lost"),
    "import_runs_once_confirmed": lambda w: w.change(w.list, state="running", confirmed_at=NOON),
    "import_rows_bounded": lambda w: w.change(w.list, total=10_001),
    "import_adds_once_confirmed": lambda w: w.change(w.list, done=1),
    "import_row_once": lambda w: ImportRow.objects.create(
        clinic_id=w.list.clinic_id, patient_import=w.list, number=w.row.number, cells=[]
    ),
    "import_row_state_known": lambda w: w.change(w.row, state="lost"),
    "import_row_choice_known": lambda w: w.change(w.row, choice="perhaps"),
    "import_row_is_its_patient": lambda w: w.change(w.row, state="written", patient=w.margaret),
    "importrow_patient_import_same_clinic": lambda w: w.change(w.row, patient_import=w.theirs),
    "importrow_patient_same_clinic": lambda w: w.written_elsewhere(),
    "importrow_alike_same_clinic": lambda w: w.change(w.row, alike=w.stranger),
}
COMPOSITE_KEYS = {name for name in BREAKS if "_same_" in name}


@transaction.atomic
def attempt(name: str, world: World) -> None:
    BREAKS[name](world)
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")  # the composite keys wait for the commit otherwise


@pytest.mark.hazard("HZ-31")
@pytest.mark.parametrize("name", BREAKS)
def test_the_database_refuses(
    name: str, priya: User, margaret: Patient, heinrich: Patient, hugo: User
) -> None:
    world = World(priya, margaret, heinrich, hugo)
    if name == "importrow_patient_import_same_clinic":
        world.change(world.row, number=5)  # else the number stands in the way first
    with pytest.raises(IntegrityError) as refused:
        attempt(name, world)
    cause: Any = refused.value.__cause__
    assert cause.diag.constraint_name == name
