"""How much a programme asks of the patient: said before it is sent, and kept with what was sent."""

import pytest
from django.test import Client
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from clinic.models import AuditEntry
from exercises.doses import AMBER_ABOVE, RED_ABOVE, Budget, Dose, Range
from exercises.models import Programme
from patients.models import Patient
from tests import factories
from tests.exercises.assign_world import typed
from tests.pages import text

DOSES = st.builds(
    Dose,
    sets=st.one_of(st.none(), st.integers(1, 20).map(lambda n: Range(n, n))),
    repetitions=st.one_of(st.none(), st.integers(1, 200).map(lambda n: Range(n, n))),
    hold=st.one_of(st.none(), st.integers(1, 600).map(lambda n: Range(n, n))),
    times_per_day=st.one_of(st.none(), st.integers(1, 12)),
)


@pytest.mark.hazard("HZ-16")
@given(st.lists(DOSES, max_size=20))
def test_the_colour_hangs_on_the_count_alone_and_more_is_never_less(doses: list[Dose]) -> None:
    budget = Budget.of(doses)
    assert budget.items == len(doses)
    assert (budget.tone == "bad") == (len(doses) > RED_ABOVE)
    assert (budget.tone == "") == (len(doses) <= AMBER_ABOVE)
    assert Budget.of([*doses, Dose(repetitions=Range(1, 1))]).minutes >= budget.minutes


@pytest.fixture
def url(margaret: Patient) -> str:
    return reverse("exercises:assign", args=[margaret.pk])


@pytest.mark.django_db
@pytest.mark.hazard("HZ-16")
@pytest.mark.parametrize(
    ("number", "tone", "words"),
    [
        (4, "", ""),
        (5, "warn", "more than four exercises. The literature on home programmes advises two, at most four"),
        (6, "warn", "at most four (Thieme s-0043-120527)."),
        (
            7,
            "bad",
            "more than six exercises. In a small study two were performed better than eight (Henry 1999, n = 15).",
        ),
    ],
)
def test_above_four_and_above_six_a_warning_stands_before_sending_and_is_recorded(
    as_priya: Client, url: str, number: int, tone: str, words: str
) -> None:
    exercises = [factories.make_exercise(f"exercise-{n}") for n in range(number)]
    data = typed(*exercises)
    before = text(as_priya.post(url, data | {"update": "1"}))
    assert words in before
    assert ("more than" in before) == bool(tone)
    assert f"{number} exercises · about" in before
    assert as_priya.post(url, data).status_code == 302
    entry = AuditEntry.objects.get(verb="programme.assigned")
    minutes = entry.changes["minutes_a_day"]
    assert (entry.changes["exercises"], entry.changes["budget"]) == (number, tone)
    assert f"about {minutes} min a day" in before
    sent = text(as_priya.get(reverse("exercises:programme", args=[Programme.objects.get().pk])))
    assert words in sent
    assert ("more than" in sent) == bool(tone)
    assert f"{number} exercises · about {minutes} min a day" in sent
