from django import forms
from django.utils.translation import gettext_lazy as _

from patients.forms.restriction import ReasonForm


class EraseForm(ReasonForm):
    sure = forms.BooleanField(
        label=_("I have read what goes. It cannot be brought back."),
        error_messages={"required": _("Tick the box when you have read what goes.")},
    )
