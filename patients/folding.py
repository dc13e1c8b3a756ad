"""Text as a search compares it: without case and accents. PostgreSQL's unaccent is not everywhere to be had."""

import unicodedata

# Letters that Unicode does not take apart.
SINGLE = str.maketrans({"ß": "ss", "ø": "o", "đ": "d", "ł": "l", "æ": "ae", "œ": "oe", "þ": "th", "ı": "i"})


def search_text(value: str) -> str:
    """'Zoë O’Brien' -> 'zoe obrien'."""
    apart = unicodedata.normalize("NFKD", value.casefold().translate(SINGLE))
    letters = (c for c in apart if not unicodedata.combining(c) and c not in "'’")
    return " ".join("".join(c if c.isalnum() or c in "@.-_+" else " " for c in letters).split())
