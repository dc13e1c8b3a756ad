"""What the page of outgoing e-mail is asked for."""

from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from exercises.outgoing.kinds import KINDS
from exercises.outgoing.lines import LABELS, Show

ORDERS = [("", _("the newest first")), ("oldest", _("the oldest first"))]


def _day(label: Any) -> forms.DateField:
    return forms.DateField(
        label=label, required=False, widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})
    )


class OutgoingForm(forms.Form):
    """Everything may stay empty. What cannot be read is said, and nothing is listed by it."""

    show = forms.ChoiceField(label=_("State"), required=False, choices=list(LABELS.items()))
    letter = forms.ChoiceField(label=_("Which e-mail"), required=False)
    first = _day(_("From"))
    last = _day(_("To"))
    order = forms.ChoiceField(label=_("Order"), required=False, choices=ORDERS)
    patient = forms.UUIDField(required=False, widget=forms.HiddenInput())

    def __init__(self, asked: Any, *, hidden: tuple[str, ...], first: date | None) -> None:
        """``hidden``: letters that this person does not see. ``first``: unless another day, or none, is asked for."""
        if first and "first" not in asked:
            asked = asked.copy()
            asked["first"] = first.isoformat()
        super().__init__(asked)
        letters = [(key, kind.label) for key, kind in KINDS.items() if key not in hidden]
        self.fields["letter"].choices = [("", _t("every e-mail")), *letters]  # type: ignore[attr-defined]

    def clean_show(self) -> Show:
        return Show(self.cleaned_data["show"])

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        first, last = given.get("first"), given.get("last")
        if first and last and first > last:
            self.add_error("last", _t("This day is before the first."))
        return given
