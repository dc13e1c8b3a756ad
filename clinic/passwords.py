"""Passwords that everybody tries first. Length is the rule (twelve characters); this refuses the long ones that are still
known: Django's list has 20,000 common passwords, of which 194 are so long, and people lengthen the others in few ways.
"""

import re

from django.contrib.auth.password_validation import CommonPasswordValidator
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

KEYBOARD = (
    "qwertyuiopasdfghjklzxcvbnm",
    "qwertzuiopasdfghjklyxcvbnm",
    "azertyuiopqsdfghjklmwxcvbn",
    "1234567890",
)
ALPHABET = "abcdefghijklmnopqrstuvwxyz"
LEET = str.maketrans("4301$5@7", "aeoissat")
FILLING = re.compile(r"[\W\d_]+")  # digits and signs, in front, behind, between
FEWEST_DIFFERENT = 5


class KnownPasswordValidator(CommonPasswordValidator):
    """Common passwords, also lengthened with digits and signs, doubled, strung together or typed along the keyboard."""

    def validate(self, password: str, user: object = None) -> None:
        if self.is_known(password.casefold().strip()):
            raise ValidationError(
                _(
                    "Others try this password first. Take several words that have nothing to do with each other."
                ),
                code="password_too_common",
            )

    def is_known(self, password: str) -> bool:
        if password in self.passwords or len(set(password)) < FEWEST_DIFFERENT or _is_a_row(password):
            return True
        if self._strung(password):
            return True
        words = [word for word in FILLING.split(password) if word]
        plain = [word for word in FILLING.split(password.translate(LEET)) if word]
        return all(map(self._common, words)) or (bool(plain) and all(map(self._common, plain)))

    def _common(self, word: str) -> bool:
        return word in self.passwords or self._doubled(word) or _is_a_row(word)

    def _doubled(self, word: str) -> bool:
        """One common password several times: "dragondragon"."""
        return any(
            len(word) % size == 0
            and word == word[:size] * (len(word) // size)
            and word[:size] in self.passwords
            for size in range(3, len(word) // 2 + 1)
        )

    def _strung(self, password: str) -> bool:
        """Two of them, or one with digits and signs around it: "monkeydragon", "leika86!2026"."""
        halves = ((password[:cut], password[cut:]) for cut in range(1, len(password)))
        return any(
            (first in self.passwords and (last in self.passwords or FILLING.fullmatch(last)))
            or (last in self.passwords and FILLING.fullmatch(first))
            for first, last in halves
        )

    def get_help_text(self) -> str:
        return _("Several words that have nothing to do with each other are easy to keep.")


def _is_a_row(word: str) -> bool:
    """Neighbours on a keyboard or in the alphabet, there or back, however often."""
    rows = [row * (len(word) // len(row) + 2) for row in (*KEYBOARD, ALPHABET)]
    return len(word) > 3 and any(word in row or word[::-1] in row for row in rows)
