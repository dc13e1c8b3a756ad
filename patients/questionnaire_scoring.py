"""From the answers to a questionnaire to its score. What was left out is missing: it is never counted as zero. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum

CENTS = Decimal("0.01")


class Method(StrEnum):
    """The same codes as ``models.Scoring``."""

    SUM = "sum"
    MEAN = "mean"
    PERCENT = "percent"


@dataclass(frozen=True, slots=True)
class Question:
    """``turned``: counted the other way round, so that the highest answer counts as the lowest."""

    lowest: int
    highest: int
    turned: bool = False

    def accepts(self, answer: int) -> bool:
        return self.lowest <= answer <= self.highest

    def counted(self, answer: int) -> int:
        return self.lowest + self.highest - answer if self.turned else answer


@dataclass(frozen=True, slots=True)
class Template:
    """``questions`` by their place; fewer than ``least_answered`` answers give no score."""

    method: Method
    least_answered: int
    questions: Mapping[int, Question]

    def score(self, answers: Mapping[int, int | None]) -> Decimal | None:
        """Answers by the place of their question; None, or no entry at all, is a question left out."""
        given = {place: answer for place, answer in answers.items() if answer is not None}
        if not given or len(given) < self.least_answered:
            return None
        total = sum(self.questions[place].counted(answer) for place, answer in given.items())
        if self.method is Method.MEAN:
            return _rounded(Decimal(total) / len(given))
        if self.method is Method.PERCENT:
            most = sum(self.questions[place].highest for place in given)
            return _rounded(Decimal(100 * total) / most)
        return _rounded(Decimal(total))

    def faults(self) -> list[str]:
        """Codes of what keeps such a template from being used."""
        found = []
        if not self.questions:
            found.append("no_question")
        if self.least_answered > len(self.questions):
            found.append("too_few_questions")
        if self.method is Method.PERCENT and _any_below_zero(list(self.questions.values())):
            found.append("percent_below_zero")  # a share of a sum with negative parts means nothing
        return found


def _any_below_zero(questions: Sequence[Question]) -> bool:
    return any(question.lowest < 0 for question in questions)


def _rounded(score: Decimal) -> Decimal:
    return score.quantize(CENTS, rounding=ROUND_HALF_UP)
