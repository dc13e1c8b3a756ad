"""Anything new or worrying? Ticks and a note. What was ticked counts whatever is wrong with the rest."""

from uuid import UUID, uuid4

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from clinic.text import validate_plain_text
from patients.red_flags import RedFlag, red_flags


class SignsForm(forms.Form):
    report = forms.UUIDField(required=False, widget=forms.HiddenInput)
    # When it was said, from a browser that kept it until it was online again; no part of the page.
    made_at = forms.DateTimeField(required=False, widget=forms.HiddenInput)
    note = forms.CharField(
        label=_("What is new?"),
        max_length=600,
        required=False,
        validators=[validate_plain_text],
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    def __init__(self, data: QueryDict | None = None) -> None:
        super().__init__(data, initial={"report": uuid4()})
        said = data.getlist("sign") if data else []
        self.ticked: list[RedFlag] = [sign for sign in red_flags() if sign.key in said]
        self.unknown = set(said) - {sign.key for sign in self.ticked}

    def clean(self) -> None:
        if self.unknown:
            raise forms.ValidationError(_t("The list has changed. Please open this page again."))
        if not self.ticked and not self.cleaned_data.get("note") and "note" not in self.errors:
            raise forms.ValidationError(_t("Tick a sign, or write what is new."))

    def report_id(self) -> UUID:
        """A page without a usable key still reports: a tick is worth more than a doubled row."""
        return self.cleaned_data.get("report") or uuid4()
