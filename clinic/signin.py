"""Forms of django-allauth in our words."""

from typing import Any

from allauth.account.forms import LoginForm as BaseLoginForm
from allauth.account.forms import ResetPasswordForm as BaseResetPasswordForm
from django import forms
from django.utils.translation import gettext_lazy as _


class LoginForm(BaseLoginForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _name_address(self.fields["login"])


class ResetPasswordForm(BaseResetPasswordForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _name_address(self.fields["email"])


def _name_address(field: forms.Field) -> None:
    """The label says it: a placeholder would only repeat it."""
    field.label = _("E-mail address")
    field.widget.attrs.pop("placeholder", None)
