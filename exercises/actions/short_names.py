from django.utils.crypto import get_random_string
from django.utils.text import slugify

ENDING = "abcdefghjkmnpqrstuvwxyz23456789"  # no letter that reads as another
LONGEST_WORDS = 48


def short_name(name: str, otherwise: str) -> str:
    """Readable, with an ending that nobody guesses: short names are unique over all clinics, and "taken" would tell one
    clinic of another's. ``otherwise``: for a name without a letter that addresses can hold."""
    words = slugify(name)[:LONGEST_WORDS].strip("-") or otherwise
    return f"{words}-{get_random_string(8, ENDING)}"
