"""What the next page tells once ("Saved."), in a cookie that is as well kept as the others."""

from django.conf import settings
from django.contrib.messages.storage.cookie import CookieStorage
from django.contrib.messages.storage.fallback import FallbackStorage
from django.contrib.messages.storage.session import SessionStorage


class NoticeCookie(CookieStorage):
    @property
    def cookie_name(self) -> str:  # type: ignore[override]
        return settings.NOTICE_COOKIE_NAME


class Notices(FallbackStorage):
    """What is too long for a cookie goes into the session."""

    storage_classes = (NoticeCookie, SessionStorage)
