"""What is asked before exercises are given. Nothing is chosen beforehand: an empty list is no answer."""

from typing import Any
from uuid import UUID

from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext_lazy as _

from clinic.errors import Refused
from clinic.text import validate_plain_text
from patients.cautions import answers
from patients.models import CautionCheck

LONGEST_ADDRESS = 300


class CautionForm(forms.Form):
    """``newest``: the check that the page shows; its answers are filled in, "none of these" never is."""

    seen = forms.UUIDField(required=False, widget=forms.HiddenInput)
    back = forms.CharField(required=False, max_length=LONGEST_ADDRESS, widget=forms.HiddenInput)
    present = forms.MultipleChoiceField(
        label=_("What applies to this patient?"),
        choices=lambda: [(key, answer.label) for key, answer in answers().items()],
        required=False,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"invalid_choice": _("Open the form again: the list has changed.")},
    )
    none = forms.BooleanField(label=_("I asked: none of these"), required=False)
    note = forms.CharField(
        label=_("Note"),
        max_length=600,
        required=False,
        validators=[validate_plain_text],
        widget=forms.Textarea(attrs={"rows": 2}),
    )

    def __init__(self, data: QueryDict | None = None, *, newest: CautionCheck | None, back: str = "") -> None:
        known = [key for key in newest.present if key in answers()] if newest else []
        seen = str(newest.pk) if newest else ""
        super().__init__(data, initial={"seen": seen, "back": back, "present": known})

    def clean(self) -> dict[str, Any]:
        present, none = self.cleaned_data.get("present"), self.cleaned_data.get("none")
        if "present" not in self.errors:
            if present and none:
                self.add_error("none", ValidationError(_("Some are ticked above: not none."), code="both"))
            elif not present and not none:
                message = _("Tick what applies, or say that you asked and none of these does.")
                self.add_error("present", ValidationError(message, code="no_answer"))
        return self.cleaned_data

    def where_to(self) -> str:
        """The page to go back to, when it is one of ours."""
        back: str = self.cleaned_data["back"]
        fits = back.startswith("/") and url_has_allowed_host_and_scheme(back, allowed_hosts=None)
        return back if fits else ""

    def keep_up(self, refused: Refused, newest: CautionCheck | None) -> None:
        """Somebody was quicker: what was typed stays, and a second press is about the check as it is now."""
        if refused.code == "stale" and newest:
            data = self.data.copy()  # type: ignore[attr-defined]
            data["seen"] = str(newest.pk)
            self.data = data

    @property
    def last_seen(self) -> UUID | None:
        found: UUID | None = self.cleaned_data["seen"]
        return found
