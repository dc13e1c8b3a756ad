"""Cleaning of what people type, before anything else looks at it; and numbers that carry a sign."""

import unicodedata

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

KEPT = {"\n", "\t"}


def has_control_characters(value: str) -> bool:
    """Control and format characters other than line feed and tab; line separators would split a mail header."""
    return any(
        character not in KEPT and unicodedata.category(character) in {"Cc", "Cs", "Zl", "Zp"}
        for character in value
    )


def validate_plain_text(value: str) -> None:
    if has_control_characters(value.replace("\r\n", "\n")):
        raise ValidationError(_("Remove the control characters from this text."), code="control_characters")


def validate_single_line(value: str) -> None:
    validate_plain_text(value)
    if "\n" in value or "\t" in value:
        raise ValidationError(_("Write this on one line."), code="line_break")


def signed(number: int) -> str:
    """With its sign in front, a minus that is not a hyphen; nothing in front of zero."""
    return f"{number:+d}".replace("-", "\N{MINUS SIGN}") if number else "0"
