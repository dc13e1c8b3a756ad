"""django-allauth's extension points."""

from email.utils import formataddr

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.auth_backends import AuthenticationBackend
from allauth.mfa.adapter import DefaultMFAAdapter
from cryptography.fernet import Fernet, MultiFernet
from django.conf import settings
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.translation import gettext as _

from clinic import qr
from clinic.models import User


class StaffBackend(AuthenticationBackend):
    """allauth's way to sign in; every later request reads the person and the membership in one go."""

    def get_user(self, user_id: int) -> User | None:
        user = User.objects.select_related("staff_membership").filter(pk=user_id).first()
        return user if user and self.user_can_authenticate(user) else None


class AccountAdapter(DefaultAccountAdapter):
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
