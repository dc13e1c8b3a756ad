"""What changed between two texts of an exercise: exact by words, escaped, in the words of the pages."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exercises.diff import Part, words
from exercises.models import Exercise, ExerciseVersion
from exercises.version_diff import changes

TEXTS = st.text(alphabet=st.sampled_from("ab Ü\n.,<&é1"), max_size=60) | st.text(max_size=40)


@given(TEXTS, TEXTS)
def test_kept_and_put_in_words_join_to_the_new_text(old: str, new: str) -> None:
    pieces = words(old, new)
    assert "".join(p.text for p in pieces if p.part is not Part.TAKEN_OUT) == new
    assert "".join(p.text for p in pieces if p.part is not Part.PUT_IN) == old


@given(TEXTS)
def test_a_text_does_not_differ_from_itself(text: str) -> None:
    assert all(piece.part is Part.KEPT for piece in words(text, text))


def text(**stated: object) -> Exercise:
    return Exercise(**({"slug": "toe-curls", "name": "Toe curls", "dose_source": "A"} | stated))


def test_each_changed_field_is_said_once_in_words() -> None:
    old = text(steps=["Sit.", "Curl your toes."], sets_min=2, equipment=["towel"], cautions=["no_ice"])
    new = text(
        steps=["Sit down.", "Curl your toes."],
        sets_min=2,
        sets_max=3,
        equipment=["frozen_bottle"],
        barefoot=True,
        difficulty=1,
    )
    found = {change.name: change for change in changes(old, new)}
    assert list(found) == ["steps", "difficulty", "equipment", "barefoot", "cautions", "sets"]
    assert (found["sets"].old, found["sets"].new) == ("2", "2–3")
    assert found["steps"].marked == "Sit<ins> down</ins>.\nCurl your toes."
    assert found["steps"].marked_old == "Sit.\nCurl your toes."
    assert (found["difficulty"].old, found["difficulty"].new) == ("", "gentle")
    assert (found["equipment"].old, found["equipment"].new) == ("towel", "frozen water bottle")
    assert (found["barefoot"].label, found["barefoot"].new) == ("Done barefoot", "yes")
    assert found["cautions"].marked == "<del>No ice</del>"


def test_a_version_is_compared_with_a_working_text() -> None:
    assert changes(ExerciseVersion(name="Toe curls", dose_source="A"), text()) == []


@pytest.mark.parametrize("typed", ["<script>alert(1)</script>", "a < b & c", '"><img src=x>'])
def test_what_was_typed_is_escaped(typed: str) -> None:
    (change,) = changes(text(movement="Sit."), text(movement=typed))
    for marked in (change.marked, change.marked_old, change.marked_new):
        left = marked
        for tag in ("<del>", "</del>", "<ins>", "</ins>"):
            left = left.replace(tag, "")
        assert "<" not in left
