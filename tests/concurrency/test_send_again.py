"""The same e-mail sent again by several at once: one wins, the others are told who it was. Without the guard they fail."""

from datetime import timedelta
from uuid import UUID

import pytest
from django.db import IntegrityError

from clinic import clock
from clinic.actors import Actor
from clinic.errors import Refused
from clinic.models import AuditEntry, OutgoingEmail, User
from exercises import actions
from exercises.actions import again, outgoing
from exercises.models import Programme
from patients.models import Patient
from tests import factories
from tests.concurrency.test_claim import at_once, one_connection_for_each_thread
from tests.exercises.outgoing_world import plan_letter

__all__ = ["one_connection_for_each_thread"]  # a fixture

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]  # threads that wait for each other


@pytest.fixture
def failed(priya: User, margaret: Patient) -> OutgoingEmail:
    programme: Programme = factories.make_programme(
        priya, margaret, [factories.make_exercise()], now=clock.now()
    )
    return plan_letter(programme)


def press(priya: User, failed: OutgoingEmail) -> str:
    try:
        actions.send_again(actor=Actor.staff(priya), email=failed, now=clock.now())
    except Refused as refused:
        return refused.code
    except IntegrityError:
        return "a fault"
    return "sent"


@pytest.mark.hazard("HZ-07")
def test_one_of_many_presses_sends(priya: User, failed: OutgoingEmail) -> None:
    said = sorted(at_once(lambda: press(priya, failed)))
    assert said == ["again"] * 7 + ["sent"]
    assert OutgoingEmail.objects.count() == 2
    assert AuditEntry.objects.filter(verb="email.sent_again").count() == 1


def test_a_letter_to_staff_has_no_patient_to_hold(priya: User, failed: OutgoingEmail) -> None:
    """The row of the e-mail itself is what they wait for."""
    OutgoingEmail.objects.filter(pk=failed.pk).update(
        letter="signs_reported", object_id=f"{UUID(int=1).hex}:{priya.pk}"
    )
    failed.refresh_from_db()

    def ready(*_: object) -> object:
        now = clock.now()
        return again.Ready(now, now + timedelta(days=1))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(again, "ready", ready)
        assert sorted(at_once(lambda: press(priya, failed))) == ["again"] * 7 + ["sent"]


def test_without_the_lock_several_get_as_far_as_the_constraint(
    priya: User, failed: OutgoingEmail, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outgoing, "open_for_writing", lambda pk: Patient.objects.get(pk=pk))
    unlocked = OutgoingEmail.objects.get(pk=failed.pk)
    monkeypatch.setattr(outgoing, "_newest", lambda email: unlocked)
    said = at_once(lambda: press(priya, failed))
    assert said.count("sent") == 1
    assert said.count("a fault") >= 1  # what the database refused would have been a second copy
