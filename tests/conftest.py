"""The people of the tests. Riverside is the clinic in which things happen, Hilltop the one that must not see them."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from django.conf import settings
from django.test import Client
from pytest_django import DjangoDbBlocker

from clinic import prepared, session_limits, within
from clinic.mail import forms
from clinic.models import Clinic, User
from clinic.roles import Role
from exercises.actions import RoutineLine, StagePlan
from exercises.models import Exercise, Programme, Routine, Scope
from patients.actions import records
from patients.models import Finding, FindingType, Patient
from tests import app_client, databases, factories, same_rows

FAR_AHEAD = datetime(2099, 1, 1, tzinfo=UTC)
# Fixtures of this file that make rows and nothing else, which tests of a module may share.
PEOPLE = ["riverside", "hilltop", "priya", "olivia", "asha", "carlos", "cora", "audrey", "hugo"]
RECORDS = ["fasciitis", "margaret", "double", "heinrich", "finding"]
PLANS = ["toe_curls", "basics", "staged", "personal", "programme"]
DATABASE = {"db", "transactional_db", "django_db_setup"}


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--quick",
        action="store_true",
        help="all tests without a database, and of each file with one the first in this run's order",
    )


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """After pytest-randomly, whose seed so decides which test speaks for its file: another one each time."""
    if not config.getoption("quick"):
        return
    kept: list[pytest.Item] = []
    dropped: list[pytest.Item] = []
    spoken_for = set()
    for item in items:
        needs = item.get_closest_marker("django_db") or DATABASE & set(getattr(item, "fixturenames", ()))
        if item.get_closest_marker("slow") or (needs and item.path in spoken_for):
            dropped.append(item)
            continue
        kept.append(item)
        if needs:
            spoken_for.add(item.path)
    config.hook.pytest_deselected(items=dropped)
    items[:] = kept


def pytest_configure(config: pytest.Config) -> None:
    """Argon2 is slow on purpose; the tests sign in some hundred times."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    prepared.checked = True
    databases.empty_quickly()
    app_client.install()
    config.pluginmanager.register(same_rows.SameRows({*PEOPLE, *RECORDS, *PLANS}))


@pytest.fixture(scope="session", autouse=True)
def sessions_have_begun() -> Iterator[None]:
    """A session of ``force_login`` has the marks that a true sign-in writes, else its first page would write them, and
    count; and that of somebody who confirmed a moment ago who they are. They lie so far ahead that no test's clock ends
    them; the tests about that set their own."""
    plain = Client.force_login

    def force_login(client: Client, user: User, backend: str | None = None) -> None:
        plain(client, user, backend)
        session = client.session
        session_limits.begin(session, FAR_AHEAD)
        session["account_authentication_methods_user"] = str(user.pk)
        session["account_authentication_methods"] = [
            {"method": "password", "at": FAR_AHEAD.timestamp(), "reauthenticated": True}
        ]
        session.save()

    Client.force_login = force_login  # type: ignore[method-assign, assignment]
    yield
    Client.force_login = plain  # type: ignore[method-assign]


@pytest.fixture(autouse=True)
def nobody_is_known() -> Iterator[None]:
    """Whose rows are shown is known to nobody yet, whatever a test before this one said."""
    with within.nothing():
        yield


@pytest.fixture(autouse=True)
def no_mail_is_kept() -> None:
    """A process keeps the mails that it rendered, in whatever words a test before this one had put into the catalogue."""
    forms.forget()


@pytest.fixture(autouse=True)
def no_comparison_is_kept() -> None:
    """Of a question that is composed once: each test compares those that it asks itself."""
    prepared.compare_again()


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
def cora(riverside: Clinic) -> User:
    """A second curator, where one looks at what the other wrote."""
    return factories.make_staff(riverside, Role.CURATOR, "Cora Lind")


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
def each_reading(monkeypatch: pytest.MonkeyPatch) -> None:
    """Is written down, as if five minutes lay between one page and the next."""
    monkeypatch.setattr(records, "READ_ONCE_IN", timedelta(days=-1))


@pytest.fixture
def as_priya(priya: User) -> Client:
    client = Client()
    client.force_login(priya)
    return client
