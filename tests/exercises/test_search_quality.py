"""What practitioners type, and what has to stand first: over the whole catalogue as it is shipped."""

from collections.abc import Iterator
from io import StringIO

import pytest
from django.core.management import call_command
from pytest_django import DjangoDbBlocker

from clinic.roles import Role
from exercises.models import Exercise
from tests import factories
from tests.shared_world import rows_of_the_module

SHIPPED = 32  # of 33: the ankle alphabet is for no finding and stays a draft
pytestmark = pytest.mark.django_db
QUERIES = {
    # names, whole, begun, in another order, in another number
    "heel drop": "heel-drop",
    "knee to wall": "knee-to-wall",
    "calf str": "calf-stretch-towel",
    "raises heel": "heel-raises-near-wall",
    "heel raises": "heel-raises-near-wall",
    "heel raise both": "heel-raise-both-feet",
    "toe yo": "toe-yoga",
    "TOE PRESS": "toe-press",
    "glute bridges": "glute-bridge",
    "pelvic tilts": "pelvic-tilt",
    "marble pickup": "marble-pick-up",
    "toe spread out": "toe-spread-out",
    "self paced heel raise": "heel-raise-self-dosed",
    "stretch for the calf, bent": "calf-stretch-bent-knee",
    "shin": "shin-raise",
    "fascia str": "plantar-fascia-stretch",
    "bird": "bird-dog",
    # other names
    "single leg balance": "single-leg-balance",
    "clamshell": "clam-shell",
    "cat cow": "cat-camel",
    "towel curl": "towel-scrunch",
    "eccentric": "heel-drop",
    "inversion": "banded-inversion",
    "eversion": "banded-eversion",
    # equipment, by more than one word for it
    "towel": "towel-scrunch",
    "frozen": "frozen-bottle-roll",
    "ice bottle": "frozen-bottle-roll",
    "tennis ball": "arch-stretch-ball-or-bottle",
    "resistance band": "banded-inversion",
    "marbles": "marble-pick-up",
    # findings, as clinicians and as patients call them
    "plantar": "plantar-fascia-stretch",
    "plantar fasciitis stretch": "plantar-fascia-stretch",
    "bunion": "toe-spread-out",
    "flat feet": "short-foot",
    "achilles": "heel-drop",
    "heel pain towel calf": "calf-stretch-towel",
    "tight calf": "calf-stretch-towel",
    "tibialis posterior": "banded-inversion",
    "back pain cat": "cat-camel",
    # accents that a keyboard or a name brings along
    "fascïa": "plantar-fascia-stretch",
    "ankle mobílity": "knee-to-wall",
}


@pytest.fixture(scope="module")
def shipped(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """All that is shipped, published."""
    with rows_of_the_module(django_db_blocker):
        with django_db_blocker.unblock():
            carlos = factories.make_staff(factories.make_clinic(), Role.CURATOR, "Carlos Vega")
            call_command("load_vocabularies", stdout=StringIO())
            call_command("load_catalogue", publish_as=carlos.email, stdout=StringIO())
        yield


def test_what_is_typed_finds_what_is_meant(shipped: None) -> None:
    exercises = Exercise.objects.assignable()
    assert exercises.count() >= SHIPPED
    first = {query: exercises.matching(query).first() for query in QUERIES}
    found = {query: exercise.slug if exercise else None for query, exercise in first.items()}
    assert found == QUERIES
    assert len(QUERIES) >= 40


@pytest.mark.parametrize("query", ["knee surgery", "theraband of nobody", "xyz"])
def test_a_word_that_stands_nowhere_finds_nothing(shipped: None, query: str) -> None:
    assert not Exercise.objects.assignable().matching(query).exists()


def test_every_exercise_is_first_for_its_own_name(shipped: None) -> None:
    exercises = Exercise.objects.assignable()
    names = exercises.values_list("current__name", flat=True)
    first = {name: exercises.matching(name).first() for name in names}
    assert {name: found and found.current and found.current.name for name, found in first.items()} == {
        name: name for name in names
    }


def test_every_exercise_is_found_by_each_of_its_other_names_and_findings(shipped: None) -> None:
    exercises = Exercise.objects.assignable().prefetch_related("findings")
    for exercise in exercises:
        assert exercise.current is not None
        said = [*exercise.current.aliases, *(tag.label for tag in exercise.findings.all())]
        for words in said:
            assert exercise in exercises.matching(words), (exercise.slug, words)
