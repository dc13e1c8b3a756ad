"""What an exercise is found by, and when that is written."""

from io import StringIO
from string import ascii_lowercase

import pytest
from django.core.management import call_command
from django.urls import reverse
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from clinic.actors import Actor
from clinic.models import AuditEntry, User
from exercises import actions, search_words
from exercises.actions import search_index
from exercises.forms.lines import LinesField
from exercises.models import Exercise
from patients.models import FindingType
from tests import factories
from tests.pages import signed_in

SYSTEM = Actor.system("test")


def found(query: str) -> list[str]:
    return [exercise.slug for exercise in Exercise.objects.assignable().matching(query)]


# The words themselves.


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("Calf  STRETCH", ["calf", "stretch"]),
        ("one-leg", ["one", "leg"]),
        ("Tálus", ["talus"]),
        ("patient’s foot", ["patients", "foot"]),
        ("flat feet", ["flat", "foot"]),
        ("a stretch for the calf", ["stretch", "calf"]),
        ("for the", ["for", "the"]),
        ("toe toe", ["toe"]),
        ("a_b.c@d+e", ["b", "c", "d", "e"]),
        ("%", []),
        ("", []),
        (" ".join(ascii_lowercase[1:20]), list("bcdefghi")),
    ],
)
def test_what_a_query_asks_for(query: str, words: list[str]) -> None:
    assert search_words.asked(query) == words


@given(st.text())
def test_words_hold_letters_and_digits_only(text: str) -> None:
    """They are quoted into a query for PostgreSQL."""
    for word in (*search_words.asked(text), *search_words.indexed(text).split()):
        assert word.isalnum()


@given(st.text())
def test_what_is_asked_of_a_text_stands_in_what_is_stored_of_it(text: str) -> None:
    stored = search_words.indexed(text).split()
    assert all(any(word.startswith(asked) for word in stored) for asked in search_words.asked(text))


# The query.


@pytest.fixture
def raises(db: None, fasciitis: FindingType) -> Exercise:
    exercise = factories.make_exercise(
        "heel-raises",
        name="Heel raises, one-leg",
        aliases=["Élévation of the heel"],
        movement="rise on to the toes",
        purpose="This exercise works the calf.",
        kind="strength",
        body_part="lower_leg",
        position="standing_wall",
        equipment=["wall"],
        kit_options=["backpack"],
    )
    exercise.findings.set([fasciitis])
    search_index.index([exercise])
    return exercise


@pytest.mark.parametrize(
    "query",
    [
        "heel raises",
        "heel raise",
        "raising heels",
        "hee rai",
        "raises, HEEL!",
        "one leg",
        "one-leg",
        "oneleg",
        "elevation",
        "élévation",
        "plantar",
        "heel or arch pain",
        "wall",
        "rucksack",
        "strength",
        "ankle",
        "standing",
        "toe",
        "calves",
        "raise calf wall plantar",
    ],
)
def test_each_of_these_finds_it(raises: Exercise, query: str) -> None:
    other = factories.make_exercise("other", name="Other", movement="", position="sitting")
    other.findings.clear()
    search_index.index([other])
    assert found(query) == ["heel-raises"]


@pytest.mark.parametrize(
    "query", ["heel bunion", "aise", "xheel", "%", "'", "\\", ":*", "!heels & | tibia", "🦶"]
)
def test_and_none_of_these(raises: Exercise, query: str) -> None:
    assert found(query) == []


@pytest.mark.parametrize(
    "query", ["a\x00b", "\ud800 heel", "' OR 1=1 --", "<->" * 50, "ß" * 300, "\u0130", "x " * 400]
)
def test_odd_input_is_no_error(raises: Exercise, query: str) -> None:
    assert isinstance(found(query), list)


def test_the_name_itself_stands_first_then_names_that_begin_so(db: None) -> None:
    for slug, name in (("c", "Long calf stretch"), ("b", "Calf stretch, seated"), ("a", "Calf stretch")):
        factories.make_exercise(slug, name=name, movement="a stretch for the calf")
    factories.make_exercise("d", name="Another", movement="stretch the calf")
    assert found("calf stretch") == ["a", "b", "c", "d"]
    assert found("") == ["d", "a", "b", "c"]


# When it is written.


def test_a_draft_is_not_found_before_it_is_published(db: None) -> None:
    draft = factories.make_exercise("draft", published=False)
    search_index.index([draft])
    assert not Exercise.objects.matching("draft").exists()
    actions.publish_exercise(actor=SYSTEM, exercise=draft, now=factories.NOON, no_cautions=True)
    assert found("draft") == ["draft"]


