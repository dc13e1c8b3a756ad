"""Mails that differ in their addresses only are rendered once: a form with marks, which each mail fills in.

A template prints such a value and asks nothing of it; what it asks about belongs to the form. Two forms are the same
when everything in them is, word for word.
"""

import html
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache, lru_cache
from typing import Any

from css_inline import CSSInliner
from django.db.models import Model
from django.template import Context, Engine
from django.utils import timezone, translation

KEPT = 500
_MARK = secrets.token_hex(8)  # letters and digits: no escaping and no reader of HTML changes them


@dataclass(frozen=True, slots=True)
class Form:
    subject: str
    text: str
    html: str

    def filled(self, values: Mapping[str, str]) -> "Form":
        subject, text, page = self.subject, self.text, self.html
        for name, value in values.items():
            place = mark(name)
            text, page = text.replace(place, value), page.replace(place, html.escape(value))
            subject = subject.replace(place, value) if _MARK in subject else subject
        return Form(subject, text, page)


def form(template: str, context: Mapping[str, Any], own: Mapping[str, str], language: str) -> Form:
    """From ``templates/emails/<template>.{subject.txt,txt,html}``. ``own``: what differs from mail to mail."""
    values = {**context, **{name: mark(name) for name in own}}
    zone = timezone.get_current_timezone_name()
    return _form(template, language, zone, _Values(tuple(map(_content, values.items())), values))


@dataclass(frozen=True)
class _Values:
    """A context that compares by its content."""

    content: tuple[Any, ...]
    context: dict[str, Any] = field(compare=False)


@lru_cache(KEPT)
def _form(template: str, language: str, zone: str, values: _Values) -> Form:
    with translation.override(language):
        direction = "rtl" if translation.get_language_bidi() else "ltr"
        context = {**values.context, "lang": language, "dir": direction}
        return Form(
            subject=" ".join(_rendered(f"{template}.subject.txt", context, escape=False).split()),
            text=_rendered(f"{template}.txt", context, escape=False).strip() + "\n",
            html=_inliner().inline(_rendered(f"{template}.html", context, escape=True)),
        )


def forget() -> None:
    """All forms are rendered anew: what a template reads besides its context is not asked about."""
    _form.cache_clear()


def _rendered(name: str, context: dict[str, Any], *, escape: bool) -> str:
    template = Engine.get_default().get_template(f"emails/{name}")
    return str(template.render(Context(context, autoescape=escape)))


def _content(item: tuple[str, Any]) -> tuple[str, str]:
    name, value = item
    if isinstance(value, Model):
        return name, repr({key: kept for key, kept in vars(value).items() if key != "_state"})
    return name, repr(value)


@cache
def mark(name: str) -> str:
    """What stands in the form where the mail has its own value."""
    return f"{_MARK}{name.replace('_', '')}{_MARK}"


@cache
def _inliner() -> CSSInliner:
    """Mail readers drop style sheets, so rules become attributes; the at-rules for dark mode stay."""
    return CSSInliner(keep_at_rules=True, load_remote_stylesheets=False)
