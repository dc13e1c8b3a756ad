"""Forms of django-allauth in our words."""

import copy
from typing import Any

from allauth.account import forms as theirs
from django import forms
from django.core.validators import MaxLengthValidator
from django.utils.translation import gettext_lazy as _

LONGEST_PASSWORD = 4096  # nobody chose a longer one, and each is hashed and compared with many others


def limited(form: type[forms.Form], name: str) -> Any:
    """The password of a form of theirs, which has no limit. No ``maxlength``: a browser would cut what is pasted."""
    field: Any = copy.deepcopy(form.base_fields[name])
    field.max_length = LONGEST_PASSWORD
    field.validators.append(MaxLengthValidator(LONGEST_PASSWORD))
    return field


class LoginForm(theirs.LoginForm):
    password = limited(theirs.LoginForm, "password")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _name_address(self.fields["login"])


class ResetPasswordForm(theirs.ResetPasswordForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _name_address(self.fields["email"])


class ReauthenticateForm(theirs.ReauthenticateForm):
    password = limited(theirs.ReauthenticateForm, "password")


class ChangePasswordForm(theirs.ChangePasswordForm):
    oldpassword = limited(theirs.ChangePasswordForm, "oldpassword")
    password1 = limited(theirs.ChangePasswordForm, "password1")
    password2 = limited(theirs.ChangePasswordForm, "password2")


class SetPasswordForm(theirs.SetPasswordForm):
    password1 = limited(theirs.SetPasswordForm, "password1")
    password2 = limited(theirs.SetPasswordForm, "password2")


class ResetPasswordKeyForm(theirs.ResetPasswordKeyForm):
    password1 = limited(theirs.ResetPasswordKeyForm, "password1")
    password2 = limited(theirs.ResetPasswordKeyForm, "password2")


def _name_address(field: forms.Field) -> None:
    """The label says it: a placeholder would only repeat it."""
    field.label = _("E-mail address")
    field.widget.attrs.pop("placeholder", None)
