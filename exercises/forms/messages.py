from datetime import date, datetime
from typing import Any, Self
from uuid import UUID, uuid4

from django import forms
from django.http import QueryDict
from django.utils.dateparse import parse_date
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _

from clinic.text import validate_plain_text, validate_single_line
from patients.actions import MessageEntry, TemplateEntry
from patients.models import LONGEST_MESSAGE, MessageTemplate

WORDS = {
    "required": _("Write the message."),
    "max_length": _("Make it shorter: %(limit_value)s characters are the most."),
}


class MessageForm(forms.Form):
    text = forms.CharField(
        label=_("Message to the patient"),
        max_length=LONGEST_MESSAGE,
        validators=[validate_plain_text],
        widget=forms.Textarea(attrs={"rows": 6}),
        error_messages=WORDS,
    )
    about_day = forms.DateField(
        label=_("Answers the note of"),
        required=False,
        widget=forms.Select,
        error_messages={"invalid": _("Choose a day from the list.")},
    )
    key = forms.UUIDField(widget=forms.HiddenInput)

    def __init__(self, data: QueryDict | None = None, *, day: date | None = None) -> None:
        super().__init__(data, initial={"key": uuid4(), "about_day": day})
        self.offer([])

    def offer(self, days: list[date]) -> None:
        """Days with a note; the one that was chosen stays in the list, however old."""
        chosen = self["about_day"].value()
        chosen = as_day(chosen) if isinstance(chosen, str) else chosen
        offered = sorted({*days, *([chosen] if chosen else [])}, reverse=True)
        self.fields["about_day"].widget.choices = [
            ("", _("no note")),
            *[(one.isoformat(), date_format(one, "l j M Y")) for one in offered],
        ]

    @classmethod
    def afresh(cls, posted: QueryDict) -> Self:
        """What was typed, for a message of its own."""
        typed = posted.copy()
        typed["key"] = str(uuid4())
        return cls(typed)

    def entry(self) -> MessageEntry:
        said = self.cleaned_data
        return MessageEntry(text=said["text"], about_day=said["about_day"], key=said["key"])


class InsertForm(forms.Form):
    """The button that puts a template's words into the message."""

    insert = forms.UUIDField()

    def key(self) -> UUID | None:
        return self.cleaned_data["insert"] if self.is_valid() else None


class TemplateForm(forms.Form):
    name = forms.CharField(
        label=_("Name"),
        help_text=_("For the button. The patient does not see it."),
        max_length=60,
        validators=[validate_single_line],
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        error_messages={"required": _("Enter a name.")},
    )
    text = forms.CharField(
        label=_("Words"),
        max_length=LONGEST_MESSAGE,
        validators=[validate_plain_text],
        widget=forms.Textarea(attrs={"rows": 6}),
        error_messages={**WORDS, "required": _("Write the words.")},
    )
    shared = forms.BooleanField(label=_("For everybody in the clinic who writes messages"), required=False)

    def __init__(self, data: QueryDict | None = None, *, template: MessageTemplate | None = None) -> None:
        initial: dict[str, Any] = {}
        if template:
            initial = {"name": template.name, "text": template.text, "shared": template.owner_id is None}
        super().__init__(data, initial=initial)

    def entry(self) -> TemplateEntry:
        return TemplateEntry(**self.cleaned_data)


def as_day(value: str) -> date | None:
    try:
        return parse_date(value)
    except ValueError:
        return None


def as_instant(value: str) -> datetime | None:
    """Of the address of a page of older entries; None for what no page of ours has in it."""
    try:
        found = datetime.fromisoformat(value)
    except ValueError:
        return None
    return found if found.tzinfo and found.year > 1 else None
