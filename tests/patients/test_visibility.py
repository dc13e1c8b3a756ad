"""The one door to patients' rows, for every kind of actor and every kind of row."""

import pytest
from django.db import models

from clinic.actors import Actor
from clinic.models import Clinic, Membership, User
from clinic.roles import Role
from exercises.models import LogEntry, Programme
from patients.models import Finding, Measure, PainScore, Patient, SupportAdvice, WearEntry
from tests import factories

pytestmark = pytest.mark.slow  # tries everything there is

DOORS = [Patient, Finding, PainScore, SupportAdvice, WearEntry, Programme, LogEntry]
OPEN_TO = {
    Patient: {Role.OWNER, Role.PRACTITIONER, Role.ASSISTANT},
    Programme: {Role.OWNER, Role.PRACTITIONER, Role.ASSISTANT},
    Finding: {Role.OWNER, Role.PRACTITIONER},
    SupportAdvice: {Role.OWNER, Role.PRACTITIONER},
    WearEntry: {Role.OWNER, Role.PRACTITIONER},
    PainScore: {Role.OWNER, Role.PRACTITIONER},
    LogEntry: {Role.OWNER, Role.PRACTITIONER},
}


@pytest.fixture(autouse=True)
def _rows_of_two_clinics(priya: User, hugo: User, margaret: Patient, heinrich: Patient) -> None:
    exercise = factories.make_exercise()
    for staff, patient in ((priya, margaret), (hugo, heinrich)):
        factories.make_wear(patient, factories.make_support(staff, patient), 0)
        programme = factories.make_programme(staff, patient, [exercise])
        factories.make_log(patient, programme.items.get())
        PainScore.objects.create(
            clinic_id=patient.clinic_id,
            patient=patient,
            measure=Measure.PAIN_FOOT,
            on=factories.TODAY,
            score=0,
        )


def clinics(door: type[models.Model], actor: Actor | None) -> set[object]:
    rows = door.objects.visible_to(actor)  # type: ignore[attr-defined]
    return set(rows.values_list("clinic_id", flat=True))


@pytest.mark.hazard("HZ-31")
@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize("role", Role)
@pytest.mark.check(4)
def test_staff_see_their_clinic_as_far_as_their_role_goes(
    door: type[models.Model], role: Role, priya: User, riverside: Clinic
) -> None:
    Membership.objects.filter(user=priya).update(role=role)
    actor = Actor.staff(User.objects.get(pk=priya.pk))
    assert clinics(door, actor) == ({riverside.pk} if role in OPEN_TO[door] else set())


@pytest.mark.hazard("HZ-01", "HZ-30")
@pytest.mark.parametrize("door", DOORS)
def test_patients_see_their_own_and_never_the_record(
    door: type[models.Model], margaret: Patient, heinrich: Patient
) -> None:
    expected = set() if door is Finding else {margaret.clinic_id}
    assert clinics(door, Actor.patient(margaret)) == expected
    neighbour = Actor.patient(Patient(pk=heinrich.pk, clinic_id=margaret.clinic_id))
    assert margaret.clinic_id not in clinics(door, neighbour)


@pytest.mark.hazard("HZ-31")
@pytest.mark.parametrize("door", DOORS)
def test_nobody_and_staff_without_a_clinic_see_nothing(door: type[models.Model], priya: User) -> None:
    assert clinics(door, None) == set()
    assert (
        clinics(door, Actor.staff(User.objects.create_superuser("r@footwork.example", None, name="R")))
        == set()
    )
    Membership.objects.filter(user=priya).update(is_active=False)
    assert clinics(door, Actor.staff(User.objects.get(pk=priya.pk))) == set()


@pytest.mark.parametrize("door", DOORS)
def test_named_jobs_of_the_system_see_all(
    door: type[models.Model], riverside: Clinic, hilltop: Clinic
) -> None:
    assert clinics(door, Actor.system("test")) == {riverside.pk, hilltop.pk}