def test_an_edit_counts_when_it_is_published(raises: Exercise) -> None:
    raises.name = "Tiptoe"
    actions.save_exercise(actor=SYSTEM, exercise=raises)
    assert (found("heel raises"), found("tiptoe")) == (["heel-raises"], [])
    actions.publish_exercise(actor=SYSTEM, exercise=raises, now=factories.NOON)
    assert found("tiptoe") == ["heel-raises"]


def test_saving_what_was_read_earlier_leaves_the_index_alone(raises: Exercise) -> None:
    stale = Exercise.objects.get(pk=raises.pk)
    Exercise.objects.filter(pk=raises.pk).update(search=None)
    search_index.index([raises])
    stale.search = None
    actions.save_exercise(actor=SYSTEM, exercise=stale)
    assert found("heel raises") == ["heel-raises"]


def test_rows_from_before_the_search_are_found_after_either_command(raises: Exercise, carlos: User) -> None:
    call_command("load_vocabularies", stdout=StringIO())
    for command in ("index_catalogue", "load_catalogue"):
        Exercise.objects.update(search=None)
        assert found("heel raises") == []
        call_command(command, stdout=StringIO())
        assert found("heel raises") == ["heel-raises"]


def test_a_second_time_writes_nothing(raises: Exercise) -> None:
    assert search_index.index(Exercise.objects.all()) == 0
    assert search_index.index([]) == 0
    entries = AuditEntry.objects.count()
    call_command("index_catalogue", stdout=(said := StringIO()))
    assert "0 exercises changed" in said.getvalue()
    assert AuditEntry.objects.count() == entries


def test_the_words_of_a_finding_count_when_they_are_indexed_again(raises: Exercise) -> None:
    FindingType.objects.filter(key="plantar_fasciitis").update(label="Policeman’s heel")
    assert found("policeman") == []
    call_command("index_catalogue", stdout=StringIO())
    assert found("policemans") == ["heel-raises"]


def test_one_index_for_every_language(raises: Exercise) -> None:
    with translation.override("de"):
        assert search_index.index([raises]) == 0


def test_tags_that_a_curator_saves_count_at_once(raises: Exercise, carlos: User) -> None:
    client = signed_in(carlos)
    url = reverse("admin:exercises_exercise_change", args=[raises.pk])
    form = client.get(url).context["adminform"].form
    posted = {name: form[name].value() for name in form.fields if form[name].value() not in (None, False)}
    posted |= {
        name: "\n".join(value)
        for name, value in posted.items()
        if isinstance(form.fields[name], LinesField) and isinstance(value, list)
    }
    bunion = factories.make_finding_type(
        "hallux_valgus", label="Hallux valgus", patient_wording="Bunion", position=2
    )
    posted["findings"] = [bunion.pk]
    posted |= {"versions-TOTAL_FORMS": "0", "versions-INITIAL_FORMS": "0"}
    response = client.post(url, posted)
    assert response.status_code == 302, response.context["adminform"].form.errors
    assert (found("bunion"), found("plantar")) == (["heel-raises"], [])


def test_many_are_written_by_one_statement(db: None, django_assert_num_queries: object) -> None:
    for number in range(5):
        factories.make_exercise(f"exercise-{number}")
    Exercise.objects.update(search=None)
    keys = list(Exercise.objects.only("pk"))
    with django_assert_num_queries(5):  # type: ignore[operator]  # savepoint, rows, tags, update, savepoint
        assert search_index.index(keys) == 5


# A part of what is found.


@pytest.fixture
def seven(db: None) -> list[str]:
    for number in range(7):
        name = f"{'Big calf' if number % 3 else 'Calf'} {7 - number}"  # what begins so stands before its letter's turn
        factories.make_exercise(f"calf-{number}", name=name, kind="release" if number % 2 else "balance")
    return found("calf")


@pytest.mark.parametrize(("start", "most"), [(0, 3), (3, 3), (6, 3), (7, 3), (500, 20), (0, 20)])
def test_a_part_has_the_same_order_and_tells_the_number_of_all(
    seven: list[str], start: int, most: int
) -> None:
    keys, number = Exercise.objects.assignable().matching("calf").keys_and_count(start, most)
    slugs = dict(Exercise.objects.values_list("pk", "slug"))
    assert ([slugs[key] for key in keys], number) == (seven[start : start + most], 7)


@pytest.mark.parametrize(
    ("query", "kind", "number"),
    [("", "", 7), ("", "balance", 4), ("cal", "release", 3), ("%", "", 0), ("hip", "", 0)],
)
def test_the_number_with_filters_without_words_and_of_nothing(
    seven: list[str], query: str, kind: str, number: int
) -> None:
    wanted = Exercise.objects.assignable().matching(query).narrowed(kind=kind)
    assert wanted.keys_and_count(0, 20) == (list(wanted.values_list("pk", flat=True)), number)
    assert Exercise.objects.visible_to(None).assignable().keys_and_count(0, 20) == ([], 0)
