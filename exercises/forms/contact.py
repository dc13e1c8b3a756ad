"""Small questions of the patient's page."""

from uuid import UUID

from django import forms
from django.utils.translation import gettext_lazy as _

from clinic.text import validate_plain_text
from exercises.visit import Span


class RemindersForm(forms.Form):
    ALLOW, STOP = "allow", "stop"

    change = forms.ChoiceField(
        choices=[(ALLOW, _("Allow reminders")), (STOP, _("Stop reminders"))],
        error_messages={"required": _("Choose to allow or to stop."), "invalid_choice": _("Unknown change.")},
    )


class ConfirmedForm(forms.Form):
    """The address that failed is right after all."""

    reason = forms.CharField(
        label=_("What the patient told you"),
        max_length=200,
        validators=[validate_plain_text],
        error_messages={"required": _("Say what the patient told you.")},
    )


class WindowForm(forms.Form):
    """What the address of the page asks for. A hand-made address is no reason to refuse the page."""

    span = forms.TypedChoiceField(choices=[(span, span) for span in Span], coerce=Span, required=False)
    closed = forms.UUIDField(required=False)

    def asked(self) -> Span:
        self.is_valid()
        return self.cleaned_data.get("span") or Span.SINCE_VISIT

    def closed_finding(self) -> UUID | None:
        """The finding that was closed a moment ago and can be taken back."""
        self.is_valid()
        found: UUID | None = self.cleaned_data.get("closed")
        return found
