"""Django renders a template for each widget, and within it one for each option and each list of attributes: a form with a
long list took a tenth of a second. The few shapes that widgets have are written out here; the HTML is the same."""

from collections.abc import Callable, Mapping
from typing import Any

from django.forms.renderers import DjangoTemplates
from django.utils.formats import localize
from django.utils.safestring import SafeString

from clinic.text import escaped

FOLDER = "django/forms/widgets/"
INPUTS = (
    *("text", "number", "email", "url", "password", "hidden", "search", "tel", "color"),
    *("date", "datetime", "time", "checkbox", "file", "input"),
)
# A widget whose options have a template of their own is left to Django.
OPTIONS = {f"{FOLDER}{kind}_option.html" for kind in ("select", "radio", "checkbox")}

Widget = Mapping[str, Any]


def _attributes(attrs: Mapping[str, Any]) -> str:
    """True is an attribute without a value, False is none."""
    return "".join(
        f" {name}" if value is True else f' {name}="{escaped(value)}"'
        for name, value in attrs.items()
        if value is not False
    )


def _input(widget: Widget) -> str:
    value = "" if widget["value"] is None else f' value="{escaped(widget["value"])}"'
    kind, name = escaped(widget["type"]), escaped(widget["name"])
    return f'<input type="{kind}" name="{name}"{value}{_attributes(widget["attrs"])}>'


def _textarea(widget: Widget) -> str:
    text = escaped(widget["value"] or "")
    return f'<textarea name="{escaped(widget["name"])}"{_attributes(widget["attrs"])}>\n{text}</textarea>'


def _select(widget: Widget) -> str:
    lines = [f'<select name="{escaped(widget["name"])}"{_attributes(widget["attrs"])}>']
    for group, options, _index in widget["optgroups"]:
        if group:
            lines.append(f'\n  <optgroup label="{_label(group)}">')
        lines += [
            f'\n  <option value="{escaped(one["value"])}"{_attributes(one["attrs"])}>{_label(one["label"])}</option>'
            for one in options
        ]
        if group:
            lines.append("\n  </optgroup>")
    return "".join([*lines, "\n</select>"])


def _choices(widget: Widget) -> str:
    """Radio buttons or boxes, each within its label."""
    own = {name: str(widget["attrs"][name]) for name in ("id", "class") if widget["attrs"].get(name)}
    lines = [f"<div{_attributes(own)}>"]
    for group, options, _index in widget["optgroups"]:
        if group:
            lines.append(f"\n  <div><label>{_label(group)}</label>")
        lines += [f"<div>\n    {_choice(one)}</div>" for one in options]
        if group:
            lines.append("\n  </div>")
    return "".join([*lines, "\n</div>"])


def _choice(option: Widget) -> str:
    if not option["wrap_label"]:
        return _input(option)
    key = option["attrs"].get("id")
    return (
        f"<label{_attributes({'for': key} if key else {})}>{_input(option)} {_label(option['label'])}</label>"
    )


def _label(label: Any) -> str:
    return escaped(label if isinstance(label, str) else localize(label))


WRITERS: dict[str, Callable[[Widget], str]] = {
    **{f"{FOLDER}{kind}.html": _input for kind in INPUTS},
    f"{FOLDER}textarea.html": _textarea,
    f"{FOLDER}select.html": _select,
    f"{FOLDER}radio.html": _choices,
    f"{FOLDER}checkbox_select.html": _choices,
}


class FormRenderer(DjangoTemplates):
    def render(self, template_name: str, context: dict[str, Any], request: Any = None) -> str:
        write, widget = WRITERS.get(template_name), context.get("widget", {})
        options = {one["template_name"] for _, group, _ in widget.get("optgroups", ()) for one in group}
        if write is None or not options <= OPTIONS:
            return super().render(template_name, context, request)
        return SafeString(write(widget))
