"""Two people, or one in two windows, at the same programme; a patient who logs; a record that is put away.

The first test shows what happens without the guard. Each of the others would end like it.
"""

from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from typing import Any

import pytest
from django.db import connection

from clinic.actors import Actor
from clinic.errors import Refused
from clinic.models import OutgoingEmail, User
from exercises import actions
from exercises.actions import changes
from exercises.actions.succession import as_planned
from exercises.models import Exercise, LogEntry, Programme, ProgrammeItem, ProgrammeRevision
from patients.models import Patient
from tests import factories
from tests.concurrency.test_merging import at_once
from tests.concurrency.test_screening import meanwhile
from tests.factories import NOON, TODAY

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]  # threads that wait for each other


@pytest.fixture(autouse=True)
def one_connection_for_each_thread(monkeypatch: pytest.MonkeyPatch, transactional_db: None) -> Iterator[None]:
    monkeypatch.setitem(connection.settings_dict["OPTIONS"], "pool", False)
    connection.close()
    yield
    connection.close()


@pytest.fixture
def running(priya: User, margaret: Patient, toe_curls: Exercise) -> Programme:
    programme = factories.make_programme(priya, margaret, [toe_curls])
    OutgoingEmail.objects.update(state="sent", sent_at=NOON)
    return programme


@pytest.fixture
def nils(riverside: Any) -> User:
    return factories.make_staff(riverside, "practitioner", "Nils Berg")  # type: ignore[arg-type]


def to(programme: Programme, reps: int) -> actions.ProgrammeChange:
    (item,) = programme.items.in_force().select_related("version")
    plan = as_planned(item, item.version)
    dose = plan.dose | {"reps_min": reps, "reps_max": None}
    return actions.ProgrammeChange(
        name=programme.name, items=[replace(plan, dose=dose)], ends_on=programme.ends_on
    )


def change(by: User, programme: Programme, plan: actions.ProgrammeChange) -> Programme:
    return actions.change_programme(
        actor=Actor.staff(by), programme=programme, plan=plan, seen_version=1, now=NOON
    )


def in_force() -> list[int | None]:
    return list(ProgrammeItem.objects.in_force().values_list("reps_min", flat=True))


@pytest.mark.hazard("HZ-26")
@pytest.mark.parametrize("guarded", [False, True])
@pytest.mark.check(37)
def test_of_two_changes_at_once_one_is_told(
    priya: User, nils: User, running: Programme, monkeypatch: pytest.MonkeyPatch, guarded: bool
) -> None:
    """Without the comparison of versions the later one writes over the earlier one, and nobody knows."""
    if not guarded:
        monkeypatch.setattr(changes, "_refuse_stale", lambda known, patient: None)
    first, second = to(running, 20), to(running, 30)
    waited, refused = meanwhile(
        partial(change, nils, running, first), partial(change, priya, running, second)
    )
    assert waited  # the lock on the patient's row
    if not guarded:
        assert refused is None
        assert in_force() == [30]  # what Nils saved is gone, and Priya never saw it
        return
    assert isinstance(refused, Refused)
    assert refused.code == "stale"
    assert refused.message.startswith("Nils Berg changed this plan on ")
    assert in_force() == [20]
    assert ProgrammeRevision.objects.count() == 2


@pytest.mark.check(37)
def test_one_change_pressed_twice_is_made_once(priya: User, running: Programme) -> None:
    plan = to(running, 20)
    work = partial(change, priya, running, plan)
    assert at_once(work, work, work) == ["done", "done", "done"]
    running.refresh_from_db()
    assert running.version == 2
    assert in_force() == [20]
    assert ProgrammeItem.objects.count() == 2
    assert ProgrammeRevision.objects.count() == 2
    assert OutgoingEmail.objects.filter(letter="plan_changed").count() == 1


def test_a_change_waits_for_the_log_and_leaves_its_day_alone(
    priya: User, margaret: Patient, running: Programme
) -> None:
    item = running.items.get()
    waited, refused = meanwhile(
        lambda: factories.make_log(margaret, item, TODAY, at=NOON),
        partial(change, priya, running, to(running, 20)),
    )
    assert (waited, refused) == (True, None)
    old, new = ProgrammeItem.objects.order_by("since_version")
    assert (old.last_day, LogEntry.objects.get().item) == (TODAY, old)
    assert new.first_day is not None
    assert new.first_day > TODAY


def test_a_log_waits_for_the_change_and_is_asked_to_look_again(
    priya: User, margaret: Patient, running: Programme
) -> None:
    item = running.items.get()
    waited, refused = meanwhile(
        partial(change, priya, running, to(running, 20)),
        lambda: factories.make_log(margaret, item, TODAY, at=NOON),
    )
    assert waited
    assert isinstance(refused, Refused)
    assert refused.code == "not_due"
    assert not LogEntry.objects.exists()


def test_nothing_is_changed_in_a_record_that_is_put_away(
    priya: User, olivia: User, margaret: Patient, running: Programme
) -> None:
    def archive() -> None:
        actor = Actor.staff(olivia)
        actions.end_programme(actor=actor, programme=running, now=NOON, reason="Moved away.")
        actions.archive_patient(actor=actor, patient=margaret, now=NOON, reason="Moved away.")

    waited, refused = meanwhile(archive, partial(change, priya, running, to(running, 20)))
    assert waited
    assert isinstance(refused, Refused)
    assert refused.code == "archived"
    assert in_force() == [10]


def test_an_end_that_comes_in_between_is_not_overtaken(priya: User, nils: User, running: Programme) -> None:
    """Ending takes no lock on the patient's row: the change finds out when it writes."""
    waited, refused = meanwhile(
        lambda: actions.end_programme(actor=Actor.staff(nils), programme=running, now=NOON, reason="Better."),
        partial(change, priya, running, to(running, 20)),
    )
    assert waited
    assert isinstance(refused, Refused)
    assert refused.code == "ended"
    assert in_force() == [10]
