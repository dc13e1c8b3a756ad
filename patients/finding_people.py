"""What somebody who looks for a patient typed: words, a date of birth, and names with a slip of the keys. Pure.

A name with one slip is found through its deletion neighbourhood: the word itself and each form of it that lacks one
letter. Of two words that a single slip parts, the two neighbourhoods share a form, so that an index can be asked for it.
PostgreSQL makes the same of what is stored (``patients_near`` in the migration ``finding_people``).
"""

import re
from dataclasses import dataclass, field
from datetime import date
from functools import cache

from django.utils import translation
from django.utils.dates import MONTHS, MONTHS_3

from patients.folding import search_text

LONGEST_QUERY, MOST_WORDS = 200, 6
LONGEST_WORD = 64  # folding can lengthen eighteenfold, and what PostgreSQL looks for has a limit
SHORTEST, LONGEST = 4, 32  # letters of a word in which a slip is looked for
NO_NAME = frozenset("@0123456789")  # of an address or a number another one is not a slip, but another one
_APART = r" ?[./\- ] ?"
_YEAR = r"(\d{4}|\d{2})"
_FIRST, _LAST = r"(?<![\w@.+/\-])", r"(?![\w@+/\-])"
_MONTH = r"([^\W\d_]{3,12})"
YEAR_FIRST = re.compile(rf"{_FIRST}(\d{{4}}){_APART}(\d{{1,2}}){_APART}(\d{{1,2}}){_LAST}")
DAY_FIRST = re.compile(rf"{_FIRST}(\d{{1,2}}){_APART}(\d{{1,2}}){_APART}{_YEAR}{_LAST}")
MONTH_SECOND = re.compile(
    rf"{_FIRST}(\d{{1,2}})(?:st|nd|rd|th)?\.? ?(?:de )?{_MONTH}[.,]? ?(?:de )?{_YEAR}{_LAST}"
)
MONTH_FIRST = re.compile(rf"{_FIRST}{_MONTH}\.? ?(\d{{1,2}})(?:st|nd|rd|th)?,? {_YEAR}{_LAST}")


@dataclass(frozen=True, slots=True)
class Asked:
    """``births``: the days that a typed date can mean; without any, no date was typed."""

    words: list[str] = field(default_factory=list)
    births: list[date] = field(default_factory=list)
    nothing: bool = False  # nothing was typed: that is no question and finds everybody

    @property
    def slips(self) -> list[tuple[str, frozenset[str]]]:
        """Each word with its neighbourhood."""
        return [(word, neighbourhood(word)) for word in self.words]


def asked(query: str, today: date, languages: tuple[str, ...] = ("en",)) -> Asked:
    text = " ".join(query[:LONGEST_QUERY].split())
    if not text:
        return Asked(nothing=True)
    births, rest = _births(text, today, languages)
    words = search_text(rest).split()[:MOST_WORDS]
    return Asked([word[:LONGEST_WORD] for word in words], births)


def neighbourhood(word: str) -> frozenset[str]:
    """The word and each form of it without one letter; of three letters the word alone, of fewer nothing."""
    if not SHORTEST - 1 <= len(word) <= LONGEST or not NO_NAME.isdisjoint(word):
        return frozenset()
    if len(word) < SHORTEST:
        return frozenset([word])
    return frozenset([word, *(word[:at] + word[at + 1 :] for at in range(len(word)))])


def one_slip_apart(one: str, other: str) -> bool:
    """The same, or one letter more, fewer or another, or two neighbours swapped."""
    short, long = sorted((one, other), key=len)
    if len(long) - len(short) > 1:
        return False
    at = next((n for n, (a, b) in enumerate(zip(short, long, strict=False)) if a != b), len(short))
    if len(short) < len(long):
        return short[at:] == long[at + 1 :]
    swapped = short[at : at + 2] == long[at : at + 2][::-1] and short[at + 2 :] == long[at + 2 :]
    return swapped or short[at + 1 :] == long[at + 1 :]


def searchable(said: str) -> str:
    """What is stored of a name, a number and an address: the words, and of those with hyphens the later parts too."""
    whole = search_text(said).split()
    parts = [part for word in whole if "@" not in word for part in word.split("-")[1:] if part]
    return " ".join([*whole, *parts])


def resembles(asked: Asked, stored: str) -> bool:
    """Each word asked for begins a stored one, or is one slip from it."""
    words = stored.split()
    return all(
        any(word.startswith(wanted) or (near and one_slip_apart(wanted, word)) for word in words)
        for wanted, near in asked.slips
    )


def _births(text: str, today: date, languages: tuple[str, ...]) -> tuple[list[date], str]:
    """The days that the first date in the text can mean, and the text without it."""
    for pattern in (YEAR_FIRST, DAY_FIRST, MONTH_SECOND, MONTH_FIRST):
        for found in pattern.finditer(text):
            if days := _readings(pattern, found.groups(), today, languages):
                return days, f"{text[: found.start()]} {text[found.end() :]}"
    return [], text


def _readings(
    pattern: re.Pattern[str], parts: tuple[str, ...], today: date, languages: tuple[str, ...]
) -> list[date]:
    """Of two numbers the first is the day, as everywhere that we speak to; the month only where it cannot be the day."""
    if pattern is YEAR_FIRST:
        return _days(parts[0], parts[1], parts[2], today)
    if pattern is DAY_FIRST:
        return _days(parts[2], parts[1], parts[0], today) or _days(parts[2], parts[0], parts[1], today)
    day, month = parts[:2] if pattern is MONTH_SECOND else (parts[1], parts[0])
    return _days(parts[2], str(_month(month, languages)), day, today)


def _days(year: str, month: str, day: str, today: date) -> list[date]:
    """Of a year in two digits: each that a living person can have been born in."""
    years = [int(year)] if len(year) > 2 else [1900 + int(year), 2000 + int(year)]
    days = []
    for each in years:
        try:
            born = date(each, int(month), int(day))
        except ValueError:
            continue
        if born <= today or len(year) > 2:
            days.append(born)
    return days


def _month(typed: str, languages: tuple[str, ...]) -> int:
    """Its name in one of the languages, or the beginning of one; 0 where that says nothing, or two things."""
    meant = months(languages).get(search_text(typed), frozenset())
    return next(iter(meant)) if len(meant) == 1 else 0


@cache
def months(languages: tuple[str, ...]) -> dict[str, frozenset[int]]:
    """Beginnings of three letters and more, and the months that they can mean."""
    found: dict[str, frozenset[int]] = {}
    for language in languages:
        with translation.override(language):
            names = [(search_text(str(name)), n) for table in (MONTHS, MONTHS_3) for n, name in table.items()]
        for name, number in names:
            for end in range(3, len(name) + 1):
                found[name[:end]] = found.get(name[:end], frozenset()) | {number}
    return found
