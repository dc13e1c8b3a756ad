"""A check of cautions and an assignment at the same moment: one after the other, and the later one knows of the earlier."""

from collections.abc import Iterator

import pytest
from django.db import connection

from clinic.errors import Refused
from clinic.models import OutgoingEmail, User
from exercises.models import Exercise, Programme
from patients.models import CautionCheck, Patient, patient_flags
from tests import factories
from tests.concurrency.test_screening import meanwhile

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]  # threads that wait for each other


@pytest.fixture(autouse=True)
def one_connection_for_each_thread(monkeypatch: pytest.MonkeyPatch, transactional_db: None) -> Iterator[None]:
    monkeypatch.setitem(connection.settings_dict["OPTIONS"], "pool", False)
    connection.close()
    yield
    connection.close()


@pytest.mark.hazard("HZ-14")
def test_an_assignment_waits_for_the_check_and_sees_its_block(priya: User, margaret: Patient) -> None:
    raises = factories.make_exercise("heel-raises-near-wall", cautions=["recent_surgery"])
    waited, refused = meanwhile(
        lambda: factories.make_check(priya, margaret, "recent_surgery"),
        lambda: factories.make_programme(priya, margaret, [raises]),
    )
    assert waited
    assert isinstance(refused, Refused)
    assert refused.code == "caution_blocks"
    assert not Programme.objects.exists()
    assert not OutgoingEmail.objects.exists()


def test_a_check_waits_for_the_assignment(priya: User, margaret: Patient, toe_curls: Exercise) -> None:
    waited, refused = meanwhile(
        lambda: factories.make_programme(priya, margaret, [toe_curls]),
        lambda: factories.make_check(priya, margaret, "hallux_rigidus"),
    )
    assert (waited, refused) == (True, None)
    assert Programme.objects.count() == 1


@pytest.mark.hazard("HZ-26")
def test_two_ask_at_once_one_is_told(priya: User, riverside: object, margaret: Patient) -> None:
    other = factories.make_staff(margaret.clinic, "practitioner", "Nils Berg")  # type: ignore[arg-type]
    waited, refused = meanwhile(
        lambda: factories.make_check(priya, margaret, "fall_risk"),
        lambda: factories.make_check(other, margaret, "knee_pain"),
    )
    assert waited
    assert isinstance(refused, Refused)
    assert refused.code == "stale"
    assert patient_flags(margaret).keys == {"fall_risk"}
    assert CautionCheck.objects.about(margaret).count() == 2  # with the one that everybody starts from
