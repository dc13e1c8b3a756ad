"""The people of the tests. Riverside is the clinic in which things happen, Hilltop the one that must not see them."""

import pytest
from django.conf import settings
from django.test import Client
from pytest_django import DjangoDbBlocker

from clinic.models import Clinic, User
from clinic.roles import Role
from exercises.actions import RoutineLine, StagePlan
from exercises.models import Exercise, Programme, Routine, Scope
from patients.models import Finding, FindingType, Patient
from tests import databases, factories


def pytest_configure() -> None:
    """Argon2 is slow on purpose; the tests sign in some hundred times."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    databases.empty_quickly()


@pytest.fixture(scope="session")
def django_db_modify_db_settings(
    django_db_modify_db_settings_parallel_suffix: None, django_db_blocker: DjangoDbBlocker
) -> None:
    """Where pytest-django names the database of this process; it finds a migrated one there."""
    with django_db_blocker.unblock():
        databases.copy_migrated()


@pytest.fixture
def riverside(db: None) -> Clinic:
    return factories.make_clinic()


@pytest.fixture
def hilltop(db: None) -> Clinic:
    return factories.make_clinic("Hilltop Foot Care", sender_name="Hilltop")


@pytest.fixture
def priya(riverside: Clinic) -> User:
    """Practitioner."""
    return factories.make_staff(riverside, Role.PRACTITIONER, "Priya Nair")


@pytest.fixture
def olivia(riverside: Clinic) -> User:
    """Owner."""
    return factories.make_staff(riverside, Role.OWNER, "Olivia Brandt")


@pytest.fixture
def asha(riverside: Clinic) -> User:
    """Assistant."""
    return factories.make_staff(riverside, Role.ASSISTANT, "Asha Moyo")


@pytest.fixture
def carlos(riverside: Clinic) -> User:
    """Curator."""
    return factories.make_staff(riverside, Role.CURATOR, "Carlos Vega")


@pytest.fixture
def audrey(riverside: Clinic) -> User:
    """Auditor."""
    return factories.make_staff(riverside, Role.AUDITOR, "Audrey Lind")


@pytest.fixture
def hugo(hilltop: Clinic) -> User:
    """Practitioner of the other clinic."""
    return factories.make_staff(hilltop, Role.PRACTITIONER, "Hugo Stein", email="hugo@hilltop.example")


@pytest.fixture
def fasciitis(db: None) -> FindingType:
    return factories.make_finding_type()


@pytest.fixture
def margaret(priya: User) -> Patient:
    """Priya's patient: agreed to reminders, lives in London."""
    return factories.make_patient(priya)


@pytest.fixture
def double(priya: User) -> Patient:
    """Margaret, registered a second time with another address."""
    return factories.make_patient(
        priya,
        "Margaret",
        "Hale",
        email="m.hale@patients.example",
        reminders_allowed=False,
        same_person_checked=True,
    )


@pytest.fixture
def heinrich(hugo: User) -> Patient:
    """A patient of the other clinic."""
    return factories.make_patient(hugo, "Heinrich", "Adler")


@pytest.fixture
def finding(priya: User, margaret: Patient) -> Finding:
    return factories.make_finding(priya, margaret)


@pytest.fixture
def toe_curls(db: None) -> Exercise:
    return factories.make_exercise()


@pytest.fixture
def basics(carlos: User, toe_curls: Exercise) -> Routine:
    """A published routine of two exercises."""
    heel_raises = factories.make_exercise(
        "heel-raises-near-wall",
        picture="heel-raises-near-wall",
        sides=["left", "right", "together"],
        reps_min=15,
        reps_max=None,
        hold_s_min=3,
        hold_s_max=5,
    )
    return factories.make_routine(carlos, [toe_curls, heel_raises])


@pytest.fixture
def staged(priya: User, basics: Routine) -> Routine:
    """Riverside's own, signed by Priya, with a second stage that has a dose of its own."""
    curls, raises = (item.exercise for item in basics.items.select_related("exercise__current"))
    dose = {"sets_open": True, "reps_min": 8, "tempo_up_s": 3, "tempo_down_s": 4, "rest_s": 120}
    return factories.write_routine(
        priya,
        [
            RoutineLine(exercise=curls),
            RoutineLine(exercise=curls, stage=2),
            RoutineLine(
                exercise=raises,
                stage=2,
                times_per_day=1,
                every_n_days=2,
                dose=dose | {"load_note": "a backpack"},
            ),
        ],
        name="Loading",
        stages=[
            StagePlan(
                name="Weeks 1 to 2", from_week=1, to_week=2, criteria="No pain above 3 in the morning."
            ),
            StagePlan(name="Weeks 3 to 8", from_week=3, to_week=8),
        ],
    )


@pytest.fixture
def personal(priya: User, toe_curls: Exercise) -> Routine:
    """Priya's alone."""
    line = RoutineLine(exercise=toe_curls)
    return factories.write_routine(priya, [line], name="My evenings", scope=Scope.PERSONAL)


@pytest.fixture
def programme(priya: User, margaret: Patient, toe_curls: Exercise) -> Programme:
    """Four weeks of toe curls, every day, reminder at 18:00 in London."""
    return factories.make_programme(priya, margaret, [toe_curls])


@pytest.fixture
def as_priya(priya: User) -> Client:
    client = Client()
    client.force_login(priya)
    return client
