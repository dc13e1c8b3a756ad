"""django-allauth's extension points."""

import logging
from collections import Counter
from collections.abc import Sequence
from email.utils import formataddr
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.auth_backends import AuthenticationBackend
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.usersessions.adapter import DefaultUserSessionsAdapter
from allauth.usersessions.models import UserSession
from cryptography.fernet import Fernet, MultiFernet
from django.conf import settings
from django.contrib.auth import update_session_auth_hash
from django.db.models import QuerySet
from django.db.models.functions import Now
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from clinic import actions, clock, qr, second_factor, session_limits, within
from clinic.actors import Actor
from clinic.models import User
from clinic.prepared import prepared

log = logging.getLogger("clinic.sign_in")


class StaffBackend(AuthenticationBackend):
    """allauth's way to sign in; every later request reads the person, the membership, whether there is a second step, and
    the time by the database's clock in one go."""

    @within.every_clinic("sign_in")  # whose clinic it is, is what is asked
    def get_user(self, user_id: int) -> User | None:
        return next((user for user in _people(pk=user_id) if self.user_can_authenticate(user)), None)


@prepared
def _people(pk: int) -> QuerySet[User]:
    people = User.objects.filter(pk=pk).select_related("staff_membership").order_by("pk")
    return people.annotate(has_second_factor=second_factor.held(), asked_at=Now())


class AccountAdapter(DefaultAccountAdapter):
    error_messages = DefaultAccountAdapter.error_messages | {
        "email_password_mismatch": gettext_lazy("The e-mail address or the password is wrong."),
        "enter_current_password": gettext_lazy("Type the password that you use now."),
    }

    @within.every_clinic("sign_in")
    def login(self, request: HttpRequest, user: Any) -> None:
        super().login(request, user)
        session_limits.begin(request.session, clock.now())
        actions.note_sign_in(actor=Actor.staff(user), user=user)

    @within.every_clinic("sign_in")
    def authentication_failed(self, request: HttpRequest, **credentials: Any) -> None:
        log.warning("sign-in failed")
        actions.note_failed_sign_in(actor=Actor.system("sign_in"), email=credentials.get("email") or "")

    @within.every_clinic("sign_in")
    def send_notification_mail(self, template_prefix: str, user: Any, *args: Any, **kwargs: Any) -> None:
        """allauth calls it after each change of password or second step: the other sessions end, this one stays."""
        actions.change_credentials(
            actor=Actor.staff(user), user=user, what=template_prefix.rpartition("/")[2]
        )
        if self.request.user.is_authenticated:
            update_session_auth_hash(self.request, user)  # under another key
            UserSession.objects.create_from_request(self.request)
        super().send_notification_mail(template_prefix, user, *args, **kwargs)

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Nobody registers: an owner or the create_clinic command makes accounts."""
        return False

    def get_from_email(self) -> str:
        return formataddr(("Footwork", settings.MAIL_FROM))


class MFAAdapter(DefaultMFAAdapter):
    """allauth stores the seeds of authenticator apps in clear text unless an adapter encrypts them."""

    def encrypt(self, text: str) -> str:
        return self._box().encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        return self._box().decrypt(encrypted_text.encode()).decode()

    def build_totp_svg(self, url: str) -> str:
        """As markup for the page: allauth's own data: image is refused by our content security policy."""
        path, size = qr.path(url)
        context = {"path": path, "size": size, "label": _("QR code for the authenticator app")}
        return render_to_string("components/qr.html", context)

    @staticmethod
    def _box() -> MultiFernet:
        return MultiFernet([Fernet(key) for key in settings.MFA_KEYS])


class SessionsAdapter(DefaultUserSessionsAdapter):
    def end_sessions(self, sessions: Sequence[UserSession]) -> None:
        """On the page of where somebody is signed in."""
        super().end_sessions(sessions)
        for user, number in Counter(session.user for session in sessions).items():
            actions.note_ended_sessions(actor=Actor.staff(user), user=user, number=number)
