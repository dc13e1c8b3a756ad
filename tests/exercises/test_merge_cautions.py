"""Two records with different cautions: nothing is lost by a merge, and taking it back gives each its own again."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from clinic.actors import Actor
from clinic.models import AuditEntry, User
from exercises.models import CautionOverride, Exercise
from patients import actions
from patients.models import CautionCheck, Patient, patient_flags
from tests import factories
from tests.factories import NOON, item_plan
from tests.pages import text
from tests.record_world import REASON

pytestmark = [pytest.mark.django_db, pytest.mark.hazard("HZ-14", "HZ-32")]
LATER = NOON + timedelta(hours=2)


def merge(by: User, kept: Patient, duplicate: Patient) -> actions.Merged:
    return actions.merge_patients(
        actor=Actor.staff(by), kept=kept, duplicate=duplicate, now=LATER, reason=REASON
    )


def undo(by: User, merged: actions.Merged) -> None:
    actions.undo_merge(actor=Actor.staff(by), merge=merged.merge, now=LATER + timedelta(hours=1))


@pytest.mark.parametrize("who", ["priya", "olivia"])
def test_both_hold_together_and_go_apart_again(
    request: pytest.FixtureRequest, who: str, priya: User, margaret: Patient, double: Patient
) -> None:
    by = request.getfixturevalue(who)
    factories.make_check(priya, margaret, "fall_risk")
    factories.make_check(priya, double, "knee_pain", "small_objects")
    merged = merge(by, margaret, double)
    assert merged.cautions is not None
    assert merged.cautions.checked_by == by
    assert patient_flags(margaret).keys == {"fall_risk", "knee_pain", "small_objects"}
    assert patient_flags(margaret).were_asked
    assert AuditEntry.objects.get(verb="cautions.put_together").patient_id == margaret.pk
    undo(by, merged)
    assert patient_flags(margaret).keys == {"fall_risk"}
    assert patient_flags(double).keys == {"knee_pain", "small_objects"}
    assert CautionCheck.objects.about(margaret).newest_first()[0].note.startswith("As before the merge")


def test_what_was_asked_since_the_merge_stays_when_it_is_taken_back(
    priya: User, margaret: Patient, double: Patient
) -> None:
    factories.make_check(priya, margaret, "fall_risk")
    factories.make_check(priya, double, "knee_pain")
    merged = merge(priya, margaret, double)
    factories.make_check(priya, margaret, "small_objects", now=LATER + timedelta(minutes=5))
    undo(priya, merged)
    assert patient_flags(margaret).keys == {"small_objects"}
    assert patient_flags(double).keys == {"knee_pain"}


@pytest.mark.parametrize(
    ("kept", "other", "after"),
    [
        (("fall_risk",), (), {"fall_risk"}),
        ((), ("fall_risk",), {"fall_risk"}),
        (("fall_risk",), ("fall_risk",), {"fall_risk"}),
        ((), (), set()),
    ],
)
def test_nothing_is_lost_whichever_record_is_newer(
    priya: User,
    margaret: Patient,
    double: Patient,
    kept: tuple[str, ...],
    other: tuple[str, ...],
    after: set[str],
) -> None:
    factories.make_check(priya, double, *other)
    factories.make_check(priya, margaret, *kept, now=NOON + timedelta(minutes=1))
    merge(priya, margaret, double)
    assert patient_flags(margaret).keys == after


def test_a_record_that_was_never_asked_takes_over_the_other_s(priya: User, double: Patient) -> None:
    tom = factories.make_patient(priya, "Tom", "Reed", cautions=None)
    factories.make_check(priya, double, "knee_pain")
    merged = merge(priya, tom, double)
    assert merged.cautions is None
    assert patient_flags(tom).keys == {"knee_pain"}


def test_the_page_says_that_they_were_taken_together(
    as_priya: Client, priya: User, margaret: Patient, double: Patient
) -> None:
    factories.make_check(priya, margaret, "fall_risk")
    factories.make_check(priya, double, "knee_pain")
    address = reverse("exercises:merge", args=[margaret.pk, double.pk])
    said = {"kept": str(margaret.pk), "reason": REASON, "same_person": "on"}
    response = as_priya.post(address, said, follow=True)
    assert "Each record had other cautions. They were taken together: look at them." in text(response)


def test_reasons_move_with_their_programme(priya: User, margaret: Patient, double: Patient) -> None:
    raises: Exercise = factories.make_exercise("heel-raises-near-wall", cautions=["fall_risk"])
    assert raises.current
    factories.make_check(priya, double, "fall_risk")
    programme = factories.make_programme(
        priya,
        double,
        [],
        items=[item_plan(raises.current, note="Hold on.")],
        reasons={"fall_risk": "Her son is there."},
    )
    programme.state, programme.ended_at = "ended", NOON
    programme.save()
    merged = merge(priya, margaret, double)
    assert CautionOverride.objects.get().patient == margaret
    undo(priya, merged)
    assert CautionOverride.objects.get().patient == double
