"""What an action said, shown where it belongs."""

from django import forms

from clinic.errors import Refused


def show_refusal(form: forms.BaseForm, refused: Refused) -> None:
    """What an action said, at the field it spoke of."""
    form.add_error(refused.field if refused.field in form.fields else None, refused.message)
