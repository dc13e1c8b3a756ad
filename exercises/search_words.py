"""The words of a text as the catalogue's search compares them. Pure.

PostgreSQL stems English and matches beginnings of words; what it cannot do without extensions is done here: accents are
folded, hyphens part words, and the plurals that no stemmer knows get their singular beside them.
"""

import re

from patients.folding import search_text

MOST_WORDS = 8
IRREGULAR = {"feet": "foot", "calves": "calf", "forefeet": "forefoot"}
# Between the words that matter. Only in a query: "a stretch for the calf" asks for two words.
FILLERS = frozenset(["a", "an", "and", "at", "for", "in", "my", "of", "on", "or", "the", "to", "with"])


def indexed(text: str) -> str:
    """What is stored of a text: 'Pick-up with bare feet' -> 'pick up pickup with bare feet foot'."""
    found: list[str] = []
    for token in search_text(text).split():
        parts = _parts(token)
        found += parts
        if len(parts) > 1:
            found.append("".join(parts))  # so that "pickup" finds "pick-up"
        found += [IRREGULAR[part] for part in parts if part in IRREGULAR]
    return " ".join(dict.fromkeys(found))  # named by five findings is not five times as good


def asked(query: str) -> list[str]:
    """The words of a query that have to occur; fillers count only where there is nothing else."""
    words = [part for token in search_text(query).split() for part in _parts(token)]
    telling = [word for word in words if word not in FILLERS] or words
    return [IRREGULAR.get(word, word) for word in dict.fromkeys(telling)][:MOST_WORDS]


def whole_name(text: str) -> str:
    """A name as one word, so that a query can ask for it or for its beginning; no other word begins like it."""
    return "=" + " ".join(part for token in search_text(text).split() for part in _parts(token))


def _parts(token: str) -> list[str]:
    """``search_text`` leaves what stands in e-mail addresses; here it parts words."""
    return [part for part in re.split(r"[\W_]+", token) if part]
