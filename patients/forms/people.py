"""To whom a leaver's patients go."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from clinic.models import Membership


class HandOverForm(forms.Form):
    receiver = forms.ChoiceField(label=_("Patients go to"))
    close = forms.BooleanField(
        label=_("Close the account afterwards"),
        required=False,
        help_text=_("The person is signed out everywhere at once. It can be opened again."),
    )

    def __init__(
        self, *args: Any, people: Sequence[Membership], giver: Membership | None, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.people = {str(member.pk): member for member in people}
        self.fields["receiver"].choices = [  # type: ignore[attr-defined]
            ("", _("Choose")),
            *((key, member.user.name) for key, member in self.people.items()),
        ]
        if giver is None or not giver.is_active:
            del self.fields["close"]

    @property
    def chosen(self) -> Membership:
        return self.people[self.cleaned_data["receiver"]]
