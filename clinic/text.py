"""Cleaning of what people type, before anything else looks at it; numbers that carry a sign; text as HTML has it."""

import html
import re
import unicodedata

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

KEPT = {"\n", "\t"}
_IN_NEED = re.compile("[&<>\"']").search


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


def escaped(value: object) -> str:
    """As Django's ``conditional_escape``, for pages that write hundreds of such texts: few hold anything to escape."""
    text = value if isinstance(value, str) else str(value)
    return text if hasattr(text, "__html__") or not _IN_NEED(text) else html.escape(text)
