"""What tests share they do not notice: own objects, the rows as they were made, and only those asked for (tests/same_rows.py)."""

from datetime import datetime

import pytest
from django.core.cache import cache
from django.db import connection

from clinic import clock
from clinic.models import Clinic, User
from patients.models import Finding, Patient
from tests import same_rows
from tests.moments import NOON

TWICE = pytest.mark.parametrize("turn", range(2))
made_in: list[int] = []


@pytest.fixture
def noon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOON)


@pytest.fixture
def settled(settings: object) -> None:
    """Nobody can say what it changes."""


@pytest.fixture
def moment(db: None) -> datetime:
    return clock.now()


def of_several(request: pytest.FixtureRequest) -> bool:
    return same_rows.KEY in request.node.stash


@TWICE
def test_what_one_changes_the_next_does_not_find(
    request: pytest.FixtureRequest, priya: User, margaret: Patient, finding: Finding, turn: int
) -> None:
    assert of_several(request)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_current_xact_id()::text::bigint")
        made_in.append(cursor.fetchone()[0])
    assert len(set(made_in)) == 1  # one transaction for both
    assert finding.patient is margaret
    assert (margaret.note, Patient.objects.get().note, Patient.objects.get()) == ("", "", margaret)
    margaret.note = "Changed"
    Patient.objects.update(note="Changed")
    User.objects.create(email="new@riverside.example", name="New")
    assert User.objects.count() == 2
    assert cache.add("of-one-test", turn)


@TWICE
def test_nobody_is_there_who_was_not_asked_for(
    request: pytest.FixtureRequest, riverside: Clinic, turn: int
) -> None:
    assert of_several(request)
    assert (Clinic.objects.get(), User.objects.count(), Patient.objects.count()) == (riverside, 0, 0)


@TWICE
def test_what_a_fixture_patches_is_patched_while_they_are_made_and_no_longer(
    request: pytest.FixtureRequest, noon: None, margaret: Patient, moment: datetime, turn: int
) -> None:
    assert of_several(request)
    assert request.node.stash[same_rows.KEY][1:] == ("noon", "riverside", "priya", "margaret")
    assert moment == NOON


@TWICE
def test_what_comes_after_another_fixture_is_made_after_it(
    request: pytest.FixtureRequest, priya: User, moment: datetime, margaret: Patient, turn: int
) -> None:
    assert request.node.stash[same_rows.KEY][1:] == ("riverside", "priya")
    assert Patient.objects.get() == margaret


@TWICE
def test_the_clock_goes_on_for_the_others(moment: datetime, margaret: Patient, turn: int) -> None:
    assert moment != NOON


@TWICE
def test_worlds_of_which_a_fixture_changes_more_are_made_each_time(
    request: pytest.FixtureRequest, settled: None, margaret: Patient, turn: int
) -> None:
    assert not of_several(request)


@TWICE
@pytest.mark.django_db(transaction=True)
def test_who_commits_makes_their_own(request: pytest.FixtureRequest, margaret: Patient, turn: int) -> None:
    assert not of_several(request)
    assert not connection.in_atomic_block


def test_who_asks_alone_makes_their_own(request: pytest.FixtureRequest, heinrich: Patient) -> None:
    assert not of_several(request)


@TWICE
def test_a_person_of_this_module_is_of_this_module(
    request: pytest.FixtureRequest, cora: str, turn: int, priya: User
) -> None:
    assert not of_several(request)
    assert cora == "mine"


@pytest.fixture
def cora() -> str:
    return "mine"
