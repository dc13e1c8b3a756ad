"""Forms of django-allauth in our words."""

from typing import Any

from allauth.account.fields import PasswordField
from allauth.account.forms import LoginForm as BaseLoginForm
from allauth.account.forms import ResetPasswordForm as BaseResetPasswordForm
from django import forms
from django.utils.translation import gettext_lazy as _

LONGEST_PASSWORD = 4096  # nobody chose a longer one, and each try of it costs a hash


class LoginForm(BaseLoginForm):
    password = PasswordField(
        label=_("Password"),
        autocomplete="current-password",
        show_reset_help=True,
        max_length=LONGEST_PASSWORD,
    )

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
