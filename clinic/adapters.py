"""django-allauth's extension points."""

from allauth.account.adapter import DefaultAccountAdapter
from allauth.mfa.adapter import DefaultMFAAdapter
from cryptography.fernet import Fernet, MultiFernet
from django.conf import settings
from django.http import HttpRequest


class AccountAdapter(DefaultAccountAdapter):
    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Nobody registers: an owner or the create_clinic command makes accounts."""
        return False


class MFAAdapter(DefaultMFAAdapter):
    """allauth stores the seeds of authenticator apps in clear text unless an adapter encrypts them."""

    def encrypt(self, text: str) -> str:
        return self._box().encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        return self._box().decrypt(encrypted_text.encode()).decode()

    @staticmethod
    def _box() -> MultiFernet:
        return MultiFernet([Fernet(key) for key in settings.MFA_KEYS])
