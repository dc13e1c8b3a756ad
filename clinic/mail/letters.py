"""A letter: everything one e-mail says, composed at the moment it is sent and never stored."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from css_inline import CSSInliner
from django.template import Context, Engine
from django.utils import translation


@dataclass(frozen=True, slots=True)
class Letter:
    """``unsent`` is called when this attempt surely did not leave, so that the links in it can be forgotten."""

    to: str
    sender_name: str
    subject: str
    text: str
    html: str
    language: str = "en-gb"
    headers: Mapping[str, str] = field(default_factory=dict)
    unsent: Callable[[], None] | None = None


def render(  # noqa: PLR0913 - three of these are optional
    template: str,
    context: Mapping[str, Any],
    *,
    to: str,
    sender_name: str,
    language: str,
    headers: Mapping[str, str] | None = None,
    unsent: Callable[[], None] | None = None,
) -> Letter:
    """Compose from ``templates/emails/<template>.{subject.txt,txt,html}``.

    The context brings ``clinic`` and ``help_url``, which the base of every e-mail shows; language and direction are
    added here.
    """
    if missing := {"clinic", "help_url"} - context.keys():
        raise ValueError(f"every e-mail says whom to call: {sorted(missing)} missing")
    with translation.override(language):
        direction = "rtl" if translation.get_language_bidi() else "ltr"
        values = {**context, "lang": language, "dir": direction}
        return Letter(
            to=to,
            sender_name=sender_name,
            subject=" ".join(_filled(f"{template}.subject.txt", values, escape=False).split()),
            text=_filled(f"{template}.txt", values, escape=False).strip() + "\n",
            html=_inliner().inline(_filled(f"{template}.html", values, escape=True)),
            language=language,
            headers=headers or {},
            unsent=unsent,
        )


def _filled(name: str, values: dict[str, Any], *, escape: bool) -> str:
    template = Engine.get_default().get_template(f"emails/{name}")
    return str(template.render(Context(values, autoescape=escape)))


@cache
def _inliner() -> CSSInliner:
    """Mail readers drop style sheets, so rules become attributes; the at-rules for dark mode stay."""
    return CSSInliner(keep_at_rules=True, load_remote_stylesheets=False)
