"""What is the same in every plan of a day, written once."""

import functools
from collections.abc import Iterable
from datetime import date

from django import template
from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from django.utils.translation import get_language

register = template.Library()


@register.simple_tag
def earlier_days(days: Iterable[date]) -> SafeString:
    """Links to the days that can still be filled in or corrected; the newest first."""
    return _earlier_days(tuple(days), get_language())


@functools.lru_cache(maxsize=100)
def _earlier_days(days: tuple[date, ...], language: str | None) -> SafeString:
    return SafeString(render_to_string("exercises/_plan_dates.html", {"dates": days}))
