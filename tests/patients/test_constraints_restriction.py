"""What the database refuses of restricted records, doors into them and erasures, past every action."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from clinic import clock
from clinic.models import User
from patients.models import Erasure, Opening, Patient, Restriction
from tests.restricted_world import REASON, make_erasure, make_opening, make_restriction

pytestmark = pytest.mark.slow  # tries everything there is
HOUR, SECOND = timedelta(hours=1), timedelta(seconds=1)


class World:
    def __init__(self, priya: User, margaret: Patient, double: Patient, stranger: Patient) -> None:
        self.now = clock.now()
        self.by, self.double, self.hilltop = priya, double, stranger.clinic
        self.lifted = self.copy_of(make_restriction(priya, margaret), lifted=True)
        self.standing = Restriction.objects.standing().get()
        self.opening = make_opening(priya, margaret)
        self.shut = Opening.objects.create(**self.values(self.opening) | {"closed_at": self.now})

    def values(self, row: Any) -> dict[str, Any]:
        found = {field.attname: getattr(row, field.attname) for field in row._meta.concrete_fields}
        found.pop(row._meta.pk.attname)
        return found

    def copy_of(self, row: Restriction, *, lifted: bool) -> Restriction:
        ended = {"lifted_at": self.now, "lifted_by_id": self.by.pk, "lift_reason": REASON} if lifted else {}
        return Restriction.objects.create(**self.values(row) | ended)

    def copy(self, row: Any, **fields: Any) -> None:
        type(row).objects.create(**self.values(row) | fields)

    def change(self, row: Any, **fields: Any) -> None:
        type(row).objects.filter(pk=row.pk).update(**fields)

    def erase(self, **fields: Any) -> None:
        values = {"clinic_id": self.double.clinic_id, "patient": self.double, "reason": REASON}
        Erasure.objects.create(**values | fields)


def erase_twice(world: World) -> None:
    world.erase()
    world.erase()


BREAKS: dict[str, Callable[[World], object]] = {
    "restriction_id_patient": lambda w: w.copy(w.lifted, id=w.lifted.pk),
    "restriction_once": lambda w: w.copy(w.standing),
    "restriction_says_why": lambda w: w.copy(w.lifted, reason="  too short "),
    "restriction_lifted_by_somebody": lambda w: w.change(w.standing, lifted_at=w.now),
    "opening_says_why": lambda w: w.copy(w.opening, reason="123456789"),
    "opening_ends_within_the_hour": lambda w: w.copy(w.opening, ends_at=w.opening.opened_at + HOUR + SECOND),
    "opening_closed_while_open": lambda w: w.copy(w.opening, closed_at=w.opening.ends_at + SECOND),
    "erasure_once": erase_twice,
    "erasure_says_why": lambda w: w.erase(reason="short"),
    "restriction_patient_same_clinic": lambda w: w.copy(w.lifted, clinic_id=w.hilltop.pk),
    "opening_patient_same_clinic": lambda w: w.copy(w.opening, clinic_id=w.hilltop.pk),
    "opening_restriction_same_patient": lambda w: w.copy(w.opening, patient_id=w.double.pk),
    "erasure_patient_same_clinic": lambda w: w.erase(clinic_id=w.hilltop.pk),
}
COMPOSITE_KEYS = {name for name in BREAKS if "_same_" in name}
KEPT: dict[str, Callable[[World], object]] = {
    "a restriction says what it said": lambda w: w.change(w.standing, reason=REASON + " Really."),
    "a restriction is lifted once": lambda w: w.change(w.lifted, lifted_at=w.now + SECOND),
    "a lifted one does not stand again": lambda w: w.change(
        w.lifted, lifted_at=None, lifted_by=None, lift_reason=""
    ),
    "a restriction is never deleted": lambda w: w.lifted.delete(),
    "a door lasts as long as it was opened for": lambda w: w.change(
        w.opening, ends_at=w.opening.ends_at - SECOND
    ),
    "a door is shut once": lambda w: w.change(w.shut, closed_at=None),
    "a door is never deleted": lambda w: w.opening.delete(),
}


@pytest.fixture
def world(priya: User, margaret: Patient, double: Patient, heinrich: Patient) -> World:
    return World(priya, margaret, double, heinrich)


@transaction.atomic
def attempt(do: Callable[[World], object], world: World) -> None:
    do(world)
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")  # the composite keys wait for the commit otherwise


@pytest.mark.parametrize("name", BREAKS)
def test_the_database_refuses(name: str, world: World) -> None:
    with pytest.raises(IntegrityError) as refused:
        attempt(BREAKS[name], world)
    cause: Any = refused.value.__cause__
    broken = "patients_restriction_pkey" if name == "restriction_id_patient" else name  # the key is first
    assert cause.diag.constraint_name == broken


@pytest.mark.parametrize("name", KEPT)
def test_what_was_written_stays(name: str, world: World) -> None:
    with pytest.raises(IntegrityError, match="stay as they were signed"):
        attempt(KEPT[name], world)


def test_a_door_can_be_shut_and_a_restriction_lifted(world: World) -> None:
    world.change(world.opening, closed_at=world.now)
    world.change(world.standing, lifted_at=world.now, lifted_by=world.by, lift_reason=REASON)
    assert not Restriction.objects.standing().exists()


def test_who_was_erased_stays_restricted(priya: User, double: Patient) -> None:
    erasure = make_erasure(priya, double)
    standing = Restriction.objects.standing().filter(patient=double)
    with pytest.raises(IntegrityError, match="stays restricted"), transaction.atomic():
        standing.update(lifted_at=clock.now(), lifted_by=priya, lift_reason=REASON)
    with pytest.raises(IntegrityError, match="stay as they were signed"), transaction.atomic():
        Erasure.objects.filter(pk=erasure.pk).update(reason=REASON + " Really.")
    with pytest.raises(IntegrityError, match="stay as they were signed"), transaction.atomic():
        erasure.delete()
