"""A patient's cautions that come in between, and what is read of them once a programme is assigned."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from clinic import clock
from clinic.models import User
from exercises.forms import AssignForm
from exercises.models import Exercise, Programme
from patients.models import Patient, caution_columns, read_flags
from tests import factories
from tests.exercises.assign_world import (
    NOTE,
    REASON,
    arch_with_kit,
    careful_raises,
    nothing_was_written,
    problems,
    typed,
)
from tests.factories import NOON, item_plan
from tests.pages import signed_in, text

pytestmark = pytest.mark.django_db


@pytest.fixture
def url(margaret: Patient) -> str:
    return reverse("exercises:assign", args=[margaret.pk])


@pytest.fixture
def raises(db: None) -> Exercise:
    return careful_raises()


@pytest.fixture
def arch(db: None) -> Exercise:
    return arch_with_kit()


@contextmanager
def asked_meanwhile(monkeypatch: Any, staff: User, patient: Patient, *present: str) -> Iterator[None]:
    """Somebody records a check after the form was judged and before the action takes the lock."""
    plan = AssignForm.plan

    def meanwhile(form: AssignForm) -> Any:
        factories.make_check(staff, patient, *present)
        return plan(form)

    with monkeypatch.context() as patched:
        patched.setattr(AssignForm, "plan", meanwhile)
        yield


# --- in between ----------------------------------------------------------------------------------------------------
@pytest.mark.hazard("HZ-14")
def test_a_check_that_comes_in_between_is_not_passed_by(
    as_priya: Client, priya: User, margaret: Patient, url: str, raises: Exercise, monkeypatch: Any
) -> None:
    """The form was judged by what stood then; the action asks again under the lock."""
    with asked_meanwhile(monkeypatch, priya, margaret, "recent_surgery"):
        response = as_priya.post(url, typed(raises))
    assert response.status_code == 422
    assert problems(response)[0].startswith("Not with “Recent surgery")
    assert nothing_was_written()


@pytest.mark.hazard("HZ-14")
def test_a_check_in_between_asks_for_reason_and_note_and_keeps_what_was_typed(
    as_priya: Client, priya: User, margaret: Patient, url: str, raises: Exercise, monkeypatch: Any
) -> None:
    data = typed(raises, name="By hand", weeks="7")
    with asked_meanwhile(monkeypatch, priya, margaret, "fall_risk"):
        response = as_priya.post(url, data)
    assert response.status_code == 422
    assert problems(response) == ["Say why it may go ahead.", "Say what to hold on to."]
    shown = text(response)
    assert 'name="reason-fall_risk"' in shown
    assert 'value="By hand"' in shown
    assert response.context["form"]["weeks"].value() == "7"
    assert nothing_was_written()
    answer = {"reason-fall_risk": REASON, f"{raises.slug}-note": NOTE}
    assert as_priya.post(url, data | answer).status_code == 302


@pytest.mark.hazard("HZ-14")
@pytest.mark.parametrize(
    ("reasons", "words"),
    [
        ({}, "Say why it may go ahead in spite of “Fall risk”: Heel raises near a wall."),
        ({"fall_risk": REASON}, "“Fall risk”: write a note for the patient at Heel raises near a wall."),
    ],
)
def test_what_the_action_says_of_a_field_that_the_page_lacks_stands_above_the_form(
    as_priya: Client,
    priya: User,
    margaret: Patient,
    url: str,
    raises: Exercise,
    monkeypatch: Any,
    reasons: dict[str, str],
    words: str,
) -> None:
    """The page goes on reading an old check; the action does not."""
    old = read_flags(Patient.objects.annotate(**caution_columns()).get(pk=margaret.pk))
    factories.make_check(priya, margaret, "fall_risk")
    monkeypatch.setattr("exercises.views.assign.read_flags", lambda _patient: old)
    monkeypatch.setattr("exercises.forms.assign.reasons_said", lambda _values: reasons)
    response = as_priya.post(url, typed(raises, name="By hand"))
    assert response.status_code == 422
    assert [one[: len(words)] for one in problems(response)] == [words]
    assert 'value="By hand"' in text(response)
    assert nothing_was_written()


# --- afterwards ----------------------------------------------------------------------------------------------------
@pytest.mark.hazard("HZ-14")
def test_reasons_and_new_cautions_stand_on_the_programme_for_those_who_read_clinical_entries(
    as_priya: Client, priya: User, asha: User, margaret: Patient, raises: Exercise
) -> None:
    factories.make_check(priya, margaret, "fall_risk")
    assert raises.current
    programme = factories.make_programme(
        priya, margaret, [], items=[item_plan(raises.current, note=NOTE)], reasons={"fall_risk": REASON}
    )
    pages = [
        reverse("exercises:programme", args=[programme.pk]),
        reverse("exercises:patient", args=[margaret.pk]),
    ]
    shown = [text(as_priya.get(page)) for page in pages]
    assert REASON in shown[0]
    assert NOTE in shown[0]
    assert not any("This plan holds exercises" in page for page in shown)  # the reason covers it
    factories.make_check(priya, margaret, "fall_risk", "recent_surgery", now=NOON + timedelta(days=1))
    for page in pages:
        shown_now = text(as_priya.get(page))
        assert "This plan holds exercises that the cautions on record speak against." in shown_now
        assert "Not with “Recent surgery or fracture”: Heel raises near a wall" in shown_now
        assert "Caution, “Fall risk”" not in shown_now
    assert Programme.objects.get().items.count() == 1  # nothing was taken out
    desk = signed_in(asha)
    for page in pages:
        assert REASON not in text(desk.get(page))
        assert "speak against" not in text(desk.get(page))


@pytest.mark.hazard("HZ-14")
def test_the_way_to_act_stands_beside_the_warning_for_those_who_may(
    as_priya: Client, priya: User, olivia: User, margaret: Patient, raises: Exercise
) -> None:
    assert raises.current
    programme = factories.make_programme(priya, margaret, [raises])
    factories.make_check(priya, margaret, "recent_surgery", now=NOON + timedelta(days=1))
    edit = f'href="{reverse("exercises:programme_edit", args=[programme.pk])}"'
    end = f'href="{reverse("exercises:programme_end", args=[programme.pk])}"'
    reader = signed_in(olivia)
    for name, key in (("exercises:programme", programme.pk), ("exercises:patient", margaret.pk)):
        page = reverse(name, args=[key])
        note = _warning(as_priya.get(page))
        assert edit in note
        assert end in note
        assert "Edit it: take an exercise out, swap it, or say why it may go ahead." in note
        read = _warning(reader.get(page))
        assert "speak against" in read
        assert edit not in read
        assert end not in read
    # The way leads to a form in which ending it is ticked, and nothing is ended yet.
    form = as_priya.get(
        reverse("exercises:assign", args=[margaret.pk]), {"ending": str(programme.pk), "add": raises.slug}
    )
    assert re.search(rf'value="{programme.pk}"[^>]* checked', text(form))
    assert Programme.objects.get().is_active


def _warning(response: Any) -> str:
    found = re.search(r'<div class="note warn stack tight noprint" role="status">.*?</div>', text(response))
    assert found
    return found[0]


@pytest.mark.hazard("HZ-41")
def test_the_patient_reads_note_kit_and_what_the_cautions_tell(
    client: Client, priya: User, margaret: Patient, arch: Exercise
) -> None:
    marbles = factories.make_exercise("marble-pick-up", cautions=["small_objects"])
    towel = factories.make_exercise("plantar-fascia-stretch", cautions=["reach_limited"])
    factories.make_check(priya, margaret, "reach_limited")
    assert arch.current and marbles.current and towel.current  # noqa: PT018
    items = [
        item_plan(arch.current, kit="tennis_ball", note="Hold the chair."),
        item_plan(marbles.current),
        item_plan(towel.current),
    ]
    now = clock.now()
    factories.make_programme(priya, margaret, [], items=items, starts_on=now.date(), now=now)
    factories.open_plan(client, margaret, now=now)
    shown = text(client.get(reverse("exercises:today")))
    for words in ("with: tennis ball", "Hold the chair.", "Use a towel.", "Small parts: choking risk."):
        assert words in shown, words
    factories.make_check(priya, margaret, now=now)
    later = text(client.get(reverse("exercises:today")))
    assert "Use a towel." not in later
    assert "Small parts: choking risk." in later  # whoever lives in the house


@pytest.mark.hazard("HZ-14", "HZ-41")
def test_the_staffs_page_that_is_printed_says_to_the_patient_what_the_plan_says(
    priya: User, olivia: User, asha: User, margaret: Patient, arch: Exercise
) -> None:
    """For a patient without e-mail. The front desk prints what everybody is told, and no caution of this patient."""
    marbles = factories.make_exercise("marble-pick-up", cautions=["small_objects"])
    towel = factories.make_exercise("plantar-fascia-stretch", cautions=["reach_limited"])
    factories.make_check(priya, margaret, "reach_limited")
    assert arch.current and marbles.current and towel.current  # noqa: PT018
    items = [
        item_plan(arch.current, kit="tennis_ball", note="Hold the chair."),
        item_plan(marbles.current),
        item_plan(towel.current),
    ]
    programme = factories.make_programme(priya, margaret, [], items=items)
    url = reverse("exercises:programme", args=[programme.pk])
    for user, reads in ((priya, True), (olivia, True), (asha, False)):
        response = signed_in(user).get(url)
        assert "exercises/_plan_item_cautions.html" in [template.name for template in response.templates]
        shown = text(response).split('id="items-h"')[1]
        assert '<b dir="auto">Hold the chair.</b>' in shown
        assert shown.count("Small parts: choking risk. Keep them away from children.") == 1
        assert ("Use a towel." in shown) is reads
    told = [line.told for line in signed_in(priya).get(url).context["lines"]]
    assert told == [[], ["Small parts: choking risk. Keep them away from children."], ["Use a towel."]]
