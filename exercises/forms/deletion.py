from django import forms
from django.utils.translation import gettext_lazy as _


class DeleteRecordsForm(forms.Form):
    sure = forms.BooleanField(
        label=_("The law of our country does not ask us to keep these records. They cannot be brought back."),
        error_messages={"required": _("Tick the box when you are sure that none of them has to be kept.")},
    )
