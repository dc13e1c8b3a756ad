"""What a patient was sent stays as it was sent, whatever the catalogue becomes afterwards."""

import re
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command
from django.test import Client
from django.urls import reverse

from clinic import clock
from clinic.actors import Actor
from clinic.models import User
from exercises import actions, figures
from exercises.models import Exercise, Programme, Routine, Side
from patients.models import Patient
from tests import factories
from tests.exercises.catalogue_world import HEELS, ROUTINE, TOES, change, folder, load

__all__ = ["folder"]  # fixture
pytestmark = [pytest.mark.django_db, pytest.mark.slow, pytest.mark.hazard("HZ-03", "HZ-12")]
CARLOS = "carlos@riverside.example"
TOKEN = re.compile(rb'name="(?:csrfmiddlewaretoken|report)" value="[^"]+"')
FOR_THE_PATIENT = re.compile(r'<div class="card ex">.*?(?=<p class="hint row close">)', re.DOTALL)
CHANGES = [
    ('name = "Toe curls and spreads"', 'name = "Toe folds"'),
    ("Curl the toes towards the floor, then", "Fold the toes, then"),
    ("works the small muscles of the foot", "works the foot"),
    ("shoes and socks off", "socks on"),
    ("Keep the heel where it is.", "Lift the heel."),
    ("[steps]", '[steps]\nbreathe = "Breathe in."\nfeel = "You may feel the sole."'),
    ("more than 5 out of 10", "more than 4 out of 10"),
    ("reps = [10, 15]", 'sets = 9\nreps = 99\nhold_s = 9\nload = "a tin"\ncue = "at noon"'),
    ('sides = ["both_in_turn", "left", "right"]', 'sides = ["together"]'),
    (f'name = "{TOES}"', 'name = "toe-yoga"'),
    (figures.description(TOES), figures.description("toe-yoga")),
    ('position = "sitting"', 'position = "standing"'),
    ("equipment = []", 'equipment = ["towel"]'),
    ('cautions = ["hallux_rigidus"]', 'cautions = ["fall_risk"]'),
    ("barefoot = true", "barefoot = false"),
]


@pytest.fixture
def sent(
    folder: Path, carlos: User, priya: User, margaret: Patient, monkeypatch: pytest.MonkeyPatch
) -> Programme:
    """Two exercises of the article, from the routine as it was published first."""
    monkeypatch.setattr(clock, "now", lambda: factories.NOON)
    call_command("load_vocabularies", stdout=StringIO())
    load(folder=folder, publish_as=CARLOS)
    by_slug = {exercise.slug: exercise for exercise in Exercise.objects.assignable()}
    sides = {TOES: Side.BOTH_IN_TURN, HEELS: Side.TOGETHER}
    items = [
        factories.item_plan(version, side=side)
        for slug, side in sides.items()
        if (version := by_slug[slug].current)
    ]
    return factories.make_programme(priya, margaret, [], items=items, routine=Routine.objects.get())


def change_everything(folder: Path) -> None:
    for old, new in CHANGES:
        change(folder, f"exercises/{TOES}.toml", old, new)
    change(folder, f"exercises/{HEELS}.toml", "reps = 15\nhold_s = [3, 5]", "duration_s = 60")
    change(folder, f"routines/{ROUTINE}.toml", "Article basics", "Basics")
    change(folder, f"routines/{ROUTINE}.toml", f'"{TOES}", ', "")


def patients_page(patient: Patient) -> bytes:
    """Byte for byte, but for the token and the key of the report, which differ with every answer."""
    phone = Client()
    factories.open_plan(phone, patient)
    response = phone.get(reverse("exercises:today"))
    assert response.status_code == 200
    return TOKEN.sub(b"", response.content)


def as_staff_see_it(client: Client, programme: Programme) -> tuple[list[str], str]:
    """What stands on the programme's page as the patient reads it; and the whole page."""
    page = client.get(reverse("exercises:programme", args=[programme.pk])).content.decode()
    parts = FOR_THE_PATIENT.findall(page)
    assert len(parts) == programme.items.count()
    return parts, page


def test_a_catalogue_loaded_and_published_anew_changes_no_running_plan(
    folder: Path, sent: Programme, margaret: Patient, as_priya: Client
) -> None:
    before, (parts, _page) = patients_page(margaret), as_staff_see_it(as_priya, sent)
    assert b"Toe curls and spreads" in before
    assert "10–15 times, each foot" in before.decode()
    change_everything(folder)
    said = load(folder=folder, publish_as=CARLOS)
    assert said[-1].endswith(
        "3 changed, 1 unchanged, 0 left to their curators, 3 published, 0 not published."
    )
    current = Exercise.objects.get(slug=TOES).current
    assert current is not None
    assert (current.number, current.name, current.reps_min) == (2, "Toe folds", 99)
    assert patients_page(margaret) == before
    after, page = as_staff_see_it(as_priya, sent)
    assert after == parts
    assert page.count("A newer version is in the catalogue") == 2


def test_nor_does_an_exercise_that_leaves_the_catalogue(
    folder: Path, sent: Programme, margaret: Patient, as_priya: Client, carlos: User
) -> None:
    before, (parts, _page) = patients_page(margaret), as_staff_see_it(as_priya, sent)
    actions.retire_routine(actor=Actor.staff(carlos), routine=Routine.objects.get())
    for exercise in Exercise.objects.all():
        actions.retire_exercise(actor=Actor.staff(carlos), exercise=exercise)
    assert patients_page(margaret) == before
    assert as_staff_see_it(as_priya, sent)[0] == parts


def test_a_plan_sent_afterwards_holds_what_is_new(folder: Path, sent: Programme, priya: User) -> None:
    """Or else the pages above would be equal because nothing of all this reaches them."""
    change_everything(folder)
    load(folder=folder, publish_as=CARLOS)
    other = factories.make_patient(priya, "Tom", "Reed")
    factories.make_programme(priya, other, list(Exercise.objects.assignable().filter(slug__in=[TOES, HEELS])))
    page = patients_page(other).decode()
    for words in ("Toe folds", "9 sets of 99", "for 1 minute", "Lift the heel.", "toe-yoga-poses.svg"):
        assert words in page, words
    assert "Toe curls and spreads" not in page
