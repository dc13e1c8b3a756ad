"""What is typed into the search for a patient: pure, and the same in the database."""

from datetime import date
from importlib import import_module

import pytest
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from clinic.models import Language, User
from patients.finding_people import (
    LONGEST_QUERY,
    asked,
    neighbourhood,
    one_slip_apart,
    resembles,
    searchable,
)
from patients.folding import search_text
from patients.models import Patient, searching
from tests import factories

TODAY = date(2026, 11, 26)
LANGUAGES = tuple(Language.values)
BORN = date(1956, 3, 14)
NAMES = st.text(st.characters(whitelist_categories=("Ll", "Lu", "Lo")), min_size=1, max_size=14)
LETTERS = st.sampled_from("abcdefghijklmnopqrstuvwxyzéßمя")


def slips(name: str, letter: str) -> set[str]:
    """Every way to type it with one letter wrong, written down anew."""
    places = range(len(name))
    return {
        *(name[:at] + name[at + 1 :] for at in places),
        *(name[:at] + letter + name[at + 1 :] for at in places),
        *(name[:at] + letter + name[at:] for at in range(len(name) + 1)),
        *(name[:at] + name[at + 1] + name[at] + name[at + 2 :] for at in places if at + 1 < len(name)),
    }


# --- dates -----------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "typed",
    [
        *("14.3.1956", "14.03.1956", "14/3/1956", "14-3-1956", "14 3 1956", "14. 3. 1956"),
        *("1956-03-14", "1956/3/14", "1956.03.14", "1956 3 14"),
        *("14/3/56", "14.03.56", "3/14/1956", "3/14/56"),
        *("14 Mar 1956", "14 March 1956", "14th March 1956", "14 mar 56", "14mar1956", "14. März 1956"),
        *(
            "14 de marzo de 1956",
            "March 14, 1956",
            "Mar 14th 1956",
            "14 MÄRZ 56",
            "14 مارس 1956",
            "١٤/٣/١٩٥٦",
        ),
    ],
)
def test_one_day_however_it_is_written(typed: str) -> None:
    assert asked(typed, TODAY, LANGUAGES).births == [BORN]
    assert asked(typed, TODAY, LANGUAGES).words == []


@pytest.mark.parametrize(
    ("typed", "births"),
    [
        ("3/4/1956", [date(1956, 4, 3)]),  # the day stands first, as everywhere that we speak to
        ("3/4/20", [date(1920, 4, 3), date(2020, 4, 3)]),  # a child or somebody of a great age
        ("27/11/26", [date(1926, 11, 27)]),  # tomorrow nobody was born
        ("29/2/1957", []),
        ("31.4.1956", []),
        ("14.13.1956", []),
        ("14 Ma 1956", []),
        ("14 Jebruary 1956", []),
        ("1956", []),
        ("14.3.", []),
        ("0.0.1956", []),
        ("192.168.14.3.1956", []),
        ("RV-14-3-56", []),
        ("14-3-56-1", []),
    ],
)
def test_what_a_date_can_mean(typed: str, births: list[date]) -> None:
    assert asked(typed, TODAY, LANGUAGES).births == births


@pytest.mark.parametrize(
    "typed", ["hale 14.3.1956", "14.3.1956 hale", "Hale, 14 Mar 1956", "hale 1956-03-14"]
)
def test_a_date_among_words(typed: str) -> None:
    found = asked(typed, TODAY, LANGUAGES)
    assert (found.words, found.births) == (["hale"], [BORN])


@given(
    st.dates(date(1900, 1, 1), TODAY),
    st.sampled_from(["%Y-%m-%d", "%d.%m.%Y", "%d/%m/%Y", "%d %B %Y", "%d %b %Y"]),
)
def test_every_day_that_somebody_can_be_born_on(born: date, form: str) -> None:
    assert asked(born.strftime(form), TODAY, LANGUAGES).births == [born]


@given(st.text(max_size=300) | st.text("0123456789./- :*|&!()'\\<>janmrz", max_size=300))
def test_anything_typed_is_some_question(typed: str) -> None:
    found = asked(typed, TODAY, LANGUAGES)
    assert found.nothing is (not typed[:LONGEST_QUERY].split())
    assert len(found.words) <= 6
    assert not any(set(word) & set(" \t\n'\\&|!():*<>%") for word in found.words)


