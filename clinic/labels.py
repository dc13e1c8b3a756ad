"""Choices of a column in words."""

from collections.abc import Callable
from typing import Any

from django.db.models import Choices


def display(column: str, choices: type[Choices]) -> Callable[[Any], str]:
    """``get_kind_display = display("kind", Kind)``: what Django writes itself, but Django translates all choices of the
    column to tell one of them."""

    def told(row: Any) -> str:
        value = getattr(row, column)
        try:
            return str(choices(value).label)
        except ValueError:
            return str(value)

    return told
