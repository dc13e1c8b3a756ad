"""Answers side by side, each a whole button."""

from collections.abc import Iterator

from django import template
from django.forms import BoundField
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from clinic.text import escaped

register = template.Library()


@register.simple_tag
def pills(field: BoundField, takes_back: bool = False) -> SafeString:
    """Of a field with radio buttons. Django would render a template for each of them, and there are dozens on a page.
    ``takes_back``: the one without a value is a dash that takes a choice back, and is never chosen beforehand."""
    return SafeString("\n".join(_buttons(field, takes_back)))


def _buttons(field: BoundField, takes_back: bool) -> Iterator[str]:
    for radio in field:
        data = radio.data
        own, label, checked = "", escaped(data["label"]), " checked" if data["selected"] else ""
        if takes_back and not data["value"]:
            own, checked = ' class="none"', ""
            label = f'<span aria-hidden="true">–</span><span class="vh">{escaped(_("Not stated"))}</span>'
        name, value, key = (escaped(one) for one in (data["name"], data["value"], data["attrs"]["id"]))
        yield (
            f'<label{own}><input type="radio" name="{name}" value="{value}" id="{key}"{checked}>'
            f"<span>{label}</span></label>"
        )
