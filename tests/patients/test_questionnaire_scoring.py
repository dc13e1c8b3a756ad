"""The three scoring rules, the other way round, and what is missing."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from patients.models import Scoring
from patients.questionnaire_scoring import Method, Question, Template

pytestmark = pytest.mark.slow  # tries everything there is

TEN = Question(0, 10)


def template(method: str, *questions: Question, least: int = 1) -> Template:
    return Template(Method(method), least, dict(enumerate(questions, start=1)))


def test_the_codes_are_those_of_the_model() -> None:
    assert {method.value for method in Method} == set(Scoring.values)


@pytest.mark.parametrize(
    ("method", "answers", "score"),
    [
        ("sum", {1: 3, 2: 4, 3: 8}, "15.00"),
        ("sum", {1: 3, 2: None, 3: 8}, "11.00"),
        ("mean", {1: 3, 2: 4, 3: 4}, "3.67"),
        ("mean", {1: 1, 2: 2}, "1.50"),
        ("percent", {1: 3, 2: 4, 3: 8}, "50.00"),
        ("percent", {1: 5}, "50.00"),
        ("percent", {1: 10, 3: 5}, "75.00"),
        ("percent", {1: 0, 2: 0, 3: 0}, "0.00"),
        ("sum", {1: 0}, "0.00"),
        ("sum", {1: None}, None),
        ("sum", {}, None),
    ],
)
def test_each_rule(method: str, answers: dict[int, int | None], score: str | None) -> None:
    assert template(method, TEN, TEN, TEN).score(answers) == (None if score is None else Decimal(score))


def test_half_a_hundredth_is_rounded_up() -> None:
    eights = [Question(0, 10)] * 8
    answers = dict.fromkeys(range(1, 9), 0) | {1: 1}  # an eighth: 0.125
    assert template("mean", *eights).score(answers) == Decimal("0.13")


@pytest.mark.parametrize(("answered", "score"), [(1, None), (2, "8.00"), (3, "12.00")])
def test_fewer_answers_than_needed_give_no_score(answered: int, score: str | None) -> None:
    found = template("sum", TEN, TEN, TEN, least=2).score(dict.fromkeys(range(1, answered + 1), 4))
    assert found == (None if score is None else Decimal(score))


@pytest.mark.parametrize(
    ("question", "answer", "counted"),
    [
        (Question(0, 4, turned=True), 0, 4),
        (Question(1, 5, turned=True), 2, 4),
        (Question(-3, 3, turned=True), 3, -3),
    ],
)
def test_the_other_way_round(question: Question, answer: int, counted: int) -> None:
    assert question.counted(answer) == counted


def test_what_keeps_a_template_from_being_used() -> None:
    assert template("sum").faults() == ["no_question", "too_few_questions"]
    assert template("sum", TEN, least=2).faults() == ["too_few_questions"]
    assert template("percent", Question(-1, 3)).faults() == ["percent_below_zero"]
    assert template("sum", Question(-1, 3)).faults() == []
    assert template("percent", TEN).faults() == []


ranges = st.integers(0, 5).flatmap(
    lambda low: st.builds(Question, st.just(low), st.integers(low + 1, low + 10), st.booleans())
)


@st.composite
def filled(draw: st.DrawFn) -> tuple[dict[int, Question], dict[int, int | None]]:
    questions = dict(enumerate(draw(st.lists(ranges, min_size=1, max_size=12)), start=1))
    answers = {
        place: draw(st.none() | st.integers(question.lowest, question.highest))
        for place, question in questions.items()
    }
    return questions, answers


@given(filled(), st.sampled_from(Method), st.integers(1, 12))
def test_a_score_lies_within_what_the_answers_allow(
    found: tuple[dict[int, Question], dict[int, int | None]], method: Method, least: int
) -> None:
    questions, answers = found
    score = Template(method, least, questions).score(answers)
    given_places = [place for place, answer in answers.items() if answer is not None]
    if len(given_places) < least or not given_places:
        assert score is None
        return
    lows = [questions[place].lowest for place in given_places]
    highs = [questions[place].highest for place in given_places]
    assert score is not None
    if method is Method.SUM:
        assert sum(lows) <= score <= sum(highs)
    elif method is Method.MEAN:
        assert min(lows) <= score <= max(highs)
    else:
        assert 0 <= score <= 100


@given(filled(), st.sampled_from(Method))
def test_missing_is_missing_however_it_is_said(
    found: tuple[dict[int, Question], dict[int, int | None]], method: Method
) -> None:
    questions, answers = found
    only_given = {place: answer for place, answer in answers.items() if answer is not None}
    scoring = Template(method, 1, questions)
    assert scoring.score(answers) == scoring.score(only_given)


@given(filled(), st.sampled_from(Method))
def test_the_order_of_answers_does_not_count(
    found: tuple[dict[int, Question], dict[int, int | None]], method: Method
) -> None:
    questions, answers = found
    scoring = Template(method, 1, questions)
    assert scoring.score(answers) == scoring.score(dict(reversed(answers.items())))


@given(filled())
def test_turning_twice_is_turning_never(found: tuple[dict[int, Question], dict[int, int | None]]) -> None:
    for place, question in found[0].items():
        answer = found[1][place]
        if answer is not None:
            turned = Question(question.lowest, question.highest, turned=True)
            assert turned.counted(turned.counted(answer)) == answer
            assert question.accepts(turned.counted(answer))
