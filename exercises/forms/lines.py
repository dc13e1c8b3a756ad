"""A list of texts as a curator types it: one entry a line."""

from typing import Any

from django import forms
from django.contrib.admin.widgets import AdminTextareaWidget
from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import ValidationError
from django.utils.text import capfirst
from django.utils.text import format_lazy as joined
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _


class LinesField(forms.Field):
    """A list in a text area, one entry a line. A fault names its line. ``known``: the entries that there are."""

    def __init__(self, *, column: ArrayField, known: frozenset[str] | None = None, **kwargs: Any) -> None:
        self.entry, self.known = column.base_field, known
        told = joined("{} {} {}.", column.help_text, _("Known are:"), self._known_words())
        super().__init__(
            required=not column.blank,
            label=capfirst(column.verbose_name),
            help_text=told if known else column.help_text,
            widget=AdminTextareaWidget(attrs={"rows": 4 if known else 8}),
            **kwargs,
        )

    def prepare_value(self, value: Any) -> Any:
        return "\n".join(value) if isinstance(value, list) else value

    def to_python(self, value: str | None) -> list[str]:
        return [line.strip() for line in (value or "").splitlines() if line.strip()]

    def has_changed(self, initial: Any, data: Any) -> bool:
        return self.to_python(data) != (initial or [])

    def validate(self, value: list[str]) -> None:
        super().validate(value)
        faults = []
        for number, line in enumerate(value, start=1):
            if why := self._fault(line) or (_t("stands twice") if value.index(line) < number - 1 else ""):
                faults.append(_t("Line %(number)s: %(why)s") % {"number": number, "why": why})
        if faults:
            raise ValidationError(faults, code="line")

    def _known_words(self) -> str:
        return ", ".join(sorted(self.known or ()))

    def _fault(self, line: str) -> str:
        if self.known is not None and line not in self.known:
            words = _t("“%(line)s” is not known. Known are: %(known)s.")
            return words % {"line": line, "known": self._known_words()}
        try:
            self.entry.clean(line, None)
        except ValidationError as error:
            return " ".join(error.messages)
        return ""
