"""Fields of which a page has dozens: a template for each took longer than all else on the page."""

from django import template
from django.forms import BoundField
from django.template.loader import render_to_string
from django.utils.html import format_html
from django.utils.safestring import SafeString

FIELD = '<div class="{}">\n  <label for="{}">{}</label>\n  {}{}\n</div>'
register = template.Library()


@register.simple_tag
def bare_field(field: BoundField, box: str = "") -> SafeString:
    """Where it goes without saying that the field may stay empty: doses, filters. ``box``: class of what is around it."""
    classes = f"field{' bad' if field.errors else ''} {box}".rstrip()
    told = field.errors or field.help_text
    words = render_to_string("components/field_words.html", {"field": field}) if told else ""
    return format_html(FIELD, classes, field.id_for_label, field.label, words, field)
