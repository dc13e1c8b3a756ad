"""How much a programme asks of the patient: said before it is sent, and kept with what was sent."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from clinic import clock
from clinic.models import AuditEntry, User
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


@given(st.lists(DOSES, max_size=8), st.lists(st.lists(DOSES, min_size=1, max_size=4), max_size=3))
def test_what_runs_already_counts_as_if_it_stood_in_the_plan(
    doses: list[Dose], others: list[list[Dose]]
) -> None:
    together = Budget.of([*doses, *(dose for other in others for dose in other)])
    budget = Budget.of(doses, others)
    assert (budget.items, budget.minutes, budget.tone) == (together.items, together.minutes, together.tone)
    assert (budget.items - budget.beside, budget.programmes) == (len(doses), len(others))


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


BESIDE = "with 2 exercises of the programme that runs already"


@pytest.fixture
def running(priya: User, margaret: Patient) -> Programme:
    """Two exercises twice a day, from today on."""
    versions = [factories.make_exercise(f"running-{n}").current for n in range(2)]
    items = [factories.item_plan(version, times_per_day=2) for version in versions if version]
    return factories.make_programme(priya, margaret, [], items=items, now=clock.now(), weeks=2)


@pytest.mark.django_db
@pytest.mark.hazard("HZ-16")
def test_a_programme_that_runs_already_counts_unless_it_is_ended(
    as_priya: Client, url: str, running: Programme
) -> None:
    data = typed(*[factories.make_exercise(f"exercise-{n}") for n in range(3)])
    before = text(as_priya.post(url, data | {"update": "1"}))
    assert f"5 exercises · about 11 min a day, {BESIDE}" in before
    assert "more than four exercises" in before
    for instead in ({"ending": [str(running.pk)]}, {"starts_on": str(running.ends_on + timedelta(days=1))}):
        page = text(as_priya.post(url, data | instead | {"update": "1"}))
        assert "3 exercises · about" in page
        assert "runs already" not in page
        assert "more than" not in page
    unreadable = text(as_priya.post(url, data | {"starts_on": "soon", "ending": ["x"], "update": "1"}))
    assert BESIDE in unreadable  # a slip counts as not stated: from today on
    assert as_priya.post(url, data).status_code == 302
    entry = AuditEntry.objects.filter(verb="programme.assigned").latest("pk")
    assert (entry.changes["exercises"], entry.changes["minutes_a_day"], entry.changes["budget"]) == (
        5,
        11,
        "warn",
    )


@pytest.mark.django_db
def test_as_long_as_nobody_said_how_often_all_is_counted_once(
    as_priya: Client, url: str, running: Programme
) -> None:
    data = typed(factories.make_exercise("exercise"), frequency="")
    page = text(as_priya.post(url, data | {"update": "1"}))
    assert f"3 exercises · about 4 min each time, {BESIDE}" in page


@pytest.mark.django_db
def test_two_programmes_that_run_are_counted_as_two(
    as_priya: Client, priya: User, margaret: Patient, url: str, running: Programme
) -> None:
    factories.make_programme(priya, margaret, [factories.make_exercise("third")], now=clock.now())
    page = text(as_priya.post(url, typed(factories.make_exercise("exercise"), update="1")))
    assert "with 3 exercises of the 2 programmes that run already" in page