# --- slips -----------------------------------------------------------------------------------------------------
@settings(max_examples=200)
@given(NAMES, LETTERS)
def test_every_slip_is_one_slip_and_shares_a_form(name: str, letter: str) -> None:
    name = search_text(name)
    for typed in slips(name, letter):
        assert one_slip_apart(name, typed)
        assert one_slip_apart(typed, name)
        if len(name) >= 4 and len(typed) >= 3:
            assert neighbourhood(name) & neighbourhood(typed), typed


@given(NAMES, NAMES)
def test_two_names_are_one_slip_apart_only_if_a_slip_leads_there(one: str, other: str) -> None:
    expected = one == other or any(other in slips(one, letter) for letter in {*other, "a"})
    assert one_slip_apart(one, other) is expected


@pytest.mark.parametrize("word", ["li", "a", "", "rv-1042", "a@b.example", "x" * 33, "núñez7"])
def test_no_slip_is_looked_for_in_short_words_numbers_and_addresses(word: str) -> None:
    assert neighbourhood(word) == frozenset()


def test_parts_of_names_with_hyphens_count() -> None:
    stored = searchable("Anna Smith-Jones -- a-b@c-d.example")
    assert stored == "anna smith-jones -- a-b@c-d.example jones"
    assert resembles(asked("jonse ann", TODAY), stored)
    assert not resembles(asked("jonse bob", TODAY), stored)


# --- the database ------------------------------------------------------------------------------------------------
@pytest.mark.django_db
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.lists(NAMES | st.text("ab-@.1", max_size=12), max_size=5))
def test_the_database_makes_the_same_of_what_is_stored(typed: list[str]) -> None:
    stored = searchable(" ".join(typed))
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT patients_near(%s), array_to_tsvector(string_to_array(%s, ' '))", [stored, stored]
        )
        ((near, _words),) = cursor.fetchall()
    assert set(near) == {form for word in stored.split() for form in neighbourhood(word)}


@pytest.mark.parametrize("length", [60, 61, 62, 63, 64, 65])
def test_what_is_cut_off_in_the_middle_can_be_stored(priya: User, length: int) -> None:
    """The index takes no empty word, and the cut may leave a space at the end; one of these letters folds to 18."""
    given, family = "\ufdfa" * 24, "b" * length
    made = factories.make_patient(priya, given, family, email="a@b.example", cautions=None)
    assert 490 < len(made.search) <= 500
    assert Patient.objects.matching("b" * 40, TODAY).get() == made


@pytest.mark.parametrize(
    ("stored", "after"),
    [
        ("anna smith-jones a-b@c.example", "anna smith-jones a-b@c.example jones"),
        ("anna-lena x-y-z", "anna-lena x-y-z lena y z"),
        ("anna hale a-b@c.example", "anna hale a-b@c.example"),
        ("anna - -- hale-", "anna - -- hale-"),
        ("", ""),
    ],
)
def test_patients_of_before_get_their_parts(margaret: Patient, stored: str, after: str) -> None:
    parts = import_module("patients.migrations.0013_finding_people").PARTS
    Patient.objects.update(search=stored)
    with connection.cursor() as cursor:
        cursor.execute(parts)
    margaret.refresh_from_db()
    assert margaret.search == after


@pytest.mark.parametrize(
    "name", ["Okonjo", "Lindqvist", "Núñez", "O’Brien", "Hale", "حسن علي".replace(" ", "")]
)
def test_every_slip_of_a_name_is_found(priya: User, name: str) -> None:
    kept = factories.make_patient(priya, "Ana", name, email="a@patients.example")
    factories.make_patient(priya, "Bo", "Xu", email="b@patients.example")
    mine = Patient.objects.filter(clinic=kept.clinic_id)
    for typed in slips(search_text(name), "x"):
        found = list(mine.matching(typed, TODAY))
        assert [*found, *mine.resembling(typed, TODAY, but=found)] == [kept], typed


@pytest.mark.parametrize("typed", ["hale", "hale marg", "rv-1"])
def test_a_search_can_read_an_index(margaret: Patient, typed: str) -> None:
    """Of a few rows the planner likes another one better; at 100,000 the benchmark looks at the time."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
    assert "patient_words" in Patient.objects.matching(typed, TODAY).order_by().explain()


def test_a_slip_can_be_looked_up_in_an_index(margaret: Patient) -> None:
    near = Patient.objects.alias(words=searching.words(), near=searching.near())
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
    plan = near.filter(searching.nearly_so(asked("hlae marg", TODAY))).explain()
    assert "patient_near" in plan
    assert "patient_words" in plan


def test_a_word_that_is_looked_for_has_an_end() -> None:
    assert [len(word) for word in asked("㌖" * 150 + " ann", TODAY).words] == [64, 3]
