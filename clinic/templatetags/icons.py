"""The icon set: decoration only, the words stand beside it."""

import functools

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

register = template.Library()

PATHS = {
    "check": "M4 12.5l5.5 5.5L20 6.5",
    "cross": "M5 5l14 14M19 5L5 19",
    "up": "M12 20V5M5 12l7-7 7 7",
    "down": "M12 4v15M5 12l7 7 7-7",
    "back": "M20 12H5M12 5l-7 7 7 7",
    "forward": "M4 12h15M12 5l7 7-7 7",
    "plus": "M12 4v16M4 12h16",
    "warning": "M12 4L2.5 20h19zM12 10v5M12 17.6v.1",
    "half": "M4 12h16",
    "mail": "M3 6h18v12H3zM3 7l9 7 9-7",
    "clock": "M12 3a9 9 0 1 0 .01 0M12 7v5l3.5 2",
    "print": "M7 9V3h10v6M7 17H3V9h18v8h-4M7 14h10v7H7z",
    "search": "M10.5 4a6.5 6.5 0 1 0 .01 0M15.5 15.5L21 21",
    "undo": "M8 5L4 9l4 4M4 9h10a6 6 0 0 1 0 12h-4",
}


@register.simple_tag
@functools.cache
def icon(name: str, flip: bool = False) -> SafeString:
    """``flip``: mirrored where a page reads from right to left. Dozens stand on one page, so each is written once."""
    return format_html(
        '<svg class="icon{}" viewBox="0 0 24 24" aria-hidden="true"><path d="{}"/></svg>',
        " flip" if flip else "",
        PATHS[name],
    )
